/*
 * What an operator's words name: nodes and groups by their names alone, as long as no two accounts
 * or regions use the same one.
 */
#pragma once

#include <stdbool.h>

#include "operator/exchange.h"

struct group;
struct node;
struct shard;

/* A node that was named, and where it belongs. */
struct place {
	struct group *group;
	struct shard *shard;
	struct node *node;
};

/* "redis12-001", or "eu-west-1/000000000000/redis12-001" where the name alone names several. */
bool find_node(struct exchange *exchange, const char *name, struct place *ret, struct error *err)
	__attribute__((warn_unused_result));

/* The same for a group; ret->shard and ret->node are NULL. */
bool find_group(struct exchange *exchange, const char *name, struct place *ret, struct error *err)
	__attribute__((warn_unused_result));

/* A zone of a region that has groups, or whose name makes it one: us-east-1a. */
bool find_zone(struct exchange *exchange, const char *name, struct error *err)
	__attribute__((warn_unused_result));
