/*
 * A primary comes back in its own place, empty: because automatic failover is off (G20), or because
 * every copy of the data is gone (G19). Its endpoint and address stay; replicas that live follow it
 * and lose what it lost.
 *
 * With automatic failover on this is the last resort. The step that would start an empty primary
 * looks once more for a node that holds data, and gives way to a failover if there is one.
 *
 * While its zone is down it waits (await-zone), however long.
 *
 * The commit of announce-recovery lies between the kill and the new start, so that the kill is
 * never repeated on a primary that is serving again.
 */
#include "domain/group.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "flow/nodes.h"
#include "flow/records.h"
#include "flow/workflows.h"
#include "util/error.h"
#include "util/log.h"

enum { COPY_ATTEMPTS = 4 };

static bool record_announce(struct flow *flow, struct tx *tx, struct error *err)
{
	struct node *primary = shard_primary(flow->shard);

	return tell_recovering(flow, tx, primary, err) &&
	       set_health(tx, primary, HEALTH_RECOVERING, err);
}

static enum outcome isolate_primary(struct flow *flow, struct error *err)
{
	return engine_fence(flow->engine, shard_primary(flow->shard), err) ? DONE : AGAIN;
}

static enum outcome await_zone(struct flow *flow, struct error *err)
{
	(void)err;
	return node_has_place(flow, shard_primary(flow->shard)) ? DONE : AGAIN;
}

enum copy { COPY_NONE, COPY_FOUND, COPY_UNKNOWN };

/* A node that lives but does not answer may hold data: silence is not an answer. */
static enum copy look_for_copy(struct flow *flow, const struct node *node)
{
	struct engine_view view = { 0 };
	struct error ignored = { 0 };

	if (!engine_find(flow->engine, node))
		return COPY_NONE;
	if (!engine_observe(flow->engine, flow->group, node, ENGINE_PATIENCE_MS, &view, &ignored))
		return COPY_UNKNOWN;
	if (view.is_primary ? view.offset > 0 : view.has_data && !view.sync_in_progress)
		return COPY_FOUND;
	return COPY_NONE;
}

/* One that stays silent for as long as busy is believed is killed, so that it cannot wake. */
static enum copy look_for_copies(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	enum copy found = COPY_NONE;

	for (size_t i = 0; i < shard->node_count; i++) {
		enum copy copy = shard->nodes[i].id == shard->primary
					 ? COPY_NONE
					 : look_for_copy(flow, &shard->nodes[i]);

		if (copy == COPY_FOUND)
			return COPY_FOUND;
		if (copy == COPY_UNKNOWN &&
			(flow->waiting_us < SILENCE_PATIENCE_US ||
				!engine_fence(flow->engine, &shard->nodes[i], err)))
			found = COPY_UNKNOWN;
	}
	return found;
}

static enum outcome recreate_primary(struct flow *flow, struct error *err)
{
	const struct node *primary = shard_primary(flow->shard);

	if (engine_find(flow->engine, primary))
		return DONE;
	if (group_fails_over(flow->group)) {
		enum copy copy = look_for_copies(flow, err);

		/* Whoever started this did not see it: it gets a moment to. */
		if (copy == COPY_UNKNOWN || (copy == COPY_FOUND && flow->attempt < COPY_ATTEMPTS))
			return AGAIN;
		if (copy == COPY_FOUND) {
			(void)fail(err, ERROR_INTERNAL, "a replica holds the data after all");
			return ABANDONED;
		}
	}
	if (!engine_wipe(flow->engine, primary, err) || !start_node(flow, primary, NULL, err))
		return AGAIN;
	log_warn("recreate", "the primary was recreated empty: its data is lost",
		F("group", flow->group->name), F("shard", flow->shard->name),
		F("node", primary->name), F("cause", flow->cause));
	return DONE;
}

static bool record_publish(struct flow *flow, struct tx *tx, struct error *err)
{
	struct node *primary = shard_primary(flow->shard);

	return set_primary(flow, tx, primary, flow_get(flow, "lineage"), false, err) &&
	       set_health(tx, primary, HEALTH_IN_SYNC, err);
}

static bool record_finish(struct flow *flow, struct tx *tx, struct error *err)
{
	return tell_recovered(flow, tx, shard_primary(flow->shard), err);
}

const struct workflow workflow_recreate = {
	.name = "recreate",
	.priority = PRIORITY_PROMOTION,
	.steps = {
		{ "isolate-primary", isolate_primary, NULL },
		{ "announce-recovery", NULL, record_announce },
		{ "await-zone", await_zone, NULL },
		{ "recreate-primary", recreate_primary, NULL },
		{ "publish-primary", publish_shard, record_publish },
		{ "follow-primary", repoint_replicas, record_healths },
		{ "await-sync", await_replicas, NULL },
		{ "finish", NULL, record_finish },
		{ 0 },
	},
};
