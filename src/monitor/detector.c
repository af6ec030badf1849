#include "monitor/detector.h"

#include "engine/witness.h"

void detector_answered(struct detector *detector)
{
	detector->missed = 0;
}

/* An idle redis-server wakes ten times a second: not to have woken means something only after a
 * few of these. */
enum { WINDOW_US = 250000 };

static void begin_window(struct detector *detector, const struct witness *witness)
{
	detector->cpu_ticks = witness->cpu_ticks;
	detector->voluntary = witness->voluntary;
}

enum verdict detector_missed(struct detector *detector, const struct detector_settings *settings,
	int64_t now, const struct witness *witness)
{
	if (detector->missed++ == 0) {
		detector->silent_since = now;
		begin_window(detector, witness);
	}
	if (detector->missed < settings->failures)
		return VERDICT_SILENT;
	if (witness->state == 'T' || witness->state == 't')
		return VERDICT_HUNG;
	if (witness->voluntary != detector->voluntary) {
		detector->missed = 1; /* paused by a user: watch on, with a new window */
		detector->silent_since = now;
		begin_window(detector, witness);
		return VERDICT_SILENT;
	}
	if (witness->cpu_ticks != detector->cpu_ticks || witness->state == 'R')
		return now - detector->silent_since > settings->busy_limit_us ? VERDICT_HUNG
									      : VERDICT_SILENT;
	return now - detector->silent_since >= WINDOW_US ? VERDICT_HUNG : VERDICT_SILENT;
}
