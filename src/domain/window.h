/*
 * The two windows of a group: a week's maintenance window (sun:05:00-sun:06:00) and a day's
 * snapshot window (05:00-06:00), in UTC. A window may run across midnight and across the end of
 * the week; it lasts at least an hour, and maintenance at most a day.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct error;
struct region;

/* The window in lower case, or NULL and *err when it is none. */
const char *parse_maintenance_window(struct arena *arena, const char *text, struct error *err);
const char *parse_snapshot_window(struct arena *arena, const char *text, struct error *err);

/* What a group gets that does not say: an hour in the region's block of default windows, derived
 * from the group's name. The two do not overlap. */
const char *default_maintenance_window(
	struct arena *arena, const struct region *region, const char *group);
const char *default_snapshot_window(
	struct arena *arena, const struct region *region, const char *group);

/* Whether a maintenance window is open at this time (ms since 1970). */
bool maintenance_window_is_open(const char *window, int64_t now);
