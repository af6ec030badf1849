#include "domain/window.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "domain/catalog.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

enum {
	HOUR = 60, /* in minutes, as all of these */
	DAY = 24 * HOUR,
	WEEK = 7 * DAY,
	DEFAULT_WINDOWS = 7, /* whole hours that fit into the block of every region */
};

static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

struct window {
	int start;
	int length;
};

static bool parse_digits(const char *text, int max, int *ret)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*ret = (text[0] - '0') * 10 + (text[1] - '0');
	return *ret <= max;
}

/* hh:mi; what follows is the caller's. */
static bool parse_time(const char *text, int *ret)
{
	int hours, minutes;

	if (!parse_digits(text, 23, &hours) || text[2] != ':' ||
		!parse_digits(text + 3, 59, &minutes))
		return false;
	*ret = hours * HOUR + minutes;
	return true;
}

/* ddd:hh:mi */
static bool parse_day_time(const char *text, int *ret)
{
	for (int day = 0; day < 7; day++) {
		if (strncmp(text, days[day], 3) != 0 || text[3] != ':' ||
			!parse_time(text + 4, ret))
			continue;
		*ret += day * DAY;
		return true;
	}
	return false;
}

/* Two points in time of this many characters, in a period that begins again when it ends. */
static bool parse_window(const char *text, size_t length, int period,
	bool (*parse)(const char *text, int *ret), struct window *ret)
{
	int start, end;

	if (strlen(text) != 2 * length + 1 || text[length] != '-' || !parse(text, &start) ||
		!parse(text + length + 1, &end))
		return false;
	ret->start = start;
	ret->length = (end - start + period) % period;
	return true;
}

static bool parse_week(const char *text, struct window *ret)
{
	return parse_window(text, strlen("sun:05:00"), WEEK, parse_day_time, ret);
}

const char *parse_maintenance_window(struct arena *arena, const char *text, struct error *err)
{
	char *lower = text_lower(arena, text);
	struct window window;

	if (parse_week(lower, &window) && window.length >= HOUR && window.length <= DAY)
		return lower;
	(void)fail(err, "InvalidParameterValue",
		"Invalid maintenance window. It must be in the format ddd:hh24:mi-ddd:hh24:mi and "
		"last from 60 minutes to 24 hours.");
	return NULL;
}

const char *parse_snapshot_window(struct arena *arena, const char *text, struct error *err)
{
	struct window window;

	if (parse_window(text, strlen("05:00"), DAY, parse_time, &window) && window.length >= HOUR)
		return arena_strdup(arena, text);
	(void)fail(err, "InvalidParameterValue",
		"Invalid snapshot window. It must be in the format hh24:mi-hh24:mi and last at least "
		"60 minutes.");
	return NULL;
}

/* FNV-1a: the same for every run, so that a group's windows can be foretold. */
static unsigned hash(const char *text)
{
	unsigned value = 2166136261U;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619U;
	return value ^ value >> 16;
}

static int default_start(const struct region *region, unsigned hour)
{
	return (region->window_start + (int)(hour % DEFAULT_WINDOWS) * HOUR) % DAY;
}

const char *default_maintenance_window(
	struct arena *arena, const struct region *region, const char *group)
{
	unsigned day = hash(group) / DEFAULT_WINDOWS % 7;
	int start = (int)day * DAY + default_start(region, hash(group)), end = start + HOUR;

	end %= WEEK;
	return arena_printf(arena, "%s:%02d:%02d-%s:%02d:%02d", days[start / DAY],
		start % DAY / HOUR, start % HOUR, days[end / DAY], end % DAY / HOUR, end % HOUR);
}

const char *default_snapshot_window(
	struct arena *arena, const struct region *region, const char *group)
{
	int start =
		default_start(region, hash(group) + 1 + hash(group) / 49 % (DEFAULT_WINDOWS - 1));
	int end = (start + HOUR) % DAY;

	return arena_printf(
		arena, "%02d:%02d-%02d:%02d", start / HOUR, start % HOUR, end / HOUR, end % HOUR);
}

bool maintenance_window_is_open(const char *window, int64_t now)
{
	/* 1970 began on a Thursday. */
	int minute = (int)((now / 60000 + 4 * DAY) % WEEK);
	struct window parsed;
	bool legal = parse_week(window, &parsed);

	assert(legal);
	return (minute - parsed.start + WEEK) % WEEK < parsed.length;
}
