#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/beat.h"
#include "engine/engine.h"
#include "nodes.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

static bool has_file(const struct node *node, const char *name)
{
	return access(path_of(node, name), F_OK) == 0;
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

static void close_directory(DIR **directory)
{
	(void)closedir(*directory);
}

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
	for (int fd = 1; fd <= 2; fd++) { /* a pipe of ours would end it, or stop it, with us */
		char target[512] = "";

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		ck_assert_int_gt(readlink(path, target, sizeof(target) - 1), 0);
		ck_assert_str_eq(target, path_of(node, "redis.log"));
	}
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

START_TEST(a_cut_connection_is_not_taken_for_the_end)
{
	struct node *node = &world.nodes[0];
	struct error err;

	start(node, NULL);
	client_does(node->address, "SET a b");
	client_does(node->address, "CLIENT KILL USER understudy");
	ck_assert(engine_stop(world.engine, world.group, node, true, &err));
	start(node, NULL);
	ck_assert_int_eq(keys(node), 1);
}
END_TEST

START_TEST(a_hung_node_is_not_stopped)
{
	struct node *node = &world.nodes[0];
	struct error err;

	start(node, NULL);
	ck_assert_int_eq(kill(engine_pid(world.engine, node), SIGSTOP), 0);
	ck_assert(!engine_stop(world.engine, world.group, node, true, &err));
	ck_assert_msg(strstr(err.message, "no answer") != NULL, "%s", err.message);
	ck_assert(engine_find(world.engine, node));
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
	tcase_add_test(tcase, an_address_in_use_is_told_in_the_words_of_the_log);
	tcase_add_test(tcase, nothing_stays_open_after_a_node);
	tcase_add_test(tcase, a_node_inherits_nothing_of_ours);
	tcase_add_test(tcase, a_binary_that_is_none_is_an_error_at_once);
	tcase_add_test(tcase, a_process_that_ends_at_its_start_is_quoted);
	tcase_add_test(tcase, a_node_that_is_stopped_keeps_its_data);
	tcase_add_test(tcase, a_stopped_group_comes_back_without_a_full_copy);
	tcase_add_test(tcase, a_cut_connection_is_not_taken_for_the_end);
	tcase_add_test(tcase, a_hung_node_is_not_stopped);
	tcase_add_test(tcase, a_node_that_cannot_save_is_not_stopped);
	tcase_add_test(tcase, a_directory_in_use_is_neither_wiped_nor_removed);
	tcase_add_test(tcase, a_long_path_is_no_obstacle);)
