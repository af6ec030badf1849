/*
 * Runs a flow, step after step, committing what each one says. Called by the workers; each flow is
 * run by one of them at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct catalog;
struct engine;
struct store;

struct runner {
	struct store *store;
	struct engine *engine;
	const struct catalog *catalog;
};

/* What the server remembers of a flow between runs; lost when it dies, which does no harm. */
struct progress {
	char step[40]; /* the step that was tried last */
	int attempt;   /* of that step */
	int64_t since; /* first tried, clock_monotonic */
	int64_t begun; /* the flow, in this life */
};

/* Runs the flow until it ends (0) or has to wait: the milliseconds to wait before the next run.
 * yield is asked between steps: true when something more urgent is due, then 1 is returned. */
int runner_run(const struct runner *runner, int64_t flow, struct progress *progress,
	bool (*yield)(void *context), void *context);
