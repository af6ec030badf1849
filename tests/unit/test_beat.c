#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "engine/beat.h"
#include "engine/engine.h"
#include "nodes.h"
#include "util/clock.h"
#include "util/error.h"

/* Waits for the next thing to be read. */
static enum beat_result next(struct beat *beat)
{
	struct pollfd readable = { .fd = beat_fd(beat), .events = POLLIN };

	ck_assert_int_eq(poll(&readable, 1, STRICT_MS), 1);
	return beat_receive(beat);
}

static struct beat *open_beat(void)
{
	struct beat *beat = beat_open(world.engine, world.group, &world.nodes[0]);

	ck_assert_ptr_nonnull(beat);
	ck_assert_int_eq(next(beat), BEAT_ALIVE); /* it answers the authentication */
	return beat;
}

START_TEST(a_living_node_answers)
{
	struct beat *beat;

	start(&world.nodes[0], NULL);
	beat = open_beat();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(beat_receive(beat), BEAT_WAITING);
		ck_assert(beat_send(beat));
		ck_assert_int_eq(next(beat), BEAT_ALIVE);
	}
	beat_close(beat);
}
END_TEST

START_TEST(a_primary_s_offset_is_known_after_its_death)
{
	int64_t offset = -1, age = -1, said;
	struct beat *beat;

	start(&world.nodes[0], NULL);
	start_replica(&world.nodes[1], &world.nodes[0]);
	beat = open_beat();
	client_does(world.nodes[0].address, "SET k v");
	said = view_of(&world.nodes[0]).offset;
	ck_assert(beat_send(beat));
	ck_assert_int_eq(next(beat), BEAT_ALIVE);
	fence(&world.nodes[0]);
	ck_assert(engine_last_offset(world.engine, &world.nodes[0], &offset, &age));
	ck_assert_int_ge(offset, said);
	ck_assert_int_ge(age, 0);
	start(&world.nodes[0], NULL); /* another process: nobody has seen what it wrote */
	ck_assert(!engine_last_offset(world.engine, &world.nodes[0], &offset, &age));
	ck_assert(!engine_last_offset(world.engine, &world.nodes[1], &offset, &age));
	beat_close(beat);
}
END_TEST

START_TEST(a_node_that_is_not_there_is_not_connected_to)
{
	ck_assert_ptr_null(beat_open(world.engine, world.group, &world.nodes[0]));
	start(&world.nodes[0], NULL);
	fence(&world.nodes[0]);
	ck_assert_ptr_null(beat_open(world.engine, world.group, &world.nodes[0]));
	beat_close(NULL);
}
END_TEST

START_TEST(a_hung_node_is_silent_and_nobody_waits_for_it)
{
	struct beat *old, *fresh;

	start(&world.nodes[0], NULL);
	old = open_beat();
	ck_assert_int_eq(kill(engine_pid(world.engine, &world.nodes[0]), SIGSTOP), 0);
	fresh = beat_open(world.engine, world.group, &world.nodes[0]);
	ck_assert_ptr_nonnull(fresh);
	for (int i = 0; i < 100000; i++) /* more than a socket holds */
		ck_assert(beat_send(old) && beat_send(fresh));
	ck_assert_int_eq(beat_receive(old), BEAT_WAITING);
	ck_assert_int_eq(beat_receive(fresh), BEAT_WAITING);
	fence(&world.nodes[0]);
	ck_assert_int_eq(next(old), BEAT_CLOSED);
	ck_assert_int_eq(next(fresh), BEAT_CLOSED);
	beat_close(old);
	beat_close(fresh);
}
END_TEST

START_TEST(a_connection_that_a_client_killed_is_only_closed)
{
	struct beat *beat;

	start(&world.nodes[0], NULL);
	beat = open_beat();
	client_does(world.nodes[0].address, "CLIENT KILL USER understudy");
	ck_assert_int_eq(next(beat), BEAT_CLOSED);
	beat_close(beat);
	beat_close(open_beat());
}
END_TEST

START_TEST(a_full_node_is_alive)
{
	struct beat *beat;

	start(&world.nodes[0], NULL);
	control_does(&world.nodes[0], "CONFIG SET maxclients 1");
	beat = beat_open(world.engine, world.group, &world.nodes[0]);
	ck_assert_ptr_nonnull(beat);
	ck_assert_int_eq(next(beat), BEAT_ALIVE);
	ck_assert_int_eq(next(beat), BEAT_CLOSED);
	beat_close(beat);
}
END_TEST

START_TEST(a_node_that_is_loading_is_alive)
{
	struct beat *beat;
	struct error err;

	start(&world.nodes[0], NULL);
	beat = open_beat();
	client_does(world.nodes[0].address, "SET a b");
	ck_assert(engine_stop(world.engine, world.group, &world.nodes[0], true, &err));
	ck_assert_int_eq(next(beat), BEAT_CLOSED);
	beat_close(beat);
	start(&world.nodes[0], NULL);
	beat_close(open_beat());
}
END_TEST

UNIT("beat", NODES_FIXTURE(tcase); tcase_add_test(tcase, a_living_node_answers);
	tcase_add_test(tcase, a_primary_s_offset_is_known_after_its_death);
	tcase_add_test(tcase, a_node_that_is_not_there_is_not_connected_to);
	tcase_add_test(tcase, a_hung_node_is_silent_and_nobody_waits_for_it);
	tcase_add_test(tcase, a_connection_that_a_client_killed_is_only_closed);
	tcase_add_test(tcase, a_full_node_is_alive);
	tcase_add_test(tcase, a_node_that_is_loading_is_alive);)
