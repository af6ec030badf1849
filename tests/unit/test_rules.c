#include "unit.h"

#include "api/catalog.h"
#include "domain/catalog.h"
#include "domain/group.h"
#include "domain/rules.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

#define VALUE "InvalidParameterValue"
#define COMBINATION "InvalidParameterCombination"
#define STATE "InvalidReplicationGroupState"

#define T_TYPES "Automatic failover is not supported for T1 and T2 cache node types."
#define OLD_ENGINE                                                                               \
	"Automatic failover is not supported for engine version 2.8.5. Redis 2.8.6 or later is " \
	"required."
#define ONE_NODE                                                                         \
	"When using automatic failover, there must be at least 2 cache clusters in the " \
	"replication group."
#define REPLICAS "The number of replicas per node group must be within 0 and 5."
#define MULTI_AZ_ALONE "Automatic failover must be enabled to enable Multi-AZ."
#define MULTI_AZ_REPLICA "Must have at least 1 replica for Multi-AZ enabled Replication Group"
#define CLUSTER_ALONE \
	"Redis with cluster mode enabled cannot be created with auto failover turned off."

/* G04, G05, G06, G22 */
START_TEST(what_may_be_created)
{
	static const struct {
		struct proposal proposal; /* type, version, failover, multi-AZ, cluster, replicas */
		const char *code;         /* NULL: it may */
		const char *message;
	} cases[] = {
		{ { "cache.m5.large", "7.1.0", true, true, false, 2 }, NULL, NULL },
		{ { "cache.m5.large", "7.1.0", false, false, false, 0 }, NULL, NULL },
		{ { "cache.m5.large", "7.1.0", true, false, false, 5 }, NULL, NULL },
		{ { "cache.m5.large", "7.1.0", true, false, false, 6 }, VALUE, REPLICAS },
		{ { "cache.m5.large", "7.1.0", false, false, false, -1 }, VALUE, REPLICAS },
		{ { "cache.m5.large", "7.1.0", true, false, false, 0 }, COMBINATION, ONE_NODE },
		{ { "cache.m5.large", "7.1.0", true, true, false, 0 }, COMBINATION, ONE_NODE },
		{ { "cache.m5.large", "7.1.0", true, false, true, 0 }, NULL, NULL },
		{ { "cache.m5.large", "7.1.0", true, true, true, 0 }, COMBINATION,
			MULTI_AZ_REPLICA },
		{ { "cache.m5.large", "7.1.0", false, false, true, 1 }, VALUE, CLUSTER_ALONE },
		{ { "cache.m5.large", "7.1.0", false, true, false, 1 }, COMBINATION,
			MULTI_AZ_ALONE },
		{ { "cache.m5.large", "2.8.6", true, false, false, 1 }, NULL, NULL },
		{ { "cache.m5.large", "2.8.5", true, false, false, 1 }, COMBINATION, OLD_ENGINE },
		{ { "cache.m5.large", "2.8.5", false, false, false, 1 }, NULL, NULL },
		{ { "cache.t1.micro", "7.1.0", true, false, false, 1 }, VALUE, T_TYPES },
		{ { "cache.t1.micro", "7.1.0", true, false, true, 1 }, VALUE, T_TYPES },
		{ { "cache.t1.micro", "7.1.0", false, false, false, 1 }, NULL, NULL },
		{ { "cache.t2.micro", "7.1.0", true, false, false, 1 }, VALUE, T_TYPES },
		{ { "cache.t2.micro", "7.1.0", true, false, true, 1 }, NULL, NULL },
		{ { "cache.t2.micro", "3.2.4", true, false, true, 1 }, NULL, NULL },
		{ { "cache.t2.micro", "2.8.24", true, false, true, 1 }, VALUE, T_TYPES },
		{ { "cache.t2.micro", "7.1.0", false, false, false, 1 }, NULL, NULL },
		{ { "cache.t3.micro", "7.1.0", true, false, false, 1 }, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };

		ck_assert_msg(may_create(&cases[i].proposal, &err) == !cases[i].code,
			"case %zu: %s", i, err.message);
		ck_assert_pstr_eq(err.code, cases[i].code);
		if (cases[i].code)
			ck_assert_str_eq(err.message, cases[i].message);
	}
}
END_TEST

struct sample {
	struct group group;
	struct shard shard;
	struct node nodes[3];
};

static struct group *sample_group(struct sample *sample, size_t nodes, enum failover_mode failover)
{
	*sample = (struct sample){ 0 };
	for (size_t i = 0; i < nodes; i++) {
		sample->nodes[i].id = (int64_t)i + 1;
		sample->nodes[i].health = HEALTH_IN_SYNC;
	}
	sample->shard = (struct shard){
		.name = "0001",
		.primary = 1,
		.node_count = nodes,
		.nodes = sample->nodes,
	};
	sample->group = (struct group){
		.name = "redis12",
		.status = STATUS_AVAILABLE,
		.automatic_failover = failover,
		.node_type = "cache.m5.large",
		.engine_version = "6.2.6",
		.shard_count = 1,
		.shards = &sample->shard,
	};
	return &sample->group;
}

START_TEST(only_an_available_group_is_modified)
{
	struct sample sample;
	struct group *group = sample_group(&sample, 3, FAILOVER_ENABLED);

	for (int status = STATUS_CREATING; status <= STATUS_CREATE_FAILED; status++) {
		struct error err = { 0 };

		group->status = (enum status)status;
		ck_assert_int_eq(may_modify(group, &err), status == STATUS_AVAILABLE);
		if (status == STATUS_AVAILABLE)
			continue;
		ck_assert_str_eq(err.code, STATE);
		ck_assert_str_eq(
			err.message, "Replication group must be in available state to modify.");
	}
}
END_TEST

#define ON .automatic_failover_set = true, .automatic_failover = true
#define OFF .automatic_failover_set = true
#define MULTI_ON .multi_az_set = true, .multi_az = true
#define MULTI_OFF .multi_az_set = true
#define PROMOTE .primary_cluster = "redis12-002"
#define AUTOFAILOVER_ON \
	"Cannot manually promote a new master cache cluster while autofailover is enabled"
#define NO_REPLICA "Replication group must have at least one read replica to enable autofailover."
#define MULTI_AZ_STAYS "Multi-AZ must be disabled to disable automatic failover."

/* G09, G22 */
START_TEST(what_may_be_changed)
{
	static const struct {
		size_t nodes;
		enum failover_mode failover;
		bool multi_az;
		struct change change;
		const char *code;
		const char *message;
	} cases[] = {
		{ 3, FAILOVER_DISABLED, false, { ON }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, false, { ON }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, false, { OFF }, NULL, NULL },
		{ 1, FAILOVER_DISABLED, false, { ON }, COMBINATION, NO_REPLICA },
		{ 1, FAILOVER_DISABLED, false, { OFF }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, true, { OFF }, COMBINATION, MULTI_AZ_STAYS },
		{ 3, FAILOVER_ENABLED, true, { OFF, MULTI_OFF }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, false, { OFF, MULTI_ON }, COMBINATION, MULTI_AZ_STAYS },
		{ 3, FAILOVER_ENABLED, false, { MULTI_ON }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, true, { MULTI_OFF }, NULL, NULL },
		{ 3, FAILOVER_DISABLED, false, { MULTI_ON }, COMBINATION, MULTI_AZ_ALONE },
		{ 3, FAILOVER_DISABLED, false, { ON, MULTI_ON }, NULL, NULL },
		{ 3, FAILOVER_DISABLED, false, { PROMOTE }, NULL, NULL },
		{ 3, FAILOVER_DISABLED, false, { PROMOTE, ON, MULTI_ON }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, false, { PROMOTE }, STATE, AUTOFAILOVER_ON },
		{ 3, FAILOVER_ENABLED, false, { PROMOTE, OFF }, STATE, AUTOFAILOVER_ON },
		{ 3, FAILOVER_ENABLED, false, { .node_type = "cache.t1.micro" }, VALUE, T_TYPES },
		{ 3, FAILOVER_ENABLED, false, { .node_type = "cache.t2.micro" }, VALUE, T_TYPES },
		{ 3, FAILOVER_ENABLED, false, { .node_type = "cache.t2.micro", OFF }, NULL, NULL },
		{ 3, FAILOVER_DISABLED, false, { .node_type = "cache.t2.micro" }, NULL, NULL },
		{ 3, FAILOVER_DISABLED, false, { .node_type = "cache.t2.micro", ON }, VALUE,
			T_TYPES },
		{ 3, FAILOVER_ENABLED, false, { .engine_version = "7.1.0" }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, false, { .engine_version = "6.2.6" }, NULL, NULL },
		{ 3, FAILOVER_ENABLED, false, { .engine_version = "6.0.5" }, COMBINATION,
			"The engine version cannot be downgraded from 6.2.6 to 6.0.5." },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample sample;
		struct group *group = sample_group(&sample, cases[i].nodes, cases[i].failover);
		struct error err = { 0 };

		group->multi_az = cases[i].multi_az;
		ck_assert_msg(may_change(group, &cases[i].change, &err) == !cases[i].code,
			"case %zu: %s", i, err.message);
		ck_assert_pstr_eq(err.code, cases[i].code);
		if (cases[i].code)
			ck_assert_str_eq(err.message, cases[i].message);
	}
}
END_TEST

START_TEST(what_is_pending_counts)
{
	struct sample sample;
	struct group *group = sample_group(&sample, 3, FAILOVER_DISABLED);
	const struct change multi = { MULTI_ON }, on = { ON };
	struct error err = { 0 };

	group->pending.automatic_failover_set = true;
	group->pending.automatic_failover = true;
	ck_assert(may_change(group, &multi, &err));
	group->pending = (struct pending){ .node_type = "cache.t1.micro" };
	ck_assert(!may_change(group, &on, &err));
	ck_assert_str_eq(err.message, T_TYPES);
}
END_TEST

/* G10 */
START_TEST(cluster_mode_keeps_automatic_failover)
{
	struct sample sample;
	struct group *group = sample_group(&sample, 3, FAILOVER_ENABLED);
	const struct change off = { OFF }, promote = { PROMOTE };
	struct error err = { 0 };

	group->cluster_enabled = true;
	ck_assert(!may_change(group, &off, &err));
	ck_assert_str_eq(err.code, COMBINATION);
	ck_assert_str_eq(err.message,
		"Turning off automatic failover for replication group with cluster mode enabled is "
		"not supported.");
	ck_assert(!may_change(group, &promote, &err));
	ck_assert_str_eq(err.code, COMBINATION);
}
END_TEST

START_TEST(what_may_be_deleted)
{
	struct sample sample;
	struct group *group = sample_group(&sample, 3, FAILOVER_ENABLED);
	struct error err = { 0 };

	ck_assert(may_delete(group, &err));
	group->status = STATUS_CREATE_FAILED;
	ck_assert(may_delete(group, &err));
	group->status = STATUS_DELETING;
	ck_assert(!may_delete(group, &err));
	ck_assert_str_eq(err.code, STATE);
	ck_assert_str_eq(err.message,
		"Replication group redis12 has status deleting which is not valid for deletion.");
	group->status = STATUS_MODIFYING;
	ck_assert(!may_delete(group, &err));
	group->status = STATUS_CREATING;
	ck_assert(!may_delete(group, &err));
}
END_TEST

static const char *refusal(const struct group *group, bool unfinished, const char **ret_message)
{
	static struct error err;

	err = (struct error){ 0 };
	*ret_message = err.message;
	ck_assert_int_eq(may_fail_over(group, group->shards, unfinished, &err), !err.code);
	return err.code;
}

/* G25, G28 */
START_TEST(what_may_be_failed_over)
{
	struct sample sample;
	struct group *group = sample_group(&sample, 3, FAILOVER_ENABLED);
	const char *message;

	ck_assert_ptr_null(refusal(group, false, &message));
	ck_assert_str_eq(refusal(group, true, &message), STATE);
	ck_assert_str_eq(message,
		"A failover, node replacement or reboot of replication group redis12 has not finished.");
	sample.nodes[1].health = HEALTH_LOST;
	ck_assert_ptr_null(refusal(group, false, &message));
	sample.nodes[2].health = HEALTH_RECOVERING;
	ck_assert_str_eq(refusal(group, false, &message), "InvalidCacheClusterState");
	ck_assert_str_eq(message, "No read replica of node group 0001 is available.");

	group = sample_group(&sample, 1, FAILOVER_ENABLED);
	ck_assert_str_eq(refusal(group, false, &message), STATE);
	ck_assert_str_eq(
		message, "Node group 0001 must have at least one read replica to test failover.");
	group = sample_group(&sample, 3, FAILOVER_DISABLED);
	ck_assert_str_eq(refusal(group, false, &message), STATE);
	ck_assert_str_eq(message,
		"Automatic failover must be enabled on replication group redis12 to test failover.");
	group->automatic_failover = FAILOVER_ENABLED;
	group->status = STATUS_MODIFYING;
	ck_assert_str_eq(refusal(group, false, &message), STATE);
	ck_assert_str_eq(message, "Replication group redis12 is not in available state.");
}
END_TEST

static void check_reboot(
	const struct group *group, bool unfinished, const char *code, const char *words)
{
	struct error err = { 0 };

	ck_assert_int_eq(
		may_reboot(group, &group->shards[0].nodes[1], unfinished, &err), !err.code);
	ck_assert_pstr_eq(err.code, code);
	if (code)
		ck_assert_str_eq(err.message, words);
}

START_TEST(what_may_be_rebooted)
{
	static const enum health unwell[] = { HEALTH_NEW, HEALTH_LOST, HEALTH_RECOVERING,
		HEALTH_STOPPED };
	static const enum status others[] = { STATUS_CREATING, STATUS_MODIFYING, STATUS_DELETING,
		STATUS_CREATE_FAILED };
	const char *code = "InvalidCacheClusterState";
	const char *words = "Cache cluster redis12-002 is not in available state.";
	struct sample sample;
	struct group *group = sample_group(&sample, 3, FAILOVER_ENABLED);
	struct node *node = &sample.nodes[1];

	node->name = "redis12-002";
	node->status = STATUS_AVAILABLE;
	check_reboot(group, false, NULL, NULL);
	check_reboot(group, true, code,
		"A failover, node replacement or reboot of replication group redis12 has not "
		"finished.");
	for (size_t i = 0; i < 4; i++) {
		node->status = others[i];
		check_reboot(group, false, code, words);
		node->status = STATUS_AVAILABLE;
		node->health = unwell[i];
		check_reboot(group, false, code, words);
		node->health = HEALTH_IN_SYNC;
		group->status = others[i];
		check_reboot(
			group, false, code, "Replication Group of redis12-002 is not available.");
		group->status = STATUS_AVAILABLE;
	}
	node->rebooting = true;
	check_reboot(group, true, code, words);
	node->rebooting = false;
	sample.nodes[0].rebooting = true; /* another one's flow is for the caller to find */
	check_reboot(group, false, NULL, NULL);
	group->cluster_enabled = true;
	check_reboot(group, false, COMBINATION,
		"Rebooting a node of a replication group with cluster mode enabled is not "
		"supported.");
}
END_TEST

START_TEST(versions_are_chosen)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error err = { 0 };
	const struct catalog *catalog = catalog_load(&arena, &err);

	ck_assert_str_eq(choose_version(catalog, NULL, &err)->full, "7.1.0");
	ck_assert_str_eq(choose_version(catalog, "6.x", &err)->full, "6.2.6");
	ck_assert_str_eq(choose_version(catalog, "5.0.6", &err)->full, "5.0.6");
	ck_assert_ptr_null(choose_version(catalog, "7.0.7", &err));
	ck_assert_str_eq(err.code, COMBINATION);
	ck_assert_str_eq(err.message, "Cannot find version 7.0.7 for redis");
	ck_assert_ptr_null(choose_version(catalog, "4.0.13", &err));
	ck_assert_str_eq(err.message, "Cannot find version 4.0.13 for redis");
}
END_TEST

START_TEST(parameter_groups_are_chosen)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error err = { 0 };
	const struct catalog *catalog = catalog_load(&arena, &err);
	const struct engine_version *six = choose_version(catalog, "6.2", &err);

	ck_assert_str_eq(choose_parameter_group(catalog, six, NULL, &err), "default.redis6.x");
	ck_assert_str_eq(
		choose_parameter_group(catalog, six, "default.redis6.x", &err), "default.redis6.x");
	ck_assert_ptr_null(choose_parameter_group(catalog, six, "default.redis3.2", &err));
	ck_assert_str_eq(err.code, COMBINATION);
	ck_assert_str_eq(err.message,
		"Expected a parameter group of family redis6.x but found one of family redis3.2");
	ck_assert_ptr_null(choose_parameter_group(catalog, six, "mine", &err));
	ck_assert_str_eq(err.code, "CacheParameterGroupNotFound");
	ck_assert_str_eq(err.message, "CacheParameterGroup not found: mine");
	ck_assert_ptr_null(
		choose_parameter_group(catalog, six, "default.redis6.x.cluster.on", &err));
	ck_assert_str_eq(err.code, COMBINATION);
	ck_assert_ptr_null(choose_parameter_group(catalog, six, "default.redis6.x.cluster", &err));
	ck_assert_str_eq(err.code, "CacheParameterGroupNotFound");
}
END_TEST

UNIT("rules", {
	tcase_add_test(tcase, what_may_be_created);
	tcase_add_test(tcase, only_an_available_group_is_modified);
	tcase_add_test(tcase, what_may_be_changed);
	tcase_add_test(tcase, what_is_pending_counts);
	tcase_add_test(tcase, cluster_mode_keeps_automatic_failover);
	tcase_add_test(tcase, what_may_be_deleted);
	tcase_add_test(tcase, what_may_be_failed_over);
	tcase_add_test(tcase, what_may_be_rebooted);
	tcase_add_test(tcase, versions_are_chosen);
	tcase_add_test(tcase, parameter_groups_are_chosen);
})
