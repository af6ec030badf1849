#include "flow/shutdown.h"

#include "domain/group.h"
#include "engine/engine.h"
#include "store/db.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"

static bool is_settled(const struct group *group)
{
	return group->status == STATUS_AVAILABLE || group->status == STATUS_MODIFYING;
}

/* Committed before the first node is stopped: a stopped node is not a dead one. A shard that has
 * lost its primary is left as it is, running, for the next start to fail over. */
static bool mark_stopped(
	struct engine *engine, struct tx *tx, struct group *group, struct error *err)
{
	for (size_t i = 0; i < group->shard_count; i++) {
		struct shard *shard = &group->shards[i];

		if (!engine_find(engine, shard_primary(shard)))
			continue;
		for (size_t j = 0; j < shard->node_count; j++) {
			struct node *node = &shard->nodes[j];

			if (node->health != HEALTH_IN_SYNC)
				continue;
			node->health = HEALTH_STOPPED;
			if (!node_save(tx, node, err))
				return false;
		}
	}
	return true;
}

static struct group **mark(struct store *store, struct engine *engine, struct arena *arena,
	size_t *ret_count, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct group **groups;
	size_t count = 0;

	if (!tx_begin(store, &tx, err) || !(groups = group_list_all(&tx, arena, &count, err)))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (is_settled(groups[i]) && !mark_stopped(engine, &tx, groups[i], err))
			return NULL;
	}
	if (!tx_commit(&tx, err))
		return NULL;
	*ret_count = count;
	return groups;
}

/* What does not serve yet has nothing to keep. */
static bool stop(struct engine *engine, const struct group *group, const struct node *node,
	struct error *err)
{
	if (node->health != HEALTH_STOPPED)
		return engine_fence(engine, node, err);
	return engine_stop(engine, group, node, true, err);
}

/* Replicas first: a primary that goes before them would leave them looking for it. One that hangs
 * is killed, since the primary has all that it has; a primary is not. */
static bool stop_shard(struct engine *engine, const struct group *group, const struct shard *shard,
	struct error *err)
{
	bool ok = true;

	if (is_settled(group) && shard_primary(shard)->health != HEALTH_STOPPED) {
		log_warn("server", "left running: it has lost its primary", F("group", group->name),
			F("shard", shard->name));
		return true;
	}
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id != shard->primary &&
			!stop(engine, group, &shard->nodes[i], err))
			ok = engine_fence(engine, &shard->nodes[i], err) && ok;
	return stop(engine, group, shard_primary(shard), err) && ok;
}

bool shutdown_nodes(struct store *store, struct engine *engine, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct group **groups;
	size_t count = 0, nodes = 0;
	bool ok = true;

	groups = mark(store, engine, &arena, &count, err);
	if (!groups)
		return false;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < groups[i]->shard_count; j++) {
			nodes += groups[i]->shards[j].node_count;
			ok = stop_shard(engine, groups[i], &groups[i]->shards[j], err) && ok;
		}
	if (nodes)
		log_info("server", "nodes stopped, their data is kept", F("nodes", (int64_t)nodes));
	return ok;
}
