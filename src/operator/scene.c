#include "operator/scene.h"

#include <string.h>

#include "domain/group.h"
#include "engine/sample.h"
#include "operator/operator.h"
#include "store/db.h"
#include "store/fault.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"

enum { SAMPLE_MS = 100 };

static bool read_store(struct exchange *exchange, struct scene *scene, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct arena *arena = exchange->arena;

	return tx_begin_read(exchange->operator->store, &tx, err) &&
	       (scene->groups = group_list_all(&tx, arena, &scene->group_count, err)) &&
	       (scene->flows = flow_list(&tx, arena, 0, &scene->flow_count, err)) &&
	       (scene->zones = zone_list(&tx, arena, &scene->zone_count, err)) &&
	       (scene->faults = fault_list(&tx, arena, &scene->fault_count, err));
}

static void ask_nodes(struct exchange *exchange, struct scene *scene)
{
	struct sample_target *targets;
	size_t total = 0, next = 0;

	for (size_t i = 0; i < scene->group_count; i++)
		total += group_node_count(scene->groups[i]);
	targets = arena_array(exchange->arena, total + 1, sizeof(*targets));
	scene->samples = arena_array(exchange->arena, total + 1, sizeof(*scene->samples));
	for (size_t i = 0; i < scene->group_count; i++)
		for (size_t j = 0; j < scene->groups[i]->shard_count; j++)
			for (size_t k = 0; k < scene->groups[i]->shards[j].node_count; k++)
				targets[next++] = (struct sample_target){ scene->groups[i],
					&scene->groups[i]->shards[j].nodes[k] };
	engine_sample(exchange->operator->engine, targets, total, SAMPLE_MS, scene->samples);
}

bool scene_read(struct exchange *exchange, struct scene *ret, struct error *err)
{
	if (!read_store(exchange, ret, err))
		return false;
	ask_nodes(exchange, ret);
	return true;
}

int64_t scene_lag_bytes(const struct engine_sample *primary, const struct engine_sample *replica)
{
	int64_t behind = primary->view.offset - replica->view.offset;

	if (!primary->answered || !replica->answered || replica->view.is_primary ||
		strcmp(primary->view.replication_id, replica->view.replication_id) != 0)
		return -1;
	return behind > 0 ? behind : 0;
}

int64_t scene_lag_seconds(const struct engine_sample *primary, const struct node *replica)
{
	for (size_t i = 0; primary->answered && i < primary->view.replica_count; i++)
		if (strcmp(primary->view.replicas[i].host, replica->address) == 0 &&
			primary->view.replicas[i].online)
			return primary->view.replicas[i].lag;
	return -1;
}
