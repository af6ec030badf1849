#include "unit.h"

#include <string.h>

#include "api/catalog.h"
#include "domain/catalog.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

static struct arena arena;

static const struct catalog *load(void)
{
	struct error err = { 0 };
	const struct catalog *catalog = catalog_load(&arena, &err);

	ck_assert_msg(catalog, "%s", err.message);
	return catalog;
}

START_TEST(versions_are_found_by_their_names)
{
	static const char *const cases[][3] = {
		{ "7.1", "7.1.0", "redis7" },
		{ "7.0", "7.0.7", "redis7" },
		{ "7.0.7", "7.0.7", "redis7" },
		{ "6.2", "6.2.6", "redis6.x" },
		{ "6.x", "6.2.6", "redis6.x" },
		{ "5.0.6", "5.0.6", "redis5.0" },
		{ "3.2.10", "3.2.10", "redis3.2" },
		{ "2.8.6", "2.8.6", "redis2.8" },
		{ "2.6.13", "2.6.13", "redis2.6" },
	};
	static const char *const none[] = { "", "x", ".x", "7", "7.x", "5.0", "8.0", "redis7",
		"7.0.8" };
	const struct catalog *catalog = load();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct engine_version *version = catalog_version(catalog, cases[i][0]);

		ck_assert_msg(version, "%s", cases[i][0]);
		ck_assert_str_eq(version->full, cases[i][1]);
		ck_assert_str_eq(version->family, cases[i][2]);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_msg(!catalog_version(catalog, none[i]), "'%s'", none[i]);
	ck_assert_str_eq(catalog_default_version(catalog)->name, "7.1");
	ck_assert_str_eq(catalog_default_version(catalog)->parameter_group, "default.redis7");
	arena_done(&arena);
}
END_TEST

START_TEST(versions_are_compared_by_number)
{
	ck_assert_int_lt(version_compare("3.2.4", "3.2.10"), 0);
	ck_assert_int_gt(version_compare("2.8.22", "2.8.6"), 0);
	ck_assert_int_lt(version_compare("6.2.6", "7.0.7"), 0);
	ck_assert_int_eq(version_compare("7.1.0", "7.1"), 0);
	ck_assert_int_eq(version_compare("5.0.6", "5.0.6"), 0);
}
END_TEST

START_TEST(regions_have_zones)
{
	const struct catalog *catalog = load();
	const struct region *east = catalog_region(catalog, "us-east-1");
	const struct region *other = catalog_region(catalog, "mars-north-1");

	ck_assert_int_eq(region_zone(east, "us-east-1", "us-east-1a"), 0);
	ck_assert_int_eq(region_zone(east, "us-east-1", "us-east-1f"), 5);
	ck_assert_int_eq(region_zone(east, "us-east-1", "us-east-1g"), -1);
	ck_assert_int_eq(region_zone(east, "us-east-1", "us-east-2a"), -1);
	ck_assert_int_eq(region_zone(east, "us-east-1", "us-east-1"), -1);
	ck_assert_int_eq(region_zone(east, "us-east-1", "us-east-1ab"), -1);
	ck_assert_int_eq(region_zone(other, "mars-north-1", "mars-north-1c"), 2);
	ck_assert_str_eq(other->zones, "abc");
	ck_assert_int_eq(east->window_start, 180);
	arena_done(&arena);
}
END_TEST

START_TEST(a_node_may_use_what_is_not_reserved)
{
	const struct catalog *catalog = load();

	ck_assert_int_eq(catalog_node_type(catalog, "cache.m3.medium")->memory_bytes, 2988441600);
	ck_assert_ptr_null(catalog_node_type(catalog, "cache.x1.huge"));
	ck_assert_int_eq(catalog_maxmemory(catalog, "cache.t3.micro", "7.0.7"), 402653184);
	ck_assert_int_eq(catalog_maxmemory(catalog, "cache.m3.medium", "2.8.24"), 2988441600);
	ck_assert_int_eq(catalog_maxmemory(catalog, "cache.x1.huge", "7.0.7"), 0);
	arena_done(&arena);
}
END_TEST

#define VERSION "{\"name\": \"7.0\", \"full\": \"7.0.7\", \"family\": \"redis7\"}"
#define TYPES "\"nodeTypes\": {\"cache.t3.micro\": 5}"
#define REGIONS "\"regions\": {\"*\": {\"zones\": \"abc\", \"window\": \"03:00\"}}"

START_TEST(nonsense_is_refused)
{
	static const char *const cases[] = {
		"",
		"[]",
		"{}",
		"{\"versions\": [], " TYPES ", " REGIONS "}",
		"{\"versions\": [" VERSION "], \"nodeTypes\": {}, " REGIONS "}",
		"{\"versions\": [" VERSION "], " TYPES ", \"regions\": {}}",
		"{\"versions\": [" VERSION "], " TYPES ", " REGIONS ", \"more\": 1}",
		"{\"versions\": [" VERSION ", " VERSION "], " TYPES ", " REGIONS "}",
		"{\"versions\": [{\"name\": \"7\"}], " TYPES ", " REGIONS "}",
		"{\"versions\": [{\"name\": \"7.0\", \"full\": \"6.0\", \"family\": \"redis7\"}], " TYPES
		", " REGIONS "}",
		"{\"versions\": [" VERSION "], \"nodeTypes\": {\"cache.x\": 0}, " REGIONS "}",
		"{\"versions\": [" VERSION "], \"nodeTypes\": {\"x\": 5}, " REGIONS "}",
		"{\"versions\": [" VERSION "], " TYPES
		", \"regions\": {\"*\": {\"zones\": \"abc\", \"window\": \"30:00\"}}}",
		"{\"versions\": [" VERSION "], " TYPES
		", \"regions\": {\"*\": {\"zones\": \"abcdefgh\", \"window\": \"03:00\"}}}",
		"{\"versions\": [" VERSION "], " TYPES
		", \"regions\": {\"eu\": {\"zones\": \"abc\", \"window\": \"03:00\"}}}",
	};
	static const char good[] = "{\"versions\": [" VERSION "], " TYPES ", " REGIONS "}";
	struct error err = { 0 };

	ck_assert_ptr_nonnull(catalog_parse(&arena, good, strlen(good), &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err = (struct error){ 0 };
		ck_assert_msg(
			!catalog_parse(&arena, cases[i], strlen(cases[i]), &err), "%s", cases[i]);
		ck_assert_str_eq(err.code, ERROR_INTERNAL);
	}
	arena_done(&arena);
}
END_TEST

UNIT("catalog", {
	tcase_add_test(tcase, versions_are_found_by_their_names);
	tcase_add_test(tcase, versions_are_compared_by_number);
	tcase_add_test(tcase, regions_have_zones);
	tcase_add_test(tcase, a_node_may_use_what_is_not_reserved);
	tcase_add_test(tcase, nonsense_is_refused);
})
