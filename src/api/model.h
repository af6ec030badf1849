/*
 * The API's contract in memory: api/elasticache.json, resolved into a graph of types with their
 * wire form rendered beforehand, so that decoding and encoding a message only walk it. Loaded once
 * at start, never changed, read by any thread. Everything belongs to the model and lives as long.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct call;
struct error;
struct model;

struct handler {
	const char *name;                                     /* of the action; NULL ends a table */
	json_t *(*run)(struct call *call, struct error *err); /* api/call.h: action_fn */
};

enum model_kind {
	MODEL_STRING,
	MODEL_ENUM, /* a string, one of values */
	MODEL_INT,  /* 32 bits */
	MODEL_DOUBLE,
	MODEL_BOOL,
	MODEL_TIME, /* an integer: milliseconds since 1970 */
	MODEL_LIST, /* an array of item */
	MODEL_STRUCT,
};

/* XML tags, rendered: <Name>, </Name>, <Name/>. */
struct model_tag {
	const char *open, *close, *empty;
	size_t open_length, close_length, empty_length;
};

struct model_type {
	enum model_kind kind;
	const char *name; /* "" for a type without a name of its own */
	size_t value_count;
	const char *const *values;
	const char *element; /* of a list: the name of its items */
	const struct model_type *item;
	struct model_tag item_tag;
	size_t member_count;
	const struct model_member *members;
};

struct model_member {
	const char *name;
	size_t name_length;
	bool required;
	const struct model_member *alias_of; /* NULL: itself */
	const struct model_type *type;       /* of an alias: the other's */
	struct model_tag tag;                /* of an alias: none */
};

struct model_error {
	const char *code;
	int status;
};

struct model_action {
	const char *name;
	bool reads; /* changes nothing */
	const struct model_type *in;
	const struct model_type *out; /* NULL: the answer has no result */
	size_t error_count;
	const struct model_error *const *errors;              /* beside the common ones */
	json_t *(*run)(struct call *call, struct error *err); /* NULL only without handlers */
	struct model_tag response, result;
};

/* The contract from JSON text. Refuses what it does not understand, what is declared and not used,
 * and handlers that do not match the actions; without handlers (NULL) actions cannot be run. */
struct model *model_load(const char *json, size_t length, const struct handler *handlers,
	struct error *err) __attribute__((warn_unused_result));
void model_free(struct model *model);

const char *model_version(const struct model *model);
const char *model_namespace(const struct model *model);

/* NULL when there is none. */
const struct model_action *model_action(const struct model *model, const char *name);
const struct model_member *model_member(
	const struct model_type *structure, const char *name, size_t length);
const struct model_error *model_error(const struct model *model, const char *code);

/* Whether the action may answer with this code: it declares it, or it is common to all. */
bool model_may_fail(const struct model *model, const struct model_action *action, const char *code);

/* All actions in order of name, for lists of what there is. */
const struct model_action *model_actions(const struct model *model, size_t *ret_count);
