/*
 * A shard that the control plane stopped in order, data kept, starts again: the primary with its
 * data, then its replicas. Nothing failed, so there are no events.
 */
#include "domain/group.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "flow/nodes.h"
#include "flow/records.h"
#include "flow/workflows.h"
#include "store/group.h"
#include "util/error.h"

static enum outcome start_primary(struct flow *flow, struct error *err)
{
	return start_node(flow, shard_primary(flow->shard), NULL, err) ? DONE : AGAIN;
}

static bool was_stopped(const struct node *node)
{
	return node->health == HEALTH_STOPPED;
}

static enum outcome start_replicas(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	const struct node *primary = shard_primary(shard);

	for (size_t i = 0; i < shard->node_count; i++)
		if (&shard->nodes[i] != primary && was_stopped(&shard->nodes[i]) &&
			!start_node(flow, &shard->nodes[i], primary, err))
			return AGAIN;
	return DONE;
}

static enum outcome publish_endpoints(struct flow *flow, struct error *err)
{
	const char *lineage = settle_endpoints(flow, err)
				      ? read_lineage(flow, shard_primary(flow->shard), err)
				      : NULL;

	if (!lineage)
		return AGAIN;
	flow_set(flow, "lineage", lineage);
	return DONE;
}

static bool record_publish(struct flow *flow, struct tx *tx, struct error *err)
{
	return set_primary(
		flow, tx, shard_primary(flow->shard), flow_get(flow, "lineage"), true, err);
}

static enum outcome await_sync(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	const struct node *primary = shard_primary(shard);

	for (size_t i = 0; i < shard->node_count; i++) {
		const struct node *node = &shard->nodes[i];

		if (node == primary || !was_stopped(node))
			continue;
		if (!engine_follow(flow->engine, flow->group, node, primary, err) ||
			!replica_in_sync(flow, primary, node, err)) {
			flow->retry_ms = err->code ? 0 : 1;
			return engine_find(flow->engine, primary) ? AGAIN : ABANDONED;
		}
	}
	return DONE;
}

static bool record_finish(struct flow *flow, struct tx *tx, struct error *err)
{
	struct shard *shard = flow->shard;

	for (size_t i = 0; i < shard->node_count; i++)
		if (was_stopped(&shard->nodes[i]) &&
			!set_health(tx, &shard->nodes[i], HEALTH_IN_SYNC, err))
			return false;
	return true;
}

const struct workflow workflow_resume = {
	.name = "resume",
	.priority = PRIORITY_REQUEST,
	.steps = {
		{ "start-primary", start_primary, NULL },
		{ "start-replicas", start_replicas, NULL },
		{ "publish-endpoints", publish_endpoints, record_publish },
		{ "await-sync", await_sync, NULL },
		{ "finish", NULL, record_finish },
		{ 0 },
	},
};
