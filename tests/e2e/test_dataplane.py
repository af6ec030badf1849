"""What a client can and cannot do on a node."""

import pytest

from harness import resp


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


@pytest.mark.parametrize("command", ALLOWED)
def test_ordinary_commands_are_allowed(shared, node, command):
    connection = resp.Connection(*node.endpoint)
    connection.call(*command.split())
    connection.close()


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
