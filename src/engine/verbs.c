/* The verbs that talk to a node. */
#include "engine/engine.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/group.h"
#include "engine/node.h"
#include "engine/redis.h"
#include "engine/replication.h"
#include "engine/silence.h"
#include "engine/verbs.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

static struct redisReply *try_once(const struct question *question, struct handle *handle,
	const char *const *words, bool *ret_again, struct error *err)
{
	struct redis *redis = handle_link(handle, question->group, question->timeout_ms, err);
	struct redisReply *reply;

	*ret_again = false;
	if (!redis)
		return NULL;
	if (question->unanswered)
		redis_tell(redis, question->unanswered);
	reply = redis_ask(redis, question->timeout_ms, words, err);
	if (redis_broken(redis)) {
		*ret_again = !redis_timed_out(redis);
		redis_close(&handle->link);
	}
	return reply;
}

/* A client may have killed our connection, so a broken one is opened again, once. */
struct redisReply *node_ask(
	const struct question *question, const char *const *words, struct error *err)
{
	_cleanup_(handle_release) struct handle *handle =
		handle_take(question->engine, question->node);
	struct redisReply *reply;
	struct error cause;
	bool again;

	reply = try_once(question, handle, words, &again, &cause);
	if (again)
		reply = try_once(question, handle, words, &again, &cause);
	if (!reply) {
		(void)fail(err, ERROR_INTERNAL, "node %s: %s: %s", question->node->name, words[0],
			cause.message);
	} else if (reply->type == REDIS_REPLY_ERROR) {
		(void)fail(err, ERROR_INTERNAL, "node %s: %s: %.300s", question->node->name,
			words[0], reply->str);
		redis_reply_done(&reply);
	}
	return reply;
}

/* Where only success counts. */
static bool demand(struct engine *engine, const struct group *group, const struct node *node,
	const char *const *words, struct error *err)
{
	struct question question = { engine, group, node, ENGINE_PATIENCE_MS, NULL };
	_cleanup_(redis_reply_done) struct redisReply *reply = node_ask(&question, words, err);

	return reply != NULL;
}

bool engine_observe(struct engine *engine, const struct group *group, const struct node *node,
	int timeout_ms, struct engine_view *ret, struct error *err)
{
	struct question question = { engine, group, node, timeout_ms, NULL };
	_cleanup_(redis_reply_done) struct redisReply *reply =
		node_ask(&question, WORDS("INFO", "replication"), err);

	if (!reply)
		return false;
	if (reply->type != REDIS_REPLY_STRING)
		return fail(err, ERROR_INTERNAL, "node %s: INFO is no text", node->name);
	replication_parse(reply->str, ret);
	if (ret->is_primary)
		handle_note_offset(engine, node->dir, ret->offset);
	return true;
}

bool engine_promote(struct engine *engine, const struct group *group, const struct node *node,
	struct error *err)
{
	return demand(engine, group, node, WORDS("REPLICAOF", "NO", "ONE"), err);
}

static bool follows(
	const struct engine_view *view, const struct group *group, const struct node *primary)
{
	return !view->is_primary && view->primary_port == group->port &&
	       text_equal(view->primary_host, primary->address);
}

bool engine_follow(struct engine *engine, const struct group *group, const struct node *node,
	const struct node *primary, struct error *err)
{
	struct engine_view view = { 0 };
	char port[24];

	if (!engine_observe(engine, group, node, ENGINE_PATIENCE_MS, &view, err))
		return false;
	(void)snprintf(port, sizeof(port), "%" PRId64, group->port);
	return follows(&view, group, primary) ||
	       demand(engine, group, node, WORDS("REPLICAOF", primary->address, port), err);
}

static bool contains(const char *const *addresses, size_t count, const char *address)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(addresses[i], address))
			return true;
	return false;
}

/* Whether the words of a bind list are these addresses, in whatever order. */
static bool same_set(char *list, const char *const *addresses, size_t count)
{
	size_t known = 0;
	char *rest = NULL;

	for (char *word = strtok_r(list, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (!contains(addresses, count, word))
			return false;
		known++;
	}
	return known == count;
}

bool engine_bind(struct engine *engine, const struct group *group, const struct node *node,
	const char *const *addresses, size_t count, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct question question = { engine, group, node, ENGINE_PATIENCE_MS, NULL };
	struct text list = { .arena = &arena };
	_cleanup_(redis_reply_done) struct redisReply *reply =
		node_ask(&question, WORDS("CONFIG", "GET", "bind"), err);

	if (!reply)
		return false;
	if (reply->elements == 2 && same_set(reply->element[1]->str, addresses, count))
		return true;
	for (size_t i = 0; i < count; i++) {
		silence_yield(engine->silence, addresses[i]);
		text_printf(&list, "%s%s", i ? " " : "", addresses[i]);
	}
	return demand(engine, group, node, WORDS("CONFIG", "SET", "bind", list.data), err);
}

bool engine_drop_clients(struct engine *engine, const struct group *group, const struct node *node,
	const char *address, struct error *err)
{
	char endpoint[64];

	(void)snprintf(endpoint, sizeof(endpoint), "%s:%" PRId64, address, group->port);
	return demand(engine, group, node, WORDS("CLIENT", "KILL", "LADDR", endpoint), err);
}

bool node_nudge(struct engine *engine, const struct group *group, const struct node *node,
	int timeout_ms, struct error *err)
{
	struct question question = { engine, group, node, timeout_ms,
		WORDS("REPLCONF", "GETACK", "*") };
	_cleanup_(redis_reply_done) struct redisReply *reply =
		node_ask(&question, WORDS("PING"), err);

	return reply != NULL;
}

bool engine_nudge(struct engine *engine, const struct group *group, const struct node *node,
	struct error *err)
{
	return node_nudge(engine, group, node, ENGINE_PATIENCE_MS, err);
}

bool engine_relink(struct engine *engine, const struct group *group, const struct node *replica,
	struct error *err)
{
	return demand(engine, group, replica, WORDS("CLIENT", "KILL", "TYPE", "master"), err);
}

/* "id=7 addr=127.42.64.1:40112 laddr=127.42.32.1:6379 …", a line a connection. */
static bool comes_from(const char *line, const char *address, char *id, size_t size)
{
	const char *addr = strstr(line, " addr=");
	size_t length = strlen(address);

	if (!text_starts_with(line, "id=") || !addr)
		return false;
	(void)snprintf(id, size, "%.*s", (int)strcspn(line + 3, " "), line + 3);
	return strncmp(addr + 6, address, length) == 0 && addr[6 + length] == ':';
}

bool engine_forget_replica(struct engine *engine, const struct group *group,
	const struct node *primary, const struct node *replica, struct error *err)
{
	struct question question = { engine, group, primary, ENGINE_PATIENCE_MS, NULL };
	_cleanup_(redis_reply_done) struct redisReply *reply =
		node_ask(&question, WORDS("CLIENT", "LIST", "TYPE", "replica"), err);
	char *rest = NULL, id[24];

	if (!reply)
		return false;
	for (char *line = reply->str ? strtok_r(reply->str, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest))
		if (comes_from(line, replica->address, id, sizeof(id)) &&
			!demand(engine, group, primary, WORDS("CLIENT", "KILL", "ID", id), err))
			return false;
	return true;
}
