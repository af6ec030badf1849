#include "engine/sample.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "domain/group.h"
#include "engine/conf.h"
#include "engine/directory.h"
#include "engine/node.h"
#include "engine/redis.h"
#include "engine/replication.h"
#include "engine/witness.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

/* One node being asked. */
struct asking {
	int fd; /* -1: over */
	redisReader *reader;
	struct engine_sample *sample;
};

static bool begin(struct engine *engine, const struct sample_target *target, struct asking *asking)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(close_fd) int directory = directory_open(engine->root, target->node->dir);
	const char *words = arena_printf(&arena,
		"*3\r\n$4\r\nAUTH\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n*1\r\n$4\r\nINFO\r\n",
		strlen(CONF_USER), CONF_USER, strlen(target->group->secret), target->group->secret);
	size_t length = strlen(words);

	if (directory < 0)
		return false;
	asking->fd = redis_control_socket(directory, SOCK_STREAM | SOCK_NONBLOCK);
	if (asking->fd < 0)
		return false;
	asking->reader = redisReaderCreate();
	return send(asking->fd, words, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static void finish(struct asking *asking)
{
	close_fd(&asking->fd);
	asking->fd = -1;
	if (asking->reader)
		redisReaderFree(asking->reader);
	asking->reader = NULL;
}

/* The number after this name at the start of a line; 0 without it. */
static int64_t field(const char *info, const char *name)
{
	const char *found = strstr(info, name);

	return found && (found == info || found[-1] == '\n')
		       ? strtoll(found + strlen(name), NULL, 10)
		       : 0;
}

/* "db0:keys=12,expires=0,avg_ttl=0", a line a database. */
static int64_t count_keys(const char *info)
{
	int64_t keys = 0;

	while ((info = strstr(info, ":keys="))) {
		info += strlen(":keys=");
		keys += strtoll(info, NULL, 10);
	}
	return keys;
}

static void take(struct engine_sample *sample, const char *info)
{
	sample->answered = true;
	replication_parse(info, &sample->view);
	sample->clients = field(info, "connected_clients:");
	sample->connections = field(info, "total_connections_received:");
	sample->memory = field(info, "used_memory:");
	sample->keys = count_keys(info);
}

/* Whether the last answer has come, or none will. */
static bool receive(struct asking *asking)
{
	char buffer[16384];
	ssize_t got = recv(asking->fd, buffer, sizeof(buffer), 0);
	void *reply = NULL;

	if (got <= 0 || redisReaderFeed(asking->reader, buffer, (size_t)got) != REDIS_OK)
		return true;
	while (redisReaderGetReply(asking->reader, &reply) == REDIS_OK && reply) {
		_cleanup_(redis_reply_done) struct redisReply *answer = reply;

		if (answer->type == REDIS_REPLY_STRING)
			take(asking->sample, answer->str);
		if (answer->type != REDIS_REPLY_STATUS)
			return true;
	}
	return false;
}

/* Until all have answered or the time is up. */
static void collect(struct asking *askings, size_t count, int64_t deadline, struct arena *arena)
{
	struct pollfd *fds = arena_array(arena, count + 1, sizeof(*fds));
	size_t open = count;

	while (open > 0 && clock_monotonic() < deadline) {
		open = 0;
		for (size_t i = 0; i < count; i++) {
			fds[i] = (struct pollfd){ .fd = askings[i].fd, .events = POLLIN };
			open += askings[i].fd >= 0;
		}
		if (poll(fds, count, milliseconds_until(deadline)) <= 0)
			continue;
		for (size_t i = 0; i < count; i++)
			if (fds[i].fd >= 0 && fds[i].revents && receive(&askings[i]))
				finish(&askings[i]);
	}
}

void engine_sample(struct engine *engine, const struct sample_target *targets, size_t count,
	int timeout_ms, struct engine_sample *ret)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	int64_t deadline = clock_monotonic() + (int64_t)timeout_ms * 1000;
	struct asking *askings = arena_array(&arena, count + 1, sizeof(*askings));

	for (size_t i = 0; i < count; i++) {
		struct witness witness = { 0 };

		ret[i] = (struct engine_sample){ .pid = engine_pid(engine, targets[i].node) };
		askings[i] = (struct asking){ .fd = -1, .sample = &ret[i] };
		if (!ret[i].pid)
			continue;
		ret[i].state = witness_look(ret[i].pid, &witness) ? witness.state : 0;
		if (!begin(engine, &targets[i], &askings[i]))
			finish(&askings[i]);
	}
	collect(askings, count, deadline, &arena);
	for (size_t i = 0; i < count; i++)
		finish(&askings[i]);
}
