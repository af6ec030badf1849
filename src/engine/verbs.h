/*
 * How a verb asks a node something, for the files of engine/: over the connection that is kept,
 * opened again once when it was cut, with the node's refusal as an error.
 */
#pragma once

#include <stdbool.h>

struct engine;
struct error;
struct group;
struct node;
struct redisReply;

struct question {
	struct engine *engine;
	const struct group *group;
	const struct node *node;
	int timeout_ms;
	const char *const *unanswered; /* words said before it that have no answer, or NULL */
};

/* NULL on failure. */
struct redisReply *node_ask(const struct question *question, const char *const *words,
	struct error *err) __attribute__((warn_unused_result));

/* engine_nudge that waits no longer than this. */
bool node_nudge(struct engine *engine, const struct group *group, const struct node *node,
	int timeout_ms, struct error *err) __attribute__((warn_unused_result));
