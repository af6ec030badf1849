#include "store/pending.h"

#include "domain/group.h"
#include "store/flow.h"
#include "store/group.h"

/* The shard that gets another primary; NULL when none does. */
static const struct shard *shard_to_promote(const struct group *group)
{
	const char *name = group->pending.primary_cluster;

	for (size_t i = 0; name && i < group->shard_count; i++) {
		const struct shard *shard = &group->shards[i];

		for (size_t j = 0; j < shard->node_count; j++)
			if (shard->nodes[j].id != shard->primary &&
				&shard->nodes[j] == group_node_named(group, name))
				return shard;
	}
	return NULL;
}

static void switch_failover(struct group *group)
{
	const struct pending *pending = &group->pending;
	bool on = group->automatic_failover == FAILOVER_ENABLED;

	if (pending->automatic_failover_set && pending->automatic_failover != on)
		group->automatic_failover =
			pending->automatic_failover ? FAILOVER_ENABLING : FAILOVER_DISABLING;
}

static bool save_modifying(struct tx *tx, struct group *group, struct error *err)
{
	group->status = STATUS_MODIFYING;
	for (size_t i = 0; i < group->shard_count; i++) {
		group->shards[i].status = STATUS_MODIFYING;
		if (!shard_save(tx, &group->shards[i], err))
			return false;
	}
	return group_save(tx, group, err);
}

bool group_apply_pending(
	struct tx *tx, struct group *group, const char *cause, bool *ret_started, struct error *err)
{
	const struct shard *shard = shard_to_promote(group);
	bool started = false;

	if (!flow_start(tx, shard ? "promote" : "modify", group->id, shard ? shard->id : 0, 0,
		    cause, &started, err))
		return false;
	if (started) {
		switch_failover(group);
		if (!save_modifying(tx, group, err))
			return false;
	}
	*ret_started = started;
	return true;
}
