/*
 * What a node's redis.conf says. Pure: text from values.
 *
 * Three users: `default` is what clients are, without a password and without the commands that
 * ElastiCache withholds; `understudy` is the control plane; `replication` is what a replica is to
 * its primary. The latter two have the group's secret as their password, so the file must not be
 * readable by others.
 */
#pragma once

#include <stdint.h>

#define CONF_USER "understudy"

struct arena;
struct group;
struct node;

/* follow: the node to replicate from, or NULL. maxmemory: bytes, 0: no limit. */
char *conf_render(struct arena *arena, const struct group *group, const struct node *node,
	const struct node *follow, int64_t maxmemory);

/* The commands that clients do not get, ended by NULL: "config", "acl|setuser" … */
extern const char *const conf_withheld[];
