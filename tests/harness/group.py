"""A replication group as a user sees it, and as someone with root on the machine can hurt it."""

import os
import pathlib
import re
import signal
import subprocess

import redis

from harness import resp
from harness.waiting import until

RECOVERED = "Finished recovery for cache nodes 0001"
RESTARTED = "Cache node 0001 restarted"

HEALTHY = """
SELECT g.status = 'available'
	AND g.automatic_failover IN ('enabled', 'disabled')
	AND NOT EXISTS (SELECT 1 FROM flow f WHERE f.group_id = g.id AND f.state = 'running')
	AND NOT EXISTS (SELECT 1 FROM node n JOIN node_group s ON s.id = n.node_group_id
		WHERE s.group_id = g.id AND (n.health <> 'in-sync' OR n.status <> 'available'))
FROM replication_group g WHERE g.region = ? AND g.account = ? AND g.name = ?
"""
EVENTS = """
SELECT source, message FROM event WHERE region = ? AND account = ? AND id > ?
	AND (source = ? OR source LIKE ? || '-___') ORDER BY id
"""


class Group:
    def __init__(self, server, name, region="us-east-1", account="test"):
        self.server, self.name, self.region = server, name.lower(), region
        self.login = account
        self.account = account if account.isdigit() else server.options.get("account", "0" * 12)

    @property
    def client(self):
        return self.server.client(self.region, self.login)

    # ---- what the API says ----

    def describe(self):
        return self.client.describe_replication_groups(
            ReplicationGroupId=self.name)["ReplicationGroups"][0]

    def shard(self):
        return self.describe()["NodeGroups"][0]

    def members(self):
        return {member["CacheClusterId"]: member for member in self.shard()["NodeGroupMembers"]}

    def having_role(self, role):
        return [name for name, member in self.members().items() if member["CurrentRole"] == role]

    @property
    def primary(self):
        [name] = self.having_role("primary")
        return name

    @property
    def replicas(self):
        return self.having_role("replica")

    @property
    def endpoint(self):
        return address(self.shard()["PrimaryEndpoint"])

    @property
    def reader(self):
        return address(self.shard()["ReaderEndpoint"])

    def address(self, member):
        return address(self.members()[member]["ReadEndpoint"])

    def events(self, **parameters):
        """(source, message), oldest first, of the group and of its members, from the API."""
        pages = self.client.get_paginator("describe_events").paginate(Duration=60, **parameters)
        found = [event for page in pages for event in page["Events"]]
        return [(event["SourceIdentifier"], event["Message"]) for event in reversed(found)
                if event["SourceIdentifier"].startswith(self.name)]

    # ---- asking for something ----

    def modify(self, now=True, **parameters):
        return self.client.modify_replication_group(
            ReplicationGroupId=self.name, ApplyImmediately=now, **parameters)["ReplicationGroup"]

    def test_failover(self, shard="0001"):
        return self.client.test_failover(
            ReplicationGroupId=self.name, NodeGroupId=shard)["ReplicationGroup"]

    def reboot(self, member):
        return self.client.reboot_cache_cluster(
            CacheClusterId=member, CacheNodeIdsToReboot=["0001"])["CacheCluster"]

    def delete(self):
        return self.client.delete_replication_group(
            ReplicationGroupId=self.name)["ReplicationGroup"]

    # ---- data ----

    def redis(self, where=None):
        """redis-py, at the primary endpoint or at (address, port)."""
        host, port = where or self.endpoint
        return redis.Redis(host, port, socket_timeout=5, socket_connect_timeout=5,
                           decode_responses=True)

    def ask(self, where, *words):
        return resp.ask(*where, *words)

    def secret(self, member):
        conf = (self.directory(member) / "redis.conf").read_text()
        return re.search(r'^masterauth "(\w+)"$', conf, re.MULTILINE)[1]

    def door(self, member):
        """The control plane's own way to a node: its Unix socket, its user."""
        return redis.Redis(unix_socket_path=str(self.directory(member) / "ctl.sock"),
                           username="understudy", password=self.secret(member),
                           socket_timeout=5, decode_responses=True)

    # ---- nodes as processes ----

    def directory(self, member):
        return self.server.data / "nodes" / self.region / self.account / member

    def pid(self, member):
        """The node's process; None when it has none."""
        try:
            pid = int((self.directory(member) / "redis.pid").read_text())
            at = os.readlink(f"/proc/{pid}/cwd")
        except (OSError, ValueError):
            return None
        return pid if pathlib.Path(at) == self.directory(member).resolve() else None

    def pids(self):
        names = self.server.rows(
            "SELECT n.name FROM node n JOIN node_group s ON s.id = n.node_group_id"
            " JOIN replication_group g ON g.id = s.group_id WHERE g.name = ? AND g.region = ?"
            " AND g.account = ?", self.name, self.region, self.account)
        return {name: self.pid(name) for [name] in names}

    def signal(self, *members, how=signal.SIGKILL):
        for pid in [self.pid(member) for member in members]:
            os.kill(pid, how)

    def fail(self, *members, how="crash", **order):
        """Through the operator's interface."""
        return [self.server.operate("fail/node", name=self.path(member), how=how, **order)
                for member in members]

    def path(self, member):
        return f"{self.region}/{self.account}/{member}"

    def zones(self):
        return {name: member["PreferredAvailabilityZone"]
                for name, member in self.members().items()}

    # ---- waiting ----

    def wait(self, what, condition, seconds=30, **options):
        return until(f"{self.name}: {what}", condition, seconds, self.server.story, **options)

    def healthy(self):
        rows = self.server.rows(HEALTHY, self.region, self.account, self.name)
        return bool(rows and rows[0][0])

    def settled(self, seconds=40):
        """Available, every node in sync, nothing under way."""
        self.wait("settles", self.healthy, seconds)
        return self

    def mark(self):
        """A moment in the log of events, for waiting for what comes after it."""
        [[last]] = self.server.rows("SELECT coalesce(max(id), 0) FROM event")
        return last

    def events_since(self, mark):
        return self.server.rows(EVENTS, self.region, self.account, mark, self.name, self.name)

    def told(self, text, members, since):
        """Whether this event of each of the members has come since the mark."""
        found = [source for source, words in self.events_since(since) if words == text]
        return all(member in found for member in members)

    def have_recovered(self, members, since):
        return self.told(RECOVERED, members, since)

    def have_rebooted(self, members, since):
        return self.told(RESTARTED, members, since)

    def recovered(self, members, since, seconds=40):
        """Waits until each of the members has been replaced since the mark, and all is well."""
        self.wait(f"{', '.join(members)} come back",
                  lambda: self.have_recovered(members, since), seconds)
        return self.settled(seconds)

    def rebooted(self, member, since, seconds=40):
        """Waits until the member has been rebooted since the mark, and all is well."""
        self.wait(f"{member} restarts", lambda: self.have_rebooted([member], since), seconds)
        return self.settled(seconds)

    def is_gone(self):
        return not self.server.rows(
            "SELECT 1 FROM replication_group WHERE region = ? AND account = ? AND name = ?",
            self.region, self.account, self.name)

    def gone(self, seconds=30):
        self.wait("is gone", self.is_gone, seconds)


def address(endpoint):
    return endpoint["Address"], endpoint["Port"]


def redis_cli(where, *words):
    done = subprocess.run(["/usr/bin/redis-cli", "-h", where[0], "-p", str(where[1]), *words],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
