/*
 * Two kinds of time. Calendar time (events, quotas, maintenance windows) follows the operator, who
 * may move it; timers of real work (heartbeats, back-off, deadlines) are monotonic and do not.
 * Thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;

/* Calendar time in milliseconds since 1970, UTC. */
int64_t clock_now(void);

/* Moves calendar time by this many milliseconds, forward or back. */
void clock_shift(int64_t milliseconds);

/* Monotonic time in microseconds. */
int64_t clock_monotonic(void);

/* ISO 8601 with milliseconds and Z, as the API prints time: 2015-02-02T18:22:18.202Z. */
char *clock_format(struct arena *arena, int64_t milliseconds);
