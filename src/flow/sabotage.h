/*
 * A step that is made to fail, for drills of the control plane itself: the next time that the step
 * is due it does nothing and is tried again later, as if what it needs had been out of reach. In
 * memory: a restart forgets it. Thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether there is such a step. */
bool sabotage_knows(const char *workflow, const char *step);

/* The step fails once more than it was going to. */
void sabotage_arm(const char *workflow, const char *step);

/* Whether the step is to fail now; once each time that it was armed. */
bool sabotage_takes(const char *workflow, const char *step);

/* What is armed: the index-th step, its names and how often it will fail. False when there are no
 * more. */
bool sabotage_list(size_t index, const char **ret_workflow, const char **ret_step, int *ret_times);

void sabotage_disarm_all(void);
