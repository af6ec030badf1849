#include "unit.h"

#include <string.h>

#include "actions_support.h"
#include "domain/group.h"
#include "store/db.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

#define CREATE "CreateReplicationGroup"
#define MODIFY "ModifyReplicationGroup"
#define DELETE "DeleteReplicationGroup"
#define VALUE "InvalidParameterValue"
#define COMBINATION "InvalidParameterCombination"
#define STATE "InvalidReplicationGroupState"

#define RG "{'ReplicationGroupId': 'redis12'"
#define NOW RG ", 'ApplyImmediately': true"

/* An available group of so many nodes, with more parameters. */
static void make(int nodes, const char *more)
{
	(void)ask(CREATE,
		RG ", 'ReplicationGroupDescription': 'd', 'CacheNodeType': 'cache.m5.large', "
		   "'EngineVersion': '6.2', 'NumCacheClusters': %d%s}",
		nodes, more);
	finish_work("redis12");
}

static json_t *modify(const char *input)
{
	return json_object_get(ask(MODIFY, "%s", input), "ReplicationGroup");
}

static json_t *described(void)
{
	json_t *out = ask("DescribeReplicationGroups", RG "}");

	return json_array_get(json_object_get(out, "ReplicationGroups"), 0);
}

static json_t *cluster(void)
{
	json_t *out = ask("DescribeCacheClusters", "{'CacheClusterId': 'redis12-001'}");

	return json_array_get(json_object_get(out, "CacheClusters"), 0);
}

#define AUTOMATIC ", 'AutomaticFailoverEnabled': true"

/* G23 */
START_TEST(automatic_failover_is_enabled)
{
	json_t *group;

	make(2, ", 'SnapshotRetentionLimit': 1");
	group = modify(RG ", 'AutomaticFailoverEnabled': true, 'ApplyImmediately': true}");
	ck_assert_str_eq(at(group, "Status"), "modifying");
	ck_assert_str_eq(at(group, "Description"), "d");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabling");
	ck_assert_str_eq(at(group, "PendingModifiedValues"), "{0}");
	ck_assert_str_eq(at(group, "SnapshotRetentionLimit"), "1");
	ck_assert_str_eq(at(group, "SnapshottingClusterId"), "redis12-002");
	ck_assert_str_eq(at(group, "MemberClusters"), "[2]");
	ck_assert_str_eq(at(group, "NodeGroups"), "[1]");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupId"), "0001");
	ck_assert_str_eq(at(group, "NodeGroups.0.Status"), "modifying");
	ck_assert_str_eq(at(group, "NodeGroups.0.PrimaryEndpoint.Address"), "127.42.0.1");
	ck_assert_str_eq(at(group, "NodeGroups.0.PrimaryEndpoint.Port"), "6379");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupMembers.0.CurrentRole"), "primary");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupMembers.1.CurrentRole"), "replica");
	ck_assert_str_eq(
		at(group, "NodeGroups.0.NodeGroupMembers.1.CacheClusterId"), "redis12-002");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupMembers.1.CacheNodeId"), "0001");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupMembers.1.PreferredAvailabilityZone"),
		"us-east-1b");
	ck_assert_str_eq(
		at(group, "NodeGroups.0.NodeGroupMembers.1.ReadEndpoint.Address"), "127.42.64.1");
	ck_assert_str_eq(workflow_of("redis12"), "modify");
	refuse(MODIFY, NOW "}", STATE, "Replication group must be in available state to modify.");
	finish_work("redis12");
	ck_assert_str_eq(at(described(), "Status"), "available");
	ck_assert_str_eq(at(described(), "AutomaticFailover"), "enabled");
}
END_TEST

START_TEST(without_apply_immediately_it_waits)
{
	json_t *group;

	make(2, "");
	group = modify(RG AUTOMATIC "}");
	ck_assert_str_eq(at(group, "Status"), "available");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "disabled");
	ck_assert_str_eq(at(group, "PendingModifiedValues.AutomaticFailoverStatus"), "enabled");
	ck_assert_ptr_null(workflow_of("redis12"));
	ck_assert_str_eq(
		at(described(), "PendingModifiedValues.AutomaticFailoverStatus"), "enabled");

	group = modify(NOW "}");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabling");
	ck_assert_str_eq(workflow_of("redis12"), "modify");
}
END_TEST

START_TEST(a_later_immediate_call_applies_what_is_pending)
{
	json_t *group;

	make(2, "");
	(void)modify(RG AUTOMATIC "}");
	group = modify(NOW ", 'ReplicationGroupDescription': 'new'}");
	ck_assert_str_eq(at(group, "Description"), "new");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabling");
}
END_TEST

START_TEST(a_wish_for_what_is_takes_back_what_waits)
{
	make(2, "");
	(void)modify(RG AUTOMATIC ", 'CacheNodeType': 'cache.m5.xlarge'}");
	(void)modify(RG ", 'AutomaticFailoverEnabled': false, 'CacheNodeType': 'cache.m5.large'}");
	ck_assert_str_eq(at(described(), "PendingModifiedValues"), "{0}");
	ck_assert_str_eq(at(cluster(), "PendingModifiedValues"), "{0}");
}
END_TEST

START_TEST(what_is_so_already_changes_nothing)
{
	json_t *group;

	make(2, AUTOMATIC);
	group = modify(NOW ", 'AutomaticFailoverEnabled': true, 'EngineVersion': '6.2', "
			   "'CacheNodeType': 'cache.m5.large'}");
	ck_assert_str_eq(at(group, "Status"), "available");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabled");
	ck_assert_ptr_null(workflow_of("redis12"));
}
END_TEST

START_TEST(nothing_requested_is_an_error)
{
	make(2, "");
	refuse(MODIFY, RG "}", COMBINATION, "No modifications were requested");
	refuse(MODIFY, NOW "}", COMBINATION, "No modifications were requested");
	refuse(MODIFY, NOW ", 'NodeGroupId': '0001'}", COMBINATION,
		"No modifications were requested");
}
END_TEST

START_TEST(settings_change_at_once)
{
	json_t *group;

	make(3, "");
	group = modify(RG ", 'ReplicationGroupDescription': 'new', 'SnapshotRetentionLimit': 3, "
			  "'SnapshotWindow': '01:00-02:00', 'PreferredMaintenanceWindow': "
			  "'MON:01:00-mon:02:00', 'SecurityGroupIds': ['sg-7'], "
			  "'AutoMinorVersionUpgrade': false, 'SnapshottingClusterId': "
			  "'Redis12-003', 'NotificationTopicArn': "
			  "'arn:aws:sns:us-east-1:123456789012:t'}");
	ck_assert_str_eq(at(group, "Status"), "available");
	ck_assert_str_eq(at(group, "Description"), "new");
	ck_assert_str_eq(at(group, "SnapshotRetentionLimit"), "3");
	ck_assert_str_eq(at(group, "SnapshotWindow"), "01:00-02:00");
	ck_assert_str_eq(at(group, "SnapshottingClusterId"), "redis12-003");
	ck_assert_str_eq(at(group, "AutoMinorVersionUpgrade"), "false");
	ck_assert_str_eq(at(cluster(), "PreferredMaintenanceWindow"), "mon:01:00-mon:02:00");
	ck_assert_str_eq(at(cluster(), "SecurityGroups.0.SecurityGroupId"), "sg-7");
	ck_assert_str_eq(at(cluster(), "SecurityGroups.0.Status"), "active");
	ck_assert_str_eq(at(cluster(), "NotificationConfiguration.TopicStatus"), "active");
	(void)modify(RG ", 'NotificationTopicStatus': 'inactive'}");
	ck_assert_str_eq(at(cluster(), "NotificationConfiguration.TopicStatus"), "inactive");
	(void)modify(RG ", 'NotificationTopicArn': ''}");
	ck_assert_ptr_null(at(cluster(), "NotificationConfiguration"));
	ck_assert_ptr_null(workflow_of("redis12"));
}
END_TEST

START_TEST(multi_az_is_switched_at_once)
{
	json_t *group;

	make(2, AUTOMATIC);
	group = modify(RG ", 'MultiAZEnabled': true}");
	ck_assert_str_eq(at(group, "MultiAZ"), "enabled");
	ck_assert_str_eq(at(group, "Status"), "available");
	refuse(MODIFY, NOW ", 'AutomaticFailoverEnabled': false}", COMBINATION,
		"Multi-AZ must be disabled to disable automatic failover.");
	group = modify(NOW ", 'AutomaticFailoverEnabled': false, 'MultiAZEnabled': false}");
	ck_assert_str_eq(at(group, "MultiAZ"), "disabled");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "disabling");
}
END_TEST

/* G09 */
START_TEST(disable_promote_enable_is_the_way)
{
	json_t *group;

	make(3, AUTOMATIC);
	refuse(MODIFY, NOW ", 'PrimaryClusterId': 'redis12-002'}", STATE,
		"Cannot manually promote a new master cache cluster while autofailover is enabled");
	(void)modify(NOW ", 'AutomaticFailoverEnabled': false}");
	finish_work("redis12");
	group = modify(NOW ", 'PrimaryClusterId': 'REDIS12-002'}");
	ck_assert_str_eq(at(group, "Status"), "modifying");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupMembers.0.CurrentRole"), "primary");
	ck_assert_str_eq(workflow_of("redis12"), "promote");
	finish_work("redis12");
	ck_assert_str_eq(at(described(), "NodeGroups.0.NodeGroupMembers.1.CurrentRole"), "primary");
	group = modify(NOW AUTOMATIC "}");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabling");
}
END_TEST

START_TEST(promotion_and_failover_may_come_in_one_call)
{
	json_t *group;

	make(2, "");
	group = modify(
		NOW AUTOMATIC ", 'MultiAZEnabled': true, 'PrimaryClusterId': 'redis12-002'}");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabling");
	ck_assert_str_eq(at(group, "MultiAZ"), "enabled");
	ck_assert_str_eq(workflow_of("redis12"), "promote");
}
END_TEST

START_TEST(promoting_the_primary_changes_nothing)
{
	make(2, "");
	ck_assert_str_eq(
		at(modify(NOW ", 'PrimaryClusterId': 'redis12-001'}"), "Status"), "available");
	ck_assert_ptr_null(workflow_of("redis12"));
}
END_TEST

START_TEST(a_promotion_may_wait)
{
	json_t *group;

	make(2, "");
	group = modify(RG ", 'PrimaryClusterId': 'redis12-002'}");
	ck_assert_str_eq(at(group, "Status"), "available");
	ck_assert_str_eq(at(group, "PendingModifiedValues.PrimaryClusterId"), "redis12-002");
}
END_TEST

/* Starts a flow of a node, as the monitor does. */
static void start_replacement(void)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error err = { 0 };
	struct group *group;
	bool started;

	ck_assert(tx_begin(actions_store(), &tx, &err));
	group = group_load(&tx, &arena, "000000000000", "us-east-1", "redis12", &err);
	ck_assert(flow_start(&tx, "replace", group->id, group->shards[0].id,
		group->shards[0].nodes[1].id, "replica-died", &started, &err));
	ck_assert(tx_commit(&tx, &err));
}

START_TEST(a_promotion_needs_a_quiet_group)
{
	make(2, "");
	start_replacement();
	refuse(MODIFY, NOW ", 'PrimaryClusterId': 'redis12-002'}", STATE,
		"A failover, node replacement or reboot of replication group redis12 has not finished.");
	ck_assert_str_eq(at(described(), "PendingModifiedValues"), "{0}");
}
END_TEST

START_TEST(a_new_version_brings_its_parameter_group)
{
	json_t *group;

	make(2, "");
	(void)modify(RG ", 'EngineVersion': '7.0', 'CacheNodeType': 'cache.r5.large'}");
	ck_assert_str_eq(at(cluster(), "PendingModifiedValues.EngineVersion"), "7.0.7");
	ck_assert_str_eq(at(cluster(), "PendingModifiedValues.CacheNodeType"), "cache.r5.large");
	ck_assert_str_eq(at(cluster(), "EngineVersion"), "6.2.6");
	ck_assert_str_eq(at(described(), "PendingModifiedValues"), "{0}");
	group = modify(NOW "}");
	ck_assert_str_eq(at(group, "Status"), "modifying");
	ck_assert_str_eq(at(cluster(), "CacheClusterStatus"), "modifying");
	finish_work("redis12");
	ck_assert_str_eq(at(cluster(), "EngineVersion"), "7.0.7");
	ck_assert_str_eq(
		at(cluster(), "CacheParameterGroup.CacheParameterGroupName"), "default.redis7");
	ck_assert_str_eq(at(described(), "CacheNodeType"), "cache.r5.large");
}
END_TEST

static const struct bad {
	const char *input;
	const char *code;
	const char *message;
} bads[] = {
	{ "{'ReplicationGroupId': 'Other', 'ApplyImmediately': true}",
		"ReplicationGroupNotFoundFault", "ReplicationGroup other not found." },
	{ NOW ", 'PrimaryClusterId': 'other-001'}", "CacheClusterNotFound",
		"CacheCluster not found: other-001" },
	{ NOW ", 'SnapshottingClusterId': 'other-001'}", "CacheClusterNotFound",
		"CacheCluster not found: other-001" },
	{ NOW ", 'MultiAZEnabled': true}", COMBINATION,
		"Automatic failover must be enabled to enable Multi-AZ." },
	{ NOW ", 'CacheNodeType': 'cache.x9.huge'}", VALUE,
		"The cache node type cache.x9.huge is not supported." },
	{ NOW ", 'CacheNodeType': 'cache.t2.micro', 'AutomaticFailoverEnabled': true}", VALUE,
		"Automatic failover is not supported for T1 and T2 cache node types." },
	{ NOW ", 'EngineVersion': '6.0'}", COMBINATION,
		"The engine version cannot be downgraded from 6.2.6 to 6.0.5." },
	{ NOW ", 'EngineVersion': '9.9'}", COMBINATION, "Cannot find version 9.9 for redis" },
	{ NOW ", 'Engine': 'valkey'}", VALUE, "The engine valkey is not supported. Use redis." },
	{ NOW ", 'CacheParameterGroupName': 'mine'}", "CacheParameterGroupNotFound",
		"CacheParameterGroup not found: mine" },
	{ NOW ", 'CacheParameterGroupName': 'default.redis7'}", COMBINATION,
		"Expected a parameter group of family redis6.x but found one of family redis7" },
	{ NOW ", 'EngineVersion': '7.0', 'CacheParameterGroupName': 'default.redis6.x'}",
		COMBINATION,
		"Expected a parameter group of family redis7 but found one of family redis6.x" },
	{ NOW ", 'SnapshotRetentionLimit': 36}", VALUE,
		"Invalid value for snapshot retention limit. Must be between 0 and 35" },
	{ NOW ", 'SnapshotWindow': 'x'}", VALUE,
		"Invalid snapshot window. It must be in the format hh24:mi-hh24:mi and last at least "
		"60 minutes." },
	{ NOW ", 'PreferredMaintenanceWindow': 'x'}", VALUE,
		"Invalid maintenance window. It must be in the format ddd:hh24:mi-ddd:hh24:mi and last "
		"from 60 minutes to 24 hours." },
	{ NOW ", 'NotificationTopicArn': 'x'}", VALUE, "Invalid notification topic ARN: x" },
	{ NOW ", 'NotificationTopicStatus': 'on'}", VALUE,
		"Invalid notification topic status. Must be active or inactive" },
	{ NOW ", 'SecurityGroupIds': ['x']}", VALUE, "Invalid security group: x" },
	{ NOW ", 'CacheSecurityGroupNames': ['x']}", VALUE,
		"Use of cache security groups is not permitted in this API version for your account." },
	{ NOW ", 'UserGroupIdsToAdd': ['x']}", "UserGroupNotFound",
		"User group not found. User groups are not supported." },
	{ NOW ", 'UserGroupIdsToRemove': ['x']}", "UserGroupNotFound",
		"User group not found. User groups are not supported." },
	{ NOW ", 'RemoveUserGroups': true}", COMBINATION, "User groups are not supported." },
	{ NOW ", 'AuthToken': 'x'}", COMBINATION, "AUTH tokens are not supported." },
	{ NOW ", 'AuthTokenUpdateStrategy': 'SET'}", COMBINATION,
		"AUTH tokens are not supported." },
	{ NOW ", 'TransitEncryptionEnabled': true}", COMBINATION,
		"Encryption in transit is not supported." },
	{ NOW ", 'TransitEncryptionMode': 'required'}", COMBINATION,
		"Encryption in transit is not supported." },
	{ NOW ", 'ClusterMode': 'compatible'}", COMBINATION, "Cluster mode is not supported." },
	{ NOW ", 'LogDeliveryConfigurations': [{'LogType': 'slow-log'}]}", COMBINATION,
		"Log delivery is not supported." },
	{ NOW ", 'IpDiscovery': 'ipv6'}", COMBINATION, "Only the IP discovery ipv4 is supported." },
};

START_TEST(what_cannot_be_is_refused)
{
	make(2, "");
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		refuse(MODIFY, bads[i].input, bads[i].code, bads[i].message);
	ck_assert_str_eq(at(described(), "Status"), "available");
	ck_assert_ptr_null(workflow_of("redis12"));
}
END_TEST

/* G22 */
START_TEST(a_lone_primary_cannot_fail_over)
{
	make(1, "");
	refuse(MODIFY, NOW AUTOMATIC "}", COMBINATION,
		"Replication group must have at least one read replica to enable autofailover.");
	refuse(MODIFY, NOW AUTOMATIC ", 'MultiAZEnabled': true}", COMBINATION,
		"Replication group must have at least one read replica to enable autofailover.");
}
END_TEST

START_TEST(a_group_that_is_created_is_not_modified)
{
	(void)ask(CREATE, RG ", 'ReplicationGroupDescription': 'd', 'CacheNodeType': "
			     "'cache.m5.large'}");
	refuse(MODIFY, NOW ", 'ReplicationGroupDescription': 'x'}", STATE,
		"Replication group must be in available state to modify.");
	refuse(DELETE, RG "}", STATE,
		"Replication group redis12 has status creating which is not valid for deletion.");
}
END_TEST

START_TEST(a_group_is_deleted)
{
	json_t *group;

	make(2, AUTOMATIC);
	start_replacement();
	group = json_object_get(
		ask(DELETE, RG ", 'RetainPrimaryCluster': false}"), "ReplicationGroup");
	ck_assert_str_eq(at(group, "Status"), "deleting");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabled");
	ck_assert_ptr_null(at(group, "MemberClusters"));
	ck_assert_ptr_null(at(group, "NodeGroups"));
	ck_assert_ptr_null(at(group, "CacheNodeType"));
	ck_assert_ptr_null(at(group, "ClusterEnabled"));
	ck_assert_str_eq(workflow_of("redis12"), "delete");
	ck_assert_str_eq(at(described(), "Status"), "deleting");
	ck_assert_str_eq(at(cluster(), "CacheClusterStatus"), "deleting");
	refuse(DELETE, RG "}", STATE,
		"Replication group redis12 has status deleting which is not valid for deletion.");
}
END_TEST

START_TEST(what_deletion_cannot_do_is_refused)
{
	make(2, "");
	refuse(DELETE, "{'ReplicationGroupId': 'other'}", "ReplicationGroupNotFoundFault",
		"ReplicationGroup other not found.");
	refuse(DELETE, RG ", 'RetainPrimaryCluster': true}", COMBINATION,
		"Retaining the primary cluster is not supported.");
	refuse(DELETE, RG ", 'FinalSnapshotIdentifier': 's'}", "SnapshotFeatureNotSupportedFault",
		"Snapshots are not supported.");
	ck_assert_str_eq(at(described(), "Status"), "available");
}
END_TEST

UNIT("modify", {
	tcase_add_checked_fixture(tcase, actions_setup, actions_teardown);
	tcase_add_test(tcase, automatic_failover_is_enabled);
	tcase_add_test(tcase, without_apply_immediately_it_waits);
	tcase_add_test(tcase, a_later_immediate_call_applies_what_is_pending);
	tcase_add_test(tcase, a_wish_for_what_is_takes_back_what_waits);
	tcase_add_test(tcase, what_is_so_already_changes_nothing);
	tcase_add_test(tcase, nothing_requested_is_an_error);
	tcase_add_test(tcase, settings_change_at_once);
	tcase_add_test(tcase, multi_az_is_switched_at_once);
	tcase_add_test(tcase, disable_promote_enable_is_the_way);
	tcase_add_test(tcase, promotion_and_failover_may_come_in_one_call);
	tcase_add_test(tcase, promoting_the_primary_changes_nothing);
	tcase_add_test(tcase, a_promotion_may_wait);
	tcase_add_test(tcase, a_promotion_needs_a_quiet_group);
	tcase_add_test(tcase, a_new_version_brings_its_parameter_group);
	tcase_add_test(tcase, what_cannot_be_is_refused);
	tcase_add_test(tcase, a_lone_primary_cannot_fail_over);
	tcase_add_test(tcase, a_group_that_is_created_is_not_modified);
	tcase_add_test(tcase, a_group_is_deleted);
	tcase_add_test(tcase, what_deletion_cannot_do_is_refused);
})
