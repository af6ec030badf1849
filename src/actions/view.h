/*
 * From the domain to output trees: the only place that spells members of answers below the top.
 * Each returns a new reference. Shapes change with state, as ElastiCache's do: while a group is
 * created it has no node groups yet, while it is deleted its members are gone.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct event;
struct group;
struct node;

/* {"ReplicationGroup": …}, as most actions answer. */
json_t *view_answer(struct arena *arena, const struct group *group);

json_t *view_group(struct arena *arena, const struct group *group);

/* A member as a cache cluster of its own. nodes: with its cache node. */
json_t *view_cluster(
	struct arena *arena, const struct group *group, const struct node *node, bool nodes);

json_t *view_event(const struct event *event);
