/*
 * What may be asked of a group in its present state: the rules of the user guide (G04–G11, G22,
 * G26, G28) and of the API reference, each with the code and the words of ElastiCache. Pure. What
 * exists at all is the caller's to find out; existence is checked before state, and state before
 * combinations.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct catalog;
struct engine_version;
struct error;
struct group;
struct node;
struct shard;

/* What is said to a request that other work on a group, of this name, excludes for now. */
#define UNFINISHED_WORK \
	"A failover, node replacement or reboot of replication group %s has not finished."

/* A group to be created, as far as rules speak of it. */
struct proposal {
	const char *node_type;
	const char *engine_version; /* in full */
	bool automatic_failover;
	bool multi_az;
	bool cluster_enabled;
	int64_t replicas; /* of each shard */
};

bool may_create(const struct proposal *proposal, struct error *err)
	__attribute__((warn_unused_result));

/* What a modification asks for beside the settings that are never refused. NULL: no change. */
struct change {
	bool automatic_failover_set;
	bool automatic_failover;
	bool multi_az_set;
	bool multi_az;
	const char *primary_cluster; /* a member's name */
	const char *node_type;
	const char *engine_version; /* in full */
};

/* Whether the group takes modifications at all. */
bool may_modify(const struct group *group, struct error *err) __attribute__((warn_unused_result));

/* Whether this one makes sense, on top of what is pending. Names in it have been found to exist. */
bool may_change(const struct group *group, const struct change *change, struct error *err)
	__attribute__((warn_unused_result));

bool may_delete(const struct group *group, struct error *err) __attribute__((warn_unused_result));

/* TestFailover. unfinished: some flow of the group is running, a node replacement say (G28). */
bool may_fail_over(const struct group *group, const struct shard *shard, bool unfinished,
	struct error *err) __attribute__((warn_unused_result));

/* RebootCacheCluster. unfinished: some flow of the node's shard, or of the whole group, is running.
 */
bool may_reboot(const struct group *group, const struct node *node, bool unfinished,
	struct error *err) __attribute__((warn_unused_result));

/* A version as clients write it (NULL: the newest); NULL and *err when there is none. */
const struct engine_version *choose_version(
	const struct catalog *catalog, const char *wanted, struct error *err);

/* The parameter group to use with a version: the wanted one, or (NULL) the version's default. Only
 * the default groups of the families exist. NULL and *err when it does not fit. */
const char *choose_parameter_group(const struct catalog *catalog,
	const struct engine_version *version, const char *wanted, struct error *err);
