#include "engine/node.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "domain/group.h"
#include "engine/census.h"
#include "engine/engine.h"
#include "engine/home.h"
#include "engine/redis.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

static struct handle *look_up(struct engine *engine, const char *dir)
{
	for (struct handle *handle = engine->handles; handle; handle = handle->next)
		if (text_equal(handle->dir, dir))
			return handle;
	return NULL;
}

static struct handle *add(struct engine *engine, const char *dir)
{
	struct handle *handle = memory_alloc(sizeof(*handle));
	size_t size = strlen(dir) + 1;

	*handle = (struct handle){ .engine = engine,
		.next = engine->handles,
		.dir = memcpy(memory_alloc(size), dir, size),
		.process = PROCESS_NONE };
	(void)pthread_mutex_init(&handle->busy, NULL);
	engine->handles = handle;
	return handle;
}

struct handle *handle_take(struct engine *engine, const struct node *node)
{
	struct handle *handle;

	(void)pthread_mutex_lock(&engine->lock);
	handle = look_up(engine, node->dir);
	if (!handle)
		handle = add(engine, node->dir);
	handle->users++;
	(void)pthread_mutex_unlock(&engine->lock);
	(void)pthread_mutex_lock(&handle->busy);
	return handle;
}

void handle_free(struct handle *handle)
{
	redis_close(&handle->link);
	process_forget(&handle->process, NULL);
	(void)pthread_mutex_destroy(&handle->busy);
	memory_free(handle->dir);
	memory_free(handle);
}

static void unlist(struct handle *handle)
{
	struct handle **place = &handle->engine->handles;

	while (*place != handle)
		place = &(*place)->next;
	*place = handle->next;
}

void handle_release(struct handle **handle)
{
	struct engine *engine = (*handle)->engine;

	(void)pthread_mutex_unlock(&(*handle)->busy);
	(void)pthread_mutex_lock(&engine->lock);
	if (--(*handle)->users == 0 && (*handle)->process.pidfd < 0 && !(*handle)->offset_seen) {
		unlist(*handle);
		handle_free(*handle);
	}
	(void)pthread_mutex_unlock(&engine->lock);
	*handle = NULL;
}

struct process handle_peek(struct engine *engine, const struct node *node)
{
	struct process process = PROCESS_NONE;
	const struct handle *handle;

	(void)pthread_mutex_lock(&engine->lock);
	handle = look_up(engine, node->dir);
	if (handle && handle->process.pidfd >= 0)
		process = (struct process){ handle->process.pid,
			fcntl(handle->process.pidfd, F_DUPFD_CLOEXEC, 0) };
	(void)pthread_mutex_unlock(&engine->lock);
	return process;
}

bool handle_doom(struct engine *engine, const struct node *node, pid_t pid)
{
	struct handle *handle;
	bool first = false;

	(void)pthread_mutex_lock(&engine->lock);
	handle = look_up(engine, node->dir);
	if (handle) {
		first = handle->doomed != pid;
		handle->doomed = pid;
	}
	(void)pthread_mutex_unlock(&engine->lock);
	return first;
}

void handle_note_offset(struct engine *engine, const char *dir, int64_t offset)
{
	struct handle *handle;

	(void)pthread_mutex_lock(&engine->lock);
	handle = look_up(engine, dir);
	if (handle && handle->process.pidfd >= 0) {
		handle->offset = offset;
		handle->offset_seen = clock_monotonic();
	}
	(void)pthread_mutex_unlock(&engine->lock);
}

void handle_forget_offset(struct handle *handle)
{
	(void)pthread_mutex_lock(&handle->engine->lock);
	handle->offset_seen = 0;
	(void)pthread_mutex_unlock(&handle->engine->lock);
}

bool engine_last_offset(
	struct engine *engine, const struct node *node, int64_t *ret_offset, int64_t *ret_age_us)
{
	const struct handle *handle;
	bool known;

	(void)pthread_mutex_lock(&engine->lock);
	handle = look_up(engine, node->dir);
	known = handle && handle->offset_seen;
	if (known) {
		*ret_offset = handle->offset;
		*ret_age_us = clock_monotonic() - handle->offset_seen;
	}
	(void)pthread_mutex_unlock(&engine->lock);
	return known;
}

void handle_set_process(struct handle *handle, struct process process)
{
	redis_close(&handle->link);
	(void)pthread_mutex_lock(&handle->engine->lock);
	process_forget(&handle->process, &handle->exit_status);
	handle->process = process;
	if (process.pidfd >= 0)
		handle->offset_seen = 0;
	(void)pthread_mutex_unlock(&handle->engine->lock);
}

bool handle_find(struct handle *handle, struct census **census, struct arena *arena)
{
	_cleanup_(home_done) struct home home = HOME_NONE;
	struct process found;
	size_t position = 0;

	if (process_runs(&handle->process))
		return true;
	handle_set_process(handle, PROCESS_NONE);
	home = home_open(handle->engine->root, handle->dir);
	if (home_try_lock(&home))
		return false;
	if (!*census)
		*census = census_take(arena);
	if (!census_next(*census, home.directory, home.lock, CENSUS_LEADER, &position, &found))
		return false;
	handle_set_process(handle, found);
	return true;
}

struct redis *handle_link(
	struct handle *handle, const struct group *group, int timeout_ms, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(home_done) struct home home = HOME_NONE;
	struct census *census = NULL;

	if (!handle_find(handle, &census, &arena)) {
		(void)fail(err, ERROR_INTERNAL, "it does not run");
		return NULL;
	}
	if (!handle->link) {
		home = home_open(handle->engine->root, handle->dir);
		handle->link = redis_open(home.directory, group->secret, timeout_ms, err);
	}
	return handle->link;
}
