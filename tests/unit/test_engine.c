#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/beat.h"
#include "engine/engine.h"
#include "nodes.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

static void close_directory(DIR **directory)
{
	(void)closedir(*directory);
}

/* <root>/<dir>/<name> */
static char *path_of(const struct node *node, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", nodes_root(), node->dir, name);
	return path;
}

static bool has_file(const struct node *node, const char *name)
{
	return access(path_of(node, name), F_OK) == 0;
}

static bool lock_is_held(const struct node *node)
{
	_cleanup_(close_fd) int fd = open(path_of(node, "lock"), O_RDWR | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
}

START_TEST(a_node_starts_once)
{
	struct node *node = &world.nodes[0];
	struct stat status;
	int pid;

	ck_assert(!engine_find(world.engine, node));
	ck_assert_int_eq(engine_watch(world.engine, node), -1);
	start(node, NULL);
	pid = engine_pid(world.engine, node);
	ck_assert_int_gt(pid, 0);
	start(node, NULL);
	ck_assert_int_eq(engine_pid(world.engine, node), pid);
	ck_assert(engine_find(world.engine, node));
	ck_assert_str_eq(engine_version(world.engine), "7.0.15");
	client_does(node->address, "SET a b");
	ck_assert_int_eq(stat(path_of(node, "redis.conf"), &status), 0);
	ck_assert_int_eq(status.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(path_of(node, ""), &status), 0);
	ck_assert_int_eq(status.st_mode & 07777, 0700);
}
END_TEST

START_TEST(memory_is_never_more_than_the_machine_has)
{
	struct node *node = &world.nodes[0];
	struct error err;
	redisReply *reply;

	ck_assert(engine_start(world.engine, world.group, node, NULL, INT64_MAX, &err));
	reply = as_control(node, "CONFIG GET maxmemory");
	ck_assert_int_gt(atoll(reply->element[1]->str), 0);
	ck_assert_int_le(atoll(reply->element[1]->str),
		(int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
	freeReplyObject(reply);
}
END_TEST

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

START_TEST(an_address_in_use_is_told_in_the_words_of_the_log)
{
	struct node *node = &world.nodes[0];
	struct node *twin = &world.nodes[1];
	struct error err;

	start(node, NULL);
	twin->address = node->address;
	ck_assert(!engine_start(world.engine, world.group, twin, NULL, 0, &err));
	ck_assert_msg(strstr(err.message, "Address already in use") != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.message, twin->name) != NULL, "%s", err.message);
	ck_assert(!lock_is_held(twin));
	ck_assert(engine_find(world.engine, node));
}
END_TEST

static int count_descriptors(void)
{
	_cleanup_(close_directory) DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(directory))
		count++;
	return count;
}

START_TEST(nothing_stays_open_after_a_node)
{
	struct node *node = &world.nodes[0];
	struct engine_view view;
	struct error err;
	int before = count_descriptors();

	for (int i = 0; i < 3; i++) {
		start(node, NULL);
		ck_assert(engine_observe(world.engine, world.group, node, 1000, &view, &err));
		beat_close(beat_open(world.engine, world.group, node));
		fence(node);
		ck_assert(!engine_observe(world.engine, world.group, node, 1000, &view, &err));
		ck_assert(engine_remove(world.engine, node, &err));
	}
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

/* The hexadecimal mask of this name in /proc/PID/status. */
static unsigned long long signal_mask(int pid, const char *name)
{
	char path[64], text[4096];
	_cleanup_(close_fd) int fd = -1;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = read(fd, text, sizeof(text) - 1);
	ck_assert_int_gt(got, 0);
	text[got] = '\0';
	return strtoull(strstr(text, name) + strlen(name), NULL, 16);
}

START_TEST(a_node_inherits_nothing_of_ours)
{
	struct node *node = &world.nodes[0];
	sigset_t all;
	char path[64];
	int pid;

	ck_assert_int_eq(dup2(0, 57), 57);
	(void)sigfillset(&all);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &all, NULL), 0);
	start(node, NULL);
	pid = engine_pid(world.engine, node);
	ck_assert_int_eq(getsid(pid), pid);
	ck_assert_uint_eq(signal_mask(pid, "SigBlk:"), 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/57", pid);
	ck_assert_int_ne(access(path, F_OK), 0);
	(void)close(57);
}
END_TEST

/* An executable of these lines, in the root. */
static char *script(const char *lines)
{
	static char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fake", nodes_root());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, lines, strlen(lines)), (ssize_t)strlen(lines));
	(void)close(fd);
	return path;
}

START_TEST(a_binary_that_is_none_is_an_error_at_once)
{
	struct error err;

	ck_assert_ptr_null(engine_open(nodes_root(), "/nowhere/redis-server", &err));
	ck_assert_msg(strstr(err.message, "/nowhere/redis-server") != NULL, "%s", err.message);
	ck_assert_ptr_null(engine_open(nodes_root(), "no-such-redis-server", &err));
	ck_assert_msg(strstr(err.message, "no-such-redis-server") != NULL, "%s", err.message);
	ck_assert_ptr_null(engine_open(nodes_root(), "/bin/false", &err));
	ck_assert_ptr_null(engine_open(nodes_root(), "/bin/echo", &err));
	ck_assert_ptr_null(engine_open("/nowhere", "redis-server", &err));
}
END_TEST

START_TEST(a_process_that_ends_at_its_start_is_quoted)
{
	struct error err;
	struct engine *engine = engine_open(nodes_root(),
		script("#!/bin/sh\n[ \"$1\" = --version ] && echo 'Redis server v=9.9.9 sha=0' ||\n"
		       "{ echo 'no luck today'; exit 3; }\n"),
		&err);

	ck_assert_msg(engine != NULL, "%s", err.message);
	ck_assert_str_eq(engine_version(engine), "9.9.9");
	ck_assert(!engine_start(engine, world.group, &world.nodes[0], NULL, 0, &err));
	ck_assert_msg(strstr(err.message, "status 3: no luck today") != NULL, "%s", err.message);
	ck_assert(!engine_find(engine, &world.nodes[0]));
	engine_close(engine);
}
END_TEST

START_TEST(a_node_that_is_stopped_keeps_its_data)
{
	struct node *node = &world.nodes[0];
	struct error err;

	start(node, NULL);
	client_does(node->address, "SET a b");
	ck_assert(engine_stop(world.engine, world.group, node, true, &err));
	ck_assert(engine_stop(world.engine, world.group, node, true, &err));
	ck_assert(!lock_is_held(node));
	start(node, NULL);
	ck_assert_int_eq(keys(node), 1);
	ck_assert(engine_stop(world.engine, world.group, node, false, &err));
	ck_assert(engine_wipe(world.engine, node, &err));
	start(node, NULL);
	ck_assert_int_eq(keys(node), 0);
}
END_TEST

START_TEST(a_stopped_group_comes_back_without_a_full_copy)
{
	struct node *primary = &world.nodes[0], *replica = &world.nodes[1];
	struct error err;
	redisReply *reply;

	start(primary, NULL);
	start_replica(replica, primary);
	client_does(primary->address, "SET a b");
	WAIT_FOR(caught_up(primary, replica));
	ck_assert(engine_stop(world.engine, world.group, replica, true, &err));
	ck_assert(engine_stop(world.engine, world.group, primary, true, &err));
	start(primary, NULL);
	start_replica(replica, primary);
	ck_assert_int_eq(keys(replica), 1);
	reply = as_control(primary, "INFO stats");
	ck_assert_ptr_nonnull(strstr(reply->str, "sync_full:0"));
	freeReplyObject(reply);
}
END_TEST

START_TEST(a_node_that_cannot_save_is_not_stopped)
{
	struct node *node = &world.nodes[0];
	struct error err;

	start(node, NULL);
	ck_assert_int_eq(mkdir(path_of(node, "dump.rdb"), 0700), 0);
	ck_assert(!engine_stop(world.engine, world.group, node, true, &err));
	ck_assert_msg(strstr(err.message, "SHUTDOWN") != NULL, "%s", err.message);
	ck_assert(engine_find(world.engine, node));
}
END_TEST

START_TEST(a_directory_in_use_is_neither_wiped_nor_removed)
{
	struct node *node = &world.nodes[0];
	struct error err;

	start(node, NULL);
	ck_assert(!engine_wipe(world.engine, node, &err));
	ck_assert(!engine_remove(world.engine, node, &err));
	ck_assert(has_file(node, "redis.conf"));
	fence(node);
	ck_assert(engine_wipe(world.engine, node, &err));
	ck_assert(has_file(node, "redis.log"));
	ck_assert(!has_file(node, "redis.conf"));
	start(&world.nodes[1], NULL);
	ck_assert(engine_remove(world.engine, node, &err));
	ck_assert(engine_remove(world.engine, node, &err));
	ck_assert(!has_file(node, ""));
	ck_assert(has_file(&world.nodes[1], ""));
	fence(&world.nodes[1]);
	ck_assert(engine_remove(world.engine, &world.nodes[1], &err));
	ck_assert(!has_file(node, "../.."));
	ck_assert_int_eq(access(nodes_root(), F_OK), 0);
}
END_TEST

START_TEST(a_long_path_is_no_obstacle)
{
	static char dir[256];
	struct node *node = &world.nodes[0];
	struct engine_view view;
	struct error err;

	(void)snprintf(dir, sizeof(dir), "%0100d/%0100d/redis12-001", 1, 2);
	node->dir = dir;
	start(node, NULL);
	ck_assert(engine_observe(world.engine, world.group, node, 1000, &view, &err));
	fence(node);
	ck_assert(engine_remove(world.engine, node, &err));
}
END_TEST

UNIT("engine", NODES_FIXTURE(tcase); tcase_add_test(tcase, a_node_starts_once);
	tcase_add_test(tcase, memory_is_never_more_than_the_machine_has);
	tcase_add_test(tcase, nodes_outlive_the_control_plane_and_are_adopted); tcase_add_test(
		tcase, a_control_plane_that_dies_while_starting_a_node_leaves_it_to_the_next);
	tcase_add_test(tcase, a_strangers_process_in_the_directory_is_neither_taken_nor_killed);
	tcase_add_test(tcase, a_stranger_with_the_lock_is_an_error_and_is_not_killed);
	tcase_add_test(tcase, a_hung_node_is_fenced);
	tcase_add_test(tcase, a_fence_does_not_wait_for_a_verb_that_waits_for_the_node);
	tcase_add_test(tcase, a_dead_child_leaves_no_zombie);
	tcase_add_test(tcase, what_a_dead_node_forked_is_not_the_node);
	tcase_add_test(tcase, an_address_in_use_is_told_in_the_words_of_the_log);
	tcase_add_test(tcase, nothing_stays_open_after_a_node);
	tcase_add_test(tcase, a_node_inherits_nothing_of_ours);
	tcase_add_test(tcase, a_binary_that_is_none_is_an_error_at_once);
	tcase_add_test(tcase, a_process_that_ends_at_its_start_is_quoted);
	tcase_add_test(tcase, a_node_that_is_stopped_keeps_its_data);
	tcase_add_test(tcase, a_stopped_group_comes_back_without_a_full_copy);
	tcase_add_test(tcase, a_node_that_cannot_save_is_not_stopped);
	tcase_add_test(tcase, a_directory_in_use_is_neither_wiped_nor_removed);
	tcase_add_test(tcase, a_long_path_is_no_obstacle);)
