#include "util/clock.h"

#include <stdatomic.h>
#include <time.h>

#include "util/arena.h"

static _Atomic int64_t shift;

static int64_t read_clock(clockid_t id, int64_t per_second)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME, 1000) + atomic_load(&shift);
}

void clock_shift(int64_t milliseconds)
{
	(void)atomic_fetch_add(&shift, milliseconds);
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC, 1000000);
}

char *clock_format(struct arena *arena, int64_t milliseconds)
{
	time_t seconds = milliseconds / 1000;
	struct tm utc;

	(void)gmtime_r(&seconds, &utc);
	return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
		utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
		(int)(milliseconds % 1000));
}
