#include "domain/remedy.h"

/* Groups that are being made or unmade are their own flow's business. */
static bool is_settled(const struct group *group)
{
	return group->status == STATUS_AVAILABLE || group->status == STATUS_MODIFYING;
}

static bool was_stopped(const struct shard *shard)
{
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].health == HEALTH_STOPPED)
			return true;
	return false;
}

static enum remedy mend_primary(const struct remedy_facts *facts)
{
	const struct shard *shard = facts->shard;

	for (size_t i = 0; i < shard->node_count && group_fails_over(facts->group); i++)
		if (facts->alive[i] && shard->nodes[i].id != shard->primary)
			return REMEDY_FAILOVER;
	return REMEDY_RECREATE;
}

/* A primary that its user reboots comes back by itself (G13). */
static bool needs_mending(const struct remedy_facts *facts, size_t i)
{
	return !facts->alive[i] && !facts->shard->nodes[i].rebooting;
}

/* A replica whose process runs may still be one whose replacement was given up half-way. */
static bool needs_replacement(const struct remedy_facts *facts, size_t i)
{
	return !facts->node_flow[i] &&
	       (!facts->alive[i] || facts->shard->nodes[i].health != HEALTH_IN_SYNC);
}

enum remedy choose_remedy(const struct remedy_facts *facts, size_t *ret_node)
{
	const struct shard *shard = facts->shard;

	if (!is_settled(facts->group) || facts->shard_flow)
		return REMEDY_NONE;
	if (was_stopped(shard))
		return REMEDY_RESUME;
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id == shard->primary && needs_mending(facts, i))
			return mend_primary(facts);
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id != shard->primary && needs_replacement(facts, i)) {
			*ret_node = i;
			return REMEDY_REPLACE;
		}
	return REMEDY_NONE;
}
