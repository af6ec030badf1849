/*
 * Faults: what the operator has broken, carried out and kept in force.
 *
 * What lasts is a row first (store/fault.h) and then an act on the nodes (engine_fail), so that a
 * crash in between leaves a fault that is carried out at the next start. One thread ends what ends
 * by itself, and hits nodes that were being started in a zone that went down. Everything here may
 * be called by any thread, and none of it waits for a verb at work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/sabotage.h"

struct arena;
struct error;
struct faults;
struct group;
struct node;
struct shard;
struct store;

enum {
	HOLD_MS_MAX = 24 * 3600 * 1000,
	SILENCE_MS_DEFAULT = 15 * 60 * 1000, /* about as long as Linux retries by default */
	SILENCE_MS_MAX = 24 * 3600 * 1000,
	LAG_MS_DEFAULT = 10 * 1000,
	LAG_MS_MAX = 50 * 1000, /* Redis gives a link up after 60 seconds */
};

struct faults *faults_start(struct store *store, struct engine *engine, struct error *err)
	__attribute__((warn_unused_result));
void faults_stop(struct faults *faults); /* accepts NULL */

/* Something was committed: nodes may have appeared in a zone that is down. Does not wait. */
void faults_wake(struct faults *faults);

/* How a node shall fail. */
struct fault_order {
	enum fault_mode mode;
	int64_t hold_ms;    /* its replacement waits for so long; 0: not */
	int64_t silence_ms; /* silent sockets are reset after this */
};

/* A node that was made to fail. */
struct fault_hit {
	const char *node;
	struct engine_failure failure;
};

/* Hits those of the nodes that run. ret: room for as many. False when none of them runs, or nothing
 * could be recorded. */
bool faults_fail(struct faults *faults, const struct node *const *nodes, size_t count,
	const struct fault_order *order, struct fault_hit *ret, size_t *ret_count,
	struct error *err) __attribute__((warn_unused_result));

/* Takes the zone down: every node in it fails, in all groups, and nothing starts there. *ret lives
 * in the arena. */
bool faults_zone_down(struct faults *faults, struct arena *arena, const char *zone,
	const struct fault_order *order, struct fault_hit **ret, size_t *ret_count,
	struct error *err) __attribute__((warn_unused_result));

/* Brings it up: what waits for it goes on, silent sockets are reset. */
bool faults_zone_up(struct faults *faults, const char *zone, bool *ret_was_down, struct error *err)
	__attribute__((warn_unused_result));

/* Closes the zone to new nodes, or opens it. */
bool faults_zone_close(struct faults *faults, const char *zone, bool closed, struct error *err)
	__attribute__((warn_unused_result));

/* Makes a replica lag for so long; 0: not any more. */
bool faults_lag(struct faults *faults, const struct group *group, const struct shard *shard,
	const struct node *node, int64_t milliseconds, struct error *err)
	__attribute__((warn_unused_result));

/* Ends every fault in force. */
bool faults_heal(struct faults *faults, struct error *err) __attribute__((warn_unused_result));
