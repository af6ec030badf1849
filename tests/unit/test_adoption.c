#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"
#include "nodes.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

/* What an earlier life of the control plane did before it died. */
static void in_an_earlier_life(void (*work)(struct engine *engine))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		work(open_engine());
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void start_all(struct engine *engine)
{
	struct error err;

	for (int i = 0; i < WORLD_NODES; i++)
		if (!engine_start(engine, world.group, &world.nodes[i], NULL, 0, &err))
			_exit(1);
}

START_TEST(nodes_outlive_the_control_plane_and_are_adopted)
{
	const struct node *all[WORLD_NODES];
	struct engine_view view;
	struct pollfd watch;
	struct error err;

	in_an_earlier_life(start_all);
	for (int i = 0; i < WORLD_NODES; i++)
		all[i] = &world.nodes[i];
	ck_assert_uint_eq(engine_find_all(world.engine, all, WORLD_NODES), WORLD_NODES);
	ck_assert(engine_observe(world.engine, world.group, all[1], 1000, &view, &err));
	watch = (struct pollfd){ engine_watch(world.engine, all[1]), POLLIN, 0 };
	ck_assert_int_eq(poll(&watch, 1, 0), 0);
	ck_assert_int_eq(kill(engine_pid(world.engine, all[1]), SIGKILL), 0);
	ck_assert_int_eq(poll(&watch, 1, STRICT_MS), 1);
	(void)close(watch.fd);
	ck_assert_uint_eq(engine_find_all(world.engine, all, WORLD_NODES), WORLD_NODES - 1);
	ck_assert_int_eq(engine_pid(world.engine, all[1]), 0);
}
END_TEST

/* Kills the life that starts a node after a while that grows from 0 to more than a start takes. */
START_TEST(a_control_plane_that_dies_while_starting_a_node_leaves_it_to_the_next)
{
	struct node *node = &world.nodes[0];

	for (int delay = 0; delay < 30; delay += 2) {
		pid_t pid = fork();

		if (pid == 0) {
			start_all(open_engine());
			_exit(0);
		}
		(void)poll(NULL, 0, delay);
		end_child(pid);
		start(node, NULL);
		client_does(node->address, "PING");
		ck_assert(lock_is_held(node));
		nodes_end();
		nodes_begin();
		node = &world.nodes[0];
		ck_assert(!lock_is_held(node));
	}
}
END_TEST

START_TEST(a_strangers_process_in_the_directory_is_neither_taken_nor_killed)
{
	struct node *node = &world.nodes[0];
	pid_t stranger;

	start(node, NULL);
	fence(node);
	stranger = sleep_in(path_of(node, ""));
	ck_assert(!engine_find(world.engine, node));
	start(node, NULL);
	ck_assert_int_ne(engine_pid(world.engine, node), stranger);
	fence(node);
	ck_assert(!engine_find(world.engine, node));
	ck_assert(exists(stranger));
	end_child(stranger);
}
END_TEST

START_TEST(a_stranger_with_the_lock_is_an_error_and_is_not_killed)
{
	struct node *node = &world.nodes[0];
	_cleanup_(close_fd) int lock = -1;
	struct error err;

	start(node, NULL);
	fence(node);
	lock = open(path_of(node, "lock"), O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
	ck_assert(!engine_find(world.engine, node));
	ck_assert(!engine_wipe(world.engine, node, &err));
	ck_assert_ptr_nonnull(strstr(err.message, "still runs"));
}
END_TEST

static void start_and_stop_signal(struct engine *engine)
{
	start_all(engine);
	(void)kill(engine_pid(engine, &world.nodes[1]), SIGSTOP);
}

START_TEST(a_hung_node_is_fenced)
{
	struct node *node = &world.nodes[0];
	int pid;

	start(node, NULL);
	pid = engine_pid(world.engine, node);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	fence(node);
	ck_assert(!exists(pid)); /* not even a zombie */
	ck_assert(!lock_is_held(node));
	in_an_earlier_life(start_and_stop_signal);
	fence(&world.nodes[1]);
	ck_assert(!lock_is_held(&world.nodes[1]));
}
END_TEST

static void *observe_slowly(void *node)
{
	struct engine_view view;
	struct error err;

	ck_assert(!engine_observe(world.engine, world.group, node, 30000, &view, &err));
	return NULL;
}

START_TEST(a_fence_does_not_wait_for_a_verb_that_waits_for_the_node)
{
	struct node *node = &world.nodes[0];
	int64_t began;
	pthread_t thread;

	start(node, NULL);
	ck_assert_int_eq(kill(engine_pid(world.engine, node), SIGSTOP), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, observe_slowly, node), 0);
	(void)poll(NULL, 0, 50);
	began = clock_monotonic();
	fence(node);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_lt(clock_monotonic() - began, 5000000);
}
END_TEST

START_TEST(a_dead_child_leaves_no_zombie)
{
	struct node *node = &world.nodes[0];
	int pid;

	start(node, NULL);
	pid = engine_pid(world.engine, node);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	WAIT_FOR(engine_pid(world.engine, node) == 0);
	ck_assert(!engine_find(world.engine, node));
	ck_assert(!exists(pid));
	start(node, NULL);
}
END_TEST

/* Saving takes the forked child for ever; it has the lock. */
static void begin_a_long_save(struct node *node)
{
	control_does(node, "CONFIG SET rdb-key-save-delay 10000000");
	for (int i = 0; i < 10; i++)
		freeReplyObject(as_client(node->address, "SET k%d v", i));
	control_does(node, "BGSAVE");
}

START_TEST(what_a_dead_node_forked_is_not_the_node)
{
	struct node *node = &world.nodes[0];

	start(node, NULL);
	begin_a_long_save(node);
	ck_assert_int_eq(kill(engine_pid(world.engine, node), SIGKILL), 0);
	WAIT_FOR(engine_pid(world.engine, node) == 0);
	ck_assert(lock_is_held(node));
	ck_assert(!engine_find(world.engine, node));
	start(node, NULL);
	ck_assert_int_eq(keys(node), 0);
	begin_a_long_save(node);
	fence(node);
	ck_assert(!lock_is_held(node));
}
END_TEST

UNIT("adoption", NODES_FIXTURE(tcase);
	tcase_add_test(tcase, nodes_outlive_the_control_plane_and_are_adopted); tcase_add_test(
		tcase, a_control_plane_that_dies_while_starting_a_node_leaves_it_to_the_next);
	tcase_add_test(tcase, a_strangers_process_in_the_directory_is_neither_taken_nor_killed);
	tcase_add_test(tcase, a_stranger_with_the_lock_is_an_error_and_is_not_killed);
	tcase_add_test(tcase, a_hung_node_is_fenced);
	tcase_add_test(tcase, a_fence_does_not_wait_for_a_verb_that_waits_for_the_node);
	tcase_add_test(tcase, a_dead_child_leaves_no_zombie);
	tcase_add_test(tcase, what_a_dead_node_forked_is_not_the_node);)
