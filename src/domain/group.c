#include "domain/group.h"

#include <string.h>

struct shard *group_shard(const struct group *group, int64_t id)
{
	for (size_t i = 0; i < group->shard_count; i++)
		if (group->shards[i].id == id)
			return &group->shards[i];
	return NULL;
}

struct shard *group_shard_named(const struct group *group, const char *name)
{
	for (size_t i = 0; i < group->shard_count; i++)
		if (strcmp(group->shards[i].name, name) == 0)
			return &group->shards[i];
	return NULL;
}

struct node *shard_node(const struct shard *shard, int64_t id)
{
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id == id)
			return &shard->nodes[i];
	return NULL;
}

struct node *group_node(const struct group *group, int64_t id)
{
	struct node *node = NULL;

	for (size_t i = 0; i < group->shard_count && !node; i++)
		node = shard_node(&group->shards[i], id);
	return node;
}

struct node *group_node_named(const struct group *group, const char *name)
{
	for (size_t i = 0; i < group->shard_count; i++) {
		const struct shard *shard = &group->shards[i];

		for (size_t j = 0; j < shard->node_count; j++)
			if (strcmp(shard->nodes[j].name, name) == 0)
				return &shard->nodes[j];
	}
	return NULL;
}

struct node *shard_primary(const struct shard *shard)
{
	return shard_node(shard, shard->primary);
}

const char *node_held_back(const struct node *node, int64_t now)
{
	if (node->zone_down)
		return "waits until its zone is up";
	if (node->zone_closed)
		return "waits until its zone takes nodes again";
	if (node->held_until > now)
		return "is held down by the operator";
	return NULL;
}

struct shard *group_shard_of(const struct group *group, const struct node *node)
{
	struct shard *shard = group->shards;

	while (!shard_node(shard, node->id))
		shard++;
	return shard;
}

size_t group_node_count(const struct group *group)
{
	size_t count = 0;

	for (size_t i = 0; i < group->shard_count; i++)
		count += group->shards[i].node_count;
	return count;
}

enum role node_role(const struct shard *shard, const struct node *node)
{
	return node->id == shard->primary ? ROLE_PRIMARY : ROLE_REPLICA;
}

bool group_has_pending(const struct group *group)
{
	const struct pending *pending = &group->pending;

	return pending->automatic_failover_set || pending->primary_cluster || pending->node_type ||
	       pending->engine_version || pending->parameter_group;
}

bool group_fails_over(const struct group *group)
{
	return group->automatic_failover == FAILOVER_ENABLED ||
	       group->automatic_failover == FAILOVER_DISABLING;
}
