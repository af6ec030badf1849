"""Creating groups, and what a group looks like."""

import re

import pytest
import redis

from harness.group import address, redis_cli

covers = pytest.mark.covers
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]


@covers("G01", "G21")
def test_the_aws_cli_creates_a_primary_and_two_replicas_in_three_zones(server):
    answer = server.aws(
        "create-replication-group", "--replication-group-id", "Redis12",
        "--replication-group-description", "three zones", "--cache-node-type", "cache.m3.medium",
        "--num-cache-clusters", "3", "--automatic-failover-enabled",
        "--preferred-cache-cluster-a-zs", *ZONES)["ReplicationGroup"]
    assert answer["ReplicationGroupId"] == "redis12"
    assert answer["Status"] == "creating"
    assert answer["MemberClusters"] == ["redis12-001", "redis12-002", "redis12-003"]
    assert answer["AutomaticFailover"] == "enabling"
    assert answer["PendingModifiedValues"] == {}
    assert "NodeGroups" not in answer or answer["NodeGroups"] == []

    group = server.group("redis12").settled()
    server.aws("wait", "replication-group-available", "--replication-group-id", "redis12")
    found = server.aws("describe-replication-groups", "--replication-group-id", "REDIS12")
    [seen] = found["ReplicationGroups"]
    assert seen["Status"] == "available"
    assert seen["AutomaticFailover"] == "enabled"
    assert seen["Description"] == "three zones"
    assert seen["ClusterEnabled"] is False
    assert seen["CacheNodeType"] == "cache.m3.medium"
    [shard] = seen["NodeGroups"]
    assert (shard["NodeGroupId"], shard["Status"]) == ("0001", "available")
    members = shard["NodeGroupMembers"]
    assert [member["CacheClusterId"] for member in members] == answer["MemberClusters"]
    assert [member["CacheNodeId"] for member in members] == ["0001"] * 3
    assert [member["PreferredAvailabilityZone"] for member in members] == ZONES
    assert [member["CurrentRole"] for member in members] == ["primary", "replica", "replica"]
    endpoints = [shard["PrimaryEndpoint"], shard["ReaderEndpoint"],
                 *(member["ReadEndpoint"] for member in members)]
    assert len({endpoint["Address"] for endpoint in endpoints}) == 5
    assert {endpoint["Port"] for endpoint in endpoints} == {6379}
    assert group.primary == "redis12-001"


def test_the_description_of_a_group_has_the_documented_members(shared):
    group = shared.create("shape", nodes=2)
    seen = group.describe()
    wanted = {
        "ReplicationGroupId": "shape", "Description": "test shape", "Status": "available",
        "PendingModifiedValues": {}, "MemberClusters": ["shape-001", "shape-002"],
        "AutomaticFailover": "enabled", "MultiAZ": "disabled", "SnapshotRetentionLimit": 0,
        "ClusterEnabled": False, "CacheNodeType": "cache.m5.large", "AuthTokenEnabled": False,
        "TransitEncryptionEnabled": False, "AtRestEncryptionEnabled": False,
        "ARN": "arn:aws:elasticache:us-east-1:000000000000:replicationgroup:shape",
        "AutoMinorVersionUpgrade": True,
    }
    assert {name: seen.get(name) for name in wanted} == wanted
    assert re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", seen["SnapshotWindow"])
    assert "ConfigurationEndpoint" not in seen
    assert "Slots" not in seen["NodeGroups"][0]

    clusters = group.client.describe_cache_clusters(
        CacheClusterId="shape-002", ShowCacheNodeInfo=True)["CacheClusters"]
    [cluster] = clusters
    wanted = {
        "CacheClusterId": "shape-002", "CacheClusterStatus": "available", "Engine": "redis",
        "NumCacheNodes": 1, "ReplicationGroupId": "shape", "CacheNodeType": "cache.m5.large",
        "PendingModifiedValues": {},
        "ARN": "arn:aws:elasticache:us-east-1:000000000000:cluster:shape-002",
    }
    assert {name: cluster.get(name) for name in wanted} == wanted
    assert re.fullmatch(r"[a-z]{3}:\d\d:\d\d-[a-z]{3}:\d\d:\d\d",
                        cluster["PreferredMaintenanceWindow"])
    assert cluster["CacheParameterGroup"]["ParameterApplyStatus"] == "in-sync"
    [node] = cluster["CacheNodes"]
    assert node["CacheNodeId"] == "0001"
    assert node["CacheNodeStatus"] == "available"
    assert node["CustomerAvailabilityZone"] == cluster["PreferredAvailabilityZone"]
    assert address(node["Endpoint"]) == group.address("shape-002")
    without = group.client.describe_cache_clusters(CacheClusterId="shape-002")["CacheClusters"][0]
    assert not without.get("CacheNodes")
    group.delete()
    group.gone()


def test_redis_cli_and_redis_py_connect_to_every_printed_endpoint(server):
    group = server.create("reach", nodes=3)
    everywhere = [group.endpoint, group.reader, *map(group.address, group.members())]
    for where in everywhere:
        assert redis_cli(where, "PING") == "PONG"
        assert group.redis(where).ping()
    assert redis_cli(group.endpoint, "SET", "k", "v") == "OK"
    assert group.redis().wait(2, 2000) == 2
    assert {redis_cli(where, "GET", "k") for where in everywhere} == {"v"}
    with pytest.raises(redis.exceptions.ReadOnlyError):
        group.redis(group.reader).set("k", "other")


def test_a_group_has_the_port_that_was_asked_for(shared):
    group = shared.create("ported", nodes=2, Port=7001)
    assert group.endpoint[1] == group.reader[1] == 7001
    assert {group.address(member)[1] for member in group.members()} == {7001}
    assert group.redis().set("k", "v")
    group.delete()
    group.gone()


@covers("G01")
def test_a_group_may_be_a_primary_alone_or_have_five_replicas(shared):
    alone = shared.create("alone", nodes=1, failover=False)
    full = shared.create("full", nodes=6)
    assert alone.primary == "alone-001" and alone.replicas == []
    assert alone.redis(alone.reader).ping(), "with no replica the primary answers readers"
    assert len(full.replicas) == 5
    assert full.redis().set("k", "v") and full.redis().wait(5, 2000) == 5
    for group in (alone, full):
        group.delete()
        group.gone()


def test_zones_are_spread_when_none_are_named(shared):
    group = shared.create("spread", nodes=3)
    zones = {member["PreferredAvailabilityZone"] for member in group.members().values()}
    assert len(zones) == 3
    group.delete()
    group.gone()


def test_creation_is_told_by_events(shared):
    group = shared.create("told", nodes=2)
    events = group.wait("failover is told", lambda: [
        event for event in [group.events()]
        if ("told", "Automatic failover has been turned on for replication group told") in event])
    events = events[0]
    for member in ("told-001", "told-002"):
        zone = group.members()[member]["PreferredAvailabilityZone"]
        mine = [text for source, text in events if source == member]
        assert mine == ["Cache cluster created", f"Added cache node 0001 in availability zone {zone}"]
    assert [text for source, text in events if source == "told"] == [
        "Replication group told created",
        "Automatic failover has been turned on for replication group told"]
    assert events.index(("told", "Replication group told created")) > events.index(
        ("told-002", "Cache cluster created"))
    group.delete()
    group.gone()


def test_the_same_id_in_two_regions_and_two_accounts_is_three_groups(shared):
    here = shared.create("twin", nodes=2)
    there = shared.create("twin", nodes=1, failover=False, region="eu-west-1")
    other = shared.create("twin", nodes=1, failover=False, account="123456789012")
    assert here.describe()["ARN"].split(":")[3:5] == ["us-east-1", "000000000000"]
    assert there.describe()["ARN"].split(":")[3:5] == ["eu-west-1", "000000000000"]
    assert other.describe()["ARN"].split(":")[3:5] == ["us-east-1", "123456789012"]
    assert len({here.endpoint, there.endpoint, other.endpoint}) == 3
    assert there.members()["twin-001"]["PreferredAvailabilityZone"].startswith("eu-west-1")
    for group in (here, there, other):
        [only] = [found for found in group.client.describe_replication_groups()["ReplicationGroups"]
                  if found["ReplicationGroupId"] == "twin"]
        assert len(only["MemberClusters"]) == (2 if group is here else 1)
        assert [source for source, text in group.events() if text == "Cache cluster created"] == (
            ["twin-001", "twin-002"] if group is here else ["twin-001"])
    there.delete()
    there.gone()
    assert here.describe()["Status"] == other.describe()["Status"] == "available"
    for group in (here, other):
        group.delete()
        group.gone()


def test_clients_wait_for_creation_and_deletion_with_their_own_waiters(shared):
    client = shared.client()
    group = shared.create("waited", nodes=2, wait=False)
    quick = {"Delay": 1, "MaxAttempts": 30}
    client.get_waiter("replication_group_available").wait(
        ReplicationGroupId="waited", WaiterConfig=quick)
    client.get_waiter("cache_cluster_available").wait(
        CacheClusterId="waited-002", WaiterConfig=quick)
    group.delete()
    client.get_waiter("replication_group_deleted").wait(
        ReplicationGroupId="waited", WaiterConfig=quick)
    client.get_waiter("cache_cluster_deleted").wait(
        CacheClusterId="waited-001", WaiterConfig=quick)
    group.gone()


def test_paginators_of_boto3_go_through_everything(shared):
    groups = [shared.create(f"page-{n:02}", nodes=1, failover=False, wait=False, region="sa-east-1")
              for n in range(23)]
    client = shared.client("sa-east-1")
    pages = list(client.get_paginator("describe_replication_groups").paginate(
        PaginationConfig={"PageSize": 20}))
    assert [len(page["ReplicationGroups"]) for page in pages] == [20, 3]
    names = [group["ReplicationGroupId"] for page in pages for group in page["ReplicationGroups"]]
    assert names == [group.name for group in groups]
    clusters = client.get_paginator("describe_cache_clusters").paginate(
        PaginationConfig={"PageSize": 20}).build_full_result()["CacheClusters"]
    assert [cluster["CacheClusterId"] for cluster in clusters] == [
        f"{group.name}-001" for group in groups]
    for group in groups:
        group.settled(90).delete()
    for group in groups:
        group.gone(60)
