/*
 * Dead, hung, busy or paused? Pure: observations in, verdict out. Silence only opens a case; what
 * /proc says of the process closes it: a stopped process, or one that neither ran nor woke for the
 * whole window, is hung; one that burns CPU is busy, for as long as the limit allows; one that
 * wakes regularly but does not answer was paused by a user and is alive.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct witness;

struct detector_settings {
	int failures;          /* unanswered heartbeats that make a case */
	int64_t busy_limit_us; /* how long busy is believed */
};

struct detector {
	int missed;           /* heartbeats in a row */
	int64_t silent_since; /* when the first of them was due; monotonic, us */
	char state;           /* of the process, when the silence began */
	int64_t cpu_ticks, voluntary;
};

enum verdict {
	VERDICT_ALIVE,
	VERDICT_SILENT, /* no answer, no case yet; or a case that is not decided */
	VERDICT_HUNG,
};

/* An answer came, whatever it said. */
void detector_answered(struct detector *detector);

/* A heartbeat is due while the one before has had no answer. witness: the process now. */
enum verdict detector_missed(struct detector *detector, const struct detector_settings *settings,
	int64_t now, const struct witness *witness);
