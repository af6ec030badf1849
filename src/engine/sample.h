/*
 * How nodes do, for those who look on: many asked at once, each over a connection of its own, so
 * that neither a node that hangs nor somebody who looks keeps a verb waiting.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

struct engine_sample {
	int pid;       /* 0: it does not run */
	char state;    /* of the process, as /proc has it: R, S, T …; 0 without one */
	bool answered; /* in time; only then is what follows known */
	struct engine_view view;
	int64_t clients;     /* connected, the control plane's own among them */
	int64_t connections; /* since its start */
	int64_t memory;      /* bytes used */
	int64_t keys;
};

/* Asks a node of a group. */
struct sample_target {
	const struct group *group;
	const struct node *node;
};

/* ret[i] is what is known of targets[i] after timeout_ms at most. */
void engine_sample(struct engine *engine, const struct sample_target *targets, size_t count,
	int timeout_ms, struct engine_sample *ret);
