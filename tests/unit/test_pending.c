#include "unit.h"

#include "domain/group.h"
#include "store/db.h"
#include "store/flow.h"
#include "store/group.h"
#include "store/pending.h"
#include "support.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

#define OK(expression) ck_assert_msg(expression, "%s", err.message)

static struct arena arena;
static struct store *store;
static struct error err;

static void setup(void)
{
	store = support_store();
	err = (struct error){ 0 };
}

static void teardown(void)
{
	support_store_done(store);
	arena_done(&arena);
}

/* Stores a group of two nodes with these pending values and applies them. */
static struct group *apply(
	enum failover_mode failover, struct pending pending, const char *busy, bool *ret_started)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct group *group = support_group(&arena, "redis12", 1, 2);
	bool started;

	group->automatic_failover = failover;
	OK(tx_begin(store, &tx, &err));
	OK(group_insert(&tx, group, &err));
	if (busy)
		OK(flow_start(&tx, busy, group->id, group->shards[0].id,
			group->shards[0].nodes[1].id, "test", &started, &err));
	group->pending = pending;
	OK(group_save(&tx, group, &err));
	OK(group_apply_pending(&tx, group, "calendar", ret_started, &err));
	OK(tx_commit(&tx, &err));
	OK(tx_begin_read(store, &tx, &err));
	group = group_load_id(&tx, &arena, group->id, &err);
	OK(group);
	return group;
}

static const char *running(const struct group *group, int64_t *ret_shard)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct flow_row *rows;
	size_t count;

	OK(tx_begin_read(store, &tx, &err));
	rows = flow_list(&tx, &arena, group->id, &count, &err);
	ck_assert_ptr_nonnull(rows);
	ck_assert_uint_le(count, 1);
	*ret_shard = count ? rows[0].shard : 0;
	return count ? rows[0].workflow : NULL;
}

START_TEST(automatic_failover_is_switched_by_a_flow)
{
	bool started;
	int64_t shard;
	struct group *group = apply(FAILOVER_DISABLED,
		(struct pending){ .automatic_failover_set = true, .automatic_failover = true },
		NULL, &started);

	ck_assert(started);
	ck_assert_int_eq(group->status, STATUS_MODIFYING);
	ck_assert_int_eq(group->automatic_failover, FAILOVER_ENABLING);
	ck_assert_int_eq(group->shards[0].status, STATUS_MODIFYING);
	ck_assert_int_eq(group->shards[0].nodes[0].status, STATUS_AVAILABLE);
	ck_assert_str_eq(running(group, &shard), "modify");
	ck_assert_int_eq(shard, 0);
}
END_TEST

START_TEST(a_new_node_type_touches_the_nodes)
{
	bool started;
	struct group *group = apply(FAILOVER_ENABLED,
		(struct pending){ .node_type = "cache.m5.xlarge" }, NULL, &started);

	ck_assert(started);
	ck_assert_int_eq(group->automatic_failover, FAILOVER_ENABLED);
	ck_assert_str_eq(group->node_type, "cache.m5.large");
	ck_assert_str_eq(group->pending.node_type, "cache.m5.xlarge");
	ck_assert_int_eq(group->shards[0].nodes[1].status, STATUS_MODIFYING);
}
END_TEST

START_TEST(a_promotion_is_a_flow_of_the_shard)
{
	bool started;
	int64_t shard;
	struct group *group = apply(FAILOVER_DISABLED,
		(struct pending){ .primary_cluster = "redis12-002" }, NULL, &started);

	ck_assert(started);
	ck_assert_str_eq(running(group, &shard), "promote");
	ck_assert_int_eq(shard, group->shards[0].id);
}
END_TEST

START_TEST(a_promotion_waits_for_other_work)
{
	bool started;
	int64_t shard;
	struct group *group = apply(FAILOVER_DISABLED,
		(struct pending){ .primary_cluster = "redis12-002" }, "replace", &started);

	ck_assert(!started);
	ck_assert_int_eq(group->status, STATUS_AVAILABLE);
	ck_assert_str_eq(group->pending.primary_cluster, "redis12-002");
	ck_assert_str_eq(running(group, &shard), "replace");
}
END_TEST

START_TEST(what_is_so_already_needs_no_work)
{
	bool started;
	int64_t shard;
	struct group *group = apply(FAILOVER_ENABLED,
		(struct pending){ .automatic_failover_set = true,
			.automatic_failover = true,
			.primary_cluster = "redis12-001",
			.node_type = "cache.m5.large",
			.engine_version = "7.0.7",
			.parameter_group = "default.redis7" },
		NULL, &started);

	ck_assert(!started);
	ck_assert(!group_has_pending(group));
	ck_assert_int_eq(group->status, STATUS_AVAILABLE);
	ck_assert_ptr_null(running(group, &shard));
}
END_TEST

UNIT("pending", {
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, automatic_failover_is_switched_by_a_flow);
	tcase_add_test(tcase, a_new_node_type_touches_the_nodes);
	tcase_add_test(tcase, a_promotion_is_a_flow_of_the_shard);
	tcase_add_test(tcase, a_promotion_waits_for_other_work);
	tcase_add_test(tcase, what_is_so_already_needs_no_work);
})
