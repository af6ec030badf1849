/*
 * How a node begins and ends.
 *
 * The moment between spawning a process and remembering it does not exist: the process holds the
 * lock of its directory from its first instruction, so whoever asks next, in this life of the
 * control plane or another, finds it (handle_find).
 */
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "domain/group.h"
#include "engine/conf.h"
#include "engine/directory.h"
#include "engine/home.h"
#include "engine/logtail.h"
#include "engine/node.h"
#include "engine/redis.h"
#include "engine/silence.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

static const int64_t START_PATIENCE_US = 10000000;
static const int64_t STOP_PATIENCE_US = 10000000;
static const int64_t FENCE_PATIENCE_US = 30000000;
static const int64_t RETRY_US = 1000;

static bool fail_ended(const struct handle *handle, const struct home *home,
	const struct node *node, int64_t log_start, struct error *err)
{
	char tail[256];
	int status = handle->exit_status;

	logtail_read(home->directory, log_start, tail, sizeof(tail));
	if (WIFSIGNALED(status))
		return fail(err, ERROR_INTERNAL, "node %s ended at its start by signal %d: %s",
			node->name, WTERMSIG(status), tail);
	return fail(err, ERROR_INTERNAL, "node %s ended at its start with status %d: %s",
		node->name, WEXITSTATUS(status), tail);
}

static bool is_ready(struct handle *handle, const struct group *group, struct error *err)
{
	struct redis *redis = handle_link(handle, group, ENGINE_PATIENCE_MS, err);
	_cleanup_(redis_reply_done) struct redisReply *reply =
		redis ? redis_ask(redis, ENGINE_PATIENCE_MS, WORDS("PING"), err) : NULL;

	if (redis && redis_broken(redis))
		redis_close(&handle->link);
	if (!reply)
		return false;
	if (reply->type == REDIS_REPLY_ERROR) /* it is still loading its data */
		return fail(err, ERROR_INTERNAL, "%.200s", reply->str);
	return true;
}

static bool await_ready(struct handle *handle, const struct home *home, const struct group *group,
	const struct node *node, int64_t log_start, struct error *err)
{
	int64_t deadline = clock_monotonic() + START_PATIENCE_US;
	struct error cause;

	while (!is_ready(handle, group, &cause)) {
		if (process_wait(&handle->process, clock_monotonic() + RETRY_US)) {
			handle_set_process(handle, PROCESS_NONE);
			return fail_ended(handle, home, node, log_start, err);
		}
		if (clock_monotonic() >= deadline)
			return fail(err, ERROR_INTERNAL, "node %s is not ready after 10 s: %s",
				node->name, cause.message);
	}
	return true;
}

/* With the lock taken. */
static bool spawn(
	struct handle *handle, const struct home *home, const char *conf, struct error *err)
{
	struct process process;

	if (!directory_write(home->directory, "redis.conf", conf, err) ||
		!process_spawn(
			handle->engine->redis_server, home->directory, home->lock, &process, err))
		return false;
	handle_set_process(handle, process);
	handle->exit_status = 0;
	return true;
}

/* Until either the node's process is found or the lock is taken, with the children of a dead one
 * out of the way. */
static bool find_or_lock(
	struct handle *handle, const struct home *home, bool *ret_found, struct error *err)
{
	int64_t deadline = clock_monotonic() + START_PATIENCE_US;

	for (;;) {
		_cleanup_(arena_done) struct arena arena = { 0 };
		struct census *census = NULL;

		*ret_found = handle_find(handle, &census, &arena);
		if (*ret_found || home_try_lock(home))
			return true;
		if (clock_monotonic() >= deadline)
			return fail(err, ERROR_INTERNAL,
				"the lock of %s is held by a process that is not a node",
				handle->dir);
		home_evict(home, true, deadline);
		(void)poll(NULL, 0, 1);
	}
}

bool engine_start(struct engine *engine, const struct group *group, const struct node *node,
	const struct node *follow, int64_t maxmemory, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(handle_release) struct handle *handle = handle_take(engine, node);
	_cleanup_(home_done) struct home home = HOME_NONE;
	int64_t most = maxmemory < engine->memory ? maxmemory : engine->memory;
	const char *conf = conf_render(&arena, group, node, follow, most);
	int64_t log_start;
	bool found;

	if (!home_make(engine->root, node->dir, &home, err) ||
		!find_or_lock(handle, &home, &found, err))
		return false;
	silence_yield(engine->silence, node->address);
	log_start = found ? 0 : logtail_begin(home.directory);
	return (found || spawn(handle, &home, conf, err)) &&
	       await_ready(handle, &home, group, node, log_start, err);
}

/* After the process itself has ended or was killed: what it forked goes as well. */
static bool bury(
	struct handle *handle, const struct node *node, int64_t deadline, struct error *err)
{
	_cleanup_(home_done) struct home home = home_open(handle->engine->root, handle->dir);
	struct error cause;

	if (!process_wait(&handle->process, deadline))
		return fail(err, ERROR_INTERNAL, "node %s, process %d, does not end", node->name,
			handle->process.pid);
	handle_set_process(handle, PROCESS_NONE);
	if (!home_clear(&home, deadline, &cause))
		return fail(err, ERROR_INTERNAL, "node %s: %s", node->name, cause.message);
	return true;
}

/* Without waiting for the verb at work, which may be waiting for this very process. */
static void kill_at_once(struct engine *engine, const struct node *node)
{
	struct process process = handle_peek(engine, node);

	process_kill(&process);
	close_fd(&process.pidfd);
}

bool engine_fence(struct engine *engine, const struct node *node, struct error *err)
{
	_cleanup_(handle_release) struct handle *handle = NULL;
	int64_t deadline = clock_monotonic() + FENCE_PATIENCE_US;

	kill_at_once(engine, node);
	handle = handle_take(engine, node);
	process_kill(&handle->process);
	return bury(handle, node, deadline, err);
}

/* The connection ends with the process; what is answered before that is a refusal. */
static bool ask_to_end(struct handle *handle, const struct group *group, bool keep_data,
	int64_t deadline, struct error *err)
{
	const char *const *words = keep_data ? WORDS("SHUTDOWN", "SAVE", "NOW")
					     : WORDS("SHUTDOWN", "NOSAVE", "NOW", "FORCE");
	_cleanup_(redis_reply_done) struct redisReply *reply = NULL;
	struct redis *redis;

	/* A connection that a client has cut would look like one that ended with the process: a
	 * first question closes it. */
	(void)is_ready(handle, group, err);
	redis = handle_link(handle, group, ENGINE_PATIENCE_MS, err);
	if (!redis)
		return false;
	reply = redis_ask(redis, milliseconds_until(deadline), words, err);
	if (reply)
		return fail(err, ERROR_INTERNAL, "SHUTDOWN: %.200s", reply->str);
	if (redis_timed_out(redis)) {
		redis_close(&handle->link);
		return false;
	}
	return true;
}

bool engine_stop(struct engine *engine, const struct group *group, const struct node *node,
	bool keep_data, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(handle_release) struct handle *handle = handle_take(engine, node);
	int64_t deadline = clock_monotonic() + STOP_PATIENCE_US;
	struct census *census = NULL;
	struct error cause;

	if (handle_find(handle, &census, &arena) &&
		!ask_to_end(handle, group, keep_data, deadline, &cause) &&
		process_runs(&handle->process))
		return fail(err, ERROR_INTERNAL, "stopping node %s: %s", node->name, cause.message);
	return bury(handle, node, deadline, err);
}

/* The home of a node that does not run, locked against a start. */
static bool enter(
	struct engine *engine, const struct node *node, struct home *ret, struct error *err)
{
	*ret = home_open(engine->root, node->dir);
	if (!home_try_lock(ret))
		return fail(err, ERROR_INTERNAL, "node %s still runs", node->name);
	return true;
}

bool engine_wipe(struct engine *engine, const struct node *node, struct error *err)
{
	static const char *const keep[] = { "lock", LOGTAIL_FILE, LOGTAIL_OLD, NULL };
	_cleanup_(handle_release) struct handle *handle = handle_take(engine, node);
	_cleanup_(home_done) struct home home = HOME_NONE;

	if (!enter(engine, node, &home, err))
		return false;
	return home.directory < 0 || directory_clear(home.directory, keep, err);
}

bool engine_remove(struct engine *engine, const struct node *node, struct error *err)
{
	static const char *const keep[] = { NULL };
	_cleanup_(handle_release) struct handle *handle = handle_take(engine, node);
	_cleanup_(home_done) struct home home = HOME_NONE;

	if (!enter(engine, node, &home, err))
		return false;
	handle_forget_offset(handle);
	return (home.directory < 0 || directory_clear(home.directory, keep, err)) &&
	       directory_remove(engine->root, node->dir, err);
}
