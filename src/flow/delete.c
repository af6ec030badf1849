/*
 * Deletion of a group: its nodes die, their directories go, then its rows. Flows that were running
 * were abandoned by the request; none of their steps is being carried out any more when this
 * begins (work/pool.c).
 */
#include "domain/group.h"
#include "domain/names.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "flow/records.h"
#include "flow/workflows.h"
#include "store/group.h"
#include "store/tag.h"
#include "util/error.h"

static enum outcome stop_nodes(struct flow *flow, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		const struct shard *shard = &flow->group->shards[i];

		for (size_t j = 0; j < shard->node_count; j++)
			if (!engine_fence(flow->engine, &shard->nodes[j], err))
				return AGAIN;
	}
	return DONE;
}

static enum outcome remove_data(struct flow *flow, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		const struct shard *shard = &flow->group->shards[i];

		for (size_t j = 0; j < shard->node_count; j++)
			if (!engine_remove(flow->engine, &shard->nodes[j], err))
				return AGAIN;
	}
	return DONE;
}

static bool tell_deleted(struct flow *flow, struct tx *tx, struct error *err)
{
	for (size_t i = 0; i < flow->group->shard_count; i++) {
		const struct shard *shard = &flow->group->shards[i];

		for (size_t j = 0; j < shard->node_count; j++)
			if (!tell_node(flow, tx, &shard->nodes[j], err, "Cache cluster deleted"))
				return false;
	}
	return true;
}

static bool record_forget(struct flow *flow, struct tx *tx, struct error *err)
{
	const struct group *group = flow->group;

	return tell_deleted(flow, tx, err) &&
	       tag_delete_all(tx, arn_group(flow->arena, group), err) &&
	       group_delete(tx, group->id, err);
}

const struct workflow workflow_delete = {
	.name = "delete",
	.priority = PRIORITY_REQUEST,
	.steps = {
		{ "stop-nodes", stop_nodes, NULL },
		{ "remove-data", remove_data, NULL },
		{ "forget", NULL, record_forget },
		{ 0 },
	},
};
