/*
 * What engine versions, node types, parameter families, regions and zones there are. Values only:
 * api/catalog.c fills them from api/catalog.json.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine_version {
	const char *name;            /* as asked for: 7.0, 6.2, 5.0.6 */
	const char *full;            /* as shown: 7.0.7 */
	const char *family;          /* redis7 */
	const char *parameter_group; /* the default one of its family: default.redis7 */
};

struct node_type {
	const char *name;     /* cache.m5.large */
	int64_t memory_bytes; /* what AWS publishes as maxmemory of the type */
};

struct region {
	const char *name;
	const char *zones; /* their letters: "abcdef" */
	int window_start;  /* of its block of default windows: minutes after midnight, UTC */
};

struct catalog {
	size_t version_count;
	const struct engine_version *versions; /* oldest first; the last is the default */
	size_t node_type_count;
	const struct node_type *node_types;
	size_t region_count;
	const struct region *regions; /* the last one, named "*", stands for all others */
};

/* NULL when there is none. A version is found by its name or its full name, "6.x" by family. */
const struct engine_version *catalog_version(const struct catalog *catalog, const char *name);
const struct engine_version *catalog_default_version(const struct catalog *catalog);
const struct node_type *catalog_node_type(const struct catalog *catalog, const char *name);

/* Never NULL. */
const struct region *catalog_region(const struct catalog *catalog, const char *name);

/* The index of a zone's name within its region, from 0; -1 when the region has no such zone. */
int region_zone(const struct region *region, const char *region_name, const char *zone);

/* Below, equal to or above 0 as a is older than, the same as or newer than b: 3.2.10 is newer than
 * 3.2.4. */
int version_compare(const char *a, const char *b);

/* What Redis on such a node may use of its memory, with the default parameters of that version;
 * 0, no limit, for a node type that is not known. */
int64_t catalog_maxmemory(
	const struct catalog *catalog, const char *node_type, const char *engine_version);
