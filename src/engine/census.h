/*
 * Who lives in the nodes' directories: one look at the process table.
 *
 * A process is a node's when its working directory is the node's and its descriptor 3 is the
 * node's lock file. The leader of the session is redis-server itself, the others are what it
 * forked. A shell that someone left in the directory is neither. Zombies are not listed: they have
 * no descriptors.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct census;
struct process;

/* Lives in the arena. */
struct census *census_take(struct arena *arena);

enum census_who { CENSUS_LEADER, CENSUS_FORKED, CENSUS_ANYBODY };

/* Pins the next of them, after the *position-th process, that belongs to the directory with this
 * lock file. False when there is none; each is looked at again after it was pinned. Start with
 * *position 0. */
bool census_next(const struct census *census, int directory, int lock, enum census_who who,
	size_t *position, struct process *ret);
