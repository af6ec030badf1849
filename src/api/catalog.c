#include "api/catalog.h"

#include <jansson.h>
#include <string.h>

#include "domain/addresses.h"
#include "domain/catalog.h"
#include "embed.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

static void release_json(json_t **json)
{
	json_decref(*json);
}

static bool has_form(const char *text, const char *legal)
{
	return *text && strspn(text, legal) == strlen(text);
}

static bool load_version(
	struct arena *arena, json_t *spec, struct engine_version *version, struct error *err)
{
	const char *name, *full, *family;

	if (json_unpack(spec, "{s:s, s:s, s:s !}", "name", &name, "full", &full, "family",
		    &family) < 0 ||
		!has_form(name, "0123456789.") || !has_form(full, "0123456789.") ||
		!text_starts_with(full, name) || !text_starts_with(family, "redis"))
		return fail(err, ERROR_INTERNAL, "catalog.json: not an engine version");
	version->name = arena_strdup(arena, name);
	version->full = arena_strdup(arena, full);
	version->family = arena_strdup(arena, family);
	version->parameter_group = arena_printf(arena, "default.%s", family);
	return true;
}

static bool load_versions(
	struct arena *arena, struct catalog *catalog, json_t *list, struct error *err)
{
	struct engine_version *versions =
		arena_array(arena, json_array_size(list) + 1, sizeof(*versions));
	size_t i;
	json_t *spec;

	json_array_foreach(list, i, spec)
	{
		if (!load_version(arena, spec, &versions[i], err))
			return false;
		if (i > 0 && version_compare(versions[i - 1].full, versions[i].full) >= 0)
			return fail(err, ERROR_INTERNAL,
				"catalog.json: engine version %s is not newer than the one "
				"before it",
				versions[i].name);
	}
	catalog->versions = versions;
	catalog->version_count = json_array_size(list);
	return true;
}

static bool load_node_types(
	struct arena *arena, struct catalog *catalog, json_t *table, struct error *err)
{
	struct node_type *types = arena_array(arena, json_object_size(table) + 1, sizeof(*types));
	const char *name;
	json_t *memory;

	catalog->node_types = types;
	json_object_foreach(table, name, memory)
	{
		if (!text_starts_with(name, "cache.") || json_integer_value(memory) <= 0)
			return fail(err, ERROR_INTERNAL, "catalog.json: node type %s", name);
		types[catalog->node_type_count++] = (struct node_type){
			arena_strdup(arena, name),
			json_integer_value(memory),
		};
	}
	return true;
}

/* hh:mm */
static bool parse_start(const char *text, int *ret)
{
	static const char *const forms[] = { "012", "0123456789", ":", "012345", "0123456789" };

	if (strlen(text) != 5)
		return false;
	for (size_t i = 0; i < 5; i++)
		if (!strchr(forms[i], text[i]))
			return false;
	*ret = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
	return *ret < 24 * 60;
}

static bool load_region(struct arena *arena, const char *name, json_t *spec, struct region *region,
	struct error *err)
{
	const char *zones, *window;

	if (json_unpack(spec, "{s:s, s:s !}", "zones", &zones, "window", &window) < 0 ||
		!has_form(zones, "abcdefgh") || strlen(zones) > ADDRESS_ZONES_MAX ||
		!parse_start(window, &region->window_start))
		return fail(err, ERROR_INTERNAL, "catalog.json: region %s", name);
	region->name = arena_strdup(arena, name);
	region->zones = arena_strdup(arena, zones);
	return true;
}

static bool load_regions(
	struct arena *arena, struct catalog *catalog, json_t *table, struct error *err)
{
	struct region *regions = arena_array(arena, json_object_size(table) + 1, sizeof(*regions));
	const char *name;
	json_t *spec;

	catalog->regions = regions;
	json_object_foreach(table, name, spec)
	{
		if (!load_region(arena, name, spec, &regions[catalog->region_count], err))
			return false;
		catalog->region_count++;
	}
	if (!catalog->region_count || strcmp(regions[catalog->region_count - 1].name, "*") != 0)
		return fail(err, ERROR_INTERNAL, "catalog.json: the last region must be *");
	return true;
}

const struct catalog *catalog_parse(
	struct arena *arena, const char *json, size_t length, struct error *err)
{
	struct catalog *catalog = arena_alloc(arena, sizeof(*catalog));
	json_error_t where;
	_cleanup_(release_json) json_t *root =
		json_loadb(json, length, JSON_REJECT_DUPLICATES, &where);
	json_t *versions, *types, *regions;

	if (!root || json_unpack_ex(root, &where, 0, "{s:o, s:o, s:o !}", "versions", &versions,
			     "nodeTypes", &types, "regions", &regions) < 0) {
		(void)fail(err, ERROR_INTERNAL, "catalog.json:%d: %s", where.line, where.text);
		return NULL;
	}
	if (!load_versions(arena, catalog, versions, err) ||
		!load_node_types(arena, catalog, types, err) ||
		!load_regions(arena, catalog, regions, err))
		return NULL;
	if (catalog->version_count && catalog->node_type_count)
		return catalog;
	(void)fail(err, ERROR_INTERNAL, "catalog.json: no engine versions or no node types");
	return NULL;
}

const struct catalog *catalog_load(struct arena *arena, struct error *err)
{
	const struct embedded_file *file = embedded_api;

	while (file->name && strcmp(file->name, "catalog.json") != 0)
		file++;
	return catalog_parse(arena, file->text, file->length, err);
}
