/*
 * The decoder: the first byte chooses the action, the rest is a form. What is accepted must have
 * only members that are declared, of the type declared.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "echo.h"
#include "fuzz.h"
#include "protocol/chars.h"
#include "protocol/query.h"
#include "util/arena.h"
#include "util/error.h"

static void check(const struct model_type *type, const json_t *value);

static void check_structure(const struct model_type *type, const json_t *object)
{
	size_t found = 0;

	for (size_t i = 0; i < type->member_count; i++) {
		const struct model_member *member = &type->members[i];
		const json_t *value = json_object_get(object, member->name);

		if (value) {
			check(member->type, value);
			found++;
		} else if (member->required) {
			abort();
		}
	}
	if (found != json_object_size(object))
		abort();
}

static bool is_legal(const json_t *value)
{
	return json_is_string(value) &&
	       chars_legal(json_string_value(value), json_string_length(value)) ==
		       strlen(json_string_value(value));
}

static bool is_of(const struct model_type *type, const json_t *value)
{
	switch (type->kind) {
	case MODEL_STRING:
	case MODEL_ENUM: return is_legal(value);
	case MODEL_INT:
		return json_integer_value(value) >= INT32_MIN &&
		       json_integer_value(value) <= INT32_MAX && json_is_integer(value);
	case MODEL_TIME: return json_is_integer(value) && json_integer_value(value) >= 0;
	case MODEL_DOUBLE: return json_is_number(value);
	case MODEL_BOOL: return json_is_boolean(value);
	case MODEL_LIST: return json_array_size(value) > 0;
	case MODEL_STRUCT: return json_is_object(value);
	}
	return false;
}

static void check(const struct model_type *type, const json_t *value)
{
	if (!is_of(type, value))
		abort();
	for (size_t i = 0; type->kind == MODEL_LIST && i < json_array_size(value); i++)
		check(type->item, json_array_get(value, i));
	if (type->kind == MODEL_STRUCT)
		check_structure(type, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model *model;
	static struct arena lasting, arena;
	struct error err = { 0 };
	struct query query = { .arena = &arena };
	const struct model_action *actions;
	size_t count;
	json_t *tree = NULL;

	if (!model)
		model = echo_model(&lasting, &err);
	actions = model_actions(model, &count);
	if (size == 0)
		return 0;
	actions += data[0] % count;
	if (query_parse(&query, NULL, (const char *)data + 1, size - 1, &err))
		tree = query_input(&query, actions->in, &err);
	if (tree)
		check_structure(actions->in, tree);
	else if (!err.code || !*err.message)
		abort();
	json_decref(tree);
	arena_reset(&arena);
	return 0;
}
