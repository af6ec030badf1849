#include "util/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "util/arena.h"

static int64_t read_clock(clockid_t id, int64_t per_second)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

/* Where the wall clock stood when the machine's own clock was 0, as it was at the start. */
static int64_t origin;
static pthread_once_t origin_is_known = PTHREAD_ONCE_INIT;

static _Atomic int64_t shift, frozen_at;

static void find_origin(void)
{
	origin = read_clock(CLOCK_REALTIME, 1000) - read_clock(CLOCK_BOOTTIME, 1000);
}

/* The wall clock as it would be, had nobody set it since. */
static int64_t steady(void)
{
	(void)pthread_once(&origin_is_known, find_origin);
	return origin + read_clock(CLOCK_BOOTTIME, 1000);
}

static int64_t time_of(const struct clock_setting *setting)
{
	return setting->frozen_at ? setting->frozen_at : steady() + setting->shift;
}

struct clock_setting clock_get(void)
{
	return (struct clock_setting){ atomic_load(&shift), atomic_load(&frozen_at) };
}

int64_t clock_now(void)
{
	struct clock_setting setting = clock_get();

	return time_of(&setting);
}

void clock_set(const struct clock_setting *setting, int64_t not_before)
{
	int64_t now = time_of(setting);
	struct clock_setting allowed =
		now < not_before ? clock_advanced(setting, not_before - now) : *setting;

	atomic_store(&shift, allowed.shift);
	atomic_store(&frozen_at, allowed.frozen_at);
}

struct clock_setting clock_advanced(const struct clock_setting *setting, int64_t milliseconds)
{
	struct clock_setting advanced = *setting;

	if (advanced.frozen_at)
		advanced.frozen_at += milliseconds;
	else
		advanced.shift += milliseconds;
	return advanced;
}

struct clock_setting clock_frozen(const struct clock_setting *setting)
{
	return (struct clock_setting){ setting->shift, time_of(setting) };
}

struct clock_setting clock_resumed(const struct clock_setting *setting)
{
	struct clock_setting resumed = *setting;

	if (setting->frozen_at)
		resumed = (struct clock_setting){ setting->frozen_at - steady(), 0 };
	return resumed;
}

void clock_shift(int64_t milliseconds)
{
	struct clock_setting setting = clock_get();

	setting = clock_advanced(&setting, milliseconds);
	clock_set(&setting, INT64_MIN);
}

int64_t clock_wall(void)
{
	return read_clock(CLOCK_REALTIME, 1000);
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
