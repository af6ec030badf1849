/*
 * Names: what a legal identifier is, how the parts of a group are called, ARNs. Identifiers are
 * compared without regard to case and kept in lower case; callers fold them first.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct error;
struct group;
struct node;

enum { GROUP_NAME_MAX = 40 };

/* Whether a new replication group may be called so. */
bool may_name_group(const char *name, struct error *err) __attribute__((warn_unused_result));

/* redis12-001, and 0001. Numbers start at 1. */
const char *node_name(struct arena *arena, const char *group, int number);
const char *shard_name(struct arena *arena, int number);

/* The shard's name in a node group id as clients write it: 0003, or redis00-0003 of the group
 * redis00 (G32); NULL when it is neither. */
const char *shard_name_of(const char *node_group_id, const char *group);

/* arn:aws:elasticache:us-east-1:000000000000:replicationgroup:redis12, and of a member. */
const char *arn_group(struct arena *arena, const struct group *group);
const char *arn_node(struct arena *arena, const struct group *group, const struct node *node);

/* Whether it can be an ARN of an SNS topic. */
bool is_topic_arn(const char *text);
