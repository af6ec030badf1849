/*
 * What is to be done for a shard, seen from outside of any flow: which workflow mends it. Pure, and
 * a function of the state alone, so it does not matter why or how often it is asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "domain/group.h"

struct remedy_facts {
	const struct group *group;
	const struct shard *shard;
	bool alive[NODES_MAX];     /* by index in the shard: its process runs and does not hang */
	bool shard_flow;           /* a flow of the whole shard is running */
	bool node_flow[NODES_MAX]; /* a flow of this node is running */
};

enum remedy {
	REMEDY_NONE,
	REMEDY_FAILOVER, /* the primary is gone, a replica lives */
	REMEDY_RECREATE, /* the primary is gone and comes back in its place */
	REMEDY_REPLACE,  /* a replica is gone */
	REMEDY_RESUME,   /* we stopped it ourselves */
};

/* *ret_node is set for REMEDY_REPLACE: the index of the node. */
enum remedy choose_remedy(const struct remedy_facts *facts, size_t *ret_node);
