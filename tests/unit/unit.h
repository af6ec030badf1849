/*
 * What every unit test program needs: Check, and a main that runs one suite.
 *
 *   UNIT("election", tcase_add_test(tcase, the_largest_offset_wins);)
 */
#pragma once

#include <check.h>
#undef fail /* an old macro of Check; ours is in util/error.h */
#include <stdlib.h>

#define UNIT(name, tests)                                    \
	int main(void)                                       \
	{                                                    \
		Suite *suite = suite_create(name);           \
		TCase *tcase = tcase_create(name);           \
		SRunner *runner = srunner_create(suite);     \
		int failed;                                  \
                                                             \
		tcase_set_timeout(tcase, 60);                \
		tests suite_add_tcase(suite, tcase);         \
		srunner_run_all(runner, CK_ENV);             \
		failed = srunner_ntests_failed(runner);      \
		srunner_free(runner);                        \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS; \
	}
