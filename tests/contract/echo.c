#include "echo.h"

#include <jansson.h>
#include <string.h>

#include "api/call.h"
#include "api/model.h"
#include "embed.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

/* What a type holds when everything is given. */
static json_t *fill(const struct model_type *type, const char *text);

static json_t *fill_structure(const struct model_type *type, const char *text)
{
	json_t *object = json_object();

	for (size_t i = 0; i < type->member_count; i++)
		if (!type->members[i].alias_of)
			(void)json_object_set_new(
				object, type->members[i].name, fill(type->members[i].type, text));
	return object;
}

static json_t *fill(const struct model_type *type, const char *text)
{
	switch (type->kind) {
	case MODEL_STRING: return json_string(text);
	case MODEL_ENUM: return json_string(type->values[0]);
	case MODEL_INT: return json_integer(42);
	case MODEL_DOUBLE: return json_real(0.5);
	case MODEL_BOOL: return json_true();
	case MODEL_TIME: return json_integer(1422901338202);
	case MODEL_LIST: return json_pack("[o, o]", fill(type->item, text), fill(type->item, text));
	case MODEL_STRUCT: return fill_structure(type, text);
	}
	return NULL;
}

static const char *first_text(const struct call *call)
{
	const char *name;
	json_t *value;

	json_object_foreach(
		call->in, name, value) if (json_is_string(value)) return json_string_value(value);
	return "text";
}

static json_t *echo(struct call *call, struct error *err)
{
	const char *text = first_text(call);
	const char *code = text_starts_with(text, "fail:") ? text + strlen("fail:") : "";

	for (size_t i = 0; i < call->action->error_count; i++) {
		if (strcmp(call->action->errors[i]->code, code) == 0) {
			(void)fail(err, call->action->errors[i]->code, "As asked: %s.", text);
			return NULL;
		}
	}
	if (strcmp(code, ERROR_INTERNAL) == 0) {
		(void)fail(err, ERROR_INTERNAL, "a secret of the inside");
		return NULL;
	}
	return call->action->out ? fill(call->action->out, text) : json_null();
}

struct model *echo_model(struct arena *arena, struct error *err)
{
	const struct embedded_file *file = embedded_api;
	struct handler *handlers;
	const struct model_action *actions;
	struct model *model, *bare;
	size_t count;

	while (strcmp(file->name, "elasticache.json") != 0)
		file++;
	bare = model_load(file->text, file->length, NULL, err);
	if (!bare)
		return NULL;
	actions = model_actions(bare, &count);
	handlers = arena_array(arena, count + 1, sizeof(*handlers));
	for (size_t i = 0; i < count; i++)
		handlers[i] = (struct handler){ arena_strdup(arena, actions[i].name), echo };
	model_free(bare);
	model = model_load(file->text, file->length, handlers, err);
	return model;
}
