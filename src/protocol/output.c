#include "protocol/output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "util/log.h"

json_t *output_member(const json_t *object, const struct model_member *member)
{
	return member->alias_of ? NULL
				: json_object_getn(object, member->name, member->name_length);
}

static bool is_word(const struct model_type *type, const json_t *value)
{
	const char *text = json_string_value(value);

	for (size_t i = 0; text && i < type->value_count; i++)
		if (strcmp(type->values[i], text) == 0)
			return true;
	return false;
}

static bool is_of(const struct model_type *type, const json_t *value)
{
	switch (type->kind) {
	case MODEL_STRING: return json_is_string(value);
	case MODEL_ENUM: return is_word(type, value);
	case MODEL_INT:
	case MODEL_TIME: return json_is_integer(value);
	case MODEL_DOUBLE: return json_is_number(value);
	case MODEL_BOOL: return json_is_boolean(value);
	case MODEL_LIST: return json_is_array(value);
	case MODEL_STRUCT: return json_is_object(value);
	}
	return false;
}

void output_check(const struct model_type *type, const json_t *value)
{
	if (is_of(type, value))
		return;
	log_error("api", "output of another type than the model's",
		F("value", json_is_string(value) ? json_string_value(value) : "not a text"),
		F("type", type->name));
	abort();
}

void output_check_members(const struct model_type *type, const json_t *object, size_t found)
{
	const char *name;
	json_t *value;

	if (found == json_object_size(object))
		return;
	/* The cast: jansson's iteration takes no const; nothing is changed. */
	json_object_foreach((json_t *)(uintptr_t)object, name,
		value) if (!model_member(type, name, strlen(name))) log_error("api",
		"output that the model does not declare", F("member", name), F("type", type->name));
	abort();
}
