/*
 * Faults in force: zones that are down or closed to new nodes, and what was done to a node for a
 * while. Loaded nodes know what concerns them (domain/group.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/fault.h"

struct arena;
struct error;
struct tx;

struct zone_row {
	const char *name; /* us-east-1a */
	bool down;
	enum fault_mode mode; /* of one that is down */
	bool closed;          /* takes no new nodes, down or not */
	int64_t since;        /* ms, calendar time */
};

/* Zones with a fault, by name; NULL after an error. */
struct zone_row *zone_list(
	struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err);

/* Takes the zone down; one that is down already goes on as it is, in the new mode. */
bool zone_set_down(struct tx *tx, const char *name, enum fault_mode mode, struct error *err)
	__attribute__((warn_unused_result));

/* Whether new nodes may be placed in it. */
bool zone_set_closed(struct tx *tx, const char *name, bool closed, struct error *err)
	__attribute__((warn_unused_result));

/* Brings the zone up; *ret_was_down is false, and nothing is done, when it was. Stays closed when
 * it was closed. */
bool zone_set_up(struct tx *tx, const char *name, bool *ret_was_down, struct error *err)
	__attribute__((warn_unused_result));

#define FAULT_HOLD "hold"
#define FAULT_LAG "lag"

struct fault_row {
	int64_t group, node;
	const char *kind;
	int64_t since; /* ms, calendar time */
	int64_t until; /* clock_monotonic; 0: over */
};

/* The time when it ends, as it is read from a row; 0 when it is over, of a machine that was
 * restarted too. */
int64_t fault_in_force(int64_t until, int64_t lasts_ms);

/* The fault of this kind for so long from now, instead of one before. */
bool fault_set(struct tx *tx, int64_t node, const char *kind, int64_t lasts_ms, struct error *err)
	__attribute__((warn_unused_result));
bool fault_clear(struct tx *tx, int64_t node, const char *kind, struct error *err)
	__attribute__((warn_unused_result));

/* Every one, by node; NULL after an error. */
struct fault_row *fault_list(
	struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err);
