#include "unit.h"

#include "domain/election.h"

#define NOW "lineage-now"
#define BEFORE "lineage-before"
#define FOREIGN "lineage-foreign"

/* A replica that has read to the end of its primary's stream. */
#define REPLICA(id, its_name, of, at)                                             \
	{                                                                         \
		.node = id, .name = its_name, .answered = true, .has_data = true, \
		.replication_id = of, .offset = at                                \
	}

static const char *elect(const struct candidate *candidates, size_t count)
{
	const struct candidate *chosen = choose_candidate(candidates, count, NOW, BEFORE);

	return chosen ? chosen->name : "none";
}

#define ELECT(...)                                       \
	elect((const struct candidate[]){ __VA_ARGS__ }, \
		sizeof((const struct candidate[]){ __VA_ARGS__ }) / sizeof(struct candidate))

/* G08, G17 */
START_TEST(the_least_lag_wins)
{
	const struct candidate a = REPLICA(2, "r-002", NOW, 100), b = REPLICA(3, "r-003", NOW, 101);

	ck_assert_str_eq(ELECT(a, b), "r-003");
	ck_assert_str_eq(ELECT(b, a), "r-003");
}
END_TEST

START_TEST(the_name_decides_between_equals)
{
	const struct candidate a = REPLICA(3, "r-003", NOW, 100), b = REPLICA(2, "r-002", NOW, 100);

	ck_assert_str_eq(ELECT(a, b), "r-002");
	ck_assert_str_eq(ELECT(b, a), "r-002");
}
END_TEST

START_TEST(a_larger_offset_of_another_lineage_does_not_count)
{
	const struct candidate now = REPLICA(2, "r-002", NOW, 5);
	const struct candidate before = REPLICA(3, "r-003", BEFORE, 500);
	const struct candidate foreign = REPLICA(4, "r-004", FOREIGN, 5000);

	ck_assert_str_eq(ELECT(foreign, before, now), "r-002");
	ck_assert_str_eq(ELECT(foreign, before), "r-003");
	ck_assert_str_eq(ELECT(foreign), "r-004");
}
END_TEST

START_TEST(who_has_no_data_is_never_chosen)
{
	struct candidate silent = REPLICA(2, "r-002", NOW, 900);
	struct candidate empty = REPLICA(3, "r-003", NOW, 900);
	struct candidate loading = REPLICA(4, "r-004", NOW, 900);
	struct candidate stale = REPLICA(5, "r-005", FOREIGN, 1);
	struct candidate fresh_primary = REPLICA(6, "r-006", FOREIGN, 0);

	silent.answered = false;
	empty.has_data = false;
	loading.sync_in_progress = true;
	fresh_primary.is_primary = true;
	ck_assert_str_eq(ELECT(silent, empty, loading, fresh_primary), "none");
	ck_assert_str_eq(ELECT(silent, empty, loading, stale), "r-005");
	ck_assert_ptr_null(choose_candidate(NULL, 0, NOW, BEFORE));
}
END_TEST

START_TEST(one_that_was_promoted_before_a_crash_is_not_lost)
{
	struct candidate promoted = REPLICA(2, "r-002", FOREIGN, 900);

	promoted.is_primary = true;
	promoted.has_data = false;
	ck_assert_str_eq(ELECT(promoted), "r-002");
}
END_TEST

START_TEST(without_a_known_lineage_any_data_will_do)
{
	const struct candidate a = REPLICA(2, "r-002", NOW, 5), b = REPLICA(3, "r-003", FOREIGN, 6);
	const struct candidate both[] = { a, b };

	ck_assert_str_eq(choose_candidate(both, 2, NULL, NULL)->name, "r-003");
	ck_assert_str_eq(choose_candidate(both, 2, NULL, NOW)->name, "r-002");
}
END_TEST

START_TEST(it_has_drained_when_no_link_is_up)
{
	struct candidate both[] = { REPLICA(2, "r-002", NOW, 5), REPLICA(3, "r-003", NOW, 6) };

	ck_assert(election_drained(both, 2));
	both[1].link_up = true;
	ck_assert(!election_drained(both, 2));
	both[1].answered = false;
	ck_assert(election_drained(both, 2));
	ck_assert(election_drained(both, 0));
}
END_TEST

UNIT("election", {
	tcase_add_test(tcase, the_least_lag_wins);
	tcase_add_test(tcase, the_name_decides_between_equals);
	tcase_add_test(tcase, a_larger_offset_of_another_lineage_does_not_count);
	tcase_add_test(tcase, who_has_no_data_is_never_chosen);
	tcase_add_test(tcase, one_that_was_promoted_before_a_crash_is_not_lost);
	tcase_add_test(tcase, without_a_known_lineage_any_data_will_do);
	tcase_add_test(tcase, it_has_drained_when_no_link_is_up);
})
