"""Every rule that the API enforces on groups: code, status and text."""

import pytest

covers = pytest.mark.covers

IDENTIFIER = ("The parameter ReplicationGroupIdentifier is not a valid identifier. Identifiers must"
              " begin with a letter; must contain only ASCII letters, digits, and hyphens; and must"
              " not end with a hyphen or contain two consecutive hyphens.")
TWO = ("When using automatic failover, there must be at least 2 cache clusters in the replication"
       " group.")
REPLICAS = "The number of replicas per node group must be within 0 and 5."
MISSING = "The parameter {} must be provided and must not be null."
VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
FAILOVER = {"AutomaticFailoverEnabled": "true", "NumCacheClusters": "2"}


def rule(code, message, status=400, rows=(), **parameters):
    """message: the whole text; None where no text is documented."""
    name = "-".join(f"{key}={value}"[:60] for key, value in parameters.items())
    return pytest.param(parameters, (status, code, message), id=name or "nothing",
                        marks=[covers(*rows)] if rows else [])


CREATE = [
    rule(VALUE, "Replication Group ID cannot be longer than 40 characters.",
         ReplicationGroupId="a" * 41),
    *[rule(VALUE, IDENTIFIER, ReplicationGroupId=name)
      for name in ("1abc", "a--b", "ab-", "a_b", "a b", "-a", "a.b", "\u00e4b")],
    rule(None, MISSING.format("ReplicationGroupId"), ReplicationGroupId=None),
    rule(None, MISSING.format("ReplicationGroupDescription"), ReplicationGroupDescription=None),
    rule(None, MISSING.format("CacheNodeType"), CacheNodeType=None),
    rule("ReplicationGroupAlreadyExists", "Replication group with specified name already exists.",
         ReplicationGroupId="TAKEN"),
    rule(COMBINATION, TWO, AutomaticFailoverEnabled="true", NumCacheClusters="1", rows=["G22"]),
    rule(COMBINATION, TWO, AutomaticFailoverEnabled="true", rows=["G22"]),
    rule(VALUE, None, NumCacheClusters="7", rows=["G01"]),
    rule(VALUE, None, NumCacheClusters="0"),
    rule(VALUE, REPLICAS, ReplicasPerNodeGroup="6", rows=["G01"]),
    rule(VALUE, REPLICAS, ReplicasPerNodeGroup="-1"),
    rule(COMBINATION, None, MultiAZEnabled="true", NumCacheClusters="2"),
    rule(None, None, MultiAZEnabled="true", AutomaticFailoverEnabled="true",
         NumCacheClusters="1"),
    rule(None, None, **{"PreferredCacheClusterAZs.AvailabilityZone.1": "us-east-1a"},
         NumCacheClusters="2"),
    rule(VALUE, None, **{"PreferredCacheClusterAZs.AvailabilityZone.1": "us-east-1z"},
         NumCacheClusters="1"),
    rule(None, None, **{"PreferredCacheClusterAZs.AvailabilityZone.1": "eu-west-1a"},
         NumCacheClusters="1"),
    rule(VALUE, None, CacheNodeType="cache.huge", NumCacheClusters="1"),
    rule(None, None, **FAILOVER, CacheNodeType="cache.t1.micro", rows=["G05"]),
    rule(None, None, **FAILOVER, CacheNodeType="cache.t2.micro", EngineVersion="2.8.24",
         rows=["G06"]),
    rule(None, None, **FAILOVER, CacheNodeType="cache.t2.small", EngineVersion="3.2.4",
         rows=["G06"]),
    rule(None, None, **FAILOVER, EngineVersion="2.6.13", rows=["G04"]),
    rule(None, None, **FAILOVER, MultiAZEnabled="true", EngineVersion="2.6.13", rows=["G04"]),
    rule(None, None, EngineVersion="99.0"),
    rule(None, None, EngineVersion="6.2.999"),
    rule(VALUE, None, Engine="memcached"),
    rule(VALUE, None, Engine="postgres"),
    rule("CacheParameterGroupNotFound", "CacheParameterGroup not found: nobody", status=404,
         CacheParameterGroupName="nobody"),
    rule(COMBINATION, "Expected a parameter group of family redis7 but found one of family redis2.8",
         CacheParameterGroupName="default.redis2.8", EngineVersion="7.0"),
    rule("CacheSubnetGroupNotFoundFault", "Cache subnet group nobody not found.",
         CacheSubnetGroupName="nobody"),
    rule(VALUE, "Use of cache security groups is not permitted in this API version for your"
         " account.", **{"CacheSecurityGroupNames.CacheSecurityGroupName.1": "default"}),
    rule(None, None, NumNodeGroups="2", AutomaticFailoverEnabled="true"),
    rule(None, None, CacheParameterGroupName="default.redis7.cluster.on",
         AutomaticFailoverEnabled="true"),
    rule(None, None, ClusterMode="enabled", AutomaticFailoverEnabled="true"),
    rule(None, None, PreferredMaintenanceWindow="someday"),
    rule(None, None, PreferredMaintenanceWindow="sun:25:00-sun:26:00"),
    rule(None, None, SnapshotWindow="5am-6am"),
    rule(None, None, SnapshotRetentionLimit="36"),
    rule("CacheClusterNotFound", "CacheCluster not found: nobody-001", status=404,
         PrimaryClusterId="nobody-001"),
    rule(None, None, AuthToken="short"),
]


@pytest.fixture(scope="module")
def groups(everyones):
    """A group with automatic failover and one without, that no refused call may change."""
    both = [everyones.create("taken", nodes=2), everyones.create("plain", nodes=2, failover=False)]
    yield both
    for group in both:
        group.settled().delete()
    for group in both:
        group.gone()


def check(answer, wanted):
    status, code, message = answer.error
    assert status == wanted[0]
    assert message
    assert code == (wanted[1] or code) and code != "InternalFailure"
    if wanted[2] is not None:
        assert message == wanted[2]


@pytest.mark.parametrize("parameters, wanted", CREATE)
def test_a_group_is_not_created(shared, groups, parameters, wanted):
    before = shared.rows("SELECT count(*) FROM replication_group")
    asked = {"ReplicationGroupId": "refused", "ReplicationGroupDescription": "d",
             "CacheNodeType": "cache.m5.large", **parameters}
    answer = shared.call("CreateReplicationGroup", **{
        name: value for name, value in asked.items() if value is not None})
    check(answer, wanted)
    assert shared.rows("SELECT count(*) FROM replication_group") == before


MODIFY = [
    rule("ReplicationGroupNotFoundFault", "ReplicationGroup nobody not found.", status=404,
         ReplicationGroupId="nobody", ReplicationGroupDescription="d"),
    rule(COMBINATION, "No modifications were requested"),
    rule("InvalidReplicationGroupState",
         "Cannot manually promote a new master cache cluster while autofailover is enabled",
         PrimaryClusterId="taken-002", rows=["G09"]),
    rule("CacheClusterNotFound", "CacheCluster not found: taken-009", status=404,
         PrimaryClusterId="taken-009", AutomaticFailoverEnabled="false"),
    rule("CacheClusterNotFound", "CacheCluster not found: plain-009", status=404,
         ReplicationGroupId="plain", PrimaryClusterId="plain-009"),
    rule(None, None, ReplicationGroupId="plain", MultiAZEnabled="true"),
    rule(None, None, CacheNodeType="cache.huge"),
    rule(None, None, EngineVersion="99.0"),
    rule(None, None, EngineVersion="5.0.6"),
    rule("CacheParameterGroupNotFound", None, status=404, CacheParameterGroupName="nobody"),
    rule(COMBINATION, None, CacheParameterGroupName="default.redis2.8"),
    rule("CacheClusterNotFound", "CacheCluster not found: taken-009", status=404,
         SnapshottingClusterId="taken-009"),
    rule(None, None, SnapshotRetentionLimit="-1"),
    rule(None, None, SnapshotWindow="noon"),
    rule(None, None, PreferredMaintenanceWindow="sunday"),
    rule(VALUE, None, NotificationTopicStatus="perhaps"),
    rule(VALUE, "Use of cache security groups is not permitted in this API version for your"
         " account.", **{"CacheSecurityGroupNames.CacheSecurityGroupName.1": "default"}),
    rule(None, None, AutomaticFailoverEnabled="perhaps"),
    rule(None, None, ApplyImmediately="perhaps", ReplicationGroupDescription="d"),
]


@pytest.mark.parametrize("parameters, wanted", MODIFY)
def test_a_group_is_not_modified(shared, groups, parameters, wanted):
    before = shared.rows("SELECT * FROM replication_group ORDER BY id")
    answer = shared.call("ModifyReplicationGroup", **{
        "ReplicationGroupId": "taken", "ApplyImmediately": "true", **parameters})
    check(answer, wanted)
    assert shared.rows("SELECT * FROM replication_group ORDER BY id") == before


TEST = [
    rule("ReplicationGroupNotFoundFault", "ReplicationGroup nobody not found.", status=404,
         ReplicationGroupId="nobody", rows=["G25"]),
    rule("NodeGroupNotFoundFault", "NodeGroup 0002 not found.", status=404, NodeGroupId="0002",
         rows=["G25"]),
    rule("NodeGroupNotFoundFault", None, status=404, NodeGroupId="other-0001"),
    rule(None, None, NodeGroupId="00001"),
    rule(None, MISSING.format("NodeGroupId"), NodeGroupId=None, rows=["G25"]),
    rule(None, MISSING.format("ReplicationGroupId"), ReplicationGroupId=None, rows=["G25"]),
    rule("InvalidReplicationGroupState",
         "Automatic failover must be enabled on replication group plain to test failover.",
         ReplicationGroupId="plain", rows=["G25"]),
]


@pytest.mark.parametrize("parameters, wanted", TEST)
def test_failover_is_not_tested(shared, groups, parameters, wanted):
    marks = [group.mark() for group in groups]
    asked = {"ReplicationGroupId": "taken", "NodeGroupId": "0001", **parameters}
    answer = shared.call("TestFailover", **{
        name: value for name, value in asked.items() if value is not None})
    status, code, message = answer.error
    assert code == (wanted[1] or code) and message
    assert status == wanted[0] or (wanted[1] is None and 400 <= status < 500)
    if wanted[2] is not None:
        assert message == wanted[2]
    assert [group.events_since(mark) for group, mark in zip(groups, marks)] == [[], []]


DESCRIBE = [
    ("DescribeReplicationGroups", {"ReplicationGroupId": "nobody"},
     (404, "ReplicationGroupNotFoundFault", "ReplicationGroup nobody not found.")),
    ("DescribeCacheClusters", {"CacheClusterId": "nobody-001"},
     (404, "CacheClusterNotFound", "CacheCluster not found:nobody-001")),
    ("DescribeReplicationGroups", {"MaxRecords": "19"},
     (400, VALUE, "Invalid value for max records. Must be between 20 and 100")),
    ("DescribeCacheClusters", {"MaxRecords": "101"},
     (400, VALUE, "Invalid value for max records. Must be between 20 and 100")),
    ("DescribeReplicationGroups", {"Marker": "nonsense"}, (400, VALUE, None)),
    ("DescribeCacheClusters", {"Marker": "nonsense"}, (400, VALUE, None)),
    ("DeleteReplicationGroup", {"ReplicationGroupId": "nobody"},
     (404, "ReplicationGroupNotFoundFault", "ReplicationGroup nobody not found.")),
    ("DeleteReplicationGroup", {}, (400, None, MISSING.format("ReplicationGroupId"))),
]


@pytest.mark.parametrize("action, parameters, wanted", DESCRIBE, ids=str)
def test_what_is_not_there_is_said(shared, action, parameters, wanted):
    check(shared.call(action, **parameters), wanted)


@covers("G04", "G05")
@pytest.mark.parametrize("parameters", [
    {"EngineVersion": "2.8.6"}, {"EngineVersion": "2.8.24"}, {"EngineVersion": "3.2.4"},
    {"EngineVersion": "5.0.6"}, {"EngineVersion": "6.2"}, {"EngineVersion": "6.x"},
    {"EngineVersion": "7.0"}, {"CacheNodeType": "cache.t3.micro"},
    {"CacheNodeType": "cache.m3.medium"}, {"CacheNodeType": "cache.r6g.large"}], ids=str)
def test_automatic_failover_is_allowed(shared, parameters):
    asked = {"ReplicationGroupId": "allowed", "ReplicationGroupDescription": "d",
             "CacheNodeType": "cache.m5.large", **FAILOVER, **parameters}
    answer = shared.call("CreateReplicationGroup", **asked)
    assert answer.status == 200, answer.text
    group = shared.group("allowed").settled()
    group.delete()
    group.gone()


def test_a_t1_node_is_fine_without_automatic_failover(shared):
    group = shared.create("tiny", nodes=1, failover=False, CacheNodeType="cache.t1.micro",
                          EngineVersion="2.8.24")
    answer = shared.call("ModifyReplicationGroup", ReplicationGroupId="tiny",
                         AutomaticFailoverEnabled="true", ApplyImmediately="true")
    assert answer.status == 400
    group.delete()
    group.gone()


def test_a_group_that_is_not_available_is_not_modified_nor_tested(shared):
    group = shared.create("early", nodes=3, wait=False)
    modified = shared.call("ModifyReplicationGroup", ReplicationGroupId="early",
                           ReplicationGroupDescription="x", ApplyImmediately="true")
    tested = shared.call("TestFailover", ReplicationGroupId="early", NodeGroupId="0001")
    assert modified.error == (400, "InvalidReplicationGroupState",
                              "Replication group must be in available state to modify.")
    assert tested.error[:2] == (400, "InvalidReplicationGroupState")
    assert tested.error[2] == "Replication group early is not in available state."
    group.settled().delete()
    group.gone()
