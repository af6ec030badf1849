"""What a client can and cannot do on a node."""

import subprocess

import pytest
import redis

from harness import resp
from harness.waiting import until

covers = pytest.mark.covers

WITHHELD = [
    "BGREWRITEAOF", "BGSAVE", "CONFIG GET maxmemory", "CONFIG SET maxmemory 1", "DEBUG SLEEP 0",
    "MIGRATE 127.0.0.1 6379 k 0 10", "SAVE", "SLAVEOF NO ONE", "REPLICAOF NO ONE", "SHUTDOWN NOSAVE",
    "SYNC", "PSYNC ? -1", "ACL SETUSER me on", "ACL LOAD", "ACL SAVE", "ACL DELUSER default",
    "FAILOVER", "CLUSTER FAILOVER",
]
ALLOWED = [
    "PING", "SET k v", "GET k", "INFO", "ROLE", "WAIT 0 1", "CLIENT LIST", "DBSIZE", "SCAN 0",
    "EVAL return(1) 0", "PUBLISH c m", "SLOWLOG GET", "MULTI", "LPUSH l 1", "SUBSCRIBE c",
]


@pytest.fixture(scope="module")
def node(everyones):
    group = everyones.create("plane", nodes=2)
    yield group
    group.delete()
    group.gone()


@covers("G16")
@pytest.mark.parametrize("command", WITHHELD)
def test_commands_that_elasticache_withholds_are_refused(shared, node, command):
    with node.redis() as client:
        with pytest.raises(redis.exceptions.ResponseError, match=r"(?i)no permissions|unknown|not allowed"):
            client.execute_command(*command.split())
        assert client.ping()


@pytest.mark.parametrize("command", ALLOWED)
def test_ordinary_commands_are_allowed(shared, node, command):
    connection = resp.Connection(*node.endpoint)
    connection.call(*command.split())
    connection.close()


@pytest.mark.parametrize("command", WITHHELD)
def test_a_script_is_no_way_round(shared, node, command):
    script = "return redis.call(" + ", ".join(f"'{word}'" for word in command.split()) + ")"
    with node.redis() as client, pytest.raises(redis.exceptions.ResponseError):
        client.eval(script, 0)


@covers("G16")
def test_a_replica_from_outside_cannot_attach(shared, node, tmp_path):
    address = f"{shared.network.prefix}.31.250"
    host, port = node.endpoint
    stranger = subprocess.Popen(
        ["/usr/bin/redis-server", "--bind", address, "--port", "6400", "--save", "", "--dir",
         str(tmp_path), "--logfile", "log", "--replicaof", host, str(port)])
    try:
        def refused():
            log = (tmp_path / "log").read_text() if (tmp_path / "log").exists() else ""
            return "NOPERM" in log or "no permissions" in log.lower()
        until("the stranger is refused", refused)
        assert node.redis().info("replication")["connected_slaves"] == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_memory_is_limited_by_the_node_type(shared, node):
    assert node.redis().info("memory")["maxmemory"] > 0


def test_the_secrets_of_nodes_are_for_their_owner_only(shared, node):
    for member in node.members():
        mode = (node.directory(member) / "redis.conf").stat().st_mode
        assert mode & 0o077 == 0


def test_nodes_of_two_groups_do_not_follow_each_other(shared, node):
    other = shared.create("apart", nodes=2)
    other.redis().set("only", "here")
    assert node.redis().get("only") is None
    assert other.redis().info("replication")["connected_slaves"] == 1
    other.delete()
    other.gone()
