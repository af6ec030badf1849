#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/group.h"
#include "engine/node.h"
#include "engine/redis.h"
#include "engine/silence.h"
#include "engine/witness.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

/* A name is left to PATH; a path is made absolute, for nodes start in their own directories. */
static bool resolve_binary(const char *redis_server, char **ret, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	char *resolved = arena_alloc(&arena, PATH_MAX);

	if (!strchr(redis_server, '/'))
		(void)snprintf(resolved, PATH_MAX, "%s", redis_server);
	else if (!realpath(redis_server, resolved))
		return fail_errno(err, errno, "%s", redis_server);
	*ret = memory_alloc(strlen(resolved) + 1);
	(void)memcpy(*ret, resolved, strlen(resolved) + 1);
	return true;
}

/* "Redis server v=7.0.15 sha=00000000:0 malloc=…" */
static bool ask_version(struct engine *engine, struct error *err)
{
	char output[256];
	char *version;

	if (!process_output(engine->redis_server, "--version", output, sizeof(output), err))
		return false;
	version = strstr(output, " v=");
	if (!version)
		return fail(err, ERROR_INTERNAL, "%s --version does not say a version",
			engine->redis_server);
	version += strlen(" v=");
	(void)snprintf(engine->version, sizeof(engine->version), "%.*s",
		(int)strcspn(version, " \n"), version);
	return true;
}

struct engine *engine_open(const char *root, const char *redis_server, struct error *err)
{
	struct engine *engine = memory_alloc(sizeof(*engine));

	*engine = (struct engine){
		.root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.memory = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE),
	};
	(void)pthread_mutex_init(&engine->lock, NULL);
	engine->silence = silence_new();
	(void)silence_probe(&engine->no_silence);
	if (engine->root < 0)
		(void)fail_errno(err, errno, "%s", root);
	else if (resolve_binary(redis_server, &engine->redis_server, err) &&
		 ask_version(engine, err))
		return engine;
	engine_close(engine);
	return NULL;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	while (engine->handles) {
		struct handle *handle = engine->handles;

		engine->handles = handle->next;
		handle_free(handle);
	}
	silence_free(engine->silence);
	close_fd(&engine->root);
	(void)pthread_mutex_destroy(&engine->lock);
	memory_free(engine->redis_server);
	memory_free(engine);
}

const char *engine_version(const struct engine *engine)
{
	return engine->version;
}

size_t engine_find_all(struct engine *engine, const struct node *const *nodes, size_t count)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct census *census = NULL;
	size_t alive = 0;

	for (size_t i = 0; i < count; i++) {
		_cleanup_(handle_release) struct handle *handle = handle_take(engine, nodes[i]);

		alive += handle_find(handle, &census, &arena);
	}
	return alive;
}

bool engine_find(struct engine *engine, const struct node *node)
{
	return engine_find_all(engine, &node, 1) == 1;
}

int engine_watch(struct engine *engine, const struct node *node)
{
	return handle_peek(engine, node).pidfd;
}

int engine_pid(struct engine *engine, const struct node *node)
{
	struct process process = handle_peek(engine, node);
	int pid = process_runs(&process) ? process.pid : 0;

	close_fd(&process.pidfd);
	return pid;
}

bool engine_is_stopped(struct engine *engine, const struct node *node)
{
	struct witness witness = { 0 };
	int pid = engine_pid(engine, node);

	return pid && witness_look(pid, &witness) && witness.state == 'T';
}
