#include "engine/client.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "engine/redis.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

enum { COUNT_BATCH = 500 };

struct client {
	redisContext *context;
};

static bool fail_broken(const redisContext *context, struct error *err)
{
	return fail(err, ERROR_INTERNAL, "%s",
		context->errstr[0] ? context->errstr : "connection lost");
}

struct client *client_open(const char *address, int64_t port, int timeout_ms, struct error *err)
{
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	redisContext *context = redisConnectWithTimeout(address, (int)port, timeout);
	struct client *client;

	if (!context)
		abort(); /* out of memory, as in the arena */
	if (context->err || redisSetTimeout(context, timeout) != REDIS_OK) {
		(void)fail_broken(context, err);
		redisFree(context);
		return NULL;
	}
	(void)fcntl(context->fd, F_SETFD, FD_CLOEXEC);
	client = memory_alloc(sizeof(*client));
	client->context = context;
	return client;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	redisFree(client->context);
	memory_free(client);
}

/* NULL also for an answer that is an error. */
static struct redisReply *ask(
	struct client *client, int count, const char **words, struct error *err)
{
	struct redisReply *reply = redisCommandArgv(client->context, count, words, NULL);

	if (!reply) {
		(void)fail_broken(client->context, err);
	} else if (reply->type == REDIS_REPLY_ERROR) {
		(void)fail(err, ERROR_INTERNAL, "%.300s", reply->str);
		redis_reply_done(&reply);
	}
	return reply;
}

bool client_set(struct client *client, const char *key, const char *value, struct error *err)
{
	const char *words[] = { "SET", key, value };
	_cleanup_(redis_reply_done) struct redisReply *reply = ask(client, 3, words, err);

	return reply != NULL;
}

static int64_t count_batch(
	struct client *client, const char *prefix, int64_t first, int count, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	_cleanup_(redis_reply_done) struct redisReply *reply = NULL;
	const char *words[1 + COUNT_BATCH];

	words[0] = "EXISTS";
	for (int i = 0; i < count; i++)
		words[1 + i] = arena_printf(&arena, "%s%lld", prefix, (long long)(first + i));
	reply = ask(client, 1 + count, words, err);
	return reply ? reply->integer : -1;
}

int64_t client_count(struct client *client, const char *prefix, int64_t count, struct error *err)
{
	int64_t found = 0;

	for (int64_t first = 0; first < count; first += COUNT_BATCH) {
		int64_t left = count - first;
		int64_t batch = count_batch(
			client, prefix, first, left < COUNT_BATCH ? (int)left : COUNT_BATCH, err);

		if (batch < 0)
			return -1;
		found += batch;
	}
	return found;
}
