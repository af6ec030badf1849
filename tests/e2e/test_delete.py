"""Deleting groups, at rest and in the middle of something."""

import signal

import botocore.exceptions
import pytest

from harness import processes


def nothing_left(group):
    group.gone()
    group.wait("its processes end", lambda: not [
        where for where in processes.living_in(group.directory("")).values()
        if f"/{group.name}-" in where])
    nodes = group.server.data / "nodes"
    left = [path for path in nodes.rglob("*") if path.name.startswith(f"{group.name}-")]
    assert left == []
    with pytest.raises(botocore.exceptions.ClientError, match="ReplicationGroupNotFoundFault"):
        group.describe()
    for member in group.server.client().describe_cache_clusters()["CacheClusters"]:
        assert not member["CacheClusterId"].startswith(f"{group.name}-")


def test_a_deleted_group_leaves_no_process_and_no_directory(server):
    group, other = server.create("gone", nodes=3), server.create("stays", nodes=2)
    members, endpoint = list(group.members()), group.endpoint
    answer = group.delete()
    assert answer["Status"] == "deleting"
    assert not answer.get("MemberClusters") and not answer.get("NodeGroups")
    nothing_left(group)
    with pytest.raises(OSError):
        group.ask(endpoint, "PING")
    told = [source for source, text in group.events() if text == "Cache cluster deleted"]
    assert sorted(told) == members
    assert other.redis().set("k", "v") and other.healthy()


def test_the_aws_cli_deletes_a_group_and_waits_for_it(server):
    group = server.create("cli", nodes=2)
    answer = server.aws("delete-replication-group", "--replication-group-id", "cli")
    assert answer["ReplicationGroup"]["Status"] == "deleting"
    group.gone()
    server.aws("wait", "replication-group-deleted", "--replication-group-id", "cli")
    said = server.aws("describe-replication-groups", "--replication-group-id", "cli", fails=True)
    assert "(ReplicationGroupNotFoundFault)" in said
    nothing_left(group)


def test_a_group_is_deleted_only_when_it_has_been_created(server):
    group = server.create("early", nodes=6, wait=False)
    answer = server.call("DeleteReplicationGroup", ReplicationGroupId="early")
    assert answer.error == (
        400, "InvalidReplicationGroupState",
        "Replication group early has status creating which is not valid for deletion.")
    group.settled().delete()
    nothing_left(group)
    again = server.create("early", nodes=2)
    assert again.redis().set("k", "v")


def test_a_group_is_deleted_in_the_middle_of_a_failover(server):
    group = server.create("midway", nodes=3)
    group.signal(group.primary)
    group.delete()
    nothing_left(group)


def test_a_group_is_deleted_in_the_middle_of_a_test_failover(server):
    group = server.create("midtest", nodes=3)
    group.test_failover()
    group.delete()
    nothing_left(group)


def test_a_group_with_a_hung_node_is_deleted(server):
    group = server.create("hung", nodes=2)
    group.signal(group.replicas[0], how=signal.SIGSTOP)
    group.delete()
    nothing_left(group)


def test_a_group_is_deleted_once(server):
    group = server.create("once", nodes=2)
    group.delete()
    answer = server.call("DeleteReplicationGroup", ReplicationGroupId="once")
    status, code, message = answer.error
    if code == "ReplicationGroupNotFoundFault":
        assert (status, message) == (404, "ReplicationGroup once not found.")
    else:
        assert (status, code) == (400, "InvalidReplicationGroupState")
        assert message == ("Replication group once has status deleting"
                           " which is not valid for deletion.")
    nothing_left(group)
    assert [text for source, text in group.events()
            if source == "once-001"].count("Cache cluster deleted") == 1


def test_deleting_what_is_not_there(shared):
    answer = shared.call("DeleteReplicationGroup", ReplicationGroupId="nobody")
    assert answer.error == (404, "ReplicationGroupNotFoundFault",
                            "ReplicationGroup nobody not found.")
