#include "store/pending.h"

#include "domain/group.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/text.h"

static bool touches_nodes(const struct pending *pending)
{
	return pending->node_type || pending->engine_version || pending->parameter_group;
}

/* What is so already needs no work. */
static void drop_what_is(struct group *group)
{
	struct pending *pending = &group->pending;
	const struct node *member =
		pending->primary_cluster ? group_node_named(group, pending->primary_cluster) : NULL;

	if (pending->automatic_failover == group_fails_over(group))
		pending->automatic_failover_set = false;
	if (!member || member->id == group->shards[0].primary)
		pending->primary_cluster = NULL;
	if (text_equal(pending->node_type, group->node_type))
		pending->node_type = NULL;
	if (text_equal(pending->engine_version, group->engine_version))
		pending->engine_version = NULL;
	if (text_equal(pending->parameter_group, group->parameter_group))
		pending->parameter_group = NULL;
}

/* A planned switch needs a shard that nothing else is at work on, not even a replacement. */
static bool is_idle(struct tx *tx, const struct group *group, bool *ret_idle, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	size_t count;

	if (!flow_list(tx, &arena, group->id, &count, err))
		return false;
	*ret_idle = count == 0;
	return true;
}

static bool start(struct tx *tx, const struct group *group, const char *cause, bool *ret_started,
	struct error *err)
{
	bool idle;

	if (!group->pending.primary_cluster)
		return flow_start(tx, "modify", group->id, 0, 0, cause, ret_started, err);
	if (!is_idle(tx, group, &idle, err))
		return false;
	*ret_started = false;
	return !idle || flow_start(tx, "promote", group->id, group->shards[0].id, 0, cause,
				ret_started, err);
}

static bool save_modifying(struct tx *tx, struct shard *shard, bool nodes, struct error *err)
{
	shard->status = STATUS_MODIFYING;
	if (!shard_save(tx, shard, err))
		return false;
	for (size_t i = 0; i < shard->node_count && nodes; i++) {
		shard->nodes[i].status = STATUS_MODIFYING;
		if (!node_save(tx, &shard->nodes[i], err))
			return false;
	}
	return true;
}

static bool save_begun(struct tx *tx, struct group *group, struct error *err)
{
	const struct pending *pending = &group->pending;

	group->status = STATUS_MODIFYING;
	if (pending->automatic_failover_set)
		group->automatic_failover =
			pending->automatic_failover ? FAILOVER_ENABLING : FAILOVER_DISABLING;
	for (size_t i = 0; i < group->shard_count; i++)
		if (!save_modifying(tx, &group->shards[i], touches_nodes(pending), err))
			return false;
	return group_save(tx, group, err);
}

bool group_apply_pending(
	struct tx *tx, struct group *group, const char *cause, bool *ret_started, struct error *err)
{
	bool started = false;

	if (group->status == STATUS_AVAILABLE) {
		drop_what_is(group);
		if (!group_has_pending(group)) {
			if (!group_save(tx, group, err))
				return false;
		} else if (!start(tx, group, cause, &started, err) ||
			   (started && !save_begun(tx, group, err))) {
			return false;
		}
	}
	*ret_started = started;
	return true;
}
