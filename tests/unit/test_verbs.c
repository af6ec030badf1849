#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/client.h"
#include "engine/conf.h"
#include "engine/engine.h"
#include "nodes.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

static bool is_refused(redisReply *reply)
{
	bool refused = reply->type == REDIS_REPLY_ERROR &&
		       (strstr(reply->str, "NOPERM") || strstr(reply->str, "command not allowed"));

	freeReplyObject(reply);
	return refused;
}

/* Whether the node refuses it to a client, with as many arguments as make it a command. */
static bool is_withheld(const char *name)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *container = text_equal(name, "config")   ? " get"
				: text_equal(name, "module") ? " list"
							     : "";
	char *command = arena_printf(&arena, "%s%s", name, container);
	char *bar = strchr(command, '|');

	if (bar)
		*bar = ' ';
	for (int arguments = 0; arguments < 7; arguments++) {
		if (is_refused(as_client(world.nodes[0].address, command)))
			return true;
		command = arena_printf(&arena, "%s x", command);
	}
	return false;
}

START_TEST(clients_do_not_get_what_is_withheld)
{
	start(&world.nodes[0], NULL);
	for (const char *const *name = conf_withheld; *name; name++)
		ck_assert_msg(is_withheld(*name), "%s", *name);
	client_does(world.nodes[0].address, "ACL WHOAMI");
	client_does(world.nodes[0].address, "CLIENT LIST");
	client_does(world.nodes[0].address, "MONITOR");
}
END_TEST

START_TEST(scripts_and_transactions_are_no_way_round)
{
	const char *address = world.nodes[0].address;
	redisContext *context;
	redisReply *reply;

	start(&world.nodes[0], NULL);
	reply = as_client(address, "EVAL %s 0",
		"return redis.call('MIGRATE', '127.0.0.1', '1', 'a', '0', '1')");
	ck_assert_int_eq(reply->type, REDIS_REPLY_ERROR);
	ck_assert_msg(strstr(reply->str, "can't run this command") != NULL, "%s", reply->str);
	freeReplyObject(reply);
	context = redisConnect(address, (int)world.group->port);
	freeReplyObject(redisCommand(context, "MULTI"));
	ck_assert(is_refused(redisCommand(context, "CONFIG GET masterauth")));
	reply = redisCommand(context, "EXEC");
	ck_assert_int_eq(reply->type, REDIS_REPLY_ERROR);
	freeReplyObject(reply);
	redisFree(context);
}
END_TEST

START_TEST(a_replica_from_outside_cannot_attach)
{
	start(&world.nodes[0], NULL);
	ck_assert(is_refused(as_client(world.nodes[0].address, "PSYNC ? -1")));
	ck_assert(is_refused(as_client(world.nodes[0].address, "SYNC")));
	ck_assert(is_refused(as_client(world.nodes[0].address, "REPLICAOF NO ONE")));
	ck_assert_uint_eq(view_of(&world.nodes[0]).replica_count, 0);
}
END_TEST

START_TEST(the_control_plane_may_do_everything)
{
	start(&world.nodes[0], NULL);
	control_does(&world.nodes[0], "CONFIG GET bind");
	control_does(&world.nodes[0], "ACL LOG");
}
END_TEST

START_TEST(following_the_same_primary_again_changes_nothing)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	struct error err;
	redisReply *reply;

	start(primary, NULL);
	start_replica(replica, primary);
	for (int i = 0; i < 3; i++)
		ck_assert(engine_follow(world.engine, world.group, replica, primary, &err));
	ck_assert(view_of(replica).link_up);
	reply = as_control(primary, "INFO stats");
	ck_assert_ptr_nonnull(strstr(reply->str, "sync_full:1"));
	ck_assert_ptr_nonnull(strstr(reply->str, "sync_partial_ok:0"));
	freeReplyObject(reply);
}
END_TEST

START_TEST(a_hung_node_is_given_up_in_time)
{
	struct node *node = &world.nodes[0];
	struct engine_view view;
	struct error err;
	int64_t began;

	start(node, NULL);
	(void)view_of(node);
	ck_assert_int_eq(kill(engine_pid(world.engine, node), SIGSTOP), 0);
	for (int i = 0; i < 2; i++) { /* over the old connection, over a fresh one */
		began = clock_monotonic();
		ck_assert(!engine_observe(world.engine, world.group, node, 100, &view, &err));
		ck_assert_int_ge(clock_monotonic() - began, 90000);
		ck_assert_int_lt(clock_monotonic() - began, 2000000);
		ck_assert_msg(
			strstr(err.message, "no answer within 100 ms") != NULL, "%s", err.message);
	}
	ck_assert_int_eq(kill(engine_pid(world.engine, node), SIGCONT), 0);
	ck_assert(view_of(node).is_primary);
}
END_TEST

START_TEST(a_node_that_does_not_run_is_an_error)
{
	struct error err;

	ck_assert(!engine_promote(world.engine, world.group, &world.nodes[0], &err));
	ck_assert_msg(strstr(err.message, "redis12-001") != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.message, "does not run") != NULL, "%s", err.message);
}
END_TEST

START_TEST(a_client_that_kills_our_connection_does_not_hinder_us)
{
	struct node *node = &world.nodes[0];

	start(node, NULL);
	for (int i = 0; i < 10; i++) {
		(void)view_of(node);
		client_does(node->address, "CLIENT KILL USER understudy");
	}
	(void)view_of(node);
}
END_TEST

START_TEST(a_binding_is_changed_only_when_it_differs)
{
	struct node *node = &world.nodes[0];
	const char *const both[] = { "127.51.0.1", node->address };
	struct error err;
	redisReply *reply;

	start(node, NULL);
	for (int i = 0; i < 3; i++)
		ck_assert(engine_bind(world.engine, world.group, node, both, 2, &err));
	reply = as_control(node, "INFO commandstats");
	ck_assert_ptr_nonnull(strstr(reply->str, "cmdstat_config|set:calls=1,"));
	freeReplyObject(reply);
	client_does("127.51.0.1", "PING");
	bind_to(node, NULL);
	client_does(node->address, "PING");
}
END_TEST

START_TEST(a_client_counts_what_there_is)
{
	struct client *client;
	struct error err;
	char key[32];

	start(&world.nodes[0], NULL);
	ck_assert_ptr_null(client_open(world.nodes[1].address, world.group->port, 1000, &err));
	client = client_open(world.nodes[0].address, world.group->port, 1000, &err);
	ck_assert_ptr_nonnull(client);
	for (int i = 0; i < 1203; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i * 2);
		ck_assert(client_set(client, key, "a value with spaces", &err));
	}
	ck_assert_int_eq(client_count(client, "k", 0, &err), 0);
	ck_assert_int_eq(client_count(client, "k", 2406, &err), 1203);
	ck_assert_int_eq(client_count(client, "k", 501, &err), 251);
	fence(&world.nodes[0]);
	ck_assert(!client_set(client, "k", "v", &err));
	ck_assert_int_eq(client_count(client, "k", 1, &err), -1);
	client_close(client);
}
END_TEST

UNIT("verbs", NODES_FIXTURE(tcase); tcase_add_test(tcase, clients_do_not_get_what_is_withheld);
	tcase_add_test(tcase, scripts_and_transactions_are_no_way_round);
	tcase_add_test(tcase, a_replica_from_outside_cannot_attach);
	tcase_add_test(tcase, the_control_plane_may_do_everything);
	tcase_add_test(tcase, following_the_same_primary_again_changes_nothing);
	tcase_add_test(tcase, a_hung_node_is_given_up_in_time);
	tcase_add_test(tcase, a_node_that_does_not_run_is_an_error);
	tcase_add_test(tcase, a_client_that_kills_our_connection_does_not_hinder_us);
	tcase_add_test(tcase, a_binding_is_changed_only_when_it_differs);
	tcase_add_test(tcase, a_client_counts_what_there_is);)
