#include "unit.h"

#include <string.h>

#include "domain/group.h"
#include "engine/conf.h"
#include "engine/engine.h"
#include "engine/replication.h"
#include "support.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/text.h"

static char *render(struct arena *arena, bool follow, int64_t maxmemory)
{
	struct group *group = support_group(arena, "redis12", 1, 2);
	const struct node *nodes = group->shards[0].nodes;

	return conf_render(arena, group, &nodes[1], follow ? &nodes[0] : NULL, maxmemory);
}

START_TEST(a_node_listens_on_its_own_address_and_says_so)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *conf = render(&arena, false, 3317862236);

	ck_assert_ptr_nonnull(strstr(conf, "port 6379\nbind 127.42.64.1\n"));
	ck_assert_ptr_nonnull(strstr(conf, "bind-source-addr 127.42.64.1\n"));
	ck_assert_ptr_nonnull(strstr(conf, "replica-announce-ip 127.42.64.1\n"));
	ck_assert_ptr_nonnull(strstr(conf, "\nmaxmemory 3317862236\n"));
	ck_assert_ptr_null(strstr(conf, "\nreplicaof"));
}
END_TEST

START_TEST(a_replica_knows_its_primary_from_the_start)
{
	_cleanup_(arena_done) struct arena arena = { 0 };

	ck_assert_ptr_nonnull(strstr(render(&arena, true, 0), "\nreplicaof 127.42.32.1 6379\n"));
}
END_TEST

START_TEST(clients_get_everything_but_what_is_withheld)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *conf = render(&arena, false, 0);

	ck_assert_ptr_nonnull(strstr(conf, "\nuser default reset on nopass ~* &* +@all -acl|"));
	for (const char *const *name = conf_withheld; *name; name++)
		ck_assert_msg(
			strstr(conf, arena_printf(&arena, " -%s", *name)) != NULL, "%s", *name);
	ck_assert_ptr_null(strstr(conf, "-client"));
}
END_TEST

START_TEST(a_secret_may_hold_any_bytes)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct group *group = support_group(&arena, "redis12", 1, 1);
	const char *conf;

	group->secret = "a \"\n";
	conf = conf_render(&arena, group, &group->shards[0].nodes[0], NULL, 0);
	ck_assert_ptr_nonnull(strstr(conf, "\nmasterauth \"a\\x20\\x22\\x0a\"\n"));
}
END_TEST

START_TEST(a_primary_tells_of_its_replicas)
{
	struct engine_view view;

	replication_parse("# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
			  "slave0:ip=127.42.64.1,port=6379,state=online,offset=28,lag=0\r\n"
			  "slave1:ip=127.42.96.1,port=6379,state=wait_bgsave,offset=0,lag=1\r\n"
			  "master_replid:8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb\r\n"
			  "master_repl_offset:42\r\nrepl_backlog_active:1\r\n",
		&view);
	ck_assert(view.is_primary);
	ck_assert_int_eq(view.offset, 42);
	ck_assert_str_eq(view.replication_id, "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb");
	ck_assert_uint_eq(view.replica_count, 2);
	ck_assert_str_eq(view.replicas[0].host, "127.42.64.1");
	ck_assert(view.replicas[0].online);
	ck_assert_int_eq(view.replicas[0].acknowledged, 28);
	ck_assert_str_eq(view.replicas[1].host, "127.42.96.1");
	ck_assert(!view.replicas[1].online);
	ck_assert_str_eq(view.primary_host, "");
}
END_TEST

START_TEST(a_replica_tells_of_its_link)
{
	struct engine_view view;

	replication_parse("role:slave\r\nmaster_host:127.42.32.1\r\nmaster_port:6379\r\n"
			  "master_link_status:up\r\nmaster_sync_in_progress:0\r\n"
			  "slave_repl_offset:14\r\nmaster_repl_offset:15\r\n"
			  "repl_backlog_active:1\r\n",
		&view);
	ck_assert(!view.is_primary && view.link_up && !view.sync_in_progress && view.has_data);
	ck_assert_str_eq(view.primary_host, "127.42.32.1");
	ck_assert_int_eq(view.primary_port, 6379);
	ck_assert_int_eq(view.offset, 14);
}
END_TEST

START_TEST(whatever_a_node_says_can_be_read)
{
	static const char *const texts[] = { "", ":", "::::", "role", "slave0:", "slave0:ip=,,=,",
		"slave9:offset=99999999999999999999", "master_host:", "\r\n\r\n:x\r\n" };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct text many = { .arena = &arena };
	struct engine_view view;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		replication_parse(texts[i], &view);
	for (int i = 0; i < 1000; i++)
		text_printf(&many,
			"slave%d:ip=1.2.3.4,offset=1,state=online\r\nmaster_host:%01000d\r\n", i,
			i);
	replication_parse(many.data, &view);
	ck_assert_uint_eq(view.replica_count, 16);
}
END_TEST

UNIT("conf", tcase_add_test(tcase, a_node_listens_on_its_own_address_and_says_so);
	tcase_add_test(tcase, a_replica_knows_its_primary_from_the_start);
	tcase_add_test(tcase, clients_get_everything_but_what_is_withheld);
	tcase_add_test(tcase, a_secret_may_hold_any_bytes);
	tcase_add_test(tcase, a_primary_tells_of_its_replicas);
	tcase_add_test(tcase, a_replica_tells_of_its_link);
	tcase_add_test(tcase, whatever_a_node_says_can_be_read);)
