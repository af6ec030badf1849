#include "flow/nodes.h"

#include <poll.h>
#include <string.h>

#include "domain/catalog.h"
#include "domain/group.h"
#include "endpoint/endpoint.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "util/arena.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

enum {
	REPOINT_ATTEMPTS = 5,
	SYNC_PATIENCE_US = 20000, /* of one run of a step: others of the shard may be waiting */
	SYNC_POLL_MS = 1,
	PLACE_POLL_MS = 200,
	PRIMARY_POLL_MS = 20,
};

bool start_node(
	struct flow *flow, const struct node *node, const struct node *follow, struct error *err)
{
	const struct group *group = flow->group;

	if (node->zone_down)
		return fail(err, ERROR_INTERNAL, "%s is down: node %s waits for it", node->zone,
			node->name);
	return engine_start(flow->engine, group, node, follow,
		catalog_maxmemory(flow->catalog, group->node_type, group->engine_version), err);
}

bool node_has_place(struct flow *flow, const struct node *node)
{
	const char *reason = node_held_back(node, clock_monotonic());

	if (reason && flow->attempt == 1)
		log_info("flow", "a replacement waits", F("node", node->name),
			F("zone", node->zone), F("reason", reason));
	flow->retry_ms = PLACE_POLL_MS;
	return !reason;
}

bool node_answers(struct flow *flow, const struct node *node)
{
	struct engine_view view = { 0 };
	struct error ignored = { 0 };

	return engine_observe(flow->engine, flow->group, node, ENGINE_PATIENCE_MS, &view, &ignored);
}

static int64_t acknowledged(const struct engine_view *primary, const struct node *replica)
{
	for (size_t i = 0; i < primary->replica_count; i++)
		if (strcmp(primary->replicas[i].host, replica->address) == 0 &&
			primary->replicas[i].online)
			return primary->replicas[i].acknowledged;
	return -1;
}

static bool is_known(const struct engine_view *primary, const struct node *replica)
{
	for (size_t i = 0; i < primary->replica_count; i++)
		if (strcmp(primary->replicas[i].host, replica->address) == 0)
			return true;
	return false;
}

static bool is_linked(const struct engine_view *view, const struct node *primary)
{
	return !view->is_primary && view->link_up && !view->sync_in_progress &&
	       strcmp(view->primary_host, primary->address) == 0;
}

enum sync { SYNC_UNKNOWN, SYNC_WAITING, SYNC_REACHED };

/* One look. target: the offset that has to be acknowledged, -1 before the link is up. */
static enum sync look_at_sync(struct flow *flow, const struct node *primary,
	const struct node *replica, int64_t *target, struct error *err)
{
	struct engine_view view = { 0 };

	if (*target < 0) {
		if (!engine_observe(
			    flow->engine, flow->group, replica, ENGINE_PATIENCE_MS, &view, err))
			return SYNC_UNKNOWN;
		if (!is_linked(&view, primary))
			return SYNC_WAITING;
	}
	if (!engine_nudge(flow->engine, flow->group, replica, err) ||
		!engine_observe(flow->engine, flow->group, primary, ENGINE_PATIENCE_MS, &view, err))
		return SYNC_UNKNOWN;
	if (*target < 0)
		*target = view.offset;
	if (!is_known(&view, replica)) {
		/* It came back after its machine had fallen silent: of that link it knows nothing.
		 */
		*target = -1;
		return engine_relink(flow->engine, flow->group, replica, err) ? SYNC_WAITING
									      : SYNC_UNKNOWN;
	}
	return acknowledged(&view, replica) >= *target ? SYNC_REACHED : SYNC_WAITING;
}

bool replica_in_sync(struct flow *flow, const struct node *primary, const struct node *replica,
	struct error *err)
{
	int64_t deadline = clock_monotonic() + SYNC_PATIENCE_US, target = -1;
	enum sync sync;

	while ((sync = look_at_sync(flow, primary, replica, &target, err)) == SYNC_WAITING &&
		clock_monotonic() < deadline)
		(void)poll(NULL, 0, SYNC_POLL_MS);
	return sync == SYNC_REACHED;
}

bool follow_primary(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	const struct node *primary = shard_primary(shard);
	bool ok = true;

	for (size_t i = 0; i < shard->node_count; i++) {
		const struct node *node = &shard->nodes[i];

		if (node != primary && engine_find(flow->engine, node))
			ok = engine_follow(flow->engine, flow->group, node, primary, err) && ok;
	}
	return ok;
}

/* One that has been silent for as long as busy is believed must not hold the others up: it is
 * killed, and the monitor sees to it. */
static bool settle(struct flow *flow, const struct node *node, struct error *err)
{
	if (!engine_find(flow->engine, node) ||
		endpoint_settle(flow->engine, flow->group, flow->shard, node, err))
		return true;
	return flow->waiting_us > SILENCE_PATIENCE_US && !node_answers(flow, node) &&
	       engine_fence(flow->engine, node, err);
}

bool settle_endpoints(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	const struct node *reader = shard_node(shard, shard->reader);

	for (size_t i = 0; i < shard->node_count; i++) {
		const struct node *node = &shard->nodes[i];

		if (node->id != shard->primary && node->id != shard->reader &&
			!settle(flow, node, err))
			return false;
	}
	return settle(flow, shard_primary(shard), err) && (!reader || settle(flow, reader, err));
}

static bool can_read(struct flow *flow, const struct node *node)
{
	return node->id != flow->shard->primary && node->health == HEALTH_IN_SYNC &&
	       engine_find(flow->engine, node);
}

int64_t choose_reader(struct flow *flow)
{
	const struct shard *shard = flow->shard;
	const struct node *reader = shard_node(shard, shard->reader);

	if (reader && can_read(flow, reader))
		return reader->id;
	for (size_t i = 0; i < shard->node_count; i++)
		if (can_read(flow, &shard->nodes[i]))
			return shard->nodes[i].id;
	return shard->primary;
}

const char *read_lineage(struct flow *flow, const struct node *primary, struct error *err)
{
	struct engine_view view = { 0 };

	if (!engine_observe(flow->engine, flow->group, primary, ENGINE_PATIENCE_MS, &view, err))
		return NULL;
	return arena_strdup(flow->arena, view.replication_id);
}

static void give_up_replicas(struct flow *flow)
{
	const struct shard *shard = flow->shard;
	const struct node *primary = shard_primary(shard);

	for (size_t i = 0; i < shard->node_count; i++) {
		struct node *node = &shard->nodes[i];
		struct error ignored = { 0 };

		if (node != primary && node->health == HEALTH_IN_SYNC &&
			!engine_follow(flow->engine, flow->group, node, primary, &ignored))
			node->health = HEALTH_LOST;
	}
}

/* One that is stopped does not answer however often it is asked; it must not wake up, either, and
 * follow whom it followed. */
static bool discard_stopped(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	bool ok = true;

	for (size_t i = 0; i < shard->node_count; i++) {
		struct node *node = &shard->nodes[i];

		if (node->id == shard->primary || !engine_is_stopped(flow->engine, node))
			continue;
		node->health = HEALTH_LOST;
		ok = engine_fence(flow->engine, node, err) && ok;
	}
	return ok;
}

enum outcome repoint_replicas(struct flow *flow, struct error *err)
{
	if (!discard_stopped(flow, err))
		return AGAIN;
	if (follow_primary(flow, err) && settle_endpoints(flow, err))
		return DONE;
	if (!engine_find(flow->engine, shard_primary(flow->shard)))
		return DONE;
	if (flow->attempt < REPOINT_ATTEMPTS)
		return AGAIN;
	give_up_replicas(flow);
	return DONE;
}

static enum outcome again_if_primary_lives(struct flow *flow)
{
	return engine_find(flow->engine, shard_primary(flow->shard)) ? AGAIN : ABANDONED;
}

enum outcome publish_shard(struct flow *flow, struct error *err)
{
	const char *lineage = settle_endpoints(flow, err)
				      ? read_lineage(flow, shard_primary(flow->shard), err)
				      : NULL;

	if (!lineage)
		return again_if_primary_lives(flow);
	flow_set(flow, "lineage", lineage);
	return DONE;
}

/* Asked of a primary whose replica says no more than that its link is down. */
static bool is_silent(struct flow *flow, const struct node *node)
{
	return engine_find(flow->engine, node) && !node_answers(flow, node);
}

enum outcome await_replicas(struct flow *flow, struct error *err)
{
	const struct shard *shard = flow->shard;
	const struct node *primary = shard_primary(shard);

	for (size_t i = 0; i < shard->node_count; i++) {
		const struct node *node = &shard->nodes[i];

		if (node == primary || node->health != HEALTH_IN_SYNC ||
			!engine_find(flow->engine, node))
			continue;
		if (engine_follow(flow->engine, flow->group, node, primary, err) &&
			replica_in_sync(flow, primary, node, err))
			continue;
		if (flow->waiting_us > SILENCE_PATIENCE_US &&
			(err->code || is_silent(flow, primary)))
			return DONE;
		flow->retry_ms = err->code ? 0 : 1;
		return again_if_primary_lives(flow);
	}
	return DONE;
}

bool node_is_primary(const struct flow *flow)
{
	return flow->node->id == flow->shard->primary;
}

enum outcome start_as_replica(struct flow *flow, struct error *err)
{
	const struct node *primary = shard_primary(flow->shard);

	if (node_is_primary(flow) || engine_find(flow->engine, flow->node))
		return DONE;
	if (!engine_find(flow->engine, primary)) {
		flow->retry_ms = PRIMARY_POLL_MS;
		return AGAIN;
	}
	/* Of one that fell silent the primary still has a connection, which would pass for it. */
	return engine_forget_replica(flow->engine, flow->group, primary, flow->node, err) &&
			       engine_wipe(flow->engine, flow->node, err) &&
			       start_node(flow, flow->node, primary, err)
		       ? DONE
		       : AGAIN;
}

enum outcome await_node(struct flow *flow, struct error *err)
{
	const struct node *primary = shard_primary(flow->shard);

	flow->retry_ms = 1;
	if (node_is_primary(flow))
		return DONE;
	if (!engine_find(flow->engine, flow->node)) {
		(void)fail(err, ERROR_INTERNAL, "%s died while it synchronised", flow->node->name);
		return ABANDONED;
	}
	if (!engine_find(flow->engine, primary)) {
		flow->retry_ms = PRIMARY_POLL_MS;
		return AGAIN;
	}
	if (engine_follow(flow->engine, flow->group, flow->node, primary, err) &&
		replica_in_sync(flow, primary, flow->node, err))
		return DONE;
	if (err->code)
		flow->retry_ms = 0;
	return err->code && flow->waiting_us > SILENCE_PATIENCE_US ? ABANDONED : AGAIN;
}

enum outcome move_reader(struct flow *flow, struct error *err)
{
	flow->shard->reader = choose_reader(flow);
	if (settle_endpoints(flow, err))
		return DONE;
	/* A primary that died meanwhile is the monitor's to notice; its flow settles them. */
	return engine_find(flow->engine, shard_primary(flow->shard)) ? AGAIN : DONE;
}
