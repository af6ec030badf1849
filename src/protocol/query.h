/*
 * Requests of the Query protocol: first the parameters of query string and form body, decoded
 * strictly (query.c), then, once the action is known, the tree that its input type describes
 * (input.c). Everything lives in the caller's arena but the tree, which is a new reference.
 *
 * Names are case-sensitive; a parameter that the model does not know is ignored, as AWS does; one
 * given twice, or of the wrong type, is refused. Errors name the parameter as it was sent.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct model_type;

enum {
	QUERY_PARAMETERS_MAX = 2000,
	QUERY_VALUE_MAX = 64 * 1024,
	QUERY_INDEX_MAX = 1000,
};

struct parameter {
	const char *name;
	const char *value; /* legal characters only; NUL-terminated */
	size_t name_length;
	size_t value_length;
};

struct query {
	struct arena *arena;
	size_t count;
	struct parameter *parameters; /* in the order in which they came */
};

/* Decodes both sources, either of which may be NULL or empty, into an empty query. */
bool query_parse(struct query *query, const char *string, const char *body, size_t body_length,
	struct error *err) __attribute__((warn_unused_result));

/* A parameter of this name; NULL when there is none. */
const struct parameter *query_find(const struct query *query, const char *name);

/* Its value, *ret untouched when it was not given. Refuses one that was given twice. */
bool query_single(const struct query *query, const char *name, const char **ret, struct error *err)
	__attribute__((warn_unused_result));

/* The tree of a structure: known members only, each of its type, all required ones. */
json_t *query_input(const struct query *query, const struct model_type *in, struct error *err)
	__attribute__((warn_unused_result));

/* A value of a scalar type. */
json_t *query_scalar(const struct query *query, const struct model_type *type,
	const struct parameter *parameter, struct error *err) __attribute__((warn_unused_result));

/* A client's text within a message: on one line, shortened. */
const char *query_quote(struct arena *arena, const char *text, size_t length);
