/*
 * Pending changes of a group become real (ModifyReplicationGroup; G21–G23), and the group available
 * again. When a replica is to become the primary first, promote.c does that and ends here.
 */
#include "domain/group.h"
#include "flow/flow.h"
#include "flow/pending.h"
#include "flow/workflows.h"
#include "util/error.h"

enum { REPLICA_POLL_MS = 100 };

static bool has_replica(const struct shard *shard)
{
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id != shard->primary &&
			shard->nodes[i].health == HEALTH_IN_SYNC)
			return true;
	return false;
}

/* Automatic failover is on only when there is somebody to fail over to (G22). */
static enum outcome await_replica(struct flow *flow, struct error *err)
{
	(void)err;
	if (flow->group->automatic_failover != FAILOVER_ENABLING)
		return DONE;
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		if (!has_replica(&flow->group->shards[i])) {
			flow->retry_ms = REPLICA_POLL_MS;
			return AGAIN;
		}
	}
	return DONE;
}

const struct workflow workflow_modify = {
	.name = "modify",
	.priority = PRIORITY_REQUEST,
	.steps = {
		{ "await-replica", await_replica, NULL },
		{ "apply", NULL, apply_pending },
		{ 0 },
	},
};
