/*
 * One request of the operator and its answer, as a route's function sees them: the body is an
 * object whose members are known by name and are texts or numbers, the answer a tree.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct operator;

/* Codes of errors and the statuses that they become; anything else is 500 and logged. */
#define OPERATOR_BAD "BadRequest"    /* 400 */
#define OPERATOR_MISSING "NotFound"  /* 404 */
#define OPERATOR_CONFLICT "Conflict" /* 409 */

struct exchange {
	const struct operator* operator;
	struct arena *arena;
	const char *parameter; /* what stands for the {…} of the path */
	const char *query;     /* raw, or NULL */
	json_t *in;            /* an object, empty without a body */
	int status;            /* of the answer: 200 unless said otherwise */
	const char *content_type;
	const char *body; /* the answer */
	size_t body_length;
};

/* False and *err, or an answer. */
typedef bool exchange_fn(struct exchange *exchange, struct error *err);

/* The tree, whose reference is taken, is the answer. */
bool exchange_reply(struct exchange *exchange, json_t *tree);

/* A member of the body; `otherwise` (may be NULL) when it is not given. */
bool exchange_text(const struct exchange *exchange, const char *member, const char *otherwise,
	const char **ret, struct error *err) __attribute__((warn_unused_result));

/* The same, where it must be given. */
bool exchange_need(const struct exchange *exchange, const char *member, const char **ret,
	struct error *err) __attribute__((warn_unused_result));

/* A duration such as "30s" (domain/fault.h) or a number of milliseconds. */
bool exchange_duration(const struct exchange *exchange, const char *member, int64_t otherwise,
	int64_t min, int64_t max, int64_t *ret, struct error *err)
	__attribute__((warn_unused_result));

/* A parameter of the query, decoded, in the arena; NULL when it is not given. */
const char *exchange_query(const struct exchange *exchange, const char *name);
