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

/* From here on clients write: nothing may be taken for stopped any more, or a later failure would
 * bring back what it had when it was stopped. */
static void note_healths(struct flow *flow)
{
	struct shard *shard = flow->shard;

	for (size_t i = 0; i < shard->node_count; i++)
		if (was_stopped(&shard->nodes[i]))
			shard->nodes[i].health = engine_find(flow->engine, &shard->nodes[i])
							 ? HEALTH_IN_SYNC
							 : HEALTH_LOST;
}

static enum outcome publish_endpoints(struct flow *flow, struct error *err)
{
	const char *lineage = settle_endpoints(flow, err)
				      ? read_lineage(flow, shard_primary(flow->shard), err)
				      : NULL;

	if (!lineage)
		return engine_find(flow->engine, shard_primary(flow->shard)) ? AGAIN : ABANDONED;
	flow_set(flow, "lineage", lineage);
	note_healths(flow);
	return DONE;
}

static bool save_healths(struct flow *flow, struct tx *tx, struct error *err)
{
	const struct shard *shard = flow->shard;

	for (size_t i = 0; i < shard->node_count; i++)
		if (!node_save(tx, &shard->nodes[i], err))
			return false;
	return true;
}

static bool record_publish(struct flow *flow, struct tx *tx, struct error *err)
{
	return set_primary(flow, tx, shard_primary(flow->shard), flow_get(flow, "lineage"), true,
		       err) &&
	       save_healths(flow, tx, err);
}

static enum outcome await_sync(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	const struct node *primary = shard_primary(shard);

	for (size_t i = 0; i < shard->node_count; i++) {
		const struct node *node = &shard->nodes[i];

		if (node == primary || node->health != HEALTH_IN_SYNC ||
			!engine_find(flow->engine, node))
			continue;
		if (!engine_follow(flow->engine, flow->group, node, primary, err) ||
			!replica_in_sync(flow, primary, node, err)) {
			flow->retry_ms = err->code ? 0 : 1;
			return engine_find(flow->engine, primary) ? AGAIN : ABANDONED;
		}
	}
	return DONE;
}

const struct workflow workflow_resume = {
	.name = "resume",
	.priority = PRIORITY_REQUEST,
	.steps = {
		{ "start-primary", start_primary, NULL },
		{ "start-replicas", start_replicas, NULL },
		{ "publish-endpoints", publish_endpoints, record_publish },
		{ "await-sync", await_sync, NULL },
		{ 0 },
	},
};
