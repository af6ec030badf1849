/*
 * Two kinds of time. Calendar time (events, quotas, maintenance windows) follows the operator, who
 * may advance and freeze it; timers of real work (heartbeats, back-off, deadlines) are monotonic
 * and do not.
 *
 * Calendar time never goes back: within a life of the process it runs with the machine's monotonic
 * clock, so that a wall clock that is set does not reach it. Thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;

/* Calendar time in milliseconds since 1970, UTC. */
int64_t clock_now(void);

/* How calendar time differs from the wall clock's. */
struct clock_setting {
	int64_t shift;     /* ms that it is ahead of the wall clock; below 0: behind */
	int64_t frozen_at; /* ms since 1970: it stands still there; 0: it runs */
};

/* From here on it is so. not_before: no time earlier than this will be told. */
void clock_set(const struct clock_setting *setting, int64_t not_before);
struct clock_setting clock_get(void);

/* The setting after calendar time was advanced by this, frozen, or let run on from where it stands.
 */
struct clock_setting clock_advanced(const struct clock_setting *setting, int64_t milliseconds);
struct clock_setting clock_frozen(const struct clock_setting *setting);
struct clock_setting clock_resumed(const struct clock_setting *setting);

/* Moves calendar time by this many milliseconds: clock_advanced at once, for tests. */
void clock_shift(int64_t milliseconds);

/* The wall clock, ms since 1970: for the log. */
int64_t clock_wall(void);

/* Monotonic time in microseconds. */
int64_t clock_monotonic(void);

/* ISO 8601 with milliseconds and Z, as the API prints time: 2015-02-02T18:22:18.202Z. */
char *clock_format(struct arena *arena, int64_t milliseconds);
