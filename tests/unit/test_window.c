#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "domain/catalog.h"
#include "domain/window.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

START_TEST(maintenance_windows_are_parsed)
{
	static const struct {
		const char *text;
		const char *window; /* NULL: none */
	} cases[] = {
		{ "sun:05:00-sun:06:00", "sun:05:00-sun:06:00" },
		{ "Sun:05:00-SUN:06:30", "sun:05:00-sun:06:30" },
		{ "sat:23:30-sun:00:30", "sat:23:30-sun:00:30" },
		{ "mon:00:00-tue:00:00", "mon:00:00-tue:00:00" },
		{ "mon:00:00-tue:00:01", NULL },
		{ "sun:05:00-sun:05:59", NULL },
		{ "sun:05:00-sun:05:00", NULL },
		{ "sun:06:00-sun:05:00", NULL },
		{ "sun:24:00-mon:01:00", NULL },
		{ "sun:05:60-sun:07:00", NULL },
		{ "son:05:00-sun:06:00", NULL },
		{ "sun:5:00-sun:06:00", NULL },
		{ "sun:05:00-sun:06:00 ", NULL },
		{ "sun:05:00_sun:06:00", NULL },
		{ "05:00-06:00", NULL },
		{ "", NULL },
	};
	_cleanup_(arena_done) struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };
		const char *window = parse_maintenance_window(&arena, cases[i].text, &err);

		ck_assert_pstr_eq(window, cases[i].window);
		ck_assert_pstr_eq(err.code, cases[i].window ? NULL : "InvalidParameterValue");
	}
}
END_TEST

START_TEST(snapshot_windows_are_parsed)
{
	static const struct {
		const char *text;
		bool legal;
	} cases[] = {
		{ "05:00-06:00", true },
		{ "23:30-00:30", true },
		{ "00:00-23:59", true },
		{ "05:00-05:59", false },
		{ "05:00-05:00", false },
		{ "5:00-6:00", false },
		{ "05:00-06:00-", false },
		{ "25:00-26:00", false },
		{ "sun:05:00-sun:06:00", false },
		{ "", false },
	};
	_cleanup_(arena_done) struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };

		ck_assert_msg(
			!!parse_snapshot_window(&arena, cases[i].text, &err) == cases[i].legal,
			"'%s'", cases[i].text);
	}
}
END_TEST

/* Whether an hour that begins so lies within the 8 hours from start, around midnight too. */
static bool is_in_block(const char *time, int start)
{
	int hour, minute;

	ck_assert_int_eq(sscanf(time, "%d:%d", &hour, &minute), 2);
	return (hour * 60 + minute - start + 24 * 60) % (24 * 60) <= 7 * 60;
}

START_TEST(defaults_lie_in_the_block_of_the_region)
{
	static const int starts[] = { 3 * 60, 22 * 60, 17 * 60 + 30, 23 * 60 + 59 };
	_cleanup_(arena_done) struct arena arena = { 0 };

	for (int i = 0; i < 400; i++) {
		struct region region = { "r", "abc", starts[i % 4] };
		const char *group = arena_printf(&arena, "group%d", i);
		const char *weekly = default_maintenance_window(&arena, &region, group);
		const char *daily = default_snapshot_window(&arena, &region, group);
		struct error err = { 0 };

		ck_assert_ptr_nonnull(parse_maintenance_window(&arena, weekly, &err));
		ck_assert_ptr_nonnull(parse_snapshot_window(&arena, daily, &err));
		ck_assert_msg(is_in_block(weekly + 4, region.window_start), "%s", weekly);
		ck_assert_msg(is_in_block(daily, region.window_start), "%s", daily);
		ck_assert_msg(strncmp(weekly + 4, daily, 5) != 0, "%s %s", weekly, daily);
	}
}
END_TEST

START_TEST(defaults_come_from_the_name)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const struct region region = { "us-east-1", "abcdef", 180 };
	const char *first = default_maintenance_window(&arena, &region, "redis12");
	int different = 0;

	ck_assert_str_eq(first, default_maintenance_window(&arena, &region, "redis12"));
	for (int i = 0; i < 20; i++)
		different += strcmp(first, default_maintenance_window(&arena, &region,
						   arena_printf(&arena, "redis%d", i + 13))) != 0;
	ck_assert_int_gt(different, 10);
}
END_TEST

START_TEST(a_window_opens_and_closes)
{
	/* 2026-11-22 was a Sunday. */
	const int64_t sunday = 1795305600000, minute = 60000, hour = 60 * minute;

	ck_assert(!maintenance_window_is_open("sun:05:00-sun:06:00", sunday + 5 * hour - 1));
	ck_assert(maintenance_window_is_open("sun:05:00-sun:06:00", sunday + 5 * hour));
	ck_assert(maintenance_window_is_open("sun:05:00-sun:06:00", sunday + 6 * hour - 1));
	ck_assert(!maintenance_window_is_open("sun:05:00-sun:06:00", sunday + 6 * hour));
	ck_assert(!maintenance_window_is_open("sun:05:00-sun:06:00", sunday + 29 * hour));
	ck_assert(maintenance_window_is_open("sat:23:30-sun:00:30", sunday));
	ck_assert(maintenance_window_is_open("sat:23:30-sun:00:30", sunday - 30 * minute));
	ck_assert(!maintenance_window_is_open("sat:23:30-sun:00:30", sunday - 31 * minute));
	ck_assert(!maintenance_window_is_open("sat:23:30-sun:00:30", sunday + 30 * minute));
}
END_TEST

UNIT("window", {
	tcase_add_test(tcase, maintenance_windows_are_parsed);
	tcase_add_test(tcase, snapshot_windows_are_parsed);
	tcase_add_test(tcase, defaults_lie_in_the_block_of_the_region);
	tcase_add_test(tcase, defaults_come_from_the_name);
	tcase_add_test(tcase, a_window_opens_and_closes);
})
