/*
 * From pending to being applied: what a ModifyReplicationGroup with ApplyImmediately and the
 * calendar, when a maintenance window opens, have in common. The workflow that is started here ends
 * by making the pending values settings.
 */
#pragma once

#include <stdbool.h>

struct error;
struct group;
struct tx;

/* Starts to apply what is pending: the group and its shards are modifying, automatic failover is
 * enabling or disabling, a flow runs; all saved, and *ret_started is true. When other work on the
 * group excludes it for now, or when nothing differs from what is, it is false and the group goes
 * on; in the latter case nothing is pending any more. cause: of the flow. */
bool group_apply_pending(struct tx *tx, struct group *group, const char *cause, bool *ret_started,
	struct error *err) __attribute__((warn_unused_result));
