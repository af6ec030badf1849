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

#define REBOOT "RebootCacheCluster"
#define MODIFY "ModifyReplicationGroup"
#define FAILOVER "TestFailover"
#define CLUSTER_STATE "InvalidCacheClusterState"
#define STATE "InvalidReplicationGroupState"
#define VALUE "InvalidParameterValue"

#define OF(cluster) "{'CacheClusterId': '" cluster "', 'CacheNodeIdsToReboot': ['0001']}"
#define NOW "{'ReplicationGroupId': 'redis12', 'ApplyImmediately': true"
#define NOT_AVAILABLE(cluster) "Cache cluster " cluster " is not in available state."
#define UNFINISHED \
	"A failover, node replacement or reboot of replication group redis12 has not finished."

static void make(int nodes, const char *more)
{
	(void)ask("CreateReplicationGroup",
		"{'ReplicationGroupId': 'redis12', 'ReplicationGroupDescription': 'd', "
		"'CacheNodeType': 'cache.m5.large', 'NumCacheClusters': %d%s}",
		nodes, more);
}

static void make_ready(int nodes, const char *more)
{
	make(nodes, more);
	finish_work("redis12");
}

static json_t *reboot(const char *input)
{
	return json_object_get(ask(REBOOT, "%s", input), "CacheCluster");
}

static const char *described(const char *path)
{
	return at(ask("DescribeReplicationGroups", "{}"), path);
}

static const char *clusters(const char *path)
{
	return at(ask("DescribeCacheClusters", "{'ShowCacheNodeInfo': true}"), path);
}

/* G13 */
START_TEST(a_primary_is_rebooted)
{
	json_t *cluster;

	make_ready(3, ", 'AutomaticFailoverEnabled': true");
	cluster = reboot(OF("Redis12-001"));
	ck_assert_str_eq(at(cluster, "CacheClusterId"), "redis12-001");
	ck_assert_str_eq(at(cluster, "CacheClusterStatus"), "rebooting cache cluster nodes");
	ck_assert_str_eq(at(cluster, "CacheNodes"), "[1]");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.CacheNodeId"), "0001");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.CacheNodeStatus"), "rebooting");
	ck_assert_str_eq(at(cluster, "CacheNodes.0.Endpoint.Address"), "127.42.32.1");
	ck_assert_str_eq(at(cluster, "ReplicationGroupId"), "redis12");
	ck_assert_str_eq(workflow_of("redis12"), "reboot-primary");
}
END_TEST

START_TEST(a_replica_is_rebooted)
{
	make_ready(2, "");
	ck_assert_str_eq(at(reboot(OF("redis12-002")), "CacheClusterStatus"),
		"rebooting cache cluster nodes");
	ck_assert_str_eq(workflow_of("redis12"), "reboot-replica");
}
END_TEST

START_TEST(it_shows_in_the_cluster_alone_and_until_it_is_over)
{
	make_ready(2, "");
	(void)reboot(OF("redis12-002"));
	ck_assert_str_eq(
		clusters("CacheClusters.1.CacheClusterStatus"), "rebooting cache cluster nodes");
	ck_assert_str_eq(clusters("CacheClusters.1.CacheNodes.0.CacheNodeStatus"), "rebooting");
	ck_assert_str_eq(clusters("CacheClusters.0.CacheClusterStatus"), "available");
	ck_assert_str_eq(clusters("CacheClusters.0.CacheNodes.0.CacheNodeStatus"), "available");
	ck_assert_str_eq(described("ReplicationGroups.0.Status"), "available");
	ck_assert_str_eq(described("ReplicationGroups.0.NodeGroups.0.Status"), "available");
	ck_assert_str_eq(
		described("ReplicationGroups.0.NodeGroups.0.NodeGroupMembers.1.CurrentRole"),
		"replica");
	finish_work("redis12");
	ck_assert_str_eq(clusters("CacheClusters.1.CacheClusterStatus"), "available");
	ck_assert_str_eq(clusters("CacheClusters.1.CacheNodes.0.CacheNodeStatus"), "available");
}
END_TEST

START_TEST(only_what_is_there_is_rebooted)
{
	make_ready(2, "");
	refuse(REBOOT, OF("Redis12-003"), "CacheClusterNotFound",
		"CacheCluster not found: redis12-003");
	refuse(REBOOT, OF("redis12"), "CacheClusterNotFound", "CacheCluster not found: redis12");
	refuse(REBOOT, "{'CacheClusterId': 'redis12-001', 'CacheNodeIdsToReboot': ['0002']}", VALUE,
		"Cache cluster redis12-001 has no cache node 0002.");
	refuse(REBOOT, "{'CacheClusterId': 'redis12-001', 'CacheNodeIdsToReboot': ['0001', '1']}",
		VALUE, "Cache cluster redis12-001 has no cache node 1.");
	refuse(REBOOT, "{'CacheClusterId': 'redis12-001', 'CacheNodeIdsToReboot': ['']}", VALUE,
		"Cache cluster redis12-001 has no cache node .");
	ck_assert_ptr_null(workflow_of("redis12"));
	actions_region("eu-west-1");
	refuse(REBOOT, OF("redis12-001"), "CacheClusterNotFound",
		"CacheCluster not found: redis12-001");
}
END_TEST

START_TEST(the_same_node_may_be_named_twice)
{
	make_ready(1, "");
	(void)reboot("{'CacheClusterId': 'redis12-001', 'CacheNodeIdsToReboot': ['0001', '0001']}");
	ck_assert_str_eq(workflow_of("redis12"), "reboot-primary");
}
END_TEST

START_TEST(one_node_of_a_shard_at_a_time)
{
	make_ready(3, ", 'AutomaticFailoverEnabled': true");
	(void)reboot(OF("redis12-002"));
	refuse(REBOOT, OF("redis12-002"), CLUSTER_STATE, NOT_AVAILABLE("redis12-002"));
	refuse(REBOOT, OF("redis12-003"), CLUSTER_STATE, UNFINISHED);
	refuse(REBOOT, OF("redis12-001"), CLUSTER_STATE, UNFINISHED);
	finish_work("redis12");
	(void)reboot(OF("redis12-003"));
}
END_TEST

START_TEST(other_work_goes_first)
{
	make_ready(2, ", 'AutomaticFailoverEnabled': true");
	(void)ask(FAILOVER, "{'ReplicationGroupId': 'redis12', 'NodeGroupId': '0001'}");
	refuse(REBOOT, OF("redis12-001"), CLUSTER_STATE, UNFINISHED);
	refuse(REBOOT, OF("redis12-002"), CLUSTER_STATE, UNFINISHED);
	finish_work("redis12");
	(void)ask(MODIFY, NOW ", 'AutomaticFailoverEnabled': false}");
	refuse(REBOOT, OF("redis12-001"), CLUSTER_STATE,
		"Replication Group of redis12-001 is not available.");
	finish_work("redis12");
	(void)ask(MODIFY, NOW ", 'CacheNodeType': 'cache.m5.xlarge'}");
	refuse(REBOOT, OF("redis12-001"), CLUSTER_STATE, NOT_AVAILABLE("redis12-001"));
	finish_work("redis12");
	(void)ask("DeleteReplicationGroup", "{'ReplicationGroupId': 'redis12'}");
	refuse(REBOOT, OF("redis12-001"), CLUSTER_STATE, NOT_AVAILABLE("redis12-001"));
}
END_TEST

START_TEST(a_group_that_is_created_is_not_rebooted)
{
	make(2, "");
	refuse(REBOOT, OF("redis12-001"), CLUSTER_STATE, NOT_AVAILABLE("redis12-001"));
}
END_TEST

static void set_health(size_t index, enum health health)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error err = { 0 };
	struct group *group;

	ck_assert(tx_begin(actions_store(), &tx, &err));
	group = group_load(&tx, &arena, "000000000000", "us-east-1", "redis12", &err);
	group->shards[0].nodes[index].health = health;
	ck_assert(node_save(&tx, &group->shards[0].nodes[index], &err));
	ck_assert(tx_commit(&tx, &err));
}

START_TEST(a_node_that_is_lost_is_mended_and_not_rebooted)
{
	make_ready(2, "");
	set_health(1, HEALTH_LOST);
	refuse(REBOOT, OF("redis12-002"), CLUSTER_STATE, NOT_AVAILABLE("redis12-002"));
	(void)reboot(OF("redis12-001"));
}
END_TEST

START_TEST(a_reboot_excludes_a_failover_and_a_promotion)
{
	make_ready(2, "");
	(void)reboot(OF("redis12-001"));
	refuse(MODIFY, NOW ", 'PrimaryClusterId': 'redis12-002'}", STATE, UNFINISHED);
	(void)ask(MODIFY, NOW ", 'ReplicationGroupDescription': 'other words'}");
	ck_assert_str_eq(described("ReplicationGroups.0.Description"), "other words");
	finish_work("redis12");
	(void)ask(MODIFY, NOW ", 'AutomaticFailoverEnabled': true}");
	finish_work("redis12");
	(void)reboot(OF("redis12-002"));
	refuse(FAILOVER, "{'ReplicationGroupId': 'redis12', 'NodeGroupId': '0001'}", STATE,
		UNFINISHED);
}
END_TEST

START_TEST(a_group_is_deleted_while_a_node_reboots)
{
	make_ready(2, "");
	(void)reboot(OF("redis12-001"));
	(void)ask("DeleteReplicationGroup", "{'ReplicationGroupId': 'redis12'}");
	ck_assert_str_eq(workflow_of("redis12"), "delete");
	ck_assert_str_eq(clusters("CacheClusters.0.CacheClusterStatus"), "deleting");
}
END_TEST

START_TEST(groups_do_not_wait_for_each_other)
{
	make_ready(1, "");
	(void)ask("CreateReplicationGroup",
		"{'ReplicationGroupId': 'other', 'ReplicationGroupDescription': 'd', "
		"'CacheNodeType': 'cache.m5.large', 'NumCacheClusters': 1}");
	finish_work("other");
	(void)reboot(OF("redis12-001"));
	(void)reboot(OF("other-001"));
	ck_assert_str_eq(workflow_of("other"), "reboot-primary");
}
END_TEST

UNIT("reboot", {
	tcase_add_checked_fixture(tcase, actions_setup, actions_teardown);
	tcase_add_test(tcase, a_primary_is_rebooted);
	tcase_add_test(tcase, a_replica_is_rebooted);
	tcase_add_test(tcase, it_shows_in_the_cluster_alone_and_until_it_is_over);
	tcase_add_test(tcase, only_what_is_there_is_rebooted);
	tcase_add_test(tcase, the_same_node_may_be_named_twice);
	tcase_add_test(tcase, one_node_of_a_shard_at_a_time);
	tcase_add_test(tcase, other_work_goes_first);
	tcase_add_test(tcase, a_group_that_is_created_is_not_rebooted);
	tcase_add_test(tcase, a_node_that_is_lost_is_mended_and_not_rebooted);
	tcase_add_test(tcase, a_reboot_excludes_a_failover_and_a_promotion);
	tcase_add_test(tcase, a_group_is_deleted_while_a_node_reboots);
	tcase_add_test(tcase, groups_do_not_wait_for_each_other);
})
