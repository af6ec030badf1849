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
#include "util/log.h"

enum { REPLICA_ATTEMPTS = 4 };

static bool was_stopped(const struct node *node)
{
	return node->health == HEALTH_STOPPED;
}

/* When the primary cannot be started with what it has, or hangs since before it was to be stopped,
 * a replica that kept its data takes its place; the other one then begins anew as its replica. */
static bool start_another(struct flow *flow, struct error *err)
{
	struct shard *shard = flow->shard;
	const struct node *primary = shard_primary(shard);

	if (!engine_fence(flow->engine, primary, err))
		return false;
	for (size_t i = 0; i < shard->node_count; i++) {
		const struct node *node = &shard->nodes[i];

		if (node == primary || !was_stopped(node) || !start_node(flow, node, NULL, err))
			continue;
		log_warn("resume", "the primary did not start: a replica takes its place",
			F("group", flow->group->name), F("shard", shard->name),
			F("old", primary->name), F("new", node->name));
		shard->primary = node->id;
		return true;
	}
	return false;
}

static enum outcome start_primary(struct flow *flow, struct error *err)
{
	if (start_node(flow, shard_primary(flow->shard), NULL, err))
		return DONE;
	return flow->waiting_us > SILENCE_PATIENCE_US && start_another(flow, err) ? DONE : AGAIN;
}

static bool record_shard(struct flow *flow, struct tx *tx, struct error *err)
{
	return shard_save(tx, flow->shard, err);
}

/* What a replica has kept spares a full copy, no more: one that does not start with it starts
 * without. */
static bool start_replica(struct flow *flow, const struct node *node, struct error *err)
{
	const struct node *primary = shard_primary(flow->shard);

	return start_node(flow, node, primary, err) ||
	       (flow->attempt > 1 && engine_fence(flow->engine, node, err) &&
		       engine_wipe(flow->engine, node, err) &&
		       start_node(flow, node, primary, err));
}

static enum outcome start_replicas(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	bool ok = true;

	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id != shard->primary && was_stopped(&shard->nodes[i]))
			ok = start_replica(flow, &shard->nodes[i], err) && ok;
	return ok || flow->attempt >= REPLICA_ATTEMPTS ? DONE : AGAIN;
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
	enum outcome outcome = publish_shard(flow, err);

	if (outcome == DONE)
		note_healths(flow);
	return outcome;
}

static bool record_publish(struct flow *flow, struct tx *tx, struct error *err)
{
	return set_primary(flow, tx, shard_primary(flow->shard), flow_get(flow, "lineage"), true,
		       err) &&
	       record_healths(flow, tx, err);
}

const struct workflow workflow_resume = {
	.name = "resume",
	.priority = PRIORITY_REQUEST,
	.steps = {
		{ "start-primary", start_primary, record_shard },
		{ "start-replicas", start_replicas, NULL },
		{ "publish-endpoints", publish_endpoints, record_publish },
		{ "await-sync", await_replicas, NULL },
		{ "finish", move_reader, record_shard },
		{ 0 },
	},
};
