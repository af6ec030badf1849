/*
 * A workflow is a list of named steps; a flow is one run of it, with its cursor in the database
 * (store/flow.h). Each step is up to two functions:
 *
 *   act     looks at the world and changes it: engine and endpoint, no SQL. It may be run again
 *           after a crash, so it looks before it acts.
 *   record  writes what is now true: SQL, no I/O. It runs in the transaction that moves the
 *           cursor, so it happens exactly once, together with the step's events.
 *
 * A step that decides does not act on its decision: choose, commit, then promote. Steps of one
 * shard never run at the same time, whichever flows they belong to (work/pool.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct catalog;
struct engine;
struct error;
struct group;
struct flow_value;
struct node;
struct shard;
struct tx;

enum outcome {
	DONE,  /* record, then the next step */
	AGAIN, /* not yet: the same step later, with back-off; *err says why, if it is an error */
	OVER,  /* record, and the flow ends here, its work done */
	ABANDONED, /* what it relied on has gone: it ends, nothing is recorded but the reason in
		    *err */
	FAILED, /* it cannot be done: the workflow's on_failure is recorded; the reason is in *err
		 */
};

struct flow {
	int64_t id;
	const char *cause;
	struct arena *arena; /* of this run of the flow */
	struct engine *engine;
	const struct catalog *catalog;
	struct group *group; /* as it is: no other flow acts on this shard meanwhile */
	struct shard *shard; /* NULL for a flow of the whole group */
	struct node *node;   /* NULL unless the flow is a node's */
	int attempt;         /* of this step in this life of the server, from 1 */
	int64_t waiting_us;  /* since this step was first tried in this life */
	int retry_ms;        /* when AGAIN: set to be run again after this, else back-off */
	struct flow_value *values;
};

struct step {
	const char *name; /* of the cursor: never reused for anything else once released */
	enum outcome (*act)(struct flow *flow, struct error *err);           /* or NULL */
	bool (*record)(struct flow *flow, struct tx *tx, struct error *err); /* or NULL */
};

struct workflow {
	const char *name;
	int priority; /* smaller goes first: promotions before replacements */
	bool (*on_failure)(struct flow *flow, struct tx *tx, struct error *err); /* or NULL */
	struct step steps[12]; /* ends with { 0 } */
};

enum { PRIORITY_PROMOTION, PRIORITY_REQUEST, PRIORITY_REPAIR };

/* What the flow has decided so far. flow_set counts from the commit of the step that calls it;
 * within that step flow_get sees it at once. NULL when not set. */
const char *flow_get(const struct flow *flow, const char *name);
void flow_set(struct flow *flow, const char *name, const char *value);

/* The node whose id was set under this name; NULL when there is none (any more). */
struct node *flow_node(const struct flow *flow, const char *name);
void flow_set_node(struct flow *flow, const char *name, const struct node *node);

/* Every workflow there is, ended by NULL. */
extern const struct workflow *const workflows[];

const struct workflow *workflow_named(const char *name);
