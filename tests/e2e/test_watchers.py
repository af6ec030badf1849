"""What watches beside every test, and the look at the world after it, see what is wrong."""

import contextlib
import fcntl
import socket
import sqlite3
import time

import pytest

from harness import processes, record, world
from harness.sampler import Sampler
from harness.waiting import until


@contextlib.contextmanager
def caught(server, words):
    """The sampler sees it."""
    with pytest.raises(AssertionError, match=words), Sampler(server) as sampler:
        until("the sampler knows the nodes", lambda: sampler.rounds > 10)
        yield sampler
        until("the sampler sees it", lambda: sampler.violations, 10)


def change(server, sql, *values):
    with contextlib.closing(sqlite3.connect(server.data / "understudy.db")) as database, database:
        database.execute(sql, values)


@pytest.mark.unwatched
def test_two_masters_at_once_are_seen(server):
    group = server.create("two", nodes=2)
    [replica] = group.replicas
    with group.door(replica) as door:
        with caught(server, "two masters at once"):
            door.replicaof("NO", "ONE")
        door.replicaof(*group.address(group.primary))


@pytest.mark.unwatched
def test_a_replica_at_the_primary_endpoint_is_seen(server):
    group = server.create("astray", nodes=2)
    [replica] = group.replicas
    with group.door(group.primary) as door:
        with caught(server, "the primary endpoint .* is answered by a replica"):
            door.replicaof(*group.address(replica))
        door.replicaof("NO", "ONE")


@pytest.mark.unwatched
def test_two_listeners_at_one_address_are_seen(server):
    with socket.socket() as one, socket.socket() as other, \
            caught(server, "is listened on 2 times"):
        for listener in (one, other):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((f"{server.network.prefix}.0.99", 6379))
            listener.listen()


@pytest.mark.unwatched
def test_a_primary_recreated_beside_a_living_copy_is_seen(server):
    group = server.create("cold", nodes=2)
    with caught(server, "recreated empty although cold-002 had the data") as sampler:
        until("the replica is known to have the data", lambda: any(
            link.held_data(time.time()) for link in list(sampler.links.values())))
        change(server, "INSERT INTO flow (workflow, group_id, node_group_id, cause, step, state,"
                       " started_at, ended_at) SELECT 'recreate', group_id, id, 'died', 'finish',"
                       " 'done', ?1, ?1 FROM node_group", int(time.time() * 1000))
    change(server, "DELETE FROM flow WHERE workflow = 'recreate'")


def test_a_choice_of_the_wrong_replica_is_seen(server):
    group = server.create("wrong", nodes=3)
    old, mark = group.primary, group.mark()
    group.signal(old)
    group.recovered([old], since=mark)
    assert list(record.check_choices(server)) == []
    [(offsets,)] = server.rows("SELECT value FROM flow_value WHERE name = 'offsets'")
    assert offsets.count("=") == 2
    longer = offsets.replace(f"{group.replicas[0]}=", f"{group.replicas[0]}=9")
    longer = longer.replace(f"{group.replicas[1]}=", f"{group.replicas[1]}=9")
    change(server, "UPDATE flow_value SET value = ? WHERE name = 'offsets'", longer)
    assert len(list(record.check_choices(server))) == 1
    change(server, "UPDATE flow_value SET value = ? WHERE name = 'offsets'", offsets)


@pytest.mark.parametrize("message", [
    "Test Failover API called for node group 0001", "Failover from master node %",
    "Finished recovery for cache nodes 0001"])
def test_a_deed_that_is_not_told_is_seen(server, message):
    group = server.create("secret", nodes=2)
    old, mark = group.primary, group.mark()
    group.test_failover()
    group.recovered([old], since=mark)
    assert list(record.check_told(server)) == []
    change(server, "UPDATE event SET message = '- ' || message WHERE message LIKE ?", message)
    assert list(record.check_told(server)) != []
    change(server, "UPDATE event SET message = substr(message, 3) WHERE message LIKE '- %'")


def test_a_lock_that_is_still_held_is_seen(server):
    group = server.create("locked", nodes=1, failover=False)
    path = group.directory("locked-001") / "lock"
    server.stop()
    assert list(processes.held_locks(server.data)) == []
    with open(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert list(processes.held_locks(server.data)) == [path]


def test_a_descriptor_that_stays_open_is_seen(server):
    server.create("open", nodes=2)
    assert list(world.check_descriptors(server)) == []
    server.at_first["anon_inode:[pidfd]"] -= 1
    assert world.excess(server) == {"anon_inode:[pidfd]": 1}
    server.at_first["anon_inode:[pidfd]"] += 1
