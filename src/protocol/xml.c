#include "protocol/xml.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/model.h"
#include "protocol/output.h"
#include "util/clock.h"
#include "util/text.h"

/* A carriage return would be read as a newline unless it is written as a reference. */
static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	default: return "&#xD;";
	}
}

static void add_escaped(struct text *text, const char *string, size_t length)
{
	const char *end = string + length;

	for (;;) {
		size_t plain = strcspn(string, "&<>\"\r");

		text_add(text, string, plain);
		string += plain;
		if (string >= end)
			return;
		text_puts(text, entity(*string++));
	}
}

static void add_int(struct text *text, int64_t value)
{
	char digits[24];

	text_add(text, digits, (size_t)snprintf(digits, sizeof(digits), "%ld", (long)value));
}

static void add_element(struct text *text, const struct model_tag *tag,
	const struct model_type *type, const json_t *value);

static void add_members(struct text *text, const struct model_type *type, const json_t *object)
{
	size_t found = 0;

	for (size_t i = 0; i < type->member_count && found < json_object_size(object); i++) {
		const struct model_member *member = &type->members[i];
		json_t *value = output_member(object, member);

		if (!value)
			continue;
		found++;
		if (!json_is_null(value))
			add_element(text, &member->tag, member->type, value);
	}
	output_check_members(type, object, found);
}

static void add_value(struct text *text, const struct model_type *type, const json_t *value)
{
	switch (type->kind) {
	case MODEL_STRING:
	case MODEL_ENUM:
		add_escaped(text, json_string_value(value), json_string_length(value));
		break;
	case MODEL_INT: add_int(text, json_integer_value(value)); break;
	case MODEL_DOUBLE: text_printf(text, "%.15g", json_number_value(value)); break;
	case MODEL_BOOL: text_puts(text, json_is_true(value) ? "true" : "false"); break;
	case MODEL_TIME:
		text_puts(text, clock_format(text->arena, json_integer_value(value)));
		break;
	case MODEL_LIST:
		for (size_t i = 0; i < json_array_size(value); i++)
			add_element(text, &type->item_tag, type->item, json_array_get(value, i));
		break;
	case MODEL_STRUCT: add_members(text, type, value); break;
	}
}

static void add_element(struct text *text, const struct model_tag *tag,
	const struct model_type *type, const json_t *value)
{
	output_check(type, value);
	if ((type->kind == MODEL_STRUCT && json_object_size(value) == 0) ||
		(type->kind == MODEL_LIST && json_array_size(value) == 0)) {
		text_add(text, tag->empty, tag->empty_length);
		return;
	}
	text_add(text, tag->open, tag->open_length);
	add_value(text, type, value);
	text_add(text, tag->close, tag->close_length);
}

void xml_result(struct text *text, const struct model_action *action, const json_t *out,
	const char *request_id)
{
	text_add(text, action->response.open, action->response.open_length);
	if (action->out)
		add_element(text, &action->result, action->out, out);
	text_puts(text, "<ResponseMetadata><RequestId>");
	text_puts(text, request_id);
	text_puts(text, "</RequestId></ResponseMetadata>");
	text_add(text, action->response.close, action->response.close_length);
}

void xml_error(struct text *text, const char *namespace, const struct answer_error *error,
	const char *request_id)
{
	text_puts(text, "<ErrorResponse xmlns=\"");
	text_puts(text, namespace);
	text_puts(text, "\"><Error><Type>");
	text_puts(text, error->status < 500 ? "Sender" : "Receiver");
	text_puts(text, "</Type><Code>");
	add_escaped(text, error->code, strlen(error->code));
	text_puts(text, "</Code><Message>");
	add_escaped(text, error->message, strlen(error->message));
	text_puts(text, "</Message></Error><RequestId>");
	text_puts(text, request_id);
	text_puts(text, "</RequestId></ErrorResponse>");
}
