#include "domain/catalog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

enum { RESERVED_PERCENT = 25 }; /* reserved-memory-percent of the default parameter groups */

/* "6.x" means the latest of that family. */
static bool is_version(const struct engine_version *version, const char *name)
{
	size_t length = strlen(name);

	if (text_equal(version->name, name) || text_equal(version->full, name))
		return true;
	return length > 2 && strcmp(name + length - 2, ".x") == 0 &&
	       strcmp(version->family + strlen("redis"), name) == 0;
}

const struct engine_version *catalog_version(const struct catalog *catalog, const char *name)
{
	for (size_t i = catalog->version_count; i > 0; i--)
		if (is_version(&catalog->versions[i - 1], name))
			return &catalog->versions[i - 1];
	return NULL;
}

const struct engine_version *catalog_default_version(const struct catalog *catalog)
{
	return &catalog->versions[catalog->version_count - 1];
}

const struct node_type *catalog_node_type(const struct catalog *catalog, const char *name)
{
	for (size_t i = 0; i < catalog->node_type_count; i++)
		if (strcmp(catalog->node_types[i].name, name) == 0)
			return &catalog->node_types[i];
	return NULL;
}

const struct region *catalog_region(const struct catalog *catalog, const char *name)
{
	size_t last = catalog->region_count - 1;

	for (size_t i = 0; i < last; i++)
		if (strcmp(catalog->regions[i].name, name) == 0)
			return &catalog->regions[i];
	return &catalog->regions[last];
}

int region_zone(const struct region *region, const char *region_name, const char *zone)
{
	size_t length = strlen(region_name);
	const char *letter;

	if (strncmp(zone, region_name, length) != 0 || strlen(zone) != length + 1)
		return -1;
	letter = strchr(region->zones, zone[length]);
	return letter ? (int)(letter - region->zones) : -1;
}

int version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		char *a_end, *b_end;
		long left = strtol(a, &a_end, 10), right = strtol(b, &b_end, 10);

		assert(a_end > a || !*a);
		assert(b_end > b || !*b);
		if (left != right)
			return left < right ? -1 : 1;
		a = a_end + (*a_end == '.');
		b = b_end + (*b_end == '.');
	}
	return 0;
}

int64_t catalog_maxmemory(
	const struct catalog *catalog, const char *node_type, const char *engine_version)
{
	const struct node_type *type = catalog_node_type(catalog, node_type);

	if (!type)
		return 0;
	/* Versions before 3.2.4 do not have the parameter. */
	if (version_compare(engine_version, "3.2.4") < 0)
		return type->memory_bytes;
	return type->memory_bytes * (100 - RESERVED_PERCENT) / 100;
}
