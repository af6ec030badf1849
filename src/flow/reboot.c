/*
 * A node restarts because its user asked for it (RebootCacheCluster; G13, G14). Nothing has failed:
 * nobody fails over, nothing is announced, and there is one event, at the end.
 *
 *   reboot-primary  stop-primary     killed: nobody can write
 *                   start-primary    in its place, empty: what it has from here on is a new lineage
 *                   publish-primary  its endpoints are answered again
 *                   follow-primary   replicas see that it is empty, and clear what they have
 *                   await-sync
 *                   finish           event  Cache node 0001 restarted
 *
 *   reboot-replica  stop-replica     killed
 *                   move-reader      another node answers the reader endpoint
 *                   start-replica    in its place, empty, as a replica
 *                   await-sync       until it has everything again
 *                   finish           event  Cache node 0001 restarted
 *
 * The commit of the first step lies between the kill and the new start, so that the kill is never
 * repeated on a node that serves again. The new lineage is committed before the endpoints are
 * answered: from then on an election prefers whoever has what was written since.
 *
 * The monitor leaves a primary alone for as long as its reboot runs, automatic failover or not.
 * What dies meanwhile:
 *
 *   - A primary, before it is stopped or while it is down: it is rebooted all the same. Its user
 * has given up what it had. One that cannot be started is tried again, however long it takes; its
 *     replicas keep what they have and answer readers.
 *   - A primary that is back (start-primary is committed): that is a failure like any other. The
 *     reboot is over at once, its event told, and the monitor fails over or recreates. A replica
 *     that has seen the empty primary goes before one that has not, but what the latter still has
 *     is better than nothing.
 *   - The primary, while a replica is rebooted: the shard fails over first, and the replica follows
 *     whoever is the primary then. A replica that is promoted before it is stopped is what the
 *     shard lives on: its reboot is given up, without an event.
 *   - A replica that is back: it has been rebooted; the monitor replaces it.
 *
 * A node that hangs is killed when it has been silent for as long as busy is believed.
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

static enum outcome stop_node(struct flow *flow, struct error *err)
{
	return engine_fence(flow->engine, flow->node, err) ? DONE : AGAIN;
}

static bool record_stopped(struct flow *flow, struct tx *tx, struct error *err)
{
	return set_health(tx, flow->node, HEALTH_RECOVERING, err);
}

static bool record_restarted(struct flow *flow, struct tx *tx, struct error *err)
{
	return tell_node(flow, tx, flow->node, err, "Cache node %s restarted", CACHE_NODE_ID);
}

/* What has died again is the monitor's, and has been rebooted all the same. */
static enum outcome done_if_dead(enum outcome outcome)
{
	return outcome == ABANDONED ? DONE : outcome;
}

static enum outcome role_has_changed(const struct flow *flow, struct error *err)
{
	(void)fail(err, ERROR_INTERNAL, "%s is %s now", flow->node->name,
		node_is_primary(flow) ? "the primary" : "a replica");
	return ABANDONED;
}

static enum outcome stop_primary(struct flow *flow, struct error *err)
{
	return node_is_primary(flow) ? stop_node(flow, err) : role_has_changed(flow, err);
}

/* One that was started and is silent holds nothing yet. */
static bool kill_silent(struct flow *flow, struct error *err)
{
	if (!engine_find(flow->engine, flow->node) || node_answers(flow, flow->node))
		return true;
	return flow->waiting_us > SILENCE_PATIENCE_US
		       ? engine_fence(flow->engine, flow->node, err)
		       : fail(err, ERROR_INTERNAL, "%s does not answer", flow->node->name);
}

static bool start_empty(struct flow *flow, struct error *err)
{
	if (engine_find(flow->engine, flow->node))
		return true;
	if (!engine_wipe(flow->engine, flow->node, err) || !start_node(flow, flow->node, NULL, err))
		return false;
	log_info("reboot", "the primary has come back empty, as its user asked",
		F("group", flow->group->name), F("shard", flow->shard->name),
		F("node", flow->node->name));
	return true;
}

static enum outcome start_primary(struct flow *flow, struct error *err)
{
	const char *lineage;

	if (!node_is_primary(flow))
		return role_has_changed(flow, err);
	if (!kill_silent(flow, err) || !start_empty(flow, err) ||
		!(lineage = read_lineage(flow, flow->node, err)))
		return AGAIN;
	flow_set(flow, "lineage", lineage);
	return DONE;
}

static bool record_started(struct flow *flow, struct tx *tx, struct error *err)
{
	return set_primary(flow, tx, flow->node, flow_get(flow, "lineage"), false, err) &&
	       set_health(tx, flow->node, HEALTH_IN_SYNC, err);
}

static enum outcome publish_primary(struct flow *flow, struct error *err)
{
	return done_if_dead(publish_shard(flow, err));
}

static enum outcome await_followers(struct flow *flow, struct error *err)
{
	return done_if_dead(await_replicas(flow, err));
}

const struct workflow workflow_reboot_primary = {
	.name = "reboot-primary",
	.priority = PRIORITY_PROMOTION,
	.steps = {
		{ "stop-primary", stop_primary, record_stopped },
		{ "start-primary", start_primary, record_started },
		{ "publish-primary", publish_primary, NULL },
		{ "follow-primary", repoint_replicas, record_healths },
		{ "await-sync", await_followers, NULL },
		{ "finish", NULL, record_restarted },
		{ 0 },
	},
};

static enum outcome stop_replica(struct flow *flow, struct error *err)
{
	return node_is_primary(flow) ? role_has_changed(flow, err) : stop_node(flow, err);
}

static bool record_reader(struct flow *flow, struct tx *tx, struct error *err)
{
	return shard_save(tx, flow->shard, err);
}

/* One that is silent is killed here, or the finish would wait for it as well. */
static enum outcome await_sync(struct flow *flow, struct error *err)
{
	enum outcome outcome = await_node(flow, err);

	if (outcome == ABANDONED)
		return stop_node(flow, err);
	if (outcome == DONE)
		flow->node->health = HEALTH_IN_SYNC;
	return outcome;
}

static bool record_synchronised(struct flow *flow, struct tx *tx, struct error *err)
{
	return node_save(tx, flow->node, err);
}

static bool record_finish(struct flow *flow, struct tx *tx, struct error *err)
{
	return shard_save(tx, flow->shard, err) && record_restarted(flow, tx, err);
}

const struct workflow workflow_reboot_replica = {
	.name = "reboot-replica",
	.priority = PRIORITY_REPAIR,
	.steps = {
		{ "stop-replica", stop_replica, record_stopped },
		{ "move-reader", move_reader, record_reader },
		{ "start-replica", start_as_replica, NULL },
		{ "await-sync", await_sync, record_synchronised },
		{ "finish", move_reader, record_finish },
		{ 0 },
	},
};
