#include "unit.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/client.h"
#include "engine/engine.h"
#include "nodes.h"
#include "util/clock.h"
#include "util/error.h"

START_TEST(a_nudged_replica_acknowledges_at_once)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	int64_t began;

	start(primary, NULL);
	start_replica(replica, primary);
	ck_assert_int_eq(view_of(replica).primary_port, world.group->port);
	ck_assert_str_eq(view_of(replica).primary_host, primary->address);
	ck_assert_str_eq(view_of(primary).replicas[0].host, replica->address);
	began = clock_monotonic();
	for (int i = 0; i < 20; i++) {
		client_does(primary->address, "SET a b");
		WAIT_FOR(caught_up(primary, replica));
	}
	ck_assert_int_lt(clock_monotonic() - began, 10000000); /* left alone, it is a second each */
	ck_assert_int_eq(keys(replica), 1);
}
END_TEST

START_TEST(a_full_copy_leaves_no_file_behind)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	char path[512];

	start(primary, NULL);
	client_does(primary->address, "SET a b");
	start_replica(replica, primary);
	ck_assert_int_eq(keys(replica), 1);
	(void)snprintf(path, sizeof(path), "%s/%s/dump.rdb", nodes_root(), replica->dir);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_replica_that_never_had_a_copy_has_no_data)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	struct error err;

	start(replica, primary);
	ck_assert(!view_of(replica).has_data);
	fence(replica);
	start(replica, NULL);
	ck_assert(engine_follow(world.engine, world.group, replica, primary, &err));
	ck_assert(!view_of(replica).has_data);
	start(primary, NULL);
	WAIT_FOR(caught_up(primary, replica));
	ck_assert(view_of(replica).has_data); /* a copy of nothing is a copy */
}
END_TEST

START_TEST(a_replica_keeps_its_data_when_its_primary_dies)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	struct engine_view before;
	struct error err;

	start(primary, NULL);
	start_replica(replica, primary);
	client_does(primary->address, "SET a b");
	WAIT_FOR(caught_up(primary, replica));
	before = view_of(primary);
	fence(primary);
	WAIT_FOR(!view_of(replica).link_up);
	ck_assert(view_of(replica).has_data);
	ck_assert_int_eq(view_of(replica).offset, before.offset);
	ck_assert_str_eq(view_of(replica).replication_id, before.replication_id);
	ck_assert(engine_stop(world.engine, world.group, replica, true, &err));
	start(replica, primary);
	ck_assert(view_of(replica).has_data);
	ck_assert_int_eq(view_of(replica).offset, before.offset);
	ck_assert(engine_promote(world.engine, world.group, replica, &err));
	ck_assert(engine_promote(world.engine, world.group, replica, &err));
	ck_assert(view_of(replica).is_primary);
	ck_assert_int_eq(keys(replica), 1);
}
END_TEST

/* A primary whose full copies take for ever. */
static void start_slow_primary(struct node *node)
{
	start(node, NULL);
	for (int i = 0; i < 20; i++)
		freeReplyObject(as_client(node->address, "SET slow%d %d", i, i));
	control_does(node, "CONFIG SET rdb-key-save-delay 1000000");
}

START_TEST(a_copy_that_never_ended_is_none)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];

	start_slow_primary(primary);
	start(replica, primary);
	WAIT_FOR(view_of(replica).sync_in_progress);
	ck_assert(!view_of(replica).has_data);
	fence(primary);
	WAIT_FOR(!view_of(replica).sync_in_progress);
	ck_assert(!view_of(replica).has_data);
	ck_assert_int_eq(keys(replica), 0);
}
END_TEST

START_TEST(old_data_stays_while_a_new_copy_has_not_come_whole)
{
	struct node *first = &world.nodes[0], *replica = &world.nodes[1];
	struct node *second = &world.nodes[2];
	struct error err;

	start(first, NULL);
	client_does(first->address, "SET old data");
	start_replica(replica, first);
	start_slow_primary(second);
	ck_assert(engine_follow(world.engine, world.group, replica, second, &err));
	WAIT_FOR(view_of(replica).sync_in_progress);
	ck_assert(view_of(replica).has_data);
	ck_assert_str_eq(view_of(replica).replication_id, view_of(first).replication_id);
	fence(second);
	WAIT_FOR(!view_of(replica).sync_in_progress);
	ck_assert(view_of(replica).has_data);
	ck_assert_int_eq(keys(replica), 1);
}
END_TEST

START_TEST(data_is_gone_while_a_copy_is_loaded)
{
	struct node *first = &world.nodes[0], *replica = &world.nodes[1];
	struct node *second = &world.nodes[2];
	struct error err;

	start(first, NULL);
	client_does(first->address, "SET old data");
	start_replica(replica, first);
	start(second, NULL);
	for (int i = 0; i < 3000; i++)
		freeReplyObject(as_client(second->address, "SET k%d %01000d", i, i));
	control_does(replica, "CONFIG SET key-load-delay 1000");
	control_does(replica, "CONFIG SET loading-process-events-interval-bytes 1024");
	ck_assert(engine_follow(world.engine, world.group, replica, second, &err));
	WAIT_FOR(!view_of(replica).has_data);
	ck_assert(view_of(replica).sync_in_progress);
	WAIT_FOR(view_of(replica).has_data);
	ck_assert_int_eq(keys(replica), 3000);
}
END_TEST

/* Writes k0, k1, … until told to end; counts what was acknowledged. */
struct writer {
	pthread_t thread;
	atomic_bool end;
	const char *address;
	int64_t acknowledged;
};

/* Each key is written until it is acknowledged: by the one who was primary, READONLY means that
 * it no longer is. */
static void *write_keys(void *argument)
{
	struct writer *writer = argument;
	struct error err;
	char key[32];

	while (!atomic_load(&writer->end)) {
		struct client *client = client_open(writer->address, world.group->port, 5000, &err);

		for (bool written = client; written && !atomic_load(&writer->end);
			writer->acknowledged += written) {
			(void)snprintf(key, sizeof(key), "k%lld", (long long)writer->acknowledged);
			written = client_set(client, key, "v", &err);
		}
		client_close(client);
	}
	return NULL;
}

static int64_t count(const char *address, int64_t written)
{
	struct error err;
	struct client *client = client_open(address, world.group->port, 5000, &err);
	int64_t found;

	ck_assert_msg(client != NULL, "%s", err.message);
	found = client_count(client, "k", written, &err);
	client_close(client);
	return found;
}

START_TEST(roles_are_exchanged_without_losing_a_write)
{
	struct writer writer = { .address = "127.51.0.1" };
	struct error err;

	start(&world.nodes[0], NULL);
	start_replica(&world.nodes[1], &world.nodes[0]);
	bind_to(&world.nodes[0], writer.address);
	ck_assert_int_eq(pthread_create(&writer.thread, NULL, write_keys, &writer), 0);
	for (int i = 0; i < 6; i++) {
		struct node *old = &world.nodes[i % 2], *new = &world.nodes[1 - i % 2];

		(void)poll(NULL, 0, 50);
		ck_assert_msg(
			engine_hand_over(world.engine, world.group, old, new, STRICT_MS, &err),
			"%s", err.message);
		ck_assert(engine_hand_over(world.engine, world.group, old, new, STRICT_MS, &err));
		WAIT_FOR(!view_of(old).is_primary);
		bind_to(old, NULL);
		ck_assert(
			engine_drop_clients(world.engine, world.group, old, writer.address, &err));
		bind_to(new, writer.address);
		WAIT_FOR(caught_up(new, old));
	}
	atomic_store(&writer.end, true);
	ck_assert_int_eq(pthread_join(writer.thread, NULL), 0);
	ck_assert_int_gt(writer.acknowledged, 100);
	ck_assert_int_eq(count(world.nodes[0].address, writer.acknowledged), writer.acknowledged);
	WAIT_FOR(caught_up(&world.nodes[0], &world.nodes[1]));
	ck_assert_int_eq(count(world.nodes[1].address, writer.acknowledged), writer.acknowledged);
}
END_TEST

START_TEST(nothing_is_handed_to_a_hung_replica)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	struct error err;

	start(primary, NULL);
	start_replica(replica, primary);
	ck_assert_int_eq(kill(engine_pid(world.engine, replica), SIGSTOP), 0);
	ck_assert(!engine_hand_over(world.engine, world.group, primary, replica, 200, &err));
	client_does(primary->address, "SET a b");
	ck_assert(view_of(primary).is_primary);
}
END_TEST

struct stopper {
	pthread_t thread;
	int pid;
	int delay_us;
};

static void *stop_later(void *argument)
{
	const struct stopper *stopper = argument;
	int64_t until = clock_monotonic() + stopper->delay_us;

	while (clock_monotonic() < until)
		;
	(void)kill(stopper->pid, SIGSTOP);
	return NULL;
}

/* At whatever moment the replica falls silent: there is one primary in the end, it accepts writes,
 * and the answer tells who it is. */
START_TEST(a_replica_that_hangs_while_it_takes_over_leaves_one_primary)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	struct error err;

	for (int delay = 0; delay < 3000; delay += 250) {
		struct stopper stopper = { .delay_us = delay };
		bool done;

		start(primary, NULL);
		start_replica(replica, primary);
		stopper.pid = engine_pid(world.engine, replica);
		ck_assert_int_eq(pthread_create(&stopper.thread, NULL, stop_later, &stopper), 0);
		done = engine_hand_over(world.engine, world.group, primary, replica, 100, &err);
		ck_assert_int_eq(pthread_join(stopper.thread, NULL), 0);
		if (done) {
			ck_assert_int_eq(kill(stopper.pid, SIGCONT), 0);
			WAIT_FOR(!view_of(primary).is_primary);
			client_does(replica->address, "SET a b");
		} else {
			ck_assert(view_of(primary).is_primary);
			client_does(primary->address, "SET a b");
		}
		fence(primary);
		fence(replica);
	}
}
END_TEST

UNIT("replication", NODES_FIXTURE(tcase);
	tcase_add_test(tcase, a_nudged_replica_acknowledges_at_once);
	tcase_add_test(tcase, a_full_copy_leaves_no_file_behind);
	tcase_add_test(tcase, a_replica_that_never_had_a_copy_has_no_data);
	tcase_add_test(tcase, a_replica_keeps_its_data_when_its_primary_dies);
	tcase_add_test(tcase, a_copy_that_never_ended_is_none);
	tcase_add_test(tcase, old_data_stays_while_a_new_copy_has_not_come_whole);
	tcase_add_test(tcase, data_is_gone_while_a_copy_is_loaded);
	tcase_add_test(tcase, roles_are_exchanged_without_losing_a_write);
	tcase_add_test(tcase, nothing_is_handed_to_a_hung_replica);
	tcase_add_test(tcase, a_replica_that_hangs_while_it_takes_over_leaves_one_primary);)
