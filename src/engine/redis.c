#include "engine/redis.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "engine/conf.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

enum { WORDS_MAX = 16 };

struct redis {
	redisContext *context;
	int timeout_ms; /* as the socket has it */
	bool timed_out;
};

/* A long data directory would not fit into a socket address: /proc makes it short. */
int redis_control_socket(int directory, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int number;

	if (fd < 0)
		return -1;
	(void)snprintf(
		address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/ctl.sock", directory);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	number = errno;
	(void)close(fd);
	errno = number;
	return -1;
}

static struct timeval as_timeval(int milliseconds)
{
	int at_least = milliseconds > 0 ? milliseconds : 1; /* 0 would be for ever */

	return (struct timeval){ at_least / 1000, at_least % 1000 * 1000 };
}

static void set_timeout(struct redis *redis, int timeout_ms)
{
	if (redis->timeout_ms == timeout_ms)
		return;
	(void)redisSetTimeout(redis->context, as_timeval(timeout_ms));
	redis->timeout_ms = timeout_ms;
}

/* hiredis leaves the cause of a failed read or write in errno. */
static struct redisReply *broke(struct redis *redis, struct error *err)
{
	int number = errno;

	redis->timed_out =
		redis->context->err == REDIS_ERR_IO && (number == EAGAIN || number == EINPROGRESS);
	if (redis->timed_out)
		(void)fail(err, ERROR_INTERNAL, "no answer within %d ms", redis->timeout_ms);
	else
		(void)fail(err, ERROR_INTERNAL, "connection lost: %s", redis->context->errstr);
	return NULL;
}

void redis_tell(struct redis *redis, const char *const *words)
{
	const char *copies[WORDS_MAX];
	int count = 0;

	for (; words[count]; count++) {
		assert(count < WORDS_MAX);
		copies[count] = words[count];
	}
	if (redisAppendCommandArgv(redis->context, count, copies, NULL) != REDIS_OK)
		abort(); /* out of memory, as in the arena */
}

struct redisReply *redis_ask(
	struct redis *redis, int timeout_ms, const char *const *words, struct error *err)
{
	void *reply = NULL;

	set_timeout(redis, timeout_ms);
	redis_tell(redis, words);
	if (redisGetReply(redis->context, &reply) != REDIS_OK)
		return broke(redis, err);
	return reply;
}

static bool authenticate(struct redis *redis, const char *secret, int timeout_ms, struct error *err)
{
	_cleanup_(redis_reply_done) struct redisReply *reply =
		redis_ask(redis, timeout_ms, WORDS("AUTH", CONF_USER, secret), err);

	if (!reply)
		return false;
	if (reply->type == REDIS_REPLY_ERROR)
		return fail(err, ERROR_INTERNAL, "AUTH: %.200s", reply->str);
	return true;
}

struct redis *redis_open(int directory, const char *secret, int timeout_ms, struct error *err)
{
	int fd = redis_control_socket(directory, SOCK_STREAM | SOCK_NONBLOCK);
	struct redis *redis;

	if (fd < 0) {
		(void)fail_errno(err, errno, "connecting to ctl.sock");
		return NULL;
	}
	(void)fcntl(fd, F_SETFL, 0); /* a full backlog was not waited for; answers are */
	redis = memory_alloc(sizeof(*redis));
	*redis = (struct redis){ .context = redisConnectFd(fd) };
	if (!redis->context)
		abort(); /* out of memory, as in the arena */
	if (!authenticate(redis, secret, timeout_ms, err))
		redis_close(&redis);
	return redis;
}

void redis_close(struct redis **redis)
{
	if (!*redis)
		return;
	redisFree((*redis)->context);
	memory_free(*redis);
	*redis = NULL;
}

bool redis_broken(const struct redis *redis)
{
	return redis->context->err != 0;
}

bool redis_timed_out(const struct redis *redis)
{
	return redis->timed_out;
}

void redis_reply_done(struct redisReply **reply)
{
	if (*reply)
		freeReplyObject(*reply);
	*reply = NULL;
}
