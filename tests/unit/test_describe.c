#include "unit.h"

#include <string.h>

#include "actions_support.h"
#include "domain/group.h"
#include "store/db.h"
#include "store/event.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

#define CREATE "CreateReplicationGroup"
#define GROUPS "DescribeReplicationGroups"
#define CLUSTERS "DescribeCacheClusters"
#define EVENTS "DescribeEvents"
#define FAILOVER "TestFailover"
#define VALUE "InvalidParameterValue"
#define COMBINATION "InvalidParameterCombination"
#define STATE "InvalidReplicationGroupState"

#define HOUR_MS (60 * 60 * 1000LL)

static void make(const char *name, int nodes, const char *more)
{
	(void)ask(CREATE,
		"{'ReplicationGroupId': '%s', 'ReplicationGroupDescription': 'd', 'CacheNodeType': "
		"'cache.m3.medium', 'NumCacheClusters': %d%s}",
		name, nodes, more);
}

static void make_ready(const char *name, int nodes)
{
	make(name, nodes, ", 'AutomaticFailoverEnabled': true, 'SnapshotRetentionLimit': 1");
	finish_work(name);
}

START_TEST(a_group_is_described)
{
	json_t *out;

	make("redis12", 3, "");
	ck_assert_ptr_null(at(ask(GROUPS, "{}"), "ReplicationGroups.0.NodeGroups"));
	finish_work("redis12");
	out = ask(GROUPS, "{'ReplicationGroupId': 'REDIS12'}");
	ck_assert_str_eq(at(out, "ReplicationGroups"), "[1]");
	ck_assert_ptr_null(at(out, "Marker"));
	ck_assert_str_eq(at(out, "ReplicationGroups.0.NodeGroups.0.NodeGroupMembers"), "[3]");
	ck_assert_str_eq(
		at(out, "ReplicationGroups.0.NodeGroups.0.ReaderEndpoint.Address"), "127.42.0.2");
	ck_assert_ptr_null(at(out, "ReplicationGroups.0.NodeGroups.0.Slots"));
	ck_assert_ptr_null(at(out, "ReplicationGroups.0.ConfigurationEndpoint"));
	refuse(GROUPS, "{'ReplicationGroupId': 'other'}", "ReplicationGroupNotFoundFault",
		"ReplicationGroup other not found.");
	actions_region("eu-west-1");
	ck_assert_str_eq(at(ask(GROUPS, "{}"), "ReplicationGroups"), "[0]");
}
END_TEST

START_TEST(pages_of_groups)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	json_t *first, *second;

	for (int i = 0; i < 25; i++)
		make(arena_printf(&arena, "g%02d", i), 1, "");
	ck_assert_str_eq(at(ask(GROUPS, "{}"), "ReplicationGroups"), "[25]");
	first = ask(GROUPS, "{'MaxRecords': 20}");
	ck_assert_str_eq(at(first, "ReplicationGroups"), "[20]");
	ck_assert_str_eq(at(first, "ReplicationGroups.0.ReplicationGroupId"), "g00");
	second = ask(GROUPS, "{'MaxRecords': 20, 'Marker': '%s'}", at(first, "Marker"));
	ck_assert_str_eq(at(second, "ReplicationGroups"), "[5]");
	ck_assert_str_eq(at(second, "ReplicationGroups.0.ReplicationGroupId"), "g20");
	ck_assert_ptr_null(at(second, "Marker"));
	refuse(CLUSTERS, arena_printf(&arena, "{'Marker': '%s'}", at(first, "Marker")), VALUE,
		"Invalid marker.");
}
END_TEST

START_TEST(markers_and_page_sizes_are_checked)
{
	static const char *const actions[] = { GROUPS, CLUSTERS, EVENTS };
	static const char *const markers[] = { "x", "6", "zz", "00", "67726f757073", "é" };
	_cleanup_(arena_done) struct arena arena = { 0 };

	for (size_t i = 0; i < 3; i++) {
		refuse(actions[i], "{'MaxRecords': 19}", VALUE,
			"Invalid value for max records. Must be between 20 and 100");
		refuse(actions[i], "{'MaxRecords': 101}", VALUE,
			"Invalid value for max records. Must be between 20 and 100");
		for (size_t j = 0; j < sizeof(markers) / sizeof(markers[0]); j++)
			refuse(actions[i], arena_printf(&arena, "{'Marker': '%s'}", markers[j]),
				VALUE, "Invalid marker.");
		(void)ask(actions[i], "{'Marker': ''}");
	}
	/* "events 1 2 3" and "events 1 2 3 4x" */
	refuse(EVENTS, "{'Marker': '6576656e747320312032203300'}", VALUE, "Invalid marker.");
	refuse(EVENTS, "{'Marker': '6576656e747320312032203320347a'}", VALUE, "Invalid marker.");
}
END_TEST

START_TEST(a_cluster_is_described)
{
	json_t *cluster;

	make_ready("redis12", 2);
	cluster = json_object_get(
		ask(CLUSTERS, "{'CacheClusterId': 'Redis12-002', 'ShowCacheNodeInfo': true}"),
		"CacheClusters");
	cluster = json_array_get(cluster, 0);
	ck_assert_str_eq(at(cluster, "CacheClusterId"), "redis12-002");
	ck_assert_str_eq(at(cluster, "CacheClusterStatus"), "available");
	ck_assert_str_eq(at(cluster, "CacheNodeType"), "cache.m3.medium");
	ck_assert_str_eq(at(cluster, "Engine"), "redis");
	ck_assert_str_eq(at(cluster, "EngineVersion"), "7.1.0");
	ck_assert_str_eq(at(cluster, "NumCacheNodes"), "1");
	ck_assert_str_eq(at(cluster, "PreferredAvailabilityZone"), "us-east-1b");
	ck_assert_str_eq(at(cluster, "PendingModifiedValues"), "{0}");
	ck_assert_str_eq(at(cluster, "CacheSecurityGroups"), "[0]");
	ck_assert_str_eq(
		at(cluster, "CacheParameterGroup.CacheParameterGroupName"), "default.redis7");
	ck_assert_str_eq(at(cluster, "CacheParameterGroup.ParameterApplyStatus"), "in-sync");
	ck_assert_str_eq(at(cluster, "CacheSubnetGroupName"), "default");
	ck_assert_str_eq(at(cluster, "ReplicationGroupId"), "redis12");
	ck_assert_str_eq(at(cluster, "SnapshotRetentionLimit"), "1");
	ck_assert_str_eq(at(cluster, "ARN"),
		"arn:aws:elasticache:us-east-1:000000000000:cluster:redis12-002");
	ck_assert_str_eq(at(cluster, "CacheNodes"), "[1]");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.CacheNodeId"), "0001");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.CacheNodeStatus"), "available");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.Endpoint.Address"), "127.42.64.1");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.Endpoint.Port"), "6379");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.CustomerAvailabilityZone"), "us-east-1b");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.ParameterGroupStatus"), "in-sync");
	cluster = ask(CLUSTERS, "{'CacheClusterId': 'redis12-001'}");
	ck_assert_ptr_null(at(cluster, "CacheClusters.0.CacheNodes"));
	ck_assert_str_eq(at(cluster, "CacheClusters.0.SnapshotRetentionLimit"), "0");
	refuse(CLUSTERS, "{'CacheClusterId': 'nope'}", "CacheClusterNotFound",
		"CacheCluster not found:nope");
}
END_TEST

START_TEST(clusters_are_listed)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	json_t *out;

	for (int i = 0; i < 11; i++)
		make(arena_printf(&arena, "g%02d", i), 2, "");
	out = ask(CLUSTERS, "{'ShowCacheNodeInfo': true}");
	ck_assert_str_eq(at(out, "CacheClusters"), "[22]");
	ck_assert_str_eq(at(out, "CacheClusters.0.CacheClusterStatus"), "creating");
	ck_assert_ptr_null(at(out, "CacheClusters.0.CacheNodes"));
	out = ask(CLUSTERS, "{'MaxRecords': 20}");
	ck_assert_str_eq(at(out, "CacheClusters.19.CacheClusterId"), "g09-002");
	out = ask(CLUSTERS, "{'MaxRecords': 20, 'Marker': '%s'}", at(out, "Marker"));
	ck_assert_str_eq(at(out, "CacheClusters"), "[2]");
	ck_assert_str_eq(at(out, "CacheClusters.0.CacheClusterId"), "g10-001");
	out = ask(CLUSTERS, "{'ShowCacheClustersNotInReplicationGroups': true}");
	ck_assert_str_eq(at(out, "CacheClusters"), "[0]");
}
END_TEST

static void append(const char *type, const char *source, const char *message)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };

	ck_assert(tx_begin(actions_store(), &tx, &err));
	ck_assert(
		event_append(&tx, "000000000000", "us-east-1", type, source, &err, "%s", message));
	ck_assert(tx_commit(&tx, &err));
}

/* G33 */
START_TEST(events_are_read_newest_first)
{
	json_t *out;

	append(SOURCE_REPLICATION_GROUP, "redis12", "first");
	append(SOURCE_CACHE_CLUSTER, "redis12-001", "second");
	append(SOURCE_REPLICATION_GROUP, "other", "third");
	out = ask(EVENTS, "{}");
	ck_assert_str_eq(at(out, "Events"), "[3]");
	ck_assert_str_eq(at(out, "Events.0.Message"), "third");
	ck_assert_str_eq(at(out, "Events.1.SourceIdentifier"), "redis12-001");
	ck_assert_str_eq(at(out, "Events.1.SourceType"), "cache-cluster");
	ck_assert_ptr_nonnull(at(out, "Events.2.Date"));
	out = ask(EVENTS, "{'SourceType': 'replication-group'}");
	ck_assert_str_eq(at(out, "Events"), "[2]");
	out = ask(EVENTS, "{'SourceIdentifier': 'Redis12'}");
	ck_assert_str_eq(at(out, "Events"), "[1]");
	ck_assert_str_eq(at(out, "Events.0.Message"), "first");
	out = ask(EVENTS, "{'SourceIdentifier': 'redis12', 'SourceType': 'cache-cluster'}");
	ck_assert_str_eq(at(out, "Events"), "[0]");
	out = ask(EVENTS, "{'SourceType': 'user-group'}");
	ck_assert_str_eq(at(out, "Events"), "[0]");
	actions_region("eu-west-1");
	ck_assert_str_eq(at(ask(EVENTS, "{}"), "Events"), "[0]");
}
END_TEST

START_TEST(events_are_read_by_time)
{
	int64_t before = clock_now(), after;

	append(SOURCE_REPLICATION_GROUP, "redis12", "early");
	clock_shift(2 * HOUR_MS);
	append(SOURCE_REPLICATION_GROUP, "redis12", "late");
	after = clock_now();
	ck_assert_str_eq(at(ask(EVENTS, "{}"), "Events"), "[1]");
	ck_assert_str_eq(at(ask(EVENTS, "{'Duration': 119}"), "Events"), "[1]");
	ck_assert_str_eq(at(ask(EVENTS, "{'Duration': 121}"), "Events"), "[2]");
	ck_assert_str_eq(
		at(ask(EVENTS, "{'StartTime': %lld}", (long long)before), "Events"), "[2]");
	ck_assert_str_eq(at(ask(EVENTS, "{'StartTime': %lld, 'Duration': 60}", (long long)before),
				 "Events.0.Message"),
		"early");
	ck_assert_str_eq(
		at(ask(EVENTS, "{'EndTime': %lld}", (long long)before + 1000), "Events.0.Message"),
		"early");
	ck_assert_str_eq(at(ask(EVENTS, "{'EndTime': %lld, 'Duration': 1}", (long long)before - 1),
				 "Events"),
		"[0]");
	ck_assert_str_eq(at(ask(EVENTS, "{'StartTime': %lld, 'EndTime': %lld}", (long long)before,
				    (long long)after),
				 "Events"),
		"[2]");
	clock_shift(14 * 24 * HOUR_MS - HOUR_MS);
	ck_assert_str_eq(at(ask(EVENTS, "{'StartTime': 0}"), "Events"), "[1]");
	ck_assert_str_eq(at(ask(EVENTS, "{'Duration': 20160}"), "Events"), "[1]");
}
END_TEST

START_TEST(windows_of_events_are_checked)
{
	refuse(EVENTS, "{'Duration': 0}", VALUE,
		"Invalid value for duration. Must be between 1 and 20160 minutes");
	refuse(EVENTS, "{'Duration': 20161}", VALUE,
		"Invalid value for duration. Must be between 1 and 20160 minutes");
	refuse(EVENTS, "{'StartTime': 1, 'EndTime': 2, 'Duration': 5}", COMBINATION,
		"StartTime, EndTime and Duration cannot be specified together.");
	refuse(EVENTS, "{'StartTime': 2, 'EndTime': 1}", COMBINATION,
		"StartTime must be before EndTime.");
}
END_TEST

START_TEST(pages_of_events_stay_while_events_are_added)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	json_t *first, *second;

	for (int i = 0; i < 30; i++)
		append(SOURCE_REPLICATION_GROUP, "redis12", arena_printf(&arena, "event %d", i));
	first = ask(EVENTS, "{'MaxRecords': 20}");
	ck_assert_str_eq(at(first, "Events"), "[20]");
	ck_assert_str_eq(at(first, "Events.19.Message"), "event 10");
	append(SOURCE_REPLICATION_GROUP, "redis12", "a later one");
	clock_shift(2 * HOUR_MS); /* the window is that of the first page */
	second = ask(EVENTS, "{'MaxRecords': 20, 'Marker': '%s'}", at(first, "Marker"));
	ck_assert_str_eq(at(second, "Events"), "[10]");
	ck_assert_str_eq(at(second, "Events.0.Message"), "event 9");
	ck_assert_str_eq(at(second, "Events.9.Message"), "event 0");
	ck_assert_ptr_null(at(second, "Marker"));
}
END_TEST

#define TEST(group) "{'ReplicationGroupId': '" group "', 'NodeGroupId': '0001'}"

/* G25, G30, G31 */
START_TEST(a_failover_is_started)
{
	json_t *group;

	make_ready("redis00", 3);
	group = json_object_get(ask(FAILOVER, TEST("redis00")), "ReplicationGroup");
	ck_assert_str_eq(at(group, "Status"), "available");
	ck_assert_str_eq(at(group, "AutomaticFailover"), "enabled");
	ck_assert_str_eq(at(group, "ClusterEnabled"), "false");
	ck_assert_str_eq(at(group, "CacheNodeType"), "cache.m3.medium");
	ck_assert_str_eq(at(group, "SnapshottingClusterId"), "redis00-002");
	ck_assert_str_eq(at(group, "NodeGroups.0.Status"), "available");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupMembers.0.CurrentRole"), "primary");
	ck_assert_str_eq(at(group, "NodeGroups.0.NodeGroupMembers.2.PreferredAvailabilityZone"),
		"us-east-1c");
	ck_assert_str_eq(workflow_of("redis00"), "failover");
}
END_TEST

/* G27, G28 */
START_TEST(one_failover_of_a_group_at_a_time)
{
	make_ready("redis00", 2);
	make_ready("redis01", 2);
	(void)ask(FAILOVER, "{'ReplicationGroupId': 'Redis00', 'NodeGroupId': 'Redis00-0001'}");
	refuse(FAILOVER, TEST("redis00"), STATE,
		"A failover, node replacement or reboot of replication group redis00 has not finished.");
	(void)ask(FAILOVER, TEST("redis01"));
	finish_work("redis00");
	(void)ask(FAILOVER, TEST("redis00"));
}
END_TEST

START_TEST(what_cannot_fail_over)
{
	make("lone", 1, "");
	refuse(FAILOVER, TEST("lone"), STATE, "Replication group lone is not in available state.");
	finish_work("lone");
	refuse(FAILOVER, TEST("lone"), STATE,
		"Automatic failover must be enabled on replication group lone to test failover.");
	refuse(FAILOVER, TEST("other"), "ReplicationGroupNotFoundFault",
		"ReplicationGroup other not found.");
	refuse(FAILOVER, "{'ReplicationGroupId': 'lone', 'NodeGroupId': '0002'}",
		"NodeGroupNotFoundFault", "NodeGroup 0002 not found.");
	refuse(FAILOVER, "{'ReplicationGroupId': 'lone', 'NodeGroupId': 'other-0001'}",
		"NodeGroupNotFoundFault", "NodeGroup other-0001 not found.");
}
END_TEST

static void set_health(const char *name, enum health health)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error err = { 0 };
	struct group *group;

	ck_assert(tx_begin(actions_store(), &tx, &err));
	group = group_load(&tx, &arena, "000000000000", "us-east-1", name, &err);
	group->shards[0].nodes[1].health = health;
	ck_assert(node_save(&tx, &group->shards[0].nodes[1], &err));
	ck_assert(tx_commit(&tx, &err));
}

START_TEST(a_lost_replica_is_none_to_fail_over_to)
{
	make_ready("redis00", 2);
	set_health("redis00", HEALTH_RECOVERING);
	refuse(FAILOVER, TEST("redis00"), "InvalidCacheClusterState",
		"No read replica of node group 0001 is available.");
}
END_TEST

/* G26 */
START_TEST(five_node_groups_in_a_day)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *sixth = TEST("g5");

	for (int i = 0; i < 6; i++)
		make_ready(arena_printf(&arena, "g%d", i), 2);
	for (int i = 0; i < 5; i++)
		(void)ask(FAILOVER, "{'ReplicationGroupId': 'g%d', 'NodeGroupId': '0001'}", i);
	refuse(FAILOVER, sixth, "APICallRateForCustomerExceeded",
		"The customer has exceeded the allowed rate of API calls.");
	ck_assert_ptr_null(workflow_of("g5"));
	finish_work("g0");
	(void)ask(FAILOVER, TEST("g0"));
	clock_shift(23 * HOUR_MS);
	refuse(FAILOVER, sixth, "APICallRateForCustomerExceeded",
		"The customer has exceeded the allowed rate of API calls.");
	clock_shift(HOUR_MS);
	(void)ask(FAILOVER, "%s", sixth);
}
END_TEST

START_TEST(the_quota_may_be_another)
{
	make_ready("redis00", 2);
	make_ready("redis01", 2);
	actions_quota(0);
	refuse(FAILOVER, TEST("redis00"), "APICallRateForCustomerExceeded",
		"The customer has exceeded the allowed rate of API calls.");
	actions_quota(1);
	(void)ask(FAILOVER, TEST("redis00"));
	refuse(FAILOVER, TEST("redis01"), "APICallRateForCustomerExceeded",
		"The customer has exceeded the allowed rate of API calls.");
	actions_quota(-1);
	(void)ask(FAILOVER, TEST("redis01"));
}
END_TEST

UNIT("describe", {
	tcase_add_checked_fixture(tcase, actions_setup, actions_teardown);
	tcase_add_test(tcase, a_group_is_described);
	tcase_add_test(tcase, pages_of_groups);
	tcase_add_test(tcase, markers_and_page_sizes_are_checked);
	tcase_add_test(tcase, a_cluster_is_described);
	tcase_add_test(tcase, clusters_are_listed);
	tcase_add_test(tcase, events_are_read_newest_first);
	tcase_add_test(tcase, events_are_read_by_time);
	tcase_add_test(tcase, windows_of_events_are_checked);
	tcase_add_test(tcase, pages_of_events_stay_while_events_are_added);
	tcase_add_test(tcase, a_failover_is_started);
	tcase_add_test(tcase, one_failover_of_a_group_at_a_time);
	tcase_add_test(tcase, what_cannot_fail_over);
	tcase_add_test(tcase, a_lost_replica_is_none_to_fail_over_to);
	tcase_add_test(tcase, five_node_groups_in_a_day);
	tcase_add_test(tcase, the_quota_may_be_another);
})
