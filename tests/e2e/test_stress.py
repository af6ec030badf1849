"""The control plane in want of what it needs: a clear error or another try, what can be served is served,
nothing is lost, and it recovers when the cause is gone."""

import os
import resource
import shutil
import socket
import sqlite3
import stat
import subprocess

import pytest

from harness import processes
from harness.group import RECOVERED
from harness.waiting import until
from stories import KEYS, Story

SOUND = '#!/bin/sh\nexec /usr/bin/redis-server "$@"\n'
DISK = ["disk", "full", "I/O error", "readonly", "too large"]


class Binary:
    """A redis-server that can be broken."""

    def __init__(self, directory):
        self.path = directory / "redis-server"
        self.write(SOUND)

    def write(self, text):
        fresh = self.path.with_name("fresh")
        fresh.write_text(text)
        fresh.chmod(fresh.stat().st_mode | stat.S_IXUSR)
        fresh.rename(self.path)


@pytest.fixture
def binary(tmp_path):
    return Binary(tmp_path)


BROKEN = {
    "exits": '#!/bin/sh\necho broken on purpose\nexit 3\n',
    "is killed": '#!/bin/sh\necho broken on purpose\nkill -SEGV $$\n',
    "is no program": "\0\1\2",
    "is missing": None,
}


@pytest.mark.parametrize("way", BROKEN)
def test_a_redis_server_that_does_not_start(make_server, binary, way):
    """The failover needs no new process; the replacement and a creation wait until one starts."""
    server = make_server(redis_server=binary.path).start()
    story = Story(server, "crash", False)
    if BROKEN[way] is None:
        binary.path.unlink()
    else:
        binary.write(BROKEN[way])
    story.fail(story.first)
    story.primary_is("story-002", "story-003")
    assert story.group.redis().get("k1") == "v1"
    late = server.create("late", nodes=2, wait=False)
    until("the log says why", lambda: server.log().count("attempt=4") >= 2, 20,
          story=server.story)
    assert ("broken on purpose" in server.log()) == (way in ("exits", "is killed"))
    assert late.describe()["Status"] == "creating"
    binary.write(SOUND)
    story.over(story.first).kept()
    late.settled()


def test_a_redis_server_that_hangs_at_its_start(make_server, binary):
    server = make_server(redis_server=binary.path).start()
    server.repeats.append("Recovering cache nodes")
    story = Story(server, "crash", False)
    binary.write("#!/bin/sh\nexec tail -f /dev/null\n")
    story.fail("story-002")
    story.group.wait("one hangs", lambda: "tail" in [
        processes.stat(pid)[0] for pid in processes.children_of(server.process.pid)])
    binary.write(SOUND)
    story.over("story-002").kept()


def bound(where):
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(where)
        taken.listen()
    except OSError:
        taken.close()
        raise
    return taken


def listener(where):
    """As soon as the last holder has let go of the address."""
    return until(f"{where} is free", lambda: bound(where))


def test_a_stranger_on_a_node_s_address(server):
    story = Story(server, "crash", False)
    where = story.group.address("story-002")
    story.fail("story-002", hold="1h")
    story.group.wait("it is dead", lambda: story.group.pid("story-002") is None)
    with listener(where):
        server.understudy("heal")
        until("the log says why", lambda: "Address already in use" in server.log()
              and where[0] in server.log(), 20, story=server.story)
        assert story.group.redis().get("k1") == "v1"
    story.over("story-002").kept()


def test_a_stranger_on_the_primary_endpoint(server):
    """No replica is given up for it: it gets the endpoint as soon as it is free."""
    story = Story(server, "crash", False)
    for _ in range(6):
        server.operate("fail-step", workflow="failover", step="publish-primary")
    story.fail(story.first)
    pids = story.group.pids()
    with listener(story.endpoint):
        until("it is tried more than once", lambda: server.log().count("bind") >= 3, 20,
              story=server.story)
        now = story.group.pids()
        assert {name: pid for name, pid in pids.items() if name != story.first} == {
            name: pid for name, pid in now.items() if name != story.first}
    story.over(story.first).kept()


@pytest.mark.parametrize("victim", ["story-001", "story-002"], ids=["primary", "replica"])
def test_a_node_s_directory_is_deleted(server, victim):
    """It goes on for as long as it lives; when it fails, another begins anew."""
    story = Story(server, "crash", False)
    shutil.rmtree(story.group.directory(victim))
    assert story.group.redis().set("more", "1")
    assert story.group.healthy() and story.group.primary == story.first
    story.group.test_failover()
    story.over(story.first)
    if victim != story.first:
        mark = story.group.mark()
        story.group.fail(victim)
        story.group.recovered([victim], since=mark)
    assert story.data() == KEYS + 1
    assert story.group.directory(victim).is_dir()


def limit(server, what, soft, within=()):
    """With the command, because root of a container need not have a say in another user's limits."""
    subprocess.run([*within, "prlimit", f"--pid={server.process.pid}",
                    f"--{what}={soft}:"], check=True)


def test_no_room_for_the_database(server):
    """A file that may not grow is as good as a full disk. It must be possible to read, and to serve; what
    was asked for and refused has not begun; a failover comes as soon as it can be recorded."""
    server.announced += DISK
    story = Story(server, "crash", False)
    limit(server, "fsize", 1)
    answer = server.call("CreateReplicationGroup", ReplicationGroupId="x",
                         ReplicationGroupDescription="x", CacheNodeType="cache.m5.large",
                         NumCacheClusters=1)
    assert answer.error[:2] == (500, "InternalFailure")
    assert "disk" not in answer.text, "what is wrong inside is for the log"
    assert server.operate("zones/us-east-1f/down", status=500)
    assert [found["ReplicationGroupId"] for found in server.client().describe_replication_groups()
            ["ReplicationGroups"]] == ["story"]
    assert story.group.redis().set("k1", "v1")
    story.group.signal(story.first)
    story.group.wait("it is dead", lambda: story.group.pid(story.first) is None)
    assert server.client().describe_events()["Events"], "it goes on answering"
    limit(server, "fsize", "unlimited")
    story.primary_is("story-002", "story-003")
    story.over(story.first).kept()
    assert server.rows("SELECT name FROM replication_group") == [("story",)]
    server.create("x", nodes=1, failover=False)


def small_disk(directory, options="size=4m"):
    """A command that gives the server's data directory a file system of its own, in a mount namespace
    that needs no privileges."""
    directory.mkdir()
    return ["unshare", "-rm", "sh", "-c",
            f'mount -t tmpfs -o {options} none "$0" && exec "$@"', str(directory)]


def test_a_full_disk(make_server):
    """For the database and for the nodes. From outside the file system is seen through /proc, which
    SQLite does not take; so what the API says has to do."""
    server = make_server()
    server.announced += DISK
    server.start(within=small_disk(server.data))
    ballast = f"/proc/{server.process.pid}/root{server.data}/ballast"
    server.client().create_replication_group(
        ReplicationGroupId="disk", ReplicationGroupDescription="d", NumCacheClusters=3,
        CacheNodeType="cache.m5.large", AutomaticFailoverEnabled=True)
    group = server.group("disk")
    until("it is available", lambda: group.describe()["Status"] == "available")
    until("failover is on", lambda: group.describe()["AutomaticFailover"] == "enabled")
    endpoint, old, replicas = group.endpoint, group.primary, group.replicas
    with group.redis() as primary:
        assert primary.set("k", "v") and primary.wait(2, 5000) == 2
    with open(ballast, "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"\0" * 4096)
    for _ in range(3):
        answer = server.call("CreateReplicationGroup", ReplicationGroupId="x",
                             ReplicationGroupDescription="x", CacheNodeType="cache.m5.large",
                             NumCacheClusters=1)
        assert answer.error[:2] == (500, "InternalFailure")
    assert group.ask(endpoint, "SET", "k2", "v") == "OK"
    group.fail(old)
    until("nobody answers", lambda: refuses(endpoint))
    assert group.ask(group.address(replicas[0]), "GET", "k") == "v", "replicas serve"
    assert [found["ReplicationGroupId"] for found in server.client().describe_replication_groups()
            ["ReplicationGroups"]] == ["disk"]
    os.unlink(ballast)
    until("it fails over", lambda: group.primary in replicas)
    until("the old one is back", lambda: (old, RECOVERED) in group.events())
    assert group.ask(endpoint, "GET", "k") == "v"
    assert group.ask(group.address(old), "GET", "k") == "v"
    server.stop()


def test_a_data_directory_that_may_only_be_read(make_server):
    server = make_server()
    with pytest.raises(AssertionError) as refused:
        server.start(within=small_disk(server.data, "ro"))
    said = str(refused.value)
    assert "the server ended: 1" in said and str(server.data) in said
    assert len([line for line in said.splitlines() if line.startswith("understudy: ")]) == 1


def refuses(where):
    try:
        bound = socket.create_connection(where, 1)
    except ConnectionRefusedError:
        return True
    bound.close()
    return False


def test_a_database_that_is_scribbled_over(server):
    story = Story(server, "crash", False)
    server.announced += ["malformed", "disk image", "not a database", "corrupt", *DISK]
    server.unsettled = True
    where = story.group.address("story-002")
    database = server.data / "understudy.db"
    for path in (database, database.with_name("understudy.db-wal")):
        with open(path, "r+b") as file:
            file.seek(100)
            file.write(os.urandom(path.stat().st_size - 100))
    for _ in range(20):
        answer = server.call("DescribeReplicationGroups")
        assert answer.status in (200, 500), answer.text
        answer = server.call("ModifyReplicationGroup", ReplicationGroupId="story",
                             ReplicationGroupDescription="other", ApplyImmediately="true")
        assert answer.status in (200, 404, 500), answer.text
    assert server.running
    assert story.group.ask(where, "GET", "k1") == "v1", "nodes know nothing of it"
    server.kill()
    garbage = database.read_bytes()
    with pytest.raises(AssertionError, match="understudy.db"):
        server.start()
    assert database.read_bytes() == garbage, "it is for its owner to look at"
    for path in server.data.glob("understudy.db*"):
        path.unlink()


def test_no_free_descriptors(server):
    server.announced += ["Too many open files", "unable to open", "cannot open"]
    story = Story(server, "crash", False)
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    where = story.group.address("story-002")
    limit(server, "nofile", len(os.listdir(f"/proc/{server.process.pid}/fd")))
    story.group.signal(story.first)
    story.group.wait("it is dead", lambda: story.group.pid(story.first) is None)
    assert story.group.ask(where, "GET", "k1") == "v1"
    limit(server, "nofile", hard)
    story.primary_is("story-002", "story-003")
    story.over(story.first).kept()


def test_the_server_takes_all_the_descriptors_that_it_may(server):
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard


def test_no_process_can_be_started(make_server):
    """As an ordinary user, for root may always."""
    server = make_server()
    within = []
    if os.geteuid() == 0:
        os.chown(server.home, 65534, 65534)
        within = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    server.start(within=within)
    story = Story(server, "crash", False)
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    limit(server, "nproc", 1, within)
    story.group.signal(story.first)
    story.primary_is("story-002", "story-003")
    assert story.group.redis().get("k1") == "v1", "a failover needs no new process"
    until("the log says why", lambda: "Resource temporarily unavailable" in server.log(), 20,
          story=server.story)
    late = server.create("late", nodes=1, failover=False, wait=False)
    assert late.describe()["Status"] == "creating"
    limit(server, "nproc", "unlimited" if hard < 0 else hard, within)
    story.over(story.first).kept()
    late.settled()


def test_a_wall_clock_that_was_set_back_between_two_lives(server):
    """The last event is of tomorrow, as if the clock had been set back since: nothing comes before it, and
    no quota is spent or refilled."""
    story = Story(server, "crash", False)
    server.stop()
    database = sqlite3.connect(server.data / "understudy.db")
    database.execute("UPDATE event SET date = date + 86400000")
    database.commit()
    [[latest]] = database.execute("SELECT max(date) FROM event").fetchall()
    database.close()
    server.start()
    story.group.settled()
    mark = story.group.mark()
    story.group.fail(story.first)
    story.group.recovered([story.first], since=mark)
    assert server.rows("SELECT min(date) >= ? FROM event WHERE id > ?", latest, mark) == [(1,)]
    story.kept()
