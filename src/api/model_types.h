/*
 * The part of loading a model that compiles its types: from the compact JSON notation
 * (api/README.md) to struct model_type. For model.c.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "api/model.h"

struct arena;

struct type_table {
	struct arena *arena;
	size_t count;
	struct model_type *types; /* the named ones, in order of declaration */
	bool *used;
};

/* The table of the named types of "types". */
bool types_load(struct type_table *table, json_t *object, struct error *err)
	__attribute__((warn_unused_result));

/* A structure without a name: an action's "in" or "out". NULL after an error, which names `where`.
 */
const struct model_type *types_structure(
	struct type_table *table, json_t *object, const char *where, struct error *err);

/* Refuses types that no action uses and types that contain themselves. */
bool types_check(const struct type_table *table, struct error *err)
	__attribute__((warn_unused_result));

void types_tag(struct arena *arena, const char *name, struct model_tag *ret);
