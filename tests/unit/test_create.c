#include "unit.h"

#include <string.h>

#include "actions_support.h"
#include "domain/group.h"
#include "store/db.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

#define CREATE "CreateReplicationGroup"
#define VALUE "InvalidParameterValue"
#define COMBINATION "InvalidParameterCombination"

/* A request that is fine, up to what is appended. */
#define RG "{'ReplicationGroupId': 'rg', 'ReplicationGroupDescription': 'd'"
#define FINE RG ", 'CacheNodeType': 'cache.m5.large'"
#define THREE FINE ", 'NumCacheClusters': 3"

START_TEST(a_group_is_created)
{
	json_t *out = ask(CREATE,
		"{'ReplicationGroupId': 'Redis12', 'ReplicationGroupDescription': 'of <three>', "
		"'CacheNodeType': 'cache.m5.large', 'NumCacheClusters': 3, "
		"'AutomaticFailoverEnabled': true, 'MultiAZEnabled': true}");
	json_t *group = json_object_get(out, "ReplicationGroup");

	ck_assert_str_eq(at(group, "ReplicationGroupId"), "redis12");
	ck_assert_str_eq(at(group, "Description"), "of <three>");
	ck_assert_str_eq(at(group, "Status"), "creating");
	ck_assert_str_eq(at(group, "PendingModifiedValues"), "{0}");
	ck_assert_str_eq(at(group, "MemberClusters"), "[3]");
	ck_assert_str_eq(at(group, "MemberClusters.2"), "redis12-003");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabling");
	ck_assert_str_eq(at(group, "MultiAZ"), "enabled");
	ck_assert_str_eq(at(group, "SnapshotRetentionLimit"), "0");
	ck_assert_uint_eq(strlen(at(group, "SnapshotWindow")), strlen("05:00-06:00"));
	ck_assert_str_eq(at(group, "ClusterEnabled"), "false");
	ck_assert_str_eq(at(group, "ClusterMode"), "disabled");
	ck_assert_str_eq(at(group, "CacheNodeType"), "cache.m5.large");
	ck_assert_str_eq(at(group, "Engine"), "redis");
	ck_assert_str_eq(at(group, "AutoMinorVersionUpgrade"), "true");
	ck_assert_str_eq(at(group, "AuthTokenEnabled"), "false");
	ck_assert_str_eq(at(group, "TransitEncryptionEnabled"), "false");
	ck_assert_str_eq(at(group, "AtRestEncryptionEnabled"), "false");
	ck_assert_str_eq(at(group, "ARN"),
		"arn:aws:elasticache:us-east-1:000000000000:replicationgroup:redis12");
	ck_assert_ptr_null(at(group, "NodeGroups"));
	ck_assert_ptr_null(at(group, "SnapshottingClusterId"));
	ck_assert_str_eq(workflow_of("redis12"), "create");
}
END_TEST

START_TEST(without_failover_it_stays_disabled)
{
	json_t *out = ask(CREATE, FINE "}");

	ck_assert_str_eq(at(out, "ReplicationGroup.AutomaticFailover"), "disabled");
	ck_assert_str_eq(at(out, "ReplicationGroup.MultiAZ"), "disabled");
	ck_assert_str_eq(at(out, "ReplicationGroup.MemberClusters"), "[1]");
}
END_TEST

static struct group *stored(struct arena *arena, const char *name)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };
	struct group *group;

	ck_assert(tx_begin_read(actions_store(), &tx, &err));
	group = group_load(&tx, arena, "000000000000", "us-east-1", name, &err);
	ck_assert_ptr_nonnull(group);
	return group;
}

static const char *zones_of(struct arena *arena, const char *name)
{
	const struct shard *shard = stored(arena, name)->shards;
	char *zones = arena_alloc(arena, NODES_MAX + 1);

	for (size_t i = 0; i < shard->node_count; i++)
		zones[i] = shard->nodes[i].zone[strlen("us-east-1")];
	return zones;
}

START_TEST(what_is_not_said_has_defaults)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const struct group *group;

	(void)ask(CREATE, THREE "}");
	group = stored(&arena, "rg");
	ck_assert_int_eq(group->port, 6379);
	ck_assert_str_eq(group->engine_version, "7.1.0");
	ck_assert_str_eq(group->parameter_group, "default.redis7");
	ck_assert_ptr_null(group->subnet_group);
	ck_assert_str_eq(group->security_groups, "");
	ck_assert_ptr_null(group->topic_arn);
	ck_assert_uint_eq(strlen(group->secret), 64);
	ck_assert_str_eq(group->shards[0].name, "0001");
	ck_assert_int_eq(group->shards[0].status, STATUS_CREATING);
	ck_assert_int_eq(group->shards[0].nodes[1].health, HEALTH_NEW);
	ck_assert_int_eq(group->shards[0].primary, group->shards[0].nodes[0].id);
}
END_TEST

START_TEST(what_is_said_is_kept)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const struct group *group;

	(void)ask(CREATE,
		FINE ", 'Port': 6380, 'EngineVersion': '6.x', 'Engine': 'Redis', "
		     "'CacheParameterGroupName': 'default.redis6.x', 'CacheSubnetGroupName': "
		     "'default', 'SecurityGroupIds': ['sg-1', 'sg-2'], 'NotificationTopicArn': "
		     "'arn:aws:sns:us-east-1:123456789012:t', 'SnapshotRetentionLimit': 5, "
		     "'SnapshotWindow': '01:00-02:00', 'PreferredMaintenanceWindow': "
		     "'Mon:01:00-Mon:02:00', 'AutoMinorVersionUpgrade': false, "
		     "'TransitEncryptionEnabled': false, 'NetworkType': 'ipv4', 'ClusterMode': "
		     "'disabled', 'Tags': [{'Key': 'env', 'Value': 'test'}, {'Key': 'k'}]}");
	group = stored(&arena, "rg");
	ck_assert_int_eq(group->port, 6380);
	ck_assert_str_eq(group->engine_version, "6.2.6");
	ck_assert_str_eq(group->parameter_group, "default.redis6.x");
	ck_assert_str_eq(group->subnet_group, "default");
	ck_assert_str_eq(group->security_groups, "sg-1,sg-2");
	ck_assert_str_eq(group->topic_arn, "arn:aws:sns:us-east-1:123456789012:t");
	ck_assert(group->topic_active);
	ck_assert_int_eq(group->snapshot_retention, 5);
	ck_assert_str_eq(group->snapshot_window, "01:00-02:00");
	ck_assert_str_eq(group->maintenance_window, "mon:01:00-mon:02:00");
	ck_assert(!group->auto_minor_version_upgrade);
}
END_TEST

/* G12 */
START_TEST(nodes_stand_where_they_are_asked_to)
{
	static const struct {
		const char *input;
		const char *zones;
	} cases[] = {
		{ "'NumCacheClusters': 3", "abc" },
		{ "'NumCacheClusters': 3, 'PreferredCacheClusterAZs': ['us-east-1c', "
		  "'us-east-1a', 'us-east-1c']",
			"cac" },
		{ "'ReplicasPerNodeGroup': 1", "ab" },
		{ "'NumNodeGroups': 1, 'ReplicasPerNodeGroup': 0", "a" },
		{ "'NumCacheClusters': 2, 'ReplicasPerNodeGroup': 1", "ab" },
		{ "'NodeGroupConfiguration': [{'ReplicaCount': 2}]", "abc" },
		{ "'NodeGroupConfiguration': [{'ReplicaCount': 2, 'PrimaryAvailabilityZone': "
		  "'us-east-1b'}]",
			"bac" },
		{ "'NodeGroupConfiguration': [{'NodeGroupId': '0001', 'Slots': '0-16383', "
		  "'PrimaryAvailabilityZone': 'us-east-1f', 'ReplicaAvailabilityZones': "
		  "['us-east-1a', 'us-east-1f']}]",
			"faf" },
		{ "'NumCacheClusters': 6", "abcdef" },
	};
	_cleanup_(arena_done) struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = arena_printf(&arena, "g%zu", i);

		(void)ask(CREATE,
			"{'ReplicationGroupId': '%s', 'ReplicationGroupDescription': 'd', "
			"'CacheNodeType': 'cache.m5.large', %s}",
			name, cases[i].input);
		ck_assert_str_eq(zones_of(&arena, name), cases[i].zones);
	}
}
END_TEST

START_TEST(every_node_has_an_address_of_its_zone)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const struct shard *first, *second;

	(void)ask(CREATE, THREE "}");
	(void)ask(CREATE, "{'ReplicationGroupId': 'other', 'ReplicationGroupDescription': 'd', "
			  "'CacheNodeType': 'cache.m5.large', 'NumCacheClusters': 2}");
	first = stored(&arena, "rg")->shards;
	second = stored(&arena, "other")->shards;
	ck_assert_str_eq(first->primary_address, "127.42.0.1");
	ck_assert_str_eq(first->reader_address, "127.42.0.2");
	ck_assert_str_eq(first->nodes[2].address, "127.42.96.1");
	ck_assert_str_eq(second->primary_address, "127.42.0.3");
	ck_assert_str_eq(second->nodes[1].address, "127.42.64.2");
}
END_TEST

START_TEST(regions_do_not_see_each_other)
{
	(void)ask(CREATE, FINE "}");
	refuse(CREATE, FINE "}", "ReplicationGroupAlreadyExists",
		"Replication group with specified name already exists.");
	refuse(CREATE,
		"{'ReplicationGroupId': 'RG', 'ReplicationGroupDescription': 'd', "
		"'CacheNodeType': 'cache.m5.large'}",
		"ReplicationGroupAlreadyExists",
		"Replication group with specified name already exists.");
	actions_region("eu-west-1");
	ck_assert_str_eq(at(ask(CREATE, FINE "}"), "ReplicationGroup.ARN"),
		"arn:aws:elasticache:eu-west-1:000000000000:replicationgroup:rg");
}
END_TEST

static const struct bad {
	const char *input;
	const char *code;
	const char *message;
} bads[] = {
	{ "{'ReplicationGroupId': 'a1234567890123456789012345678901234567890', "
	  "'ReplicationGroupDescription': 'd'}",
		VALUE, "Replication Group ID cannot be longer than 40 characters." },
	{ "{'ReplicationGroupId': '1rg', 'ReplicationGroupDescription': 'd'}", VALUE,
		"The parameter ReplicationGroupIdentifier is not a valid identifier. Identifiers "
		"must begin with a letter; must contain only ASCII letters, digits, and hyphens; "
		"and must not end with a hyphen or contain two consecutive hyphens." },
	{ RG "}", VALUE, "The parameter CacheNodeType must be provided and must not be null." },
	{ RG ", 'CacheNodeType': 'cache.x9.huge'}", VALUE,
		"The cache node type cache.x9.huge is not supported." },
	{ FINE ", 'Engine': 'memcached'}", VALUE,
		"The engine memcached is not supported. Use redis." },
	{ FINE ", 'EngineVersion': '4.0.13'}", COMBINATION,
		"Cannot find version 4.0.13 for redis" },
	{ FINE ", 'EngineVersion': '7.0.7'}", COMBINATION, "Cannot find version 7.0.7 for redis" },
	{ FINE ", 'CacheParameterGroupName': 'mine'}", "CacheParameterGroupNotFound",
		"CacheParameterGroup not found: mine" },
	{ FINE ", 'EngineVersion': '3.2.10', 'CacheParameterGroupName': 'default.redis2.8'}",
		COMBINATION,
		"Expected a parameter group of family redis3.2 but found one of family redis2.8" },
	{ FINE ", 'CacheParameterGroupName': 'default.redis7.cluster.on'}", COMBINATION,
		"Parameter group default.redis7.cluster.on enables cluster mode, which is not "
		"supported." },
	{ FINE ", 'AutomaticFailoverEnabled': true}", COMBINATION,
		"When using automatic failover, there must be at least 2 cache clusters in the "
		"replication group." },
	{ FINE ", 'AutomaticFailoverEnabled': true, 'NumCacheClusters': 1}", COMBINATION,
		"When using automatic failover, there must be at least 2 cache clusters in the "
		"replication group." },
	{ FINE ", 'NumCacheClusters': 7}", VALUE,
		"The number of replicas per node group must be within 0 and 5." },
	{ FINE ", 'NumCacheClusters': 0}", VALUE,
		"The number of replicas per node group must be within 0 and 5." },
	{ FINE ", 'NumCacheClusters': -2147483648}", VALUE,
		"The number of replicas per node group must be within 0 and 5." },
	{ FINE ", 'ReplicasPerNodeGroup': 6}", VALUE,
		"The number of replicas per node group must be within 0 and 5." },
	{ FINE ", 'ReplicasPerNodeGroup': -1}", VALUE,
		"The number of replicas per node group must be within 0 and 5." },
	{ FINE ", 'NumCacheClusters': 3, 'ReplicasPerNodeGroup': 1}", COMBINATION,
		"NumCacheClusters, ReplicasPerNodeGroup and ReplicaCount do not agree on the number of "
		"replicas." },
	{ THREE ", 'MultiAZEnabled': true}", COMBINATION,
		"Automatic failover must be enabled to enable Multi-AZ." },
	{ THREE ", 'AutomaticFailoverEnabled': true, 'EngineVersion': '2.6.13'}", COMBINATION,
		"Automatic failover is not supported for engine version 2.6.13. Redis 2.8.6 or later "
		"is required." }, /* G04 */
	{ RG ", 'CacheNodeType': 'cache.t1.micro', 'NumCacheClusters': 2, "
	     "'AutomaticFailoverEnabled': true}",
		VALUE,
		"Automatic failover is not supported for T1 and T2 cache node types." }, /* G05 */
	{ RG ", 'CacheNodeType': 'cache.t2.small', 'NumCacheClusters': 2, "
	     "'AutomaticFailoverEnabled': true}",
		VALUE,
		"Automatic failover is not supported for T1 and T2 cache node types." }, /* G06 */
	{ FINE ", 'NumNodeGroups': 2}", COMBINATION,
		"More than one node group requires cluster mode, which is not supported." },
	{ FINE ", 'NumNodeGroups': 0}", VALUE, "The number of node groups must be at least 1." },
	{ FINE ", 'NodeGroupConfiguration': [{'ReplicaCount': 1}, {'ReplicaCount': 1}]}",
		COMBINATION,
		"More than one node group requires cluster mode, which is not supported." },
	{ FINE ", 'NodeGroupConfiguration': [{'ReplicaCount': 1}, {'ReplicaCount': 1}], "
	       "'PreferredCacheClusterAZs': ['us-east-1a']}",
		COMBINATION, "PreferredCacheClusterAZs can only be specified for one node group." },
	{ FINE ", 'NodeGroupConfiguration': [{'NodeGroupId': '0002'}]}", VALUE,
		"The node group of a replication group with cluster mode disabled is 0001." },
	{ FINE ", 'NodeGroupConfiguration': [{'Slots': '0-8191'}]}", COMBINATION,
		"Slots can only be specified with cluster mode, which is not supported." },
	{ FINE ", 'NodeGroupConfiguration': [{'PrimaryOutpostArn': 'x'}]}", COMBINATION,
		"Outposts are not supported." },
	{ FINE ", 'NodeGroupConfiguration': [{'PrimaryAvailabilityZone': 'us-east-1a'}], "
	       "'PreferredCacheClusterAZs': ['us-east-1a']}",
		COMBINATION,
		"PreferredCacheClusterAZs and the Availability Zones of a NodeGroupConfiguration "
		"cannot be specified together." },
	{ THREE ", 'PreferredCacheClusterAZs': ['us-east-1a', 'us-east-1b']}", COMBINATION,
		"The number of Availability Zones in PreferredCacheClusterAZs must be the number of "
		"its nodes." },
	{ FINE ", 'NodeGroupConfiguration': [{'ReplicaCount': 2, 'ReplicaAvailabilityZones': "
	       "['us-east-1a']}]}",
		COMBINATION,
		"The number of Availability Zones in ReplicaAvailabilityZones must be the number of "
		"its nodes." },
	{ FINE ", 'NumCacheClusters': 8, 'PreferredCacheClusterAZs': ['a','a','a','a','a','a','a',"
	       "'a']}",
		VALUE, "The number of replicas per node group must be within 0 and 5." },
	{ FINE ", 'PreferredCacheClusterAZs': ['us-east-1z']}", VALUE,
		"us-east-1z is not a valid availability zone." },
	{ FINE ", 'PreferredCacheClusterAZs': ['eu-west-1a']}", VALUE,
		"eu-west-1a is not a valid availability zone." },
	{ FINE ", 'CacheSubnetGroupName': 'Mine'}", "CacheSubnetGroupNotFoundFault",
		"Cache subnet group Mine not found." },
	{ FINE ", 'CacheSecurityGroupNames': ['s1']}", VALUE,
		"Use of cache security groups is not permitted in this API version for your account." },
	{ FINE ", 'SecurityGroupIds': ['sg-1,sg-2']}", VALUE, "Invalid security group: sg-1,sg-2" },
	{ FINE ", 'Port': 0}", VALUE, "Invalid value for port. Must be between 1 and 65535" },
	{ FINE ", 'Port': 65536}", VALUE, "Invalid value for port. Must be between 1 and 65535" },
	{ FINE ", 'SnapshotRetentionLimit': 36}", VALUE,
		"Invalid value for snapshot retention limit. Must be between 0 and 35" },
	{ FINE ", 'SnapshotRetentionLimit': -1}", VALUE,
		"Invalid value for snapshot retention limit. Must be between 0 and 35" },
	{ FINE ", 'SnapshotWindow': '05:00-05:30'}", VALUE,
		"Invalid snapshot window. It must be in the format hh24:mi-hh24:mi and last at least "
		"60 minutes." },
	{ FINE ", 'PreferredMaintenanceWindow': 'sun:05:00-sun:05:30'}", VALUE,
		"Invalid maintenance window. It must be in the format ddd:hh24:mi-ddd:hh24:mi and last "
		"from 60 minutes to 24 hours." },
	{ FINE ", 'NotificationTopicArn': 'topic'}", VALUE,
		"Invalid notification topic ARN: topic" },
	{ FINE ", 'GlobalReplicationGroupId': 'x'}", "GlobalReplicationGroupNotFoundFault",
		"Global replication group not found. Global datastores are not supported." },
	{ FINE ", 'PrimaryClusterId': 'x'}", "CacheClusterNotFound",
		"CacheCluster not found. Cache clusters outside of replication groups are not "
		"supported." },
	{ FINE ", 'UserGroupIds': ['x']}", "UserGroupNotFound",
		"User group not found. User groups are not supported." },
	{ FINE ", 'ClusterMode': 'enabled'}", COMBINATION, "Cluster mode is not supported." },
	{ FINE ", 'ClusterMode': 'compatible'}", COMBINATION, "Cluster mode is not supported." },
	{ FINE ", 'AuthToken': 'abcdefghijklmnopq'}", COMBINATION,
		"AUTH tokens are not supported." },
	{ FINE ", 'TransitEncryptionEnabled': true}", COMBINATION,
		"Encryption in transit is not supported." },
	{ FINE ", 'TransitEncryptionMode': 'preferred'}", COMBINATION,
		"Encryption in transit is not supported." },
	{ FINE ", 'AtRestEncryptionEnabled': true}", COMBINATION,
		"Encryption at rest is not supported." },
	{ FINE ", 'KmsKeyId': 'k'}", COMBINATION, "Encryption at rest is not supported." },
	{ FINE ", 'SnapshotArns': ['a']}", COMBINATION,
		"Restoring from snapshots is not supported." },
	{ FINE ", 'SnapshotName': 'a'}", COMBINATION,
		"Restoring from snapshots is not supported." },
	{ FINE ", 'ServerlessCacheSnapshotName': 'a'}", COMBINATION,
		"Restoring from snapshots is not supported." },
	{ FINE ", 'LogDeliveryConfigurations': [{'LogType': 'slow-log'}]}", COMBINATION,
		"Log delivery is not supported." },
	{ FINE ", 'DataTieringEnabled': true}", COMBINATION, "Data tiering is not supported." },
	{ FINE ", 'NetworkType': 'ipv6'}", COMBINATION,
		"Only the network type ipv4 is supported." },
	{ FINE ", 'IpDiscovery': 'ipv6'}", COMBINATION,
		"Only the IP discovery ipv4 is supported." },
	{ FINE ", 'Tags': [{'Value': 'v'}]}", VALUE,
		"The key of a tag must have between 1 and 128 characters." },
	{ FINE ", 'Tags': [{'Key': 'AWS:x', 'Value': 'v'}]}", VALUE,
		"The key of a tag cannot begin with aws:, which is reserved." },
};

START_TEST(what_cannot_be_is_refused)
{
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		refuse(CREATE, bads[i].input, bads[i].code, bads[i].message);
	ck_assert_str_eq(at(ask("DescribeReplicationGroups", "{}"), "ReplicationGroups"), "[0]");
}
END_TEST

START_TEST(there_are_at_most_fifty_tags)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *input = FINE ", 'Tags': [{'Key': 'k'}";

	for (int i = 0; i < 50; i++)
		input = arena_printf(&arena, "%s, {'Key': 'k%d'}", input, i);
	refuse(CREATE, arena_printf(&arena, "%s]}", input), "TagQuotaPerResourceExceeded",
		"A resource cannot have more than 50 tags.");
	input = arena_printf(&arena, FINE ", 'Tags': [{'Key': 'k', 'Value': '%0257d'}]}", 0);
	refuse(CREATE, input, VALUE, "The value of a tag cannot have more than 256 characters.");
}
END_TEST

START_TEST(there_are_at_most_300_nodes)
{
	for (int i = 0; i < 50; i++)
		(void)ask(CREATE,
			"{'ReplicationGroupId': 'g%d', 'ReplicationGroupDescription': 'd', "
			"'CacheNodeType': 'cache.m5.large', 'NumCacheClusters': 6}",
			i);
	refuse(CREATE, FINE "}", "NodeQuotaForCustomerExceeded",
		"Customer node quota exceeded. You can have at most 300 nodes in this region");
	actions_region("eu-west-1");
	(void)ask(CREATE, FINE "}");
}
END_TEST

UNIT("create", {
	tcase_add_checked_fixture(tcase, actions_setup, actions_teardown);
	tcase_add_test(tcase, a_group_is_created);
	tcase_add_test(tcase, without_failover_it_stays_disabled);
	tcase_add_test(tcase, what_is_not_said_has_defaults);
	tcase_add_test(tcase, what_is_said_is_kept);
	tcase_add_test(tcase, nodes_stand_where_they_are_asked_to);
	tcase_add_test(tcase, every_node_has_an_address_of_its_zone);
	tcase_add_test(tcase, regions_do_not_see_each_other);
	tcase_add_test(tcase, what_cannot_be_is_refused);
	tcase_add_test(tcase, there_are_at_most_fifty_tags);
	tcase_add_test(tcase, there_are_at_most_300_nodes);
})
