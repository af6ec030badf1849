/*
 * The grammar is on one page in api/README.md. Loading is strict, because a mistake in the contract
 * would otherwise show as a member that a client never sees: whatever is unknown, declared twice
 * or declared and not used stops the program at start, with the place in the message.
 */
#include "api/model.h"

#include <stdlib.h>
#include <string.h>

#include "api/model_types.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

struct model {
	struct arena arena; /* holds everything, this struct too */
	const char *version;
	const char *namespace;
	size_t error_count;
	struct model_error *errors; /* the common ones first */
	size_t common_count;
	bool *error_used;
	size_t action_count;
	struct model_action *actions; /* in order of name */
	struct type_table types;
};

static void release_json(json_t **json)
{
	json_decref(*json);
}

const char *model_version(const struct model *model)
{
	return model->version;
}

const char *model_namespace(const struct model *model)
{
	return model->namespace;
}

static int compare_action(const void *a, const void *b)
{
	return strcmp(
		((const struct model_action *)a)->name, ((const struct model_action *)b)->name);
}

const struct model_action *model_action(const struct model *model, const char *name)
{
	const struct model_action key = { .name = name };

	return bsearch(
		&key, model->actions, model->action_count, sizeof(*model->actions), compare_action);
}

const struct model_action *model_actions(const struct model *model, size_t *ret_count)
{
	*ret_count = model->action_count;
	return model->actions;
}

const struct model_member *model_member(
	const struct model_type *structure, const char *name, size_t length)
{
	for (size_t i = 0; i < structure->member_count; i++) {
		const struct model_member *member = &structure->members[i];

		if (member->name_length == length && memcmp(member->name, name, length) == 0)
			return member;
	}
	return NULL;
}

const struct model_error *model_error(const struct model *model, const char *code)
{
	for (size_t i = 0; i < model->error_count; i++)
		if (strcmp(model->errors[i].code, code) == 0)
			return &model->errors[i];
	return NULL;
}

bool model_may_fail(const struct model *model, const struct model_action *action, const char *code)
{
	for (size_t i = 0; i < action->error_count; i++)
		if (strcmp(action->errors[i]->code, code) == 0)
			return true;
	for (size_t i = 0; i < model->common_count; i++)
		if (strcmp(model->errors[i].code, code) == 0)
			return true;
	return false;
}

/* Only these keys, each there unless it is marked as optional with '?'. */
static bool check_keys(
	json_t *object, const char *where, const char *const *keys, struct error *err)
{
	size_t found = 0;

	if (!json_is_object(object))
		return fail(err, ERROR_INTERNAL, "%s: not an object", where);
	for (; *keys; keys++) {
		bool optional = **keys == '?';

		if (json_object_get(object, *keys + optional))
			found++;
		else if (!optional)
			return fail(err, ERROR_INTERNAL, "%s: '%s' is missing", where, *keys);
	}
	if (found != json_object_size(object))
		return fail(err, ERROR_INTERNAL, "%s: unknown key", where);
	return true;
}

static bool load_errors(struct model *model, json_t *table, struct error *err)
{
	const char *code;
	json_t *status;

	json_object_foreach(table, code, status)
	{
		json_int_t value = json_integer_value(status);

		if (value < 400 || value > 599)
			return fail(err, ERROR_INTERNAL, "error %s: not a status", code);
		if (model_error(model, code))
			return fail(err, ERROR_INTERNAL, "error %s: declared twice", code);
		model->errors[model->error_count++] = (struct model_error){
			arena_strdup(&model->arena, code),
			(int)value,
		};
	}
	return true;
}

static bool load_action_errors(
	struct model *model, struct model_action *action, json_t *codes, struct error *err)
{
	const struct model_error **errors =
		arena_array(&model->arena, json_array_size(codes) + 1, sizeof(*errors));
	size_t i;
	json_t *code;

	action->errors = errors;
	if (!json_is_array(codes))
		return fail(err, ERROR_INTERNAL, "%s.errors: not a list", action->name);
	json_array_foreach(codes, i, code)
	{
		const char *text = json_is_string(code) ? json_string_value(code) : "";

		errors[i] = model_error(model, text);
		if (!errors[i])
			return fail(err, ERROR_INTERNAL, "%s: undeclared error '%s'", action->name,
				text);
		if (model_may_fail(model, action, text))
			return fail(err, ERROR_INTERNAL, "%s: error %s is declared twice",
				action->name, text);
		model->error_used[errors[i] - model->errors] = true;
		action->error_count++;
	}
	return true;
}

static bool load_action(struct model *model, const char *name, json_t *spec, struct error *err)
{
	static const char *const keys[] = { "?reads", "in", "?out", "errors", NULL };
	struct model_action *action = &model->actions[model->action_count++];
	struct arena *arena = &model->arena;
	json_t *out = json_object_get(spec, "out");

	action->name = arena_strdup(arena, name);
	action->reads = json_is_true(json_object_get(spec, "reads"));
	types_tag(arena, arena_printf(arena, "%sResult", name), &action->result);
	types_tag(arena, arena_printf(arena, "%sResponse", name), &action->response);
	action->response.open =
		arena_printf(arena, "<%sResponse xmlns=\"%s\">", name, model->namespace);
	action->response.open_length = strlen(action->response.open);
	if (!check_keys(spec, name, keys, err))
		return false;
	action->in = types_structure(&model->types, json_object_get(spec, "in"), name, err);
	if (!action->in)
		return false;
	action->out = out ? types_structure(&model->types, out, name, err) : NULL;
	if (out && !action->out)
		return false;
	return load_action_errors(model, action, json_object_get(spec, "errors"), err);
}

static bool load_actions(struct model *model, json_t *table, struct error *err)
{
	const char *name;
	json_t *spec;

	model->actions =
		arena_array(&model->arena, json_object_size(table) + 1, sizeof(*model->actions));
	json_object_foreach(
		table, name, spec) if (!load_action(model, name, spec, err)) return false;
	qsort(model->actions, model->action_count, sizeof(*model->actions), compare_action);
	for (size_t i = model->common_count; i < model->error_count; i++)
		if (!model->error_used[i])
			return fail(err, ERROR_INTERNAL, "error %s is not used by any action",
				model->errors[i].code);
	return types_check(&model->types, err);
}

static bool bind_handlers(struct model *model, const struct handler *handlers, struct error *err)
{
	for (; handlers->name; handlers++) {
		const struct model_action *found = model_action(model, handlers->name);

		if (!found)
			return fail(
				err, ERROR_INTERNAL, "handler %s: no such action", handlers->name);
		if (found->run)
			return fail(err, ERROR_INTERNAL, "action %s: two handlers", found->name);
		model->actions[found - model->actions].run = handlers->run;
	}
	for (size_t i = 0; i < model->action_count; i++)
		if (!model->actions[i].run)
			return fail(err, ERROR_INTERNAL, "action %s: no handler",
				model->actions[i].name);
	return true;
}

static bool load(
	struct model *model, json_t *root, const struct handler *handlers, struct error *err)
{
	static const char *const keys[] = { "version", "namespace", "common", "errors", "actions",
		"types", NULL };
	json_t *common = json_object_get(root, "common");
	json_t *errors = json_object_get(root, "errors");
	size_t count = json_object_size(common) + json_object_size(errors);

	if (!check_keys(root, "the model", keys, err))
		return false;
	model->version =
		arena_strdup(&model->arena, json_string_value(json_object_get(root, "version")));
	model->namespace =
		arena_strdup(&model->arena, json_string_value(json_object_get(root, "namespace")));
	if (!model->version || !model->namespace)
		return fail(err, ERROR_INTERNAL, "the model: version and namespace are texts");
	model->types.arena = &model->arena;
	model->errors = arena_array(&model->arena, count + 1, sizeof(*model->errors));
	model->error_used = arena_array(&model->arena, count + 1, sizeof(*model->error_used));
	if (!load_errors(model, common, err))
		return false;
	model->common_count = model->error_count;
	return load_errors(model, errors, err) &&
	       types_load(&model->types, json_object_get(root, "types"), err) &&
	       load_actions(model, json_object_get(root, "actions"), err) &&
	       (!handlers || bind_handlers(model, handlers, err));
}

struct model *model_load(
	const char *json, size_t length, const struct handler *handlers, struct error *err)
{
	json_error_t where;
	_cleanup_(release_json) json_t *root =
		json_loadb(json, length, JSON_REJECT_DUPLICATES, &where);
	struct arena arena = { 0 };
	struct model *model;

	if (!root) {
		(void)fail(err, ERROR_INTERNAL, "API model, line %d: %s", where.line, where.text);
		return NULL;
	}
	model = arena_alloc(&arena, sizeof(*model));
	model->arena = arena;
	if (load(model, root, handlers, err))
		return model;
	model_free(model);
	return NULL;
}

void model_free(struct model *model)
{
	struct arena arena;

	if (!model)
		return;
	arena = model->arena;
	arena_done(&arena);
}
