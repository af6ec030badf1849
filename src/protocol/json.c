#include "protocol/json.h"

#include <string.h>

#include "api/model.h"
#include "protocol/output.h"
#include "protocol/xml.h"
#include "util/clock.h"
#include "util/text.h"

void json_add_text(struct text *text, const char *string)
{
	static const char special[] =
		"\"\\\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f"
		"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";

	text_add(text, "\"", 1);
	for (;;) {
		size_t plain = strcspn(string, special);

		text_add(text, string, plain);
		string += plain;
		if (!*string)
			break;
		if (*string == '"' || *string == '\\')
			text_printf(text, "\\%c", *string++);
		else
			text_printf(text, "\\u%04x", (unsigned char)*string++);
	}
	text_add(text, "\"", 1);
}

static void add_value(struct text *text, const struct model_type *type, const json_t *value);

static void add_members(struct text *text, const struct model_type *type, const json_t *object)
{
	size_t found = 0;
	const char *comma = "";

	text_add(text, "{", 1);
	for (size_t i = 0; i < type->member_count && found < json_object_size(object); i++) {
		json_t *value = output_member(object, &type->members[i]);

		if (!value)
			continue;
		found++;
		if (json_is_null(value))
			continue;
		text_printf(text, "%s\"%s\":", comma, type->members[i].name);
		add_value(text, type->members[i].type, value);
		comma = ",";
	}
	output_check_members(type, object, found);
	text_add(text, "}", 1);
}

static void add_items(struct text *text, const struct model_type *type, const json_t *array)
{
	text_add(text, "[", 1);
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i)
			text_add(text, ",", 1);
		add_value(text, type->item, json_array_get(array, i));
	}
	text_add(text, "]", 1);
}

static void add_value(struct text *text, const struct model_type *type, const json_t *value)
{
	output_check(type, value);
	switch (type->kind) {
	case MODEL_STRING:
	case MODEL_ENUM: json_add_text(text, json_string_value(value)); break;
	case MODEL_INT:
		text_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case MODEL_DOUBLE: text_printf(text, "%.15g", json_number_value(value)); break;
	case MODEL_BOOL: text_puts(text, json_is_true(value) ? "true" : "false"); break;
	case MODEL_TIME:
		json_add_text(text, clock_format(text->arena, json_integer_value(value)));
		break;
	case MODEL_LIST: add_items(text, type, value); break;
	case MODEL_STRUCT: add_members(text, type, value); break;
	}
}

void json_result(struct text *text, const struct model_action *action, const json_t *out,
	const char *request_id)
{
	text_printf(text, "{\"%sResponse\":{", action->name);
	if (action->out) {
		text_printf(text, "\"%sResult\":", action->name);
		add_value(text, action->out, out);
		text_add(text, ",", 1);
	}
	text_printf(text, "\"ResponseMetadata\":{\"RequestId\":\"%s\"}}}", request_id);
}

void json_error(struct text *text, const struct answer_error *error, const char *request_id)
{
	text_puts(text, "{\"Error\":{\"Code\":");
	json_add_text(text, error->code);
	text_puts(text, ",\"Message\":");
	json_add_text(text, error->message);
	text_printf(text, ",\"Type\":\"%s\"},\"RequestId\":\"%s\"}",
		error->status < 500 ? "Sender" : "Receiver", request_id);
}
