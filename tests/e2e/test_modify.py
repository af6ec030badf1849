"""Changing a group: automatic failover, promotion by hand, what waits and what does not."""

import datetime
import subprocess

import pytest

from harness.load import Writer

covers = pytest.mark.covers


@covers("G21", "G22", "G23")
def test_the_aws_cli_switches_automatic_failover_on(server):
    group = server.create("redis12", nodes=2, failover=False)
    answer = server.aws("modify-replication-group", "--replication-group-id", "redis12",
                        "--automatic-failover-enabled", "--apply-immediately")["ReplicationGroup"]
    assert answer["Status"] == "modifying"
    assert answer["AutomaticFailover"] == "enabling"
    assert answer["Description"] == "test redis12"
    assert answer["PendingModifiedValues"] == {}
    assert answer["MemberClusters"] == ["redis12-001", "redis12-002"]
    assert answer["SnapshotRetentionLimit"] == 0
    assert answer["SnapshotWindow"]
    assert answer["SnapshottingClusterId"] == "redis12-002"
    [shard] = answer["NodeGroups"]
    assert (shard["NodeGroupId"], shard["Status"]) == ("0001", "modifying")
    assert shard["PrimaryEndpoint"]["Port"] == 6379
    roles = {member["CacheClusterId"]: member["CurrentRole"]
             for member in shard["NodeGroupMembers"]}
    assert roles == {"redis12-001": "primary", "redis12-002": "replica"}
    for member in shard["NodeGroupMembers"]:
        assert member["CacheNodeId"] == "0001"
        assert member["ReadEndpoint"]["Port"] == 6379
        assert member["PreferredAvailabilityZone"].startswith("us-east-1")
    group.settled()
    seen = group.describe()
    assert (seen["Status"], seen["AutomaticFailover"]) == ("available", "enabled")
    assert ("redis12", "Automatic failover has been turned on for replication group redis12") \
        in group.events()
    old, mark = group.primary, group.mark()
    group.signal(old)
    group.recovered([old], since=mark)
    assert group.primary != old


@covers("G24")
def test_the_guide_s_plain_request_for_modify_works_as_printed(shared):
    group = shared.create("redis12", nodes=2, failover=False)
    done = subprocess.run(
        ["/usr/bin/curl", "-sS", f"{shared.url}/?Action=ModifyReplicationGroup&ApplyImmediately=true"
         "&AutoFailover=true&ReplicationGroupId=redis12&Version=2015-02-02&SignatureVersion=4"
         "&SignatureMethod=HmacSHA256&Timestamp=20140401T192317Z"
         "&X-Amz-Credential=AKIDEXAMPLE%2F20140401%2Fus-east-1%2Felasticache%2Faws4_request"],
        capture_output=True, text=True, timeout=20)
    assert done.stdout.startswith("<ModifyReplicationGroupResponse "), done.stdout + done.stderr
    assert "<AutomaticFailover>enabling</AutomaticFailover>" in done.stdout
    group.settled()
    assert group.describe()["AutomaticFailover"] == "enabled"
    group.delete()
    group.gone()


@covers("G22")
def test_automatic_failover_needs_a_replica(shared):
    group = shared.create("lonely", nodes=1, failover=False)
    answer = shared.call("ModifyReplicationGroup", ReplicationGroupId="lonely",
                         AutomaticFailoverEnabled="true", ApplyImmediately="true")
    assert answer.error == (
        400, "InvalidParameterCombination",
        "Replication group must have at least one read replica to enable autofailover.")
    assert group.describe()["AutomaticFailover"] == "disabled"
    group.delete()
    group.gone()


@covers("G09", "G15")
def test_a_replica_is_promoted_by_hand_by_disabling_promoting_and_enabling(server):
    group = server.create("hand", nodes=3)
    endpoint, pids = group.endpoint, group.pids()
    places = {name: member["ReadEndpoint"] for name, member in group.members().items()}
    refused = server.call("ModifyReplicationGroup", ReplicationGroupId="hand",
                          PrimaryClusterId="hand-003", ApplyImmediately="true")
    assert refused.error == (
        400, "InvalidReplicationGroupState",
        "Cannot manually promote a new master cache cluster while autofailover is enabled")
    assert group.primary == "hand-001"

    with Writer(endpoint, replicas=1) as writer:
        writer.wait_for(100)
        group.modify(AutomaticFailoverEnabled=False)
        group.settled()
        assert group.describe()["AutomaticFailover"] == "disabled"
        writer.wait_for(100)
        mark = group.mark()
        assert group.modify(PrimaryClusterId="hand-003")["Status"] == "modifying"
        group.settled()
        assert group.primary == "hand-003"
        writer.wait_for(100)
        group.modify(AutomaticFailoverEnabled=True)
        group.settled()
        writer.wait_for(100)
    assert writer.lost(replicas=0) == [], "a planned switch loses nothing that was acknowledged"
    assert group.describe()["AutomaticFailover"] == "enabled"
    assert group.endpoint == endpoint
    assert group.pids() == pids, "nothing failed"
    assert {name: member["ReadEndpoint"] for name, member in group.members().items()} == places
    assert ("hand", "Failover from master node hand-001 to replica node hand-003 completed") \
        in group.events_since(mark)
    for member in group.replicas:
        info = group.redis(group.address(member)).info("replication")
        assert info["master_host"] == group.address("hand-003")[0]


def test_promotion_and_automatic_failover_in_one_call(server):
    group = server.create("both", nodes=2, failover=False)
    group.modify(PrimaryClusterId="both-002", AutomaticFailoverEnabled=True)
    group.settled()
    assert group.primary == "both-002"
    assert group.describe()["AutomaticFailover"] == "enabled"


def test_promoting_the_primary_changes_nothing(shared):
    group = shared.create("same", nodes=2, failover=False)
    pids = group.pids()
    group.modify(PrimaryClusterId="same-001")
    group.settled()
    assert group.primary == "same-001" and group.pids() == pids
    group.delete()
    group.gone()


def test_what_is_not_applied_immediately_stays_pending(server):
    group = server.create("later", nodes=2, PreferredMaintenanceWindow=far_window())
    answer = group.modify(now=False, AutomaticFailoverEnabled=False)
    assert answer["Status"] == "available"
    assert answer["AutomaticFailover"] == "enabled"
    assert answer["PendingModifiedValues"] == {"AutomaticFailoverStatus": "disabled"}
    assert group.describe()["PendingModifiedValues"] == {"AutomaticFailoverStatus": "disabled"}
    server.stop()
    server.start()
    group.settled()
    assert group.describe()["PendingModifiedValues"] == {"AutomaticFailoverStatus": "disabled"}

    answer = group.modify(ReplicationGroupDescription="now everything")
    group.settled()
    seen = group.describe()
    assert seen["Description"] == "now everything"
    assert seen["AutomaticFailover"] == "disabled"
    assert seen["PendingModifiedValues"] == {}


def far_window():
    """A maintenance window that does not come while a test runs."""
    day = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3))
    name = day.strftime("%a").lower()
    return f"{name}:05:00-{name}:06:00"


def test_pending_changes_are_applied_when_the_maintenance_window_comes(server):
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=20)
    end = start + datetime.timedelta(hours=2)
    window = "-".join(moment.strftime("%a:%H:%M").lower() for moment in (start, end))
    group = server.create("window", nodes=2, PreferredMaintenanceWindow=window)
    group.modify(now=False, AutomaticFailoverEnabled=False)
    group.wait("the window applies it", lambda: (seen := group.describe())
               and seen["AutomaticFailover"] == "disabled"
               and seen["PendingModifiedValues"] == {}, seconds=90)


def test_a_promotion_that_waits_is_shown_as_pending(shared):
    group = shared.create("waits", nodes=2, failover=False,
                          PreferredMaintenanceWindow=far_window())
    answer = group.modify(now=False, PrimaryClusterId="waits-002")
    assert answer["PendingModifiedValues"] == {"PrimaryClusterId": "waits-002"}
    assert group.primary == "waits-001"
    group.delete()
    group.gone()


def test_settings_that_need_no_node_are_applied_at_once(shared):
    group = shared.create("plain", nodes=2)
    group.modify(now=False, ReplicationGroupDescription="other words",
                 SnapshotRetentionLimit=3, SnapshotWindow="01:00-02:00",
                 PreferredMaintenanceWindow="mon:03:00-mon:04:00",
                 SnapshottingClusterId="plain-002")
    seen = group.describe()
    assert seen["Status"] == "available"
    assert seen["Description"] == "other words"
    assert seen["SnapshotRetentionLimit"] == 3
    assert seen["SnapshotWindow"] == "01:00-02:00"
    assert seen["SnapshottingClusterId"] == "plain-002"
    [cluster] = group.client.describe_cache_clusters(
        CacheClusterId="plain-001")["CacheClusters"]
    assert cluster["PreferredMaintenanceWindow"] == "mon:03:00-mon:04:00"
    group.delete()
    group.gone()


def test_multi_az_is_switched_at_once(shared):
    group = shared.create("multi", nodes=2)
    assert group.describe()["MultiAZ"] == "disabled"
    group.modify(MultiAZEnabled=True)
    assert group.settled().describe()["MultiAZ"] == "enabled"
    answer = group.modify(MultiAZEnabled=False)
    assert answer["MultiAZ"] == "disabled"
    group.settled().delete()
    group.gone()


@pytest.mark.parametrize("parameters", [{}, {"ApplyImmediately": "true"}])
def test_a_call_that_asks_for_nothing_is_refused(shared, parameters):
    group = shared.create("nothing", nodes=1, failover=False)
    answer = shared.call("ModifyReplicationGroup", ReplicationGroupId="nothing", **parameters)
    assert answer.error == (400, "InvalidParameterCombination", "No modifications were requested")
    group.delete()
    group.gone()
