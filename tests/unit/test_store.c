#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "domain/group.h"
#include "store/db.h"
#include "store/event.h"
#include "store/failover_test.h"
#include "store/flow.h"
#include "store/group.h"
#include "store/sql.h"
#include "store/tag.h"
#include "support.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

#define OK(expression) ck_assert_msg(expression, "%s", err.message)

static struct group *insert(
	struct store *store, struct arena *arena, const char *name, int number, const char *region)
{
	struct group *group = support_group(arena, name, number, 3);
	struct error err = { 0 };
	_cleanup_(tx_end) struct tx tx = { 0 };

	group->region = region;
	OK(tx_begin(store, &tx, &err));
	OK(group_insert(&tx, group, &err));
	OK(tx_commit(&tx, &err));
	return group;
}

START_TEST(a_group_comes_back_as_it_was_stored)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct store *store = support_store();
	struct error err = { 0 };
	struct group *loaded;

	(void)insert(store, &arena, "redis12", 1, "us-east-1");
	OK(tx_begin_read(store, &tx, &err));
	loaded = group_load(&tx, &arena, "000000000000", "us-east-1", "redis12", &err);
	OK(loaded);
	ck_assert_uint_eq(loaded->shard_count, 1);
	ck_assert_uint_eq(loaded->shards[0].node_count, 3);
	ck_assert_str_eq(loaded->shards[0].nodes[2].name, "redis12-003");
	ck_assert_str_eq(loaded->shards[0].nodes[2].dir, "us-east-1/000000000000/redis12-003");
	ck_assert_int_eq(loaded->shards[0].primary, loaded->shards[0].nodes[0].id);
	ck_assert(!loaded->pending.automatic_failover_set);
	ck_assert_ptr_null(loaded->pending.primary_cluster);
	ck_assert_ptr_null(group_load(&tx, &arena, "000000000000", "us-east-1", "other", &err));
	ck_assert_ptr_null(err.code);
	loaded = group_load_member(&tx, &arena, "000000000000", "us-east-1", "redis12-002", &err);
	ck_assert_str_eq(loaded->name, "redis12");
	tx_end(&tx);
	support_store_done(store);
}
END_TEST

START_TEST(the_same_name_in_two_regions_is_two_groups)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct store *store = support_store();
	struct error err = { 0 };
	struct group **groups, **owners;
	size_t count = 0;

	(void)insert(store, &arena, "redis12", 1, "us-east-1");
	(void)insert(store, &arena, "redis12", 2, "us-west-2");
	OK(tx_begin_read(store, &tx, &err));
	groups = group_list(&tx, &arena, "000000000000", "us-west-2", NULL, 10, &count, &err);
	OK(groups);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(groups[0]->region, "us-west-2");
	OK(member_list(&tx, &arena, "000000000000", "us-west-2", "redis12-001", 10, &owners, &count,
		&err));
	ck_assert_uint_eq(count, 2);
	OK(group_list_all(&tx, &arena, &count, &err));
	ck_assert_uint_eq(count, 2);
	OK(address_list(&tx, &arena, &count, &err));
	ck_assert_uint_eq(count, 10);
	ck_assert_int_eq(node_count(&tx, "000000000000", "us-east-1", &err), 3);
	tx_end(&tx);
	support_store_done(store);
}
END_TEST

START_TEST(what_was_not_committed_is_gone)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct store *store = support_store();
	struct group *group = support_group(&arena, "redis12", 1, 2);
	struct error err = { 0 };
	size_t count = 1;

	{
		_cleanup_(tx_end) struct tx tx = { 0 };

		OK(tx_begin(store, &tx, &err));
		OK(group_insert(&tx, group, &err));
	}
	{
		_cleanup_(tx_end) struct tx tx = { 0 };

		OK(tx_begin_read(store, &tx, &err));
		OK(group_list_all(&tx, &arena, &count, &err));
	}
	ck_assert_uint_eq(count, 0);
	support_store_done(store);
}
END_TEST

START_TEST(a_shard_has_one_running_flow)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct store *store = support_store();
	struct group *group = insert(store, &arena, "redis12", 1, "us-east-1");
	int64_t shard = group->shards[0].id, node = group->shards[0].nodes[1].id;
	struct error err = { 0 };
	struct flow_row *rows;
	bool started;
	size_t count;

	OK(tx_begin(store, &tx, &err));
	OK(flow_start(&tx, "failover", group->id, shard, 0, "api", &started, &err));
	ck_assert(started);
	OK(flow_start(&tx, "recreate", group->id, shard, 0, "primary-died", &started, &err));
	ck_assert(!started);
	OK(flow_start(&tx, "replace", group->id, shard, node, "replica-died", &started, &err));
	ck_assert(started);
	OK(flow_start(&tx, "modify", group->id, 0, 0, "api", &started, &err));
	ck_assert(started);
	rows = flow_list(&tx, &arena, group->id, &count, &err);
	ck_assert_uint_eq(count, 3);
	OK(flow_value_set(&tx, rows[0].id, "candidate", "7", &err));
	OK(flow_value_set(&tx, rows[0].id, "candidate", "8", &err));
	ck_assert_str_eq(flow_values(&tx, &arena, rows[0].id, &count, &err)[0].value, "8");
	OK(flow_advance(&tx, rows[0].id, "promote-replica", &err));
	ck_assert_str_eq(flow_load(&tx, &arena, rows[0].id, &err)->step, "promote-replica");
	OK(flow_finish(&tx, rows[0].id, "done", NULL, &err));
	ck_assert_ptr_null(flow_load(&tx, &arena, rows[0].id, &err));
	OK(flow_start(&tx, "recreate", group->id, shard, 0, "primary-died", &started, &err));
	ck_assert(started);
	OK(flow_abandon_all(&tx, group->id, &err));
	OK(flow_list(&tx, &arena, 0, &count, &err));
	ck_assert_uint_eq(count, 0);
	OK(group_delete(&tx, group->id, &err));
	OK(tx_commit(&tx, &err));
	support_store_done(store);
}
END_TEST

START_TEST(events_are_listed_newest_first_and_in_pages)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct store *store = support_store();
	struct error err = { 0 };
	struct event_query query = { .account = "1", .region = "r", .to = INT64_MAX, .limit = 2 };
	struct event *page;
	size_t count;

	OK(tx_begin(store, &tx, &err));
	for (int i = 0; i < 5; i++)
		OK(event_append(&tx, "1", "r", SOURCE_CACHE_CLUSTER, i % 2 ? "odd" : "even", &err,
			"event %d", i));
	page = event_list(&tx, &arena, &query, &count, &err);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(page[0].message, "event 4");
	ck_assert_str_eq(page[1].message, "event 3");
	query.before_date = page[1].date;
	query.before_id = page[1].id;
	query.source = "even";
	page = event_list(&tx, &arena, &query, &count, &err);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(page[0].message, "event 2");
	ck_assert_str_eq(page[1].message, "event 0");
	ck_assert_int_eq(event_prune(&tx, INT64_MAX, 3, &err), 3);
	tx_end(&tx);
	support_store_done(store);
}
END_TEST

START_TEST(the_quota_counts_other_node_groups)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct store *store = support_store();
	struct group *a = insert(store, &arena, "a", 1, "us-east-1");
	struct group *b = insert(store, &arena, "b", 2, "us-east-1");
	struct error err = { 0 };

	OK(tx_begin(store, &tx, &err));
	OK(failover_test_record(&tx, a, a->shards, &err));
	OK(failover_test_record(&tx, a, a->shards, &err));
	ck_assert_int_eq(failover_test_count_others(&tx, a, a->shards, 0, &err), 0);
	ck_assert_int_eq(failover_test_count_others(&tx, b, b->shards, 0, &err), 1);
	ck_assert_int_eq(failover_test_count_others(&tx, b, b->shards, clock_now() + 1, &err), 0);
	OK(tag_set(&tx, "arn", "k", "v", &err));
	OK(tag_set(&tx, "arn", "k", "w", &err));
	OK(tag_delete_all(&tx, "arn", &err));
	tx_end(&tx);
	support_store_done(store);
}
END_TEST

static void script(const char *sql)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "sqlite3 %s/understudy.db \"%s\"",
		support_directory(), sql);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(a_newer_database_is_refused_untouched)
{
	struct store *store = support_store();
	struct error err = { 0 };

	store_close(store);
	script("PRAGMA user_version = 99");
	ck_assert_ptr_null(store_open(support_directory(), &err));
	ck_assert_msg(strstr(err.message, "newer version"), "%s", err.message);
	support_store_done(NULL);
}
END_TEST

START_TEST(a_damaged_database_is_refused)
{
	struct store *store = support_store();
	struct error err = { 0 };
	char path[128];
	FILE *file;

	store_close(store);
	(void)snprintf(path, sizeof(path), "%s/understudy.db", support_directory());
	file = fopen(path, "r+");
	for (int i = 0; i < 8192; i++)
		(void)fputc('x', file);
	(void)fclose(file);
	ck_assert_ptr_null(store_open(support_directory(), &err));
	ck_assert_msg(strstr(err.message, "damaged"), "%s", err.message);
	support_store_done(NULL);
}
END_TEST

START_TEST(a_data_directory_has_one_server)
{
	struct store *store = support_store();
	struct error err = { 0 };

	ck_assert_ptr_null(store_open(support_directory(), &err));
	ck_assert_msg(strstr(err.message, "in use by another server"), "%s", err.message);
	support_store_done(store);
}
END_TEST

UNIT("store", tcase_add_test(tcase, a_group_comes_back_as_it_was_stored);
	tcase_add_test(tcase, the_same_name_in_two_regions_is_two_groups);
	tcase_add_test(tcase, what_was_not_committed_is_gone);
	tcase_add_test(tcase, a_shard_has_one_running_flow);
	tcase_add_test(tcase, events_are_listed_newest_first_and_in_pages);
	tcase_add_test(tcase, the_quota_counts_other_node_groups);
	tcase_add_test(tcase, a_newer_database_is_refused_untouched);
	tcase_add_test(tcase, a_damaged_database_is_refused);
	tcase_add_test(tcase, a_data_directory_has_one_server);)
