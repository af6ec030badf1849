/*
 * Failures on purpose: what an operator can do to a node. None of it waits for a verb at work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/fault.h"

struct engine;
struct error;
struct group;
struct node;

struct engine_failure {
	int pid;              /* of the process that was hit */
	enum fault_mode mode; /* what was done: crash, where silence is not possible */
	size_t silent;        /* sockets of it that answer nothing */
	size_t missed;        /* and those that could not be silenced: their peers are told */
};

/* Makes the node fail, now. silence_ms: for how long its sockets stay silent at most. False when no
 * process of it is known to run. */
bool engine_fail(struct engine *engine, const struct node *node, enum fault_mode mode,
	int64_t silence_ms, struct engine_failure *ret, struct error *err)
	__attribute__((warn_unused_result));

/* Undoes what can be undone: a stopped process goes on, silent sockets are reset. */
void engine_heal(struct engine *engine, const struct node *node);

/* Makes the replica's link to its primary deaf, so that it lags, or opens it again: it then
 * connects anew and catches up. */
bool engine_lag(struct engine *engine, const struct group *group, const struct node *replica,
	const struct node *primary, bool lags, struct error *err)
	__attribute__((warn_unused_result));

/* Why nodes cannot fall silent here; NULL when they can. */
const char *engine_no_silence(const struct engine *engine);

/* How many sockets of the node are held silent. */
size_t engine_silent(struct engine *engine, const struct node *node);

/* Resets silent sockets whose time has come. Returns when to look again (clock_monotonic). */
int64_t engine_end_silence(struct engine *engine);
