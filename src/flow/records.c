#include "flow/records.h"

#include <stdarg.h>
#include <stdio.h>

#include "domain/group.h"
#include "flow/flow.h"
#include "store/event.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/error.h"

static bool tell(struct flow *flow, struct tx *tx, const char *type, const char *source,
	const char *message, struct error *err)
{
	return event_append(
		tx, flow->group->account, flow->group->region, type, source, err, "%s", message);
}

bool tell_group(struct flow *flow, struct tx *tx, struct error *err, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return tell(flow, tx, SOURCE_REPLICATION_GROUP, flow->group->name, message, err);
}

bool tell_node(struct flow *flow, struct tx *tx, const struct node *node, struct error *err,
	const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return tell(flow, tx, SOURCE_CACHE_CLUSTER, node->name, message, err);
}

bool tell_recovering(struct flow *flow, struct tx *tx, const struct node *node, struct error *err)
{
	return tell_node(flow, tx, node, err, "Recovering cache nodes %s", CACHE_NODE_ID);
}

bool tell_recovered(struct flow *flow, struct tx *tx, const struct node *node, struct error *err)
{
	return tell_node(
		flow, tx, node, err, "Finished recovery for cache nodes %s", CACHE_NODE_ID);
}

bool tell_failover_switched(struct flow *flow, struct tx *tx, bool on, struct error *err)
{
	return tell_group(flow, tx, err,
		"Automatic failover has been turned %s for replication group %s", on ? "on" : "off",
		flow->group->name);
}

bool set_health(struct tx *tx, struct node *node, enum health health, struct error *err)
{
	node->health = health;
	return node_save(tx, node, err);
}

bool record_healths(struct flow *flow, struct tx *tx, struct error *err)
{
	const struct shard *shard = flow->shard;

	for (size_t i = 0; i < shard->node_count; i++)
		if (!node_save(tx, &shard->nodes[i], err))
			return false;
	return true;
}

bool set_primary(struct flow *flow, struct tx *tx, const struct node *primary, const char *lineage,
	bool continued, struct error *err)
{
	struct shard *shard = flow->shard;

	shard->primary = primary->id;
	shard->older_lineage = continued ? shard->lineage : NULL;
	shard->lineage = lineage;
	return shard_save(tx, shard, err);
}

static bool set_shard_status(
	struct tx *tx, struct shard *shard, enum status status, struct error *err)
{
	shard->status = status;
	if (!shard_save(tx, shard, err))
		return false;
	for (size_t i = 0; i < shard->node_count; i++) {
		shard->nodes[i].status = status;
		if (!node_save(tx, &shard->nodes[i], err))
			return false;
	}
	return true;
}

bool set_status(struct flow *flow, struct tx *tx, enum status status,
	void (*change)(struct group *group), struct error *err)
{
	struct group *group = group_load_id(tx, flow->arena, flow->group->id, err);

	if (!group)
		return false;
	group->status = status;
	if (change)
		change(group);
	for (size_t i = 0; i < group->shard_count && status != STATUS_CREATE_FAILED; i++)
		if (!set_shard_status(tx, &group->shards[i], status, err))
			return false;
	flow->group = group;
	if (flow->shard)
		flow->shard = group_shard(group, flow->shard->id);
	return group_save(tx, group, err);
}
