/*
 * A planned switch: the replica that PrimaryClusterId names becomes the primary, and nothing is
 * lost (G09). Redis' own FAILOVER exchanges the roles: the old primary stops accepting writes,
 * the replica catches up, takes over, and the old one follows it. Then the endpoints move, and
 * clients that were connected to the old primary through the primary endpoint are cut off, so
 * that they connect to the new one instead of meeting READONLY.
 */
#include "domain/group.h"
#include "endpoint/endpoint.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "flow/nodes.h"
#include "flow/pending.h"
#include "flow/records.h"
#include "flow/workflows.h"
#include "store/group.h"
#include "util/error.h"
#include "util/log.h"

enum { HAND_OVER_MS = 3000, PROMOTE_PATIENCE_US = 10000000, WITHDRAW_PATIENCE_US = 2000000 };

static bool is_primary(struct flow *flow, const struct node *node)
{
	struct engine_view view = { 0 };
	struct error ignored = { 0 };

	return engine_find(flow->engine, node) &&
	       engine_observe(
		       flow->engine, flow->group, node, ENGINE_PATIENCE_MS, &view, &ignored) &&
	       view.is_primary;
}

static bool restore(struct flow *flow, const struct node *old, struct error *err)
{
	const char *lineage;

	flow->shard->primary = old->id;
	if (!engine_promote(flow->engine, flow->group, old, err) || !follow_primary(flow, err) ||
		!settle_endpoints(flow, err) || !(lineage = read_lineage(flow, old, err)))
		return false;
	flow_set(flow, "lineage", lineage);
	return true;
}

/* Who was to be the new primary is dead. The roles may have been exchanged, in an earlier life of
 * the control plane even: the old primary, which then follows a dead node, is made what it was. One
 * that cannot be is killed, for the monitor to notice. */
static enum outcome go_back(struct flow *flow, struct error *err)
{
	const struct node *old = flow_node(flow, "old"), *new = flow_node(flow, "candidate");

	if (engine_find(flow->engine, old) && !restore(flow, old, err) &&
		(flow->waiting_us < PROMOTE_PATIENCE_US || !engine_fence(flow->engine, old, err)))
		return AGAIN;
	(void)fail(err, ERROR_INTERNAL, "%s died when it was to be the primary", new->name);
	return FAILED;
}

/* Before the exchange: tried as long as both are alive, for a while. If not, the group goes on as
 * it was, and what has died is the monitor's to notice. */
static enum outcome again_or_failed(struct flow *flow, struct error *err)
{
	const struct node *old = flow_node(flow, "old"), *new = flow_node(flow, "candidate");

	if (!engine_find(flow->engine, new))
		return go_back(flow, err);
	return engine_find(flow->engine, old) && flow->waiting_us < PROMOTE_PATIENCE_US ? AGAIN
											: FAILED;
}

/* After the exchange there is no way back while the new primary lives. */
static enum outcome again_or_back(struct flow *flow, struct error *err)
{
	return engine_find(flow->engine, flow_node(flow, "candidate")) ? AGAIN : go_back(flow, err);
}

/* As it was: but going back has given the data a new lineage. */
static bool record_failure(struct flow *flow, struct tx *tx, struct error *err)
{
	const char *lineage = flow_get(flow, "lineage");

	if (lineage && !set_primary(flow, tx, flow_node(flow, "old"), lineage, true, err))
		return false;
	return drop_pending(flow, tx, err);
}

static enum outcome take_candidate(struct flow *flow, struct error *err)
{
	const char *name = flow->group->pending.primary_cluster;
	const struct node *candidate = name ? group_node_named(flow->group, name) : NULL;

	if (!candidate) {
		(void)fail(err, ERROR_INTERNAL, "there is no member to promote");
		return FAILED;
	}
	flow_set_node(flow, "old", shard_primary(flow->shard));
	flow_set_node(flow, "candidate", candidate);
	return DONE;
}

static enum outcome await_candidate(struct flow *flow, struct error *err)
{
	const struct node *old = flow_node(flow, "old"), *new = flow_node(flow, "candidate");

	if (is_primary(flow, new) || replica_in_sync(flow, old, new, err))
		return DONE;
	flow->retry_ms = err->code ? 0 : 1;
	return again_or_failed(flow, err);
}

/* A replica that hangs may find the request to take over when it wakes, and believe it. */
static enum outcome discard(struct flow *flow, const struct node *node, struct error *err)
{
	return engine_fence(flow->engine, node, err) ? go_back(flow, err) : AGAIN;
}

static enum outcome hand_over(struct flow *flow, struct error *err)
{
	const struct node *old = flow_node(flow, "old"), *new = flow_node(flow, "candidate");

	if (engine_hand_over(flow->engine, flow->group, old, new, HAND_OVER_MS, err))
		return DONE;
	return node_answers(flow, new) ? again_or_failed(flow, err) : discard(flow, new, err);
}

/* The old primary gives the address up, and the clients that came in over it. One that hangs is
 * killed: it is not the primary any more, and will be replaced. */
static bool withdraw_old(struct flow *flow, const struct node *old, struct error *err)
{
	if (!engine_find(flow->engine, old))
		return true;
	if (flow->waiting_us > WITHDRAW_PATIENCE_US && !node_answers(flow, old))
		return engine_fence(flow->engine, old, err);
	return endpoint_settle(flow->engine, flow->group, flow->shard, old, err) &&
	       engine_drop_clients(
		       flow->engine, flow->group, old, endpoint_primary(flow->shard), err);
}

static enum outcome publish_primary(struct flow *flow, struct error *err)
{
	const struct node *old = flow_node(flow, "old"), *new = flow_node(flow, "candidate");
	const char *lineage;

	flow->shard->primary = new->id;
	flow->shard->reader = choose_reader(flow) == old->id ? new->id : choose_reader(flow);
	if (!withdraw_old(flow, old, err))
		return again_or_back(flow, err);
	lineage = settle_endpoints(flow, err) ? read_lineage(flow, new, err) : NULL;
	if (!lineage)
		return again_or_back(flow, err);
	flow_set(flow, "lineage", lineage);
	return DONE;
}

static bool record_publish(struct flow *flow, struct tx *tx, struct error *err)
{
	const struct node *old = flow_node(flow, "old");
	struct node *new = flow_node(flow, "candidate");

	log_info("promote", "the primary was exchanged", F("group", flow->group->name),
		F("old", old->name), F("new", new->name));
	return set_primary(flow, tx, new, flow_get(flow, "lineage"), true, err) &&
	       set_health(tx, new, HEALTH_IN_SYNC, err) &&
	       tell_group(flow, tx, err,
		       "Failover from master node %s to replica node %s completed", old->name,
		       new->name);
}

static bool record_finish(struct flow *flow, struct tx *tx, struct error *err)
{
	return shard_save(tx, flow->shard, err) && apply_pending(flow, tx, err);
}

const struct workflow workflow_promote = {
	.name = "promote",
	.priority = PRIORITY_PROMOTION,
	.on_failure = record_failure,
	.steps = {
		{ "choose-replica", take_candidate, NULL },
		{ "await-sync", await_candidate, NULL },
		{ "hand-over", hand_over, NULL },
		{ "publish-primary", publish_primary, record_publish },
		{ "follow-primary", repoint_replicas, record_healths },
		{ "finish", move_reader, record_finish },
		{ 0 },
	},
};
