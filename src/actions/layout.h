/*
 * How many nodes a new group has and in which zones: three ways to say it (NumCacheClusters with
 * PreferredCacheClusterAZs, ReplicasPerNodeGroup, a NodeGroupConfiguration), which must agree.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "domain/group.h"

struct call;
struct error;
struct tx;

struct layout {
	int64_t replicas;             /* as asked for: rules.h says whether it may be */
	const char *zones[NODES_MAX]; /* of the primary, of the replicas; NULL: ours to choose */
};

bool read_layout(const struct call *call, struct layout *ret, struct error *err)
	__attribute__((warn_unused_result));

/* Chooses the zones that are left open, and refuses those where nothing can be placed now (G12).
 * ret_indexes: of each node's zone in the region. The number of replicas is legal. */
bool complete_layout(struct tx *tx, const struct call *call, const char *node_type,
	struct layout *layout, int *ret_indexes, struct error *err)
	__attribute__((warn_unused_result));
