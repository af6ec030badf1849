"""Watches a server's nodes beside a test, every few milliseconds, for what may be true at no moment:

- two nodes of a shard are masters;
- two processes listen on one address;
- a primary endpoint is answered by a replica, unless roles and endpoints are being exchanged in a
  planned switch;
- a primary has been recreated empty, with automatic failover on, although a replica that had the
  data lived on.

What looks wrong is looked at again: two answers are no moment."""

import bisect
import re
import select
import socket
import sqlite3
import threading
import time

NODES = """
SELECT n.address, g.port, s.id, n.name, n.id = s.primary_node FROM node n
	JOIN node_group s ON s.id = n.node_group_id JOIN replication_group g ON g.id = s.group_id
UNION ALL
SELECT s.primary_address, g.port, s.id, NULL, NULL FROM node_group s
	JOIN replication_group g ON g.id = s.group_id
"""
SWITCHES = """
SELECT f.id, f.state FROM flow f
WHERE f.workflow = 'promote' AND f.group_id = (SELECT group_id FROM node_group WHERE id = ?)
"""
RECREATED = """
SELECT f.id, f.node_group_id, f.started_at FROM flow f JOIN replication_group g ON g.id = f.group_id
WHERE f.workflow = 'recreate' AND f.state = 'done' AND g.automatic_failover = 'enabled'
	AND NOT EXISTS (SELECT 1 FROM event e WHERE e.source = g.name AND e.date >= f.started_at
		AND e.message LIKE 'Automatic failover has been turned on%')
"""
ROLE = b"*1\r\n$4\r\nROLE\r\n"
EVERY, LOOK_AGAIN, PATIENCE = 0.002, 0.1, 0.02
LISTENS = re.compile(rb" *\d+: ([0-9A-F]{8}:[0-9A-F]{4}) [0-9A-F:]+ 0A (?:\S+ +){5}(\d+) ")


class Link:
    """A connection to a node or, without a name, to a primary endpoint."""

    def __init__(self, address, port, shard, name):
        self.where, self.shard, self.name = (address, port), shard, name
        self.role = None           # of the last answer; None: there was none in time
        self.changes = []          # (when, whether it has held a copy of the data from then on)
        self.socket = socket.socket()
        self.socket.settimeout(0.2)
        try:
            self.socket.connect(self.where)
        except OSError:
            self.socket.close()
            raise

    def take(self, answer):
        words = answer.split(b"\r\n")
        self.role = words[2].decode() if len(words) > 2 else None
        if self.role == "slave" and words[-3] in (b"connected", b"sync"):
            holds = words[-3] == b"connected"
            if not self.changes or self.changes[-1][1] != holds:
                self.changes.append((time.time(), holds))

    def held_data(self, when):
        """Whether this very process had the data then."""
        at = bisect.bisect(self.changes, when, key=lambda change: change[0])
        return at > 0 and self.changes[at - 1][1]


class Sampler:
    def __init__(self, server):
        self.server = server
        self.wanted = set()        # (address, port, shard, name)
        self.links = {}            # those of them that could be reached -> Link
        self.primaries = set()     # (shard, name)
        self.recreated = set()     # flows that have been looked at
        self.violations = []
        self.rounds = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()
        assert not self.violations, "\n".join(self.violations[:10])

    def stop(self):
        self.over.set()
        if self.thread.is_alive():
            self.thread.join()
        for link in self.links.values():
            link.socket.close()
        self.links.clear()

    def run(self):
        next_look = 0
        while not self.over.wait(EVERY):
            if time.monotonic() > next_look:
                self.look()
                next_look = time.monotonic() + LOOK_AGAIN
            self.connect()
            self.ask(self.links.values())
            self.check_masters()
            self.check_endpoints()
            self.rounds += 1

    def rows(self, *question):
        try:
            return self.server.rows(*question)
        except sqlite3.Error:
            return []

    def look(self):
        """At what moves slowly."""
        self.find_nodes()
        self.check_listeners()
        self.check_recreated()

    def find_nodes(self):
        nodes = self.rows(NODES)
        self.wanted = {row[:4] for row in nodes}
        self.primaries = {row[2:4] for row in nodes if row[4]}
        for key in set(self.links) - self.wanted:
            self.drop(self.links[key])

    def connect(self):
        for key in self.wanted - self.links.keys():
            try:
                self.links[key] = Link(*key)
            except OSError:
                pass

    def drop(self, link):
        link.socket.close()
        del self.links[(*link.where, link.shard, link.name)]

    def ask(self, links):
        """Each for its role, now. One that does not answer in time is dropped, to be asked over a
        fresh connection."""
        asked = {}
        for link in list(links):
            link.role = None
            try:
                link.socket.send(ROLE)
                asked[link.socket] = link
            except OSError:
                self.drop(link)
        deadline = time.monotonic() + PATIENCE
        while asked and (left := deadline - time.monotonic()) > 0:
            for connection in select.select(list(asked), [], [], left)[0]:
                link = asked.pop(connection)
                try:
                    answer = connection.recv(65536)
                except OSError:
                    answer = b""
                if answer:
                    link.take(answer)
                else:
                    self.drop(link)
        for link in asked.values():
            self.drop(link)

    # ---- two masters ----

    def doubles(self):
        shards = {}
        for link in self.links.values():
            if link.name and link.role == "master":
                shards.setdefault(link.shard, set()).add(link.name)
        return {shard: names for shard, names in shards.items() if len(names) > 1}

    def check_masters(self):
        """Both were masters at one moment only if both still are."""
        if suspects := self.doubles():
            self.ask(self.links.values())
            confirmed = self.doubles()
            self.violations += [f"two masters at once: {confirmed[shard]}" for shard in suspects
                                if confirmed.get(shard) == suspects[shard]]

    # ---- endpoints ----

    def misled(self):
        return {key for key, link in self.links.items() if not link.name and link.role == "slave"}

    def check_endpoints(self):
        """No switch may have been under way, nor one have come and gone."""
        for key in self.misled():
            switches = self.rows(SWITCHES, key[2])
            if any(state == "running" for _, state in switches):
                continue
            self.find_nodes()
            self.connect()
            self.ask([self.links[key]] if key in self.links else [])
            if key in self.misled() and self.rows(SWITCHES, key[2]) == switches:
                self.violations.append(f"the primary endpoint {key[:2]} is answered by a replica")

    def listeners(self):
        """{address and port: sockets that listen there}, of this server's network."""
        found = {}
        network = b"%02X7F:" % int(self.server.network.prefix.split(".")[1])
        for where, inode in listening():
            if where[4:9] == network:
                found.setdefault(where, set()).add(inode)
        return found

    def check_listeners(self):
        """An address that moves while the table is read may be seen in both places."""
        if suspects := {key for key, found in self.listeners().items() if len(found) > 1}:
            again = self.listeners()
            self.violations += [f"{key.decode()} is listened on {len(again[key])} times"
                                for key in suspects if len(again.get(key, ())) > 1]

    # ---- data ----

    def check_recreated(self):
        """A replica that had the data when the flow began, and still is the same process."""
        for flow, shard, began in self.rows(RECREATED):
            if flow in self.recreated:
                continue
            self.recreated.add(flow)
            lived = [link for link in self.links.values()
                     if link.name and link.shard == shard and link.held_data(began / 1000)
                     and (shard, link.name) not in self.primaries]
            self.ask(lived)
            self.violations += [f"recreated empty although {link.name} had the data"
                                for link in lived if link.role]


def listening():
    """(address and port, inode) of the sockets that listen. They come first in the table, which
    can be long: it is read no further."""
    with open("/proc/net/tcp", "rb", buffering=0) as table:
        _, _, rest = table.read(65536).partition(b"\n")
        while rest:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                if not (found := LISTENS.match(line)):
                    return
                yield found.groups()
            rest += table.read(65536)
