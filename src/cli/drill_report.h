/*
 * What a drill saw, and whether the promises held: collected as it happens, printed as text or as
 * JSON. Strings live in the arena that is passed in.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/writer.h"

struct arena;

enum { DRILL_MEMBERS = 6, DRILL_EVENTS = 16 };

struct drill_topology {
	const char *endpoint; /* primary endpoint */
	int64_t port;
	int count;
	struct {
		const char *name, *role, *zone, *address;
	} members[DRILL_MEMBERS];
};

struct drill_event {
	const char *type, *source, *message, *date;
};

struct drill_report {
	const char *group;
	struct drill_topology before, after;
	int event_count;
	struct drill_event events[DRILL_EVENTS]; /* oldest first */
	int64_t called_at;                       /* calendar time, ms */
	bool stayed_available;
	struct writer_result writes;
	int64_t lost;
};

/* A line on stderr. */
void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

void report_topology(struct drill_report *report, struct arena *arena, const json_t *group,
	struct drill_topology *ret);

/* "redis12-001 primary in us-east-1a, ..." */
const char *report_zones(const struct drill_topology *topology, struct arena *arena);

/* Takes in those of the group's events (newest first, as the API lists them) that are new since
 * the call, and shows each. */
void report_events(
	struct drill_report *report, struct arena *arena, const char *group, const json_t *events);

/* Whether everything that is promised was seen. */
bool report_verdict(const struct drill_report *report);

void report_text(const struct drill_report *report, FILE *out);
void report_json(const struct drill_report *report, FILE *out);
