/*
 * When TestFailover was called for which node group: the rolling 24-hour quota (G26). A row
 * outlives its group, so that deleting and creating does not refill the quota.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct group;
struct shard;
struct tx;

/* Records a call for this node group now. */
bool failover_test_record(struct tx *tx, const struct group *group, const struct shard *shard,
	struct error *err) __attribute__((warn_unused_result));

/* How many different node groups, other than this one, were called since; -1 after an error. */
int64_t failover_test_count_others(struct tx *tx, const struct group *group,
	const struct shard *shard, int64_t since, struct error *err);
