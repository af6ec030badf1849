/*
 * Everything at a glance, for those who look on: what the database has, in one transaction, and
 * what the nodes say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "operator/exchange.h"

struct engine_sample;
struct fault_row;
struct flow_row;
struct group;
struct node;
struct shard;
struct zone_row;

struct scene {
	struct group **groups;
	size_t group_count;
	struct flow_row *flows; /* that run */
	size_t flow_count;
	struct zone_row *zones; /* with a fault */
	size_t zone_count;
	struct fault_row *faults;
	size_t fault_count;
	struct engine_sample *samples; /* of every node, in order of groups, shards and nodes */
};

/* In the exchange's arena. Asks the nodes, for a moment. */
bool scene_read(struct exchange *exchange, struct scene *ret, struct error *err)
	__attribute__((warn_unused_result));

/* How far a replica is behind, as its primary and it say; -1: not known. */
int64_t scene_lag_bytes(const struct engine_sample *primary, const struct engine_sample *replica);
int64_t scene_lag_seconds(const struct engine_sample *primary, const struct node *replica);
