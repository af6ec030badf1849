/*
 * Endpoints: stable addresses that clients connect to, and who answers there. A primary endpoint
 * and a reader endpoint are addresses of their own (virtual IPs) that a node listens on beside its
 * own address; the kernel sees to it that only one process can hold one.
 *
 * Here is the only place that knows what the API prints as Address.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct engine;
struct error;
struct group;
struct node;
struct shard;

/* What to print. */
const char *endpoint_primary(const struct shard *shard);
const char *endpoint_reader(const struct shard *shard);
const char *endpoint_node(const struct node *node);

/* Makes the node listen on the endpoints that are its own as the shard stands (shard->primary,
 * shard->reader), and on no others: withdraws what it must give up, publishes what it must
 * answer. An address that is to move must be withdrawn from a living holder first, or this fails
 * with nothing changed. */
bool endpoint_settle(struct engine *engine, const struct group *group, const struct shard *shard,
	const struct node *node, struct error *err) __attribute__((warn_unused_result));
