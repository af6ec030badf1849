#include "endpoint/endpoint.h"

#include "domain/group.h"
#include "engine/engine.h"

const char *endpoint_primary(const struct shard *shard)
{
	return shard->primary_address;
}

const char *endpoint_reader(const struct shard *shard)
{
	return shard->reader_address;
}

const char *endpoint_node(const struct node *node)
{
	return node->address;
}

bool endpoint_settle(struct engine *engine, const struct group *group, const struct shard *shard,
	const struct node *node, struct error *err)
{
	const char *addresses[3] = { node->address };
	size_t count = 1;

	if (shard->primary == node->id)
		addresses[count++] = shard->primary_address;
	if (shard->reader == node->id)
		addresses[count++] = shard->reader_address;
	return engine_bind(engine, group, node, addresses, count, err);
}
