/*
 * Failover of one shard, as the user guide tells it (Multi-AZ with automatic failover; G17, G18,
 * G29). The primary has failed, or TestFailover asks that it fail:
 *
 *   failover   announce           event 1  Test Failover API called for node group 0001
 *              isolate-primary             the old primary is killed and reaped: nobody can write
 *              choose-replica              the one with the least lag, once all have read what
 *                                          the old primary had sent them
 *              promote-replica
 *              publish-primary    event 2  Failover from master node redis12-001 to replica node
 *                                          redis12-002 completed (of the old primary)
 *                                 event 3  the same words, of the group
 *              follow-primary              the other replicas synchronise with the new primary
 *
 *   replace    announce-recovery  event 4  Recovering cache nodes 0001
 *              isolate-node                whatever is left of it is killed
 *              move-reader                 another node answers the reader endpoint
 *              await-zone                  until its zone is up and takes nodes (G12)
 *              replace-node                same zone, same id, same address, empty
 *              await-sync                  until the primary has seen it acknowledge its stream
 *              finish             event 5  Finished recovery for cache nodes 0001
 *
 * The second list is a workflow of its own, one flow for each node that was lost, started in the
 * commit that publishes the new primary: while a replacement is under way, however long it takes,
 * the shard can fail over again.
 *
 * A replica that is chosen is committed before it is promoted. When it dies in between, the flow
 * is abandoned: the primary is still dead, so the monitor starts another that chooses afresh.
 */
#include <poll.h>
#include <string.h>

#include "domain/election.h"
#include "domain/group.h"
#include "endpoint/endpoint.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "flow/nodes.h"
#include "flow/records.h"
#include "flow/workflows.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

enum {
	DRAIN_PATIENCE_US = 50000, /* for replicas to read what the old primary had sent */
	OBSERVE_MS = 50,           /* for a candidate to answer: a hung one must not hold us up */
	CANDIDATE_ATTEMPTS = 3,
};

static bool record_announce(struct flow *flow, struct tx *tx, struct error *err)
{
	return strcmp(flow->cause, "api") != 0 ||
	       tell_group(flow, tx, err, "Test Failover API called for node group %s",
		       flow->shard->name);
}

/* A primary that is failed on purpose is asked how far it has come, so that the loss is known
 * exactly. */
static enum outcome isolate_primary(struct flow *flow, struct error *err)
{
	struct engine_view view = { 0 };
	struct error ignored = { 0 };

	if (strcmp(flow->cause, "api") == 0 &&
		engine_find(flow->engine, shard_primary(flow->shard)) &&
		!engine_observe(flow->engine, flow->group, shard_primary(flow->shard), OBSERVE_MS,
			&view, &ignored))
		log_debug("failover", ignored.message);
	return engine_fence(flow->engine, shard_primary(flow->shard), err) ? DONE : AGAIN;
}

/* How a node stands for election. One that does not answer in time does not stand, nor one that is
 * about to go down with its zone. */
static struct candidate observe_candidate(struct flow *flow, const struct node *node)
{
	struct engine_view view = { 0 };
	struct error ignored = { 0 };
	struct candidate candidate = { .node = node->id, .name = node->name };

	if (node->zone_down || !engine_find(flow->engine, node) ||
		!engine_observe(flow->engine, flow->group, node, OBSERVE_MS, &view, &ignored))
		return candidate;
	candidate.answered = true;
	candidate.is_primary = view.is_primary;
	candidate.link_up = view.link_up;
	candidate.sync_in_progress = view.sync_in_progress;
	candidate.has_data = view.has_data;
	candidate.replication_id = arena_strdup(flow->arena, view.replication_id);
	candidate.offset = view.offset;
	return candidate;
}

static size_t observe_candidates(struct flow *flow, struct candidate *candidates)
{
	const struct shard *shard = flow->shard;
	size_t count = 0;

	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id != shard->primary)
			candidates[count++] = observe_candidate(flow, &shard->nodes[i]);
	return count;
}

static const char *number_text(struct flow *flow, int64_t number)
{
	return arena_printf(flow->arena, "%lld", (long long)number);
}

/* What the old primary had written that the chosen one has not, as far as anybody saw it: what came
 * after the last look is not in it. Offsets compare within one lineage only. */
static void note_loss(struct flow *flow, const struct candidate *chosen)
{
	int64_t offset, age, lost;

	if (!engine_last_offset(flow->engine, shard_primary(flow->shard), &offset, &age))
		return;
	flow_set(flow, "primary_offset", number_text(flow, offset));
	flow_set(flow, "primary_seen_ms", number_text(flow, age / 1000));
	if (!chosen || chosen->is_primary ||
		!text_equal(chosen->replication_id, flow->shard->lineage))
		return;
	lost = offset - chosen->offset;
	flow_set(flow, "lost_bytes", number_text(flow, lost > 0 ? lost : 0));
}

static const char *known(const struct flow *flow, const char *name)
{
	const char *value = flow_get(flow, name);

	return value ? value : "unknown";
}

static void note_choice(struct flow *flow, const struct candidate *candidates, size_t count,
	const struct candidate *chosen)
{
	struct text offsets = { .arena = flow->arena };

	for (size_t i = 0; i < count; i++)
		if (candidates[i].answered)
			text_printf(&offsets, "%s%s=%lld", offsets.length ? " " : "",
				candidates[i].name, (long long)candidates[i].offset);
	flow_set(flow, "offsets", offsets.data ? offsets.data : "");
	note_loss(flow, chosen);
	log_info("failover", chosen ? "replica chosen" : "no replica has the data",
		F("group", flow->group->name), F("shard", flow->shard->name),
		F("chosen", chosen ? chosen->name : ""), F("offsets", flow_get(flow, "offsets")),
		F("primary_offset", known(flow, "primary_offset")),
		F("primary_seen_ms", known(flow, "primary_seen_ms")),
		F("lost_bytes", known(flow, "lost_bytes")));
}

static enum outcome choose_replica(struct flow *flow, struct error *err)
{
	int64_t deadline = clock_monotonic() + DRAIN_PATIENCE_US;
	struct candidate candidates[NODES_MAX];
	const struct candidate *chosen;
	size_t count;

	(void)err;
	count = observe_candidates(flow, candidates);
	while (!election_drained(candidates, count) && clock_monotonic() < deadline) {
		(void)poll(NULL, 0, 1);
		count = observe_candidates(flow, candidates);
	}
	chosen = choose_candidate(
		candidates, count, flow->shard->lineage, flow->shard->older_lineage);
	note_choice(flow, candidates, count, chosen);
	flow_set_node(flow, "old", shard_primary(flow->shard));
	if (!chosen)
		return OVER;
	flow_set_node(flow, "candidate", shard_node(flow->shard, chosen->node));
	return DONE;
}

/* Without a candidate everything was lost: the primary is recreated in its place, empty (G19). */
static bool record_choice(struct flow *flow, struct tx *tx, struct error *err)
{
	bool started;

	return flow_get(flow, "candidate") ||
	       flow_start(tx, "recreate", flow->group->id, flow->shard->id, 0, flow->cause,
		       &started, err);
}

/* A candidate that does not answer is tried a few times, then killed before another is chosen: it
 * may find what it was told when it wakes, and believe that it is the primary. */
static enum outcome give_up_candidate(
	struct flow *flow, const struct node *candidate, struct error *err)
{
	if (engine_find(flow->engine, candidate) && flow->attempt < CANDIDATE_ATTEMPTS)
		return AGAIN;
	return engine_fence(flow->engine, candidate, err) ? ABANDONED : AGAIN;
}

static enum outcome promote_replica(struct flow *flow, struct error *err)
{
	const struct node *candidate = flow_node(flow, "candidate");

	if (engine_promote(flow->engine, flow->group, candidate, err))
		return DONE;
	return give_up_candidate(flow, candidate, err);
}

/* Only the new primary's endpoints move here: nobody writes until they have. */
static enum outcome publish_primary(struct flow *flow, struct error *err)
{
	const struct node *candidate = flow_node(flow, "candidate");
	const char *lineage;

	flow->shard->primary = candidate->id;
	flow->shard->reader = choose_reader(flow);
	if (!endpoint_settle(flow->engine, flow->group, flow->shard, candidate, err) ||
		!(lineage = read_lineage(flow, candidate, err)))
		/* One that answers does not get its endpoint: a stranger has it. There is nothing
		 * to be won with another candidate. */
		return node_answers(flow, candidate) ? AGAIN
						     : give_up_candidate(flow, candidate, err);
	flow_set(flow, "lineage", lineage);
	return DONE;
}

static bool record_publish(struct flow *flow, struct tx *tx, struct error *err)
{
	struct node *old = flow_node(flow, "old"), *new = flow_node(flow, "candidate");
	const char *format = "Failover from master node %s to replica node %s completed";
	bool started;

	return set_primary(flow, tx, new, flow_get(flow, "lineage"), true, err) &&
	       set_health(tx, new, HEALTH_IN_SYNC, err) && set_health(tx, old, HEALTH_LOST, err) &&
	       tell_node(flow, tx, old, err, format, old->name, new->name) &&
	       tell_group(flow, tx, err, format, old->name, new->name) &&
	       flow_start(tx, "replace", flow->group->id, flow->shard->id, old->id, flow->cause,
		       &started, err);
}

const struct workflow workflow_failover = {
	.name = "failover",
	.priority = PRIORITY_PROMOTION,
	.steps = {
		{ "announce", NULL, record_announce },
		{ "isolate-primary", isolate_primary, NULL },
		{ "choose-replica", choose_replica, record_choice },
		{ "promote-replica", promote_replica, NULL },
		{ "publish-primary", publish_primary, record_publish },
		{ "follow-primary", repoint_replicas, record_healths },
		{ 0 },
	},
};

static bool record_announce_recovery(struct flow *flow, struct tx *tx, struct error *err)
{
	return tell_recovering(flow, tx, flow->node, err) &&
	       set_health(tx, flow->node, HEALTH_RECOVERING, err);
}

static enum outcome isolate_node(struct flow *flow, struct error *err)
{
	if (node_is_primary(flow))
		return DONE;
	return engine_fence(flow->engine, flow->node, err) ? DONE : AGAIN;
}

static bool record_reader(struct flow *flow, struct tx *tx, struct error *err)
{
	return shard_save(tx, flow->shard, err);
}

static enum outcome await_zone(struct flow *flow, struct error *err)
{
	(void)err;
	return node_is_primary(flow) || node_has_place(flow, flow->node) ? DONE : AGAIN;
}

static bool record_in_sync(struct flow *flow, struct tx *tx, struct error *err)
{
	return set_health(tx, flow->node, HEALTH_IN_SYNC, err);
}

static bool record_finish(struct flow *flow, struct tx *tx, struct error *err)
{
	return shard_save(tx, flow->shard, err) && tell_recovered(flow, tx, flow->node, err);
}

const struct workflow workflow_replace = {
	.name = "replace",
	.priority = PRIORITY_REPAIR,
	.steps = {
		{ "announce-recovery", NULL, record_announce_recovery },
		{ "isolate-node", isolate_node, NULL },
		{ "move-reader", move_reader, record_reader },
		{ "await-zone", await_zone, NULL },
		{ "replace-node", start_as_replica, NULL },
		{ "await-sync", await_node, record_in_sync },
		{ "finish", move_reader, record_finish },
		{ 0 },
	},
};
