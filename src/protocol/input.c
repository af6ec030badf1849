/*
 * Builds the input tree in two passes. Every parameter's name is a path through the action's input
 * type (Tags.Tag.2.Key); the first pass hangs the parameter at its place, the second turns places
 * into values. So parameters may come in any order and items of a list with gaps.
 */
#include "protocol/query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

#define INVALID "InvalidParameterValue"

struct place {
	const struct model_type *type;
	const struct parameter *first; /* the one that led here first: for messages, */
	size_t path_length;            /* with how much of its name */
	const struct parameter *value; /* the one that ends here */
	struct place **members;        /* of a structure, by index */
	struct item *items;            /* of a list */
	size_t item_count, item_capacity;
};

struct item {
	long index;
	struct place *place;
};

/* What is left of a parameter's name, segment by segment. */
struct path {
	const struct query *query;
	const struct parameter *parameter;
	const char *segment;
	size_t length;
};

static void release_json(json_t **json)
{
	json_decref(*json);
}

static bool next_segment(struct path *path)
{
	const char *from = path->segment ? path->segment + path->length : path->parameter->name;

	if (path->segment && *from != '.')
		return false;
	path->segment = path->segment ? from + 1 : from;
	path->length = strcspn(path->segment, ".");
	return true;
}

static const char *path_quote(const struct path *path)
{
	return query_quote(path->query->arena, path->parameter->name, path->parameter->name_length);
}

static struct place *new_place(const struct path *path, const struct model_type *type)
{
	struct arena *arena = path->query->arena;
	struct place *place = arena_alloc(arena, sizeof(*place));

	place->type = type;
	place->first = path->parameter;
	place->path_length = (size_t)(path->segment + path->length - path->parameter->name);
	if (type->kind == MODEL_STRUCT)
		place->members =
			arena_array(arena, type->member_count + 1, sizeof(*place->members));
	return place;
}

/* The place of a member; NULL when the structure has none of that name. */
static struct place *enter_member(const struct path *path, struct place *place)
{
	const struct model_member *member = model_member(place->type, path->segment, path->length);
	struct place **slot;

	if (!member)
		return NULL;
	if (member->alias_of)
		member = member->alias_of;
	slot = &place->members[member - place->type->members];
	if (!*slot)
		*slot = new_place(path, member->type);
	return *slot;
}

/* A segment as the index of an item: 0 when it is a word, -1 when it is neither, more than the most
 * when it is too large. */
static long segment_index(const struct path *path)
{
	long index = 0;

	for (size_t i = 0; i < path->length; i++) {
		char c = path->segment[i];

		if (c < '0' || c > '9')
			return i || index ? -1 : 0;
		index = index * 10 + (c - '0');
		if (index > QUERY_INDEX_MAX)
			return QUERY_INDEX_MAX + 1;
	}
	return index ? index : -1;
}

static struct place *add_item(const struct path *path, struct place *list, long index)
{
	struct item *items = list->items;

	if (list->item_count == list->item_capacity) {
		list->item_capacity = list->item_capacity ? 2 * list->item_capacity : 4;
		list->items =
			arena_array(path->query->arena, list->item_capacity, sizeof(*list->items));
		if (items)
			memcpy(list->items, items, list->item_count * sizeof(*items));
	}
	items = list->items;
	items[list->item_count].index = index;
	items[list->item_count].place = new_place(path, list->type->item);
	return items[list->item_count++].place;
}

/* The place of an item: Name.1, or Name.member.1 with any word for member. NULL after an error. */
static struct place *enter_item(struct path *path, struct place *list, struct error *err)
{
	long index = segment_index(path);

	assert(list->first);
	if (index == 0 && next_segment(path))
		index = segment_index(path);
	if (index < 1 || index > QUERY_INDEX_MAX) {
		(void)fail(err, INVALID,
			"The parameter %s is not an item of a list. Items are numbered from 1 "
			"to %d, "
			"as in %.*s.%s.1.",
			path_quote(path), QUERY_INDEX_MAX, (int)list->path_length,
			list->first->name, list->type->element);
		return NULL;
	}
	for (size_t i = list->item_count; i > 0; i--)
		if (list->items[i - 1].index == index)
			return list->items[i - 1].place;
	return add_item(path, list, index);
}

static bool hang_value(struct path *path, struct place *place, struct error *err)
{
	if (place->value)
		return fail(err, "InvalidParameterCombination",
			"The parameter %s was given more than once.", path_quote(path));
	place->value = path->parameter;
	return true;
}

static bool hang(const struct query *query, const struct parameter *parameter, struct place *place,
	struct error *err)
{
	struct path path = { .query = query, .parameter = parameter };

	while (next_segment(&path)) {
		if (place->type->kind == MODEL_STRUCT) {
			place = enter_member(&path, place);
			if (!place)
				return true;
		} else if (place->type->kind == MODEL_LIST) {
			place = enter_item(&path, place, err);
			if (!place)
				return false;
		} else {
			return fail(err, INVALID, "The parameter %s is part of a single value.",
				path_quote(&path));
		}
	}
	return hang_value(&path, place, err);
}

static json_t *convert(const struct query *query, struct place *place, struct error *err);

/* An empty value of a list or structure says that it was not given. */
static bool check_bare(const struct query *query, const struct place *place, struct error *err)
{
	if (!place->value || place->value->value_length == 0)
		return true;
	return fail(err, INVALID, "The parameter %s is a %s and cannot have a value of its own.",
		query_quote(query->arena, place->value->name, place->value->name_length),
		place->type->kind == MODEL_LIST ? "list" : "structure");
}

static bool check_required(const struct query *query, const struct place *place,
	const struct model_member *member, const struct place *given, struct error *err)
{
	bool blank = given && given->value && given->value->value_length == 0;
	const char *path = "";

	if (!member->required || (given && !blank))
		return true;
	if (place->first)
		path = arena_printf(query->arena, "%.*s.",
			(int)(place->path_length < 200 ? place->path_length : 200),
			place->first->name);
	return fail(err, INVALID, "The parameter %s%s must be provided and must not be %s.", path,
		member->name, blank ? "blank" : "null");
}

static json_t *convert_structure(const struct query *query, struct place *place, struct error *err)
{
	_cleanup_(release_json) json_t *object = json_object();

	if (!check_bare(query, place, err))
		return NULL;
	for (size_t i = 0; i < place->type->member_count; i++) {
		const struct model_member *member = &place->type->members[i];
		struct place *given = place->members[i];
		json_t *value;

		if (!check_required(query, place, member, given, err))
			return NULL;
		if (!given)
			continue;
		value = convert(query, given, err);
		if (!value)
			return NULL;
		if (json_is_null(value))
			json_decref(value);
		else
			(void)json_object_setn_new_nocheck(
				object, member->name, member->name_length, value);
	}
	if (place->value && json_object_size(object) == 0)
		return json_null();
	return json_incref(object);
}

static int compare_item(const void *a, const void *b)
{
	long left = ((const struct item *)a)->index;
	long right = ((const struct item *)b)->index;

	return (left > right) - (left < right);
}

static json_t *convert_list(const struct query *query, struct place *place, struct error *err)
{
	_cleanup_(release_json) json_t *array = json_array();

	if (!check_bare(query, place, err))
		return NULL;
	if (place->item_count > 1)
		qsort(place->items, place->item_count, sizeof(*place->items), compare_item);
	for (size_t i = 0; i < place->item_count; i++) {
		json_t *value = convert(query, place->items[i].place, err);

		if (!value)
			return NULL;
		if (json_is_null(value))
			json_decref(value);
		else
			(void)json_array_append_new(array, value);
	}
	return json_array_size(array) ? json_incref(array) : json_null();
}

/* A new reference; null (the JSON one) for what counts as not given; NULL after an error. */
static json_t *convert(const struct query *query, struct place *place, struct error *err)
{
	if (place->type->kind == MODEL_STRUCT)
		return convert_structure(query, place, err);
	if (place->type->kind == MODEL_LIST)
		return convert_list(query, place, err);
	return query_scalar(query, place->type, place->value, err);
}

json_t *query_input(const struct query *query, const struct model_type *in, struct error *err)
{
	struct place root = { .type = in };

	root.members = arena_array(query->arena, in->member_count + 1, sizeof(*root.members));
	for (size_t i = 0; i < query->count; i++)
		if (!hang(query, &query->parameters[i], &root, err))
			return NULL;
	return convert(query, &root, err);
}
