/*
 * Durable work: a flow is a row naming a workflow, what it works on and the step that comes next.
 * src/flow/ runs them; requests and the monitor only start them. UNIQUE indexes hold the rule that
 * a group, a shard and a node have at most one running flow each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct tx;

struct flow_row {
	int64_t id;
	const char *workflow;
	int64_t group;
	int64_t shard;      /* 0: the whole group */
	int64_t node;       /* 0: the whole shard */
	const char *cause;  /* api, primary-died, primary-hung, … : log and rules */
	const char *step;   /* the next one; "" for the first */
	int64_t started_at; /* ms, calendar time */
};

/* Starts a flow at its first step; *ret_started is false, and nothing is done, when one that
 * excludes it is running. */
bool flow_start(struct tx *tx, const char *workflow, int64_t group, int64_t shard, int64_t node,
	const char *cause, bool *ret_started, struct error *err)
	__attribute__((warn_unused_result));

/* Running flows, of one group or (0) of all, oldest first; NULL after an error. */
struct flow_row *flow_list(
	struct tx *tx, struct arena *arena, int64_t group, size_t *ret_count, struct error *err);

/* Removes flows that ended before this date, at most limit of them. Returns how many, -1 after an
 * error. */
int64_t flow_prune(struct tx *tx, int64_t older_than, int64_t limit, struct error *err);

/* Ends every running flow of the group without letting it finish: it is being deleted. */
bool flow_abandon_all(struct tx *tx, int64_t group, struct error *err)
	__attribute__((warn_unused_result));

/* For the runner. The row, NULL when it is not running (err->code NULL) or after an error. */
struct flow_row *flow_load(struct tx *tx, struct arena *arena, int64_t id, struct error *err);
bool flow_advance(struct tx *tx, int64_t id, const char *step, struct error *err)
	__attribute__((warn_unused_result));
bool flow_finish(struct tx *tx, int64_t id, const char *state, const char *reason,
	struct error *err) __attribute__((warn_unused_result));

/* The id of the newest flow of this workflow in the shard, running or not; 0 when there was none,
 * -1 after an error. */
int64_t flow_newest(struct tx *tx, int64_t shard, const char *workflow, struct error *err);

/* What a flow has decided. NULL after an error. */
struct flow_row_value {
	const char *name;
	const char *value;
};

struct flow_row_value *flow_values(
	struct tx *tx, struct arena *arena, int64_t id, size_t *ret_count, struct error *err);
bool flow_value_set(struct tx *tx, int64_t id, const char *name, const char *value,
	struct error *err) __attribute__((warn_unused_result));
