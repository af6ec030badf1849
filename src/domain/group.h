/*
 * What a user creates and what it is made of: plain values, loaded by store/, decided upon by
 * domain/, acted upon by flow/. A replication group has node groups (shards); a shard has one
 * primary and up to five replicas; a node is one redis-server and, to the API, a cache cluster
 * holding cache node 0001. Strings belong to the arena that the group was loaded into.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/status.h"

enum {
	SHARDS_MAX = 15,
	REPLICAS_MAX = 5,
	NODES_MAX = 1 + REPLICAS_MAX, /* of a shard */
};

#define CACHE_NODE_ID "0001"

struct node {
	int64_t id;
	const char *name;    /* cache cluster id: redis12-001 */
	const char *zone;    /* us-east-1a */
	const char *address; /* its own, kept for life */
	const char *dir;     /* <region>/<account>/<name>, relative to the engine's directory */
	enum status status;  /* what the API shows */
	enum health health;  /* what is true */
	bool rebooting;      /* a flow restarts it, as its user asked */
	int64_t created_at;
	bool zone_down;     /* no process may run in its zone */
	bool zone_closed;   /* nothing may be placed there; true also of a zone that is down */
	int64_t held_until; /* the operator holds it down until then (clock_monotonic); 0: no */
};

struct shard {
	int64_t id;
	const char *name; /* node group id: 0001 */
	enum status status;
	const char *slots;           /* 0-5461; NULL with cluster mode disabled */
	const char *primary_address; /* primary endpoint */
	const char *reader_address;  /* reader endpoint */
	int64_t primary;             /* node that is the primary */
	int64_t reader;              /* node that answers the reader endpoint */
	const char *lineage;         /* the primary's replication id; NULL before the first */
	const char *older_lineage;   /* the one before it */
	size_t node_count;
	struct node *nodes; /* in order of name */
};

/* Changes that wait for the maintenance window or for the flow that applies them. */
struct pending {
	bool automatic_failover_set; /* a change of it is wanted, to: */
	bool automatic_failover;
	const char *primary_cluster; /* the member to promote, or NULL */
	const char *node_type;       /* NULL: no change; also below */
	const char *engine_version;
	const char *parameter_group;
};

struct group {
	int64_t id;
	const char *account;
	const char *region;
	const char *name;
	const char *description;
	enum status status;
	enum failover_mode automatic_failover;
	bool multi_az;
	bool cluster_enabled;
	bool auto_minor_version_upgrade;
	const char *node_type;
	const char *engine_version; /* in full: 7.0.7 */
	const char *parameter_group;
	const char *subnet_group;    /* or NULL */
	const char *security_groups; /* ids, separated by commas; may be empty */
	int64_t port;
	int64_t snapshot_retention;
	const char *snapshot_window;      /* 05:00-06:00 */
	const char *maintenance_window;   /* sun:05:00-sun:06:00 */
	const char *snapshotting_cluster; /* or NULL */
	const char *topic_arn;            /* or NULL */
	bool topic_active;
	const char *secret; /* password of the control plane and of replication on its nodes */
	int64_t created_at;
	struct pending pending;
	size_t shard_count;
	struct shard *shards; /* in order of name */
};

/* NULL when there is none. */
struct shard *group_shard(const struct group *group, int64_t id);
struct shard *group_shard_named(const struct group *group, const char *name);
struct node *group_node(const struct group *group, int64_t id);
struct node *group_node_named(const struct group *group, const char *name);
struct node *shard_node(const struct shard *shard, int64_t id);
struct node *shard_primary(const struct shard *shard);

/* Why a process in the place of a lost one may not be started at this time (clock_monotonic), as a
 * sentence without its subject; NULL when it may. */
const char *node_held_back(const struct node *node, int64_t now);

/* The shard that this node of the group is in. */
struct shard *group_shard_of(const struct group *group, const struct node *node);

size_t group_node_count(const struct group *group);
enum role node_role(const struct shard *shard, const struct node *node);

/* Whether changes wait for the maintenance window. */
bool group_has_pending(const struct group *group);

/* Whether failure of a primary leads to failover: enabled, or being switched off. */
bool group_fails_over(const struct group *group);
