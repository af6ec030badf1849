#include "unit.h"

#include "engine/witness.h"
#include "monitor/detector.h"

/* A heartbeat every 100 ms, three of them make a case, busy is believed for ten seconds. */
static const struct detector_settings settings = { 3, 10000000 };

enum { ROUND_US = 100000 };

/* Rounds of silence until the verdict is hung; 0 when it is not within so many. */
static int rounds_until_hung(struct detector *detector, char state, int64_t ticks_a_round,
	int64_t switches_a_round, int most)
{
	struct witness witness = { state, 100, 100 };

	for (int i = 1; i <= most; i++) {
		if (detector_missed(detector, &settings, (int64_t)i * ROUND_US, &witness) ==
			VERDICT_HUNG)
			return i;
		witness.cpu_ticks += ticks_a_round;
		witness.voluntary += switches_a_round;
	}
	return 0;
}

START_TEST(a_stopped_process_hangs_after_three_heartbeats)
{
	struct detector detector = { 0 };

	ck_assert_int_eq(rounds_until_hung(&detector, 'T', 0, 0, 10), 3);
}
END_TEST

START_TEST(a_process_that_neither_runs_nor_wakes_hangs_after_a_window)
{
	struct detector detector = { 0 };

	ck_assert_int_eq(rounds_until_hung(&detector, 'S', 0, 0, 10), 4);
	detector = (struct detector){ 0 };
	ck_assert_int_eq(rounds_until_hung(&detector, 'D', 0, 0, 10), 4);
}
END_TEST

START_TEST(a_busy_process_is_believed_for_the_busy_limit)
{
	struct detector detector = { 0 };

	ck_assert_int_eq(rounds_until_hung(&detector, 'R', 10, 0, 100), 0);
	detector = (struct detector){ 0 };
	ck_assert_int_eq(rounds_until_hung(&detector, 'R', 10, 0, 200), 102);
	detector = (struct detector){ 0 };
	/* waiting for its turn on a busy machine: runnable, no ticks yet */
	ck_assert_int_eq(rounds_until_hung(&detector, 'R', 0, 0, 50), 0);
}
END_TEST

START_TEST(a_paused_process_never_hangs)
{
	struct detector detector = { 0 };

	ck_assert_int_eq(rounds_until_hung(&detector, 'S', 0, 1, 1000), 0);
}
END_TEST

START_TEST(an_answer_closes_the_case)
{
	struct detector detector = { 0 };

	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(rounds_until_hung(&detector, 'T', 0, 0, 2), 0);
		detector_answered(&detector);
	}
}
END_TEST

UNIT("detector", tcase_add_test(tcase, a_stopped_process_hangs_after_three_heartbeats);
	tcase_add_test(tcase, a_process_that_neither_runs_nor_wakes_hangs_after_a_window);
	tcase_add_test(tcase, a_busy_process_is_believed_for_the_busy_limit);
	tcase_add_test(tcase, a_paused_process_never_hangs);
	tcase_add_test(tcase, an_answer_closes_the_case);)
