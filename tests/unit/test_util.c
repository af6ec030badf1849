#include "unit.h"

#include <string.h>

#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/tally.h"
#include "util/text.h"

START_TEST(an_arena_gives_zeroed_memory_of_any_size)
{
	_cleanup_(arena_done) struct arena arena = { 0 };

	for (size_t size = 1; size < 100000; size = size * 3 + 1) {
		char *memory = arena_alloc(&arena, size);

		ck_assert_int_eq(memory[0], 0);
		ck_assert_int_eq(memory[size - 1], 0);
		memset(memory, 'x', size);
	}
	arena_reset(&arena);
	ck_assert_str_eq(arena_printf(&arena, "%s-%03d", "redis12", 1), "redis12-001");
}
END_TEST

START_TEST(numbers_are_parsed_strictly)
{
	static const struct {
		const char *text;
		bool legal;
		int64_t value;
	} cases[] = {
		{ "0", true, 0 },
		{ "-5", true, -5 },
		{ "100", true, 100 },
		{ "101", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "+1", false, 0 },
		{ "0x10", false, 0 },
		{ "1e1", false, 0 },
		{ "99999999999999999999", false, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 12345;

		ck_assert_msg(text_to_int(cases[i].text, -10, 100, &value) == cases[i].legal,
			"'%s'", cases[i].text);
		ck_assert_int_eq(value, cases[i].legal ? cases[i].value : 12345);
	}
}
END_TEST

START_TEST(a_text_grows)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct text text = { .arena = &arena };

	for (int i = 0; i < 1000; i++)
		text_printf(&text, "%03d", i);
	ck_assert_uint_eq(text.length, 3000);
	ck_assert_uint_eq(strlen(text.data), 3000);
	ck_assert_int_eq(memcmp(text.data + 2997, "999", 3), 0);
}
END_TEST

START_TEST(time_is_printed_as_the_api_does)
{
	_cleanup_(arena_done) struct arena arena = { 0 };

	ck_assert_str_eq(clock_format(&arena, 1422901338202), "2015-02-02T18:22:18.202Z");
}
END_TEST

static bool is_about(int64_t time, int64_t expected)
{
	return time >= expected && time < expected + 5000;
}

START_TEST(calendar_time_is_advanced_frozen_and_resumed)
{
	struct clock_setting setting = clock_get();
	int64_t start = clock_now(), frozen;

	setting = clock_advanced(&setting, 3600000);
	clock_set(&setting, 0);
	ck_assert(is_about(clock_now(), start + 3600000));
	setting = clock_frozen(&setting);
	clock_set(&setting, 0);
	frozen = clock_now();
	ck_assert(is_about(frozen, start + 3600000));
	setting = clock_advanced(&setting, 7);
	clock_set(&setting, 0);
	ck_assert_int_eq(clock_now(), frozen + 7);
	setting = clock_resumed(&setting);
	clock_set(&setting, 0);
	ck_assert_int_eq(clock_get().frozen_at, 0);
	ck_assert(is_about(clock_now(), frozen + 7));
	setting = clock_resumed(&setting); /* it runs already */
	ck_assert(is_about(clock_now(), frozen + 7));
}
END_TEST

/* What was dated before a restart comes before what is dated after it, wherever the wall clock
 * stands. */
START_TEST(calendar_time_never_goes_back)
{
	struct clock_setting setting = { 0 };
	int64_t latest = clock_now() + 86400000;

	clock_set(&setting, latest);
	ck_assert(is_about(clock_now(), latest));
	setting = (struct clock_setting){ .frozen_at = 1000 };
	clock_set(&setting, latest);
	ck_assert_int_eq(clock_now(), latest);
}
END_TEST

START_TEST(counts_are_printed_as_prometheus_reads_them)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct text text = { .arena = &arena };

	tally_count("understudy_failovers_total", "cause=\"died\"");
	tally_count("understudy_failovers_total", "cause=\"died\"");
	tally_seconds("understudy_write_gap_seconds", "cause=\"died\"", 0.004);
	tally_seconds("understudy_write_gap_seconds", "cause=\"died\"", 1000);
	tally_print(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "understudy_failovers_total{cause=\"died\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "_bucket{cause=\"died\",le=\"0.002\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "_bucket{cause=\"died\",le=\"0.005\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "_bucket{cause=\"died\",le=\"60\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "_bucket{cause=\"died\",le=\"+Inf\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "_count{cause=\"died\"} 2\n"));
}
END_TEST

START_TEST(an_error_keeps_code_and_message)
{
	struct error err = { 0 };

	ck_assert(!fail(&err, "InvalidParameterValue", "no %s", "zone"));
	ck_assert(error_is(&err, "InvalidParameterValue"));
	ck_assert_str_eq(err.message, "no zone");
	ck_assert(!fail_errno(&err, 2, "open %s", "x"));
	ck_assert_str_eq(err.message, "open x: No such file or directory");
}
END_TEST

UNIT("util", tcase_add_test(tcase, an_arena_gives_zeroed_memory_of_any_size);
	tcase_add_test(tcase, numbers_are_parsed_strictly); tcase_add_test(tcase, a_text_grows);
	tcase_add_test(tcase, time_is_printed_as_the_api_does);
	tcase_add_test(tcase, calendar_time_is_advanced_frozen_and_resumed);
	tcase_add_test(tcase, calendar_time_never_goes_back);
	tcase_add_test(tcase, counts_are_printed_as_prometheus_reads_them);
	tcase_add_test(tcase, an_error_keeps_code_and_message);)
