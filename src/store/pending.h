/*
 * The beginning of every modification that takes work: what is pending is to be applied now, by a
 * request (ApplyImmediately) or because the maintenance window is open.
 */
#pragma once

#include <stdbool.h>

struct error;
struct group;
struct tx;

/* Sets the group and its shards to modifying, automatic failover to enabling or disabling, and
 * starts the flow that applies what is pending: promote when another member is to be the primary,
 * else modify. Changes and saves *group. *ret_started is false, and nothing is done, when work on
 * the group or its shard excludes it for now. */
bool group_apply_pending(struct tx *tx, struct group *group, const char *cause, bool *ret_started,
	struct error *err) __attribute__((warn_unused_result));
