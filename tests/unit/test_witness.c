#include "unit.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/witness.h"
#include "nodes.h"
#include "util/clock.h"

static struct witness look(void)
{
	struct witness witness;

	ck_assert(witness_look(engine_pid(world.engine, &world.nodes[0]), &witness));
	return witness;
}

START_TEST(an_idle_node_keeps_switching)
{
	struct witness before;

	start(&world.nodes[0], NULL);
	before = look();
	WAIT_FOR(look().voluntary > before.voluntary);
	WAIT_FOR(look().state == 'S'); /* it is awake for a moment ten times a second */
}
END_TEST

/* The first of its threads may be stopped before the last one is. */
static bool rests(void)
{
	struct witness before = look();

	(void)poll(NULL, 0, 50);
	return look().voluntary == before.voluntary && look().cpu_ticks == before.cpu_ticks;
}

START_TEST(a_stopped_node_is_seen_to_be_stopped)
{
	struct witness before;

	start(&world.nodes[0], NULL);
	ck_assert_int_eq(kill(engine_pid(world.engine, &world.nodes[0]), SIGSTOP), 0);
	WAIT_FOR(look().state == 'T' && rests());
	before = look();
	(void)poll(NULL, 0, 250);
	ck_assert_int_eq(look().voluntary, before.voluntary);
	ck_assert_int_eq(look().cpu_ticks, before.cpu_ticks);
}
END_TEST

static void *loop_in_lua(void *node)
{
	freeReplyObject(as_client(((struct node *)node)->address, "EVAL %s 0",
		"local t = redis.call('TIME')[1] + 2 repeat until "
		"tonumber(redis.call('TIME')[1]) >= t return 1"));
	return NULL;
}

START_TEST(a_busy_node_uses_the_processor)
{
	struct witness before;
	pthread_t thread;

	start(&world.nodes[0], NULL);
	before = look();
	ck_assert_int_eq(pthread_create(&thread, NULL, loop_in_lua, &world.nodes[0]), 0);
	WAIT_FOR(look().cpu_ticks >= before.cpu_ticks + 10);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(nobody_is_not_seen)
{
	struct witness witness;
	pid_t pid = sleep_in("/");

	ck_assert(witness_look(pid, &witness));
	end_child(pid);
	ck_assert(!witness_look(pid, &witness));
}
END_TEST

UNIT("witness", NODES_FIXTURE(tcase); tcase_add_test(tcase, an_idle_node_keeps_switching);
	tcase_add_test(tcase, a_stopped_node_is_seen_to_be_stopped);
	tcase_add_test(tcase, a_busy_node_uses_the_processor);
	tcase_add_test(tcase, nobody_is_not_seen);)
