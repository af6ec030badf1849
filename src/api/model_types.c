#include "api/model_types.h"

#include <ctype.h>
#include <string.h>

#include "util/arena.h"
#include "util/error.h"

enum { DEPTH_MAX = 16 };

static const struct model_type scalars[] = {
	{ .kind = MODEL_STRING, .name = "string" },
	{ .kind = MODEL_INT, .name = "int" },
	{ .kind = MODEL_DOUBLE, .name = "double" },
	{ .kind = MODEL_BOOL, .name = "bool" },
	{ .kind = MODEL_TIME, .name = "time" },
};

void types_tag(struct arena *arena, const char *name, struct model_tag *ret)
{
	ret->open = arena_printf(arena, "<%s>", name);
	ret->close = arena_printf(arena, "</%s>", name);
	ret->empty = arena_printf(arena, "<%s/>", name);
	ret->open_length = strlen(ret->open);
	ret->close_length = strlen(ret->close);
	ret->empty_length = strlen(ret->empty);
}

/* Names become tags: a letter, then letters and digits. */
static bool check_name(const char *name, const char *where, struct error *err)
{
	bool legal = isupper((unsigned char)*name) || strcmp(name, "member") == 0;

	for (const char *c = name; *c; c++)
		legal = legal && isalnum((unsigned char)*c);
	return legal || fail(err, ERROR_INTERNAL, "%s: '%s' is not a legal name", where, name);
}

static const struct model_type *find_type(
	struct type_table *table, const char *name, const char *where, struct error *err)
{
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (strcmp(scalars[i].name, name) == 0)
			return &scalars[i];
	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->types[i].name, name) == 0) {
			table->used[i] = true;
			return &table->types[i];
		}
	}
	(void)fail(err, ERROR_INTERNAL, "%s: unknown type '%s'", where, name);
	return NULL;
}

static bool fill_enum(struct type_table *table, json_t *values, const char *where,
	struct model_type *type, struct error *err)
{
	const char **texts = arena_array(table->arena, json_array_size(values) + 1, sizeof(*texts));
	size_t i;
	json_t *value;

	if (json_array_size(values) == 0)
		return fail(err, ERROR_INTERNAL, "%s: an enum is a list of words", where);
	json_array_foreach(values, i, value)
	{
		if (!json_is_string(value))
			return fail(err, ERROR_INTERNAL, "%s: an enum is a list of words", where);
		texts[i] = arena_strdup(table->arena, json_string_value(value));
	}
	type->kind = MODEL_ENUM;
	type->values = texts;
	type->value_count = json_array_size(values);
	return true;
}

/* ["Event"], or ["ClusterId", "string"]: the items' name, and their type if it is another. */
static const struct model_type *make_list(
	struct type_table *table, json_t *spec, const char *where, struct error *err)
{
	struct model_type *type = arena_alloc(table->arena, sizeof(*type));
	const char *element = json_string_value(json_array_get(spec, 0));
	const char *item =
		json_array_size(spec) == 2 ? json_string_value(json_array_get(spec, 1)) : element;

	if (!element || !item || json_array_size(spec) > 2) {
		(void)fail(err, ERROR_INTERNAL,
			"%s: a list is [\"Element\"] or [\"Element\", \"type\"]", where);
		return NULL;
	}
	if (!check_name(element, where, err))
		return NULL;
	type->kind = MODEL_LIST;
	type->name = "";
	type->element = arena_strdup(table->arena, element);
	type->item = find_type(table, item, where, err);
	types_tag(table->arena, element, &type->item_tag);
	return type->item ? type : NULL;
}

static const struct model_type *make_type(
	struct type_table *table, json_t *spec, const char *where, struct error *err)
{
	json_t *values = json_object_get(spec, "enum");
	struct model_type *type;

	if (json_is_string(spec))
		return find_type(table, json_string_value(spec), where, err);
	if (json_is_array(spec))
		return make_list(table, spec, where, err);
	if (!values || json_object_size(spec) != 1) {
		(void)fail(err, ERROR_INTERNAL, "%s: not a type", where);
		return NULL;
	}
	type = arena_alloc(table->arena, sizeof(*type));
	type->name = "";
	return fill_enum(table, values, where, type, err) ? type : NULL;
}

/* One line of a structure: "Name!": type, or {"as": "Tag", "type": type}. */
static bool fill_member(struct type_table *table, const char *key, json_t *spec, const char *where,
	struct model_member *member, struct error *err)
{
	size_t length = strlen(key);
	json_t *as = json_object_get(spec, "as");
	const char *tag;

	member->required = length && key[length - 1] == '!';
	member->name_length = length - (member->required ? 1 : 0);
	member->name = arena_strndup(table->arena, key, member->name_length);
	where = arena_printf(table->arena, "%s.%s", where, member->name);
	if (!check_name(member->name, where, err))
		return false;
	if (json_object_get(spec, "alias"))
		return true;
	if (as && (!json_is_string(as) || json_object_size(spec) != 2))
		return fail(err, ERROR_INTERNAL, "%s: 'as' wants a name and a 'type'", where);
	tag = as ? json_string_value(as) : member->name;
	if (!check_name(tag, where, err))
		return false;
	types_tag(table->arena, tag, &member->tag);
	member->type = make_type(table, as ? json_object_get(spec, "type") : spec, where, err);
	return member->type;
}

/* {"alias": "Other"}: another spelling of a member of the same structure. */
static bool resolve_alias(const struct model_type *type, struct model_member *member, json_t *spec,
	const char *where, struct error *err)
{
	const char *other = json_string_value(json_object_get(spec, "alias"));

	if (other && json_object_size(spec) == 1)
		member->alias_of = model_member(type, other, strlen(other));
	if (!member->alias_of || !member->alias_of->type)
		return fail(err, ERROR_INTERNAL, "%s.%s: alias of no member", where, member->name);
	member->type = member->alias_of->type;
	return true;
}

static bool fill_structure(struct type_table *table, json_t *object, const char *where,
	struct model_type *type, struct error *err)
{
	struct model_member *members =
		arena_array(table->arena, json_object_size(object) + 1, sizeof(*members));
	struct model_member *member = members;
	const char *key;
	json_t *spec;

	type->kind = MODEL_STRUCT;
	type->members = members;
	json_object_foreach(object, key, spec)
	{
		if (!fill_member(table, key, spec, where, member, err))
			return false;
		if (model_member(type, member->name, member->name_length))
			return fail(
				err, ERROR_INTERNAL, "%s.%s: declared twice", where, member->name);
		type->member_count++;
		member++;
	}
	member = members;
	json_object_foreach(object, key, spec)
	{
		if (!member->type && !resolve_alias(type, member, spec, where, err))
			return false;
		member++;
	}
	return true;
}

const struct model_type *types_structure(
	struct type_table *table, json_t *object, const char *where, struct error *err)
{
	struct model_type *type = arena_alloc(table->arena, sizeof(*type));

	type->name = "";
	if (!json_is_object(object)) {
		(void)fail(err, ERROR_INTERNAL, "%s: not a structure", where);
		return NULL;
	}
	return fill_structure(table, object, where, type, err) ? type : NULL;
}

static bool fill_named(
	struct type_table *table, struct model_type *type, json_t *spec, struct error *err)
{
	json_t *values = json_object_get(spec, "enum");

	if (!json_is_object(spec))
		return fail(
			err, ERROR_INTERNAL, "%s: a type is a structure or an enum", type->name);
	if (!check_name(type->name, "types", err))
		return false;
	if (values && json_object_size(spec) == 1)
		return fill_enum(table, values, type->name, type, err);
	return fill_structure(table, spec, type->name, type, err);
}

bool types_load(struct type_table *table, json_t *object, struct error *err)
{
	const char *name;
	json_t *spec;
	size_t i = 0;

	table->types =
		arena_array(table->arena, json_object_size(object) + 1, sizeof(*table->types));
	table->used = arena_array(table->arena, json_object_size(object) + 1, sizeof(*table->used));
	json_object_foreach(object, name, spec) table->types[table->count++].name =
		arena_strdup(table->arena, name);
	json_object_foreach(object, name,
		spec) if (!fill_named(table, &table->types[i++], spec, err)) return false;
	return true;
}

/* The decoder follows the types by recursion: their depth is its bound. */
static bool check_depth(const struct model_type *type, int depth, struct error *err)
{
	if (depth > DEPTH_MAX)
		return fail(err, ERROR_INTERNAL, "type '%s' contains itself", type->name);
	if (type->item)
		return check_depth(type->item, depth + 1, err);
	for (size_t i = 0; i < type->member_count; i++)
		if (!check_depth(type->members[i].type, depth + 1, err))
			return false;
	return true;
}

bool types_check(const struct type_table *table, struct error *err)
{
	for (size_t i = 0; i < table->count; i++) {
		if (!table->used[i])
			return fail(
				err, ERROR_INTERNAL, "type '%s' is not used", table->types[i].name);
		if (!check_depth(&table->types[i], 0, err))
			return false;
	}
	return true;
}
