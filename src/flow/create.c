/*
 * Creation of a group (G01): primaries first, because a replica that finds no listener tries again
 * only a second later; then the replicas, one after the other, each until its stream flows. Only
 * then is the group available: a failover one millisecond later must lose nothing.
 */
#include "domain/group.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "flow/nodes.h"
#include "flow/records.h"
#include "flow/workflows.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/log.h"

enum { CREATE_PATIENCE_US = 60000000 };

static enum outcome not_yet(const struct flow *flow)
{
	return flow->waiting_us > CREATE_PATIENCE_US ? FAILED : AGAIN;
}

/* Nobody watches a group that is being made: a node that hangs is killed here, and started again.
 */
static void give_up_hung(struct flow *flow, const struct node *node)
{
	struct error err = { 0 };
	bool hangs = engine_is_stopped(flow->engine, node) ||
		     (flow->waiting_us > SILENCE_PATIENCE_US && engine_find(flow->engine, node) &&
			     !node_answers(flow, node));

	if (hangs && !engine_fence(flow->engine, node, &err))
		log_warn("create", err.message);
}

static bool start_anew(
	struct flow *flow, const struct node *node, const struct node *follow, struct error *err)
{
	give_up_hung(flow, node);
	return start_node(flow, node, follow, err);
}

static enum outcome start_primaries(struct flow *flow, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++)
		if (!start_anew(flow, shard_primary(&flow->group->shards[i]), NULL, err))
			return not_yet(flow);
	return DONE;
}

static bool attach_replica(struct flow *flow, const struct node *primary,
	const struct node *replica, struct error *err)
{
	return start_anew(flow, replica, primary, err) &&
	       engine_follow(flow->engine, flow->group, replica, primary, err) &&
	       replica_in_sync(flow, primary, replica, err);
}

static enum outcome attach_replicas(struct flow *flow, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		const struct shard *shard = &flow->group->shards[i];
		const struct node *primary = shard_primary(shard);

		if (!start_anew(flow, primary, NULL, err))
			return not_yet(flow);
		for (size_t j = 0; j < shard->node_count; j++) {
			if (&shard->nodes[j] == primary ||
				attach_replica(flow, primary, &shard->nodes[j], err))
				continue;
			flow->retry_ms = err->code ? 0 : 1;
			return not_yet(flow);
		}
	}
	return DONE;
}

static bool record_attached(struct flow *flow, struct tx *tx, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		struct shard *shard = &flow->group->shards[i];

		for (size_t j = 0; j < shard->node_count; j++)
			if (!set_health(tx, &shard->nodes[j], HEALTH_IN_SYNC, err))
				return false;
	}
	return true;
}

static const char *lineage_name(struct flow *flow, const struct shard *shard)
{
	return arena_printf(flow->arena, "lineage-%s", shard->name);
}

/* Nodes that died since they were attached are started once more: nothing is on them yet. */
static enum outcome publish_endpoints(struct flow *flow, struct error *err)
{
	enum outcome attached = attach_replicas(flow, err);

	if (attached != DONE)
		return attached;
	flow->retry_ms = 0;
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		const char *lineage;

		flow->shard = &flow->group->shards[i];
		flow->shard->reader = choose_reader(flow);
		lineage = settle_endpoints(flow, err)
				  ? read_lineage(flow, shard_primary(flow->shard), err)
				  : NULL;
		if (!lineage)
			return not_yet(flow);
		flow_set(flow, lineage_name(flow, flow->shard), lineage);
	}
	flow->shard = NULL;
	return DONE;
}

static bool record_published(struct flow *flow, struct tx *tx, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		struct shard *shard = &flow->group->shards[i];

		shard->lineage = flow_get(flow, lineage_name(flow, shard));
		if (!shard_save(tx, shard, err))
			return false;
	}
	return true;
}

static bool tell_created(struct flow *flow, struct tx *tx, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		const struct shard *shard = &flow->group->shards[i];

		for (size_t j = 0; j < shard->node_count; j++) {
			const struct node *node = &shard->nodes[j];

			if (!tell_node(flow, tx, node, err, "Cache cluster created") ||
				!tell_node(flow, tx, node, err,
					"Added cache node %s in availability zone %s",
					CACHE_NODE_ID, node->zone))
				return false;
		}
	}
	return tell_group(flow, tx, err, "Replication group %s created", flow->group->name);
}

static void failover_is_on(struct group *group)
{
	if (group->automatic_failover == FAILOVER_ENABLING)
		group->automatic_failover = FAILOVER_ENABLED;
}

static bool record_finish(struct flow *flow, struct tx *tx, struct error *err)
{
	return tell_created(flow, tx, err) &&
	       set_status(flow, tx, STATUS_AVAILABLE, failover_is_on, err) &&
	       (flow->group->automatic_failover != FAILOVER_ENABLED ||
		       tell_failover_switched(flow, tx, true, err));
}

/* The group stays, create-failed, until it is deleted; what runs of it is stopped then. */
static bool record_failure(struct flow *flow, struct tx *tx, struct error *err)
{
	return tell_group(flow, tx, err,
		       "Failed to create replication group %s due to unsuccessful creation of its "
		       "cache cluster(s).",
		       flow->group->name) &&
	       set_status(flow, tx, STATUS_CREATE_FAILED, NULL, err);
}

const struct workflow workflow_create = {
	.name = "create",
	.priority = PRIORITY_REQUEST,
	.on_failure = record_failure,
	.steps = {
		{ "start-primaries", start_primaries, NULL },
		{ "attach-replicas", attach_replicas, record_attached },
		{ "publish-endpoints", publish_endpoints, record_published },
		{ "finish", NULL, record_finish },
		{ 0 },
	},
};
