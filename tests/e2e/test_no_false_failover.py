"""What is no failure, however silent a primary is, and what is one although its process lives."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest
import redis

from harness import resp
from harness.load import Writer
from harness.waiting import pause, until

covers = pytest.mark.covers

LONG = 30                       # seconds for one command
KEYS = 2_000_000
MANY = """
local words = {}
for first = ARGV[1], ARGV[2], 2000 do
	for i = 0, 1999 do words[2 * i + 1] = first + i words[2 * i + 2] = '' end
	redis.call('MSET', unpack(words))
end
"""
GIGABYTE, VALUE = 1 << 30, 1 << 14
LARGE = "for i = ARGV[1], ARGV[2] do redis.call('SETRANGE', i, ARGV[3] - 1, 'x') end"
WORK = ("local t = redis.call('TIME'); local from = t[1] * 1000000 + t[2] "
        "repeat t = redis.call('TIME') until t[1] * 1000000 + t[2] - from > ARGV[1] * 1000000 "
        "return 1")


class Pulse(threading.Thread):
    """How long a node leaves a PING unanswered at most, whatever it answers."""

    def __init__(self, where):
        super().__init__(daemon=True)
        self.connection = resp.Connection(*where, timeout=LONG)
        self.longest, self.over = 0.0, threading.Event()

    def run(self):
        while not self.over.is_set():
            sent = time.monotonic()
            with contextlib.suppress(resp.Refused):
                self.connection.call("PING")
            self.longest = max(self.longest, time.monotonic() - sent)
            pause(0.005)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.connection.close()


def budget(server):
    """Seconds of silence that open a case."""
    return int(server.setting("heartbeat-interval")) * int(server.setting("heartbeat-failures")) / 1000


def state(group):
    """All that a failover or a replacement would change."""
    return {"primary": group.primary, "pids": group.pids(), "events": group.events(),
            "flows": group.server.rows("SELECT id, workflow, state FROM flow")}


@contextlib.contextmanager
def undisturbed(group):
    """Nothing is started and nobody is told anything, and then writes work and reach everybody."""
    before, replicas = state(group), len(group.replicas)
    yield
    with group.redis() as primary:
        assert primary.set("after", "1")
        group.wait("every replica has it", lambda: primary.wait(replicas, 1000) == replicas)
    assert state(group) == before, group.server.story()
    assert "node hangs" not in group.server.log()


@contextlib.contextmanager
def silent(group):
    """The primary is silent for long enough to be taken for dead."""
    with Pulse(group.endpoint) as pulse:
        yield
    assert pulse.longest > budget(group.server), "the story is too short to show anything"


def patient(group):
    return resp.Connection(*group.endpoint, timeout=LONG)


def drain(connection, last):
    """Reads whatever comes until it ends with the last words."""
    tail = b""
    while not tail.endswith(last):
        tail = tail[-len(last):] + connection.socket.recv(1 << 20)


@covers("G17")
def test_two_million_keys_are_listed_and_flushed(server):
    group = server.create("many", nodes=2)
    connection = patient(group)
    with undisturbed(group):
        for first in range(1, KEYS, KEYS // 4):
            connection.call("EVAL", MANY, 0, first, first + KEYS // 4 - 1)
        assert connection.call("DBSIZE") == KEYS
        with silent(group):
            connection.send("KEYS", "*")
            connection.send("ECHO", "that was all")
            drain(connection, b"that was all\r\n")
        with silent(group):
            connection.call("FLUSHALL", "SYNC")
        assert connection.call("DBSIZE") == 0
    connection.close()


def test_a_gigabyte_is_flushed(make_server):
    """Faster than the usual heartbeats would notice."""
    server = make_server(heartbeat_interval=20, heartbeat_failures=2).start()
    group = server.create("large", nodes=2, CacheNodeType="cache.r6g.xlarge")
    connection = patient(group)
    with undisturbed(group):
        for first in range(1, GIGABYTE // VALUE, 2048):
            connection.call("EVAL", LARGE, 0, first, first + 2047, VALUE)
        assert group.redis().info("memory")["used_memory_dataset"] > GIGABYTE
        with silent(group):
            connection.call("FLUSHALL", "SYNC")
        assert connection.call("DBSIZE") == 0
    connection.close()


def test_a_script_runs_for_five_seconds(server):
    group = server.create("script", nodes=2)
    connection = patient(group)
    with undisturbed(group), silent(group):
        assert connection.call("EVAL", WORK, 0, 5.2) == 1
    connection.close()


def test_a_client_pauses_everybody(server):
    group = server.create("paused", nodes=2)
    with undisturbed(group), silent(group):
        group.ask(group.endpoint, "CLIENT", "PAUSE", "1500", "ALL")
        assert group.redis().ping()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_six_processes_keep_two_cores_busy(server):
    group = server.create("hogs", nodes=3)
    hogs = []
    try:
        with undisturbed(group), Writer(group.endpoint, replicas=2) as writer:
            hogs += [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"]) for _ in range(6)]
            until("they have worked", lambda: sum(cpu_seconds(hog.pid) for hog in hogs) > 2.5)
            writer.wait_for(100)
        assert writer.failures == []
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def fill(where):
    """Takes connections until there are none left."""
    clients = []
    while True:
        try:
            client = resp.Connection(*where)
            client.call("PING")
            clients.append(client)
        except (resp.Refused, ConnectionError):
            return clients


def of_control_plane(door):
    mine = door.client_id()
    return [client["id"] for client in door.client_list()
            if client["user"] == "understudy" and int(client["id"]) != mine]


@pytest.mark.unwatched  # which would take connections, too
def test_clients_take_every_connection_that_there_is(server):
    group = server.create("full", nodes=2)
    clients = []
    with undisturbed(group), group.door(group.primary) as door:
        door.config_set("maxclients", 50)

        def nobody_else_is_left():
            for client in of_control_plane(door):
                door.client_kill_filter(_id=client)
            clients.extend(fill(group.endpoint))
            return not of_control_plane(door)

        until("only clients are connected", nobody_else_is_left)
        refused = door.info("stats")["rejected_connections"]
        until("the control plane has been refused often",
              lambda: door.info("stats")["rejected_connections"] > refused + 10)
        for client in clients:
            client.close()


def kill_by_user(client):
    return client.execute_command("CLIENT", "KILL", "USER", "understudy")


def kill_by_type(client):
    return client.execute_command("CLIENT", "KILL", "TYPE", "normal")


def kill_by_id(client):
    return sum(client.execute_command("CLIENT", "KILL", "ID", other)
               for other in of_control_plane(client))


@pytest.mark.parametrize("kill", [kill_by_user, kill_by_type, kill_by_id])
def test_a_client_cuts_the_control_plane_off_again_and_again(server, kill):
    group = server.create("cut", nodes=2)
    with undisturbed(group):
        for member in group.members():
            with group.redis(group.address(member)) as client:
                cut = 0
                while cut < 10:
                    cut += kill(client)
                    pause(0.005)


@pytest.mark.parametrize("role, kind", [("primary", "replica"), ("replica", "master")])
def test_a_client_cuts_replication_again_and_again(server, role, kind):
    group = server.create("links", nodes=2)
    with undisturbed(group):
        [member] = group.having_role(role)
        with group.redis(group.address(member)) as client:
            cut = 0
            while cut < 3:
                cut += client.execute_command("CLIENT", "KILL", "TYPE", kind)
                pause(0.005)


def stop(group, member):
    group.signal(member, how=signal.SIGSTOP)


def block(group, member):
    """It opens a file that never opens, as on a disk that does not answer."""
    os.mkfifo(group.directory(member) / f"temp-{group.pid(member)}.rdb")
    with group.door(member) as door, pytest.raises(redis.exceptions.ConnectionError):
        door.save()


def work(group, member):
    with group.redis(group.address(member)) as client, \
            pytest.raises(redis.exceptions.ConnectionError):
        client.eval(WORK, 0, 60)


@covers("G02", "G13", "G17")
@pytest.mark.parametrize("hang, busy_limit", [(stop, 10000), (block, 10000), (work, 1000)])
def test_a_primary_that_hangs_is_failed_over(make_server, hang, busy_limit):
    server = make_server(busy_limit=busy_limit).start()
    group = server.create("hang", nodes=3)
    old, mark = group.primary, group.mark()
    hang(group, old)
    group.recovered([old], since=mark)
    assert group.primary != old
    assert server.rows("SELECT cause FROM flow WHERE workflow = 'failover'") == [("hung",)]
    [(missed, silence)] = re.findall(
        rf"node hangs.* node={old} .*missed=(\d+) silent_ms=(\d+)", server.log())
    assert int(missed) >= int(server.setting("heartbeat-failures"))
    assert int(silence) / 1000 < budget(server) + (hang is work) * busy_limit / 1000 + 2
