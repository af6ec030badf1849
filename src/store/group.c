#include "store/group.h"

#include <assert.h>

#include "store/db.h"
#include "store/fault.h"
#include "store/sql.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

#define GROUP_COLUMNS                                                                          \
	"id, account, region, name, description, status, automatic_failover, multi_az, "       \
	"cluster_enabled, auto_minor_version_upgrade, node_type, engine_version, "             \
	"parameter_group, subnet_group, security_groups, port, snapshot_retention, "           \
	"snapshot_window, maintenance_window, snapshotting_cluster, topic_arn, topic_active, " \
	"secret, created_at, pending_failover, pending_primary, pending_node_type, "           \
	"pending_engine_version, pending_parameter_group "

static void read_settings(struct query *q, struct arena *arena, struct group *group)
{
	group->multi_az = query_number(q);
	group->cluster_enabled = query_number(q);
	group->auto_minor_version_upgrade = query_number(q);
	group->node_type = query_text(q, arena);
	group->engine_version = query_text(q, arena);
	group->parameter_group = query_text(q, arena);
	group->subnet_group = query_text(q, arena);
	group->security_groups = query_text(q, arena);
	group->port = query_number(q);
	group->snapshot_retention = query_number(q);
	group->snapshot_window = query_text(q, arena);
	group->maintenance_window = query_text(q, arena);
	group->snapshotting_cluster = query_text(q, arena);
	group->topic_arn = query_text(q, arena);
	group->topic_active = query_number(q);
	group->secret = query_text(q, arena);
	group->created_at = query_number(q);
}

static struct group *read_group(struct query *q, struct arena *arena)
{
	struct group *group = arena_alloc(arena, sizeof(*group));

	group->id = query_number(q);
	group->account = query_text(q, arena);
	group->region = query_text(q, arena);
	group->name = query_text(q, arena);
	group->description = query_text(q, arena);
	group->status = status_parse(query_text(q, arena));
	group->automatic_failover = failover_mode_parse(query_text(q, arena));
	read_settings(q, arena, group);
	group->pending.automatic_failover_set = !query_null(q);
	group->pending.automatic_failover = query_number(q);
	group->pending.primary_cluster = query_text(q, arena);
	group->pending.node_type = query_text(q, arena);
	group->pending.engine_version = query_text(q, arena);
	group->pending.parameter_group = query_text(q, arena);
	return group;
}

static void read_node(
	struct query *q, struct arena *arena, const struct group *group, struct node *node)
{
	node->id = query_number(q);
	node->name = query_text(q, arena);
	node->zone = query_text(q, arena);
	node->address = query_text(q, arena);
	node->status = status_parse(query_text(q, arena));
	node->health = health_parse(query_text(q, arena));
	node->rebooting = query_number(q);
	node->created_at = query_number(q);
	node->zone_closed = query_number(q);
	node->zone_down = query_number(q);
	node->held_until = query_number(q);
	node->held_until = fault_in_force(node->held_until, query_number(q));
	node->dir = arena_printf(arena, "%s/%s/%s", group->region, group->account, node->name);
}

static bool load_nodes(struct tx *tx, struct arena *arena, const struct group *group,
	struct shard *shard, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	shard->nodes = arena_array(arena, NODES_MAX, sizeof(*shard->nodes));
	if (!query_start(tx, &q, err,
		    "SELECT n.id, n.name, n.zone, n.address, n.status, n.health, "
		    "EXISTS (SELECT 1 FROM flow w WHERE w.node_id = n.id AND w.state = 'running' "
		    "AND w.workflow LIKE 'reboot-%'), n.created_at, "
		    "z.name IS NOT NULL, z.down IS NOT NULL, f.until, f.lasts FROM node n "
		    "LEFT JOIN zone z ON z.name = n.zone "
		    "LEFT JOIN fault f ON f.node_id = n.id AND f.kind = 'hold' "
		    "WHERE n.node_group_id = ? ORDER BY n.name",
		    N(shard->id)))
		return false;
	while (query_next(&q, err)) {
		assert(shard->node_count < NODES_MAX);
		read_node(&q, arena, group, &shard->nodes[shard->node_count++]);
	}
	return !query_failed(&q);
}

static void read_shard(struct query *q, struct arena *arena, struct shard *shard)
{
	shard->id = query_number(q);
	shard->name = query_text(q, arena);
	shard->status = status_parse(query_text(q, arena));
	shard->slots = query_text(q, arena);
	shard->primary_address = query_text(q, arena);
	shard->reader_address = query_text(q, arena);
	shard->primary = query_number(q);
	shard->reader = query_number(q);
	shard->lineage = query_text(q, arena);
	shard->older_lineage = query_text(q, arena);
}

static bool load_shards(struct tx *tx, struct arena *arena, struct group *group, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	group->shards = arena_array(arena, SHARDS_MAX, sizeof(*group->shards));
	if (!query_start(tx, &q, err,
		    "SELECT id, name, status, slots, primary_address, reader_address, primary_node, "
		    "reader_node, lineage, older_lineage FROM node_group "
		    "WHERE group_id = ? ORDER BY name",
		    N(group->id)))
		return false;
	while (query_next(&q, err)) {
		assert(group->shard_count < SHARDS_MAX);
		read_shard(&q, arena, &group->shards[group->shard_count++]);
	}
	for (size_t i = 0; i < group->shard_count && !query_failed(&q); i++)
		if (!load_nodes(tx, arena, group, &group->shards[i], err))
			return false;
	return !query_failed(&q);
}

/* The one group of a query; the query is over before its parts are loaded. */
static struct group *load_one(
	struct tx *tx, struct arena *arena, struct query *q, struct error *err)
{
	struct group *group = query_next(q, err) ? read_group(q, arena) : NULL;

	query_done(q);
	return group && load_shards(tx, arena, group, err) ? group : NULL;
}

struct group *group_load(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *name, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err,
		    "SELECT " GROUP_COLUMNS "FROM replication_group "
		    "WHERE account = ? AND region = ? AND name = ?",
		    T(account), T(region), T(name)))
		return NULL;
	return load_one(tx, arena, &q, err);
}

struct group *group_load_id(struct tx *tx, struct arena *arena, int64_t id, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err, "SELECT " GROUP_COLUMNS "FROM replication_group WHERE id = ?",
		    N(id)))
		return NULL;
	return load_one(tx, arena, &q, err);
}

struct group *group_load_member(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *member, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err,
		    "SELECT " GROUP_COLUMNS "FROM replication_group WHERE id = "
		    "(SELECT g.group_id FROM node n JOIN node_group g ON g.id = n.node_group_id "
		    "JOIN replication_group r ON r.id = g.group_id "
		    "WHERE r.account = ? AND r.region = ? AND n.name = ?)",
		    T(account), T(region), T(member)))
		return NULL;
	return load_one(tx, arena, &q, err);
}

/* Reads groups until the query is over, then their parts. */
static struct group **load_many(
	struct tx *tx, struct arena *arena, struct query *q, size_t *ret_count, struct error *err)
{
	size_t count = 0, capacity = 16;
	struct group **groups = arena_array(arena, capacity, sizeof(struct group *));

	while (query_next(q, err)) {
		if (count == capacity) {
			struct group **grown =
				arena_array(arena, capacity * 2, sizeof(struct group *));

			for (size_t i = 0; i < count; i++)
				grown[i] = groups[i];
			groups = grown;
			capacity *= 2;
		}
		groups[count++] = read_group(q, arena);
	}
	if (query_failed(q))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!load_shards(tx, arena, groups[i], err))
			return NULL;
	*ret_count = count;
	return groups;
}

struct group **group_list(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *after, size_t limit, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err,
		    "SELECT " GROUP_COLUMNS "FROM replication_group "
		    "WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?",
		    T(account), T(region), T(after ? after : ""), N((int64_t)limit)))
		return NULL;
	return load_many(tx, arena, &q, ret_count, err);
}

struct group **group_list_all(
	struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err, "SELECT " GROUP_COLUMNS "FROM replication_group ORDER BY id"))
		return NULL;
	return load_many(tx, arena, &q, ret_count, err);
}

struct group **group_list_pending(
	struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err,
		    "SELECT " GROUP_COLUMNS "FROM replication_group "
		    "WHERE coalesce(pending_failover, pending_primary, pending_node_type, "
		    "pending_engine_version, pending_parameter_group) IS NOT NULL ORDER BY id"))
		return NULL;
	return load_many(tx, arena, &q, ret_count, err);
}

struct node **member_list(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *after, size_t limit, struct group ***ret_groups,
	size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct node **nodes = arena_array(arena, limit, sizeof(struct node *));
	struct group **groups = arena_array(arena, limit, sizeof(struct group *));
	size_t count = 0;

	if (!query_start(tx, &q, err,
		    "SELECT n.id, r.id FROM node n JOIN node_group g ON g.id = n.node_group_id "
		    "JOIN replication_group r ON r.id = g.group_id "
		    "WHERE r.account = ? AND r.region = ? AND n.name > ? ORDER BY n.name LIMIT ?",
		    T(account), T(region), T(after ? after : ""), N((int64_t)limit)))
		return NULL;
	while (query_next(&q, err)) {
		int64_t node = query_number(&q), id = query_number(&q);
		bool same = count > 0 && groups[count - 1]->id == id;

		groups[count] = same ? groups[count - 1] : group_load_id(tx, arena, id, err);
		if (!groups[count])
			return NULL;
		nodes[count] = group_node(groups[count], node);
		count++;
	}
	if (query_failed(&q))
		return NULL;
	*ret_groups = groups;
	*ret_count = count;
	return nodes;
}

static bool insert_node(
	struct tx *tx, const struct shard *shard, struct node *node, struct error *err)
{
	if (!sql_exec(tx, err,
		    "INSERT INTO node (node_group_id, name, zone, address, status, health, created_at) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?)",
		    N(shard->id), T(node->name), T(node->zone), T(node->address),
		    T(status_text(node->status)), T(health_text(node->health)),
		    N(node->created_at)))
		return false;
	node->id = sql_last_id(tx);
	return true;
}

static bool insert_shard(
	struct tx *tx, const struct group *group, struct shard *shard, struct error *err)
{
	if (!sql_exec(tx, err,
		    "INSERT INTO node_group (group_id, name, status, slots, primary_address, "
		    "reader_address) VALUES (?, ?, ?, ?, ?, ?)",
		    N(group->id), T(shard->name), T(status_text(shard->status)), T(shard->slots),
		    T(shard->primary_address), T(shard->reader_address)))
		return false;
	shard->id = sql_last_id(tx);
	for (size_t i = 0; i < shard->node_count; i++)
		if (!insert_node(tx, shard, &shard->nodes[i], err))
			return false;
	shard->primary = shard->nodes[0].id;
	shard->reader = shard->nodes[0].id;
	return shard_save(tx, shard, err);
}

bool group_insert(struct tx *tx, struct group *group, struct error *err)
{
	if (!sql_exec(tx, err,
		    "INSERT INTO replication_group (account, region, name, description, status, "
		    "automatic_failover, multi_az, cluster_enabled, auto_minor_version_upgrade, "
		    "node_type, engine_version, parameter_group, subnet_group, security_groups, port, "
		    "snapshot_retention, snapshot_window, maintenance_window, snapshotting_cluster, "
		    "topic_arn, topic_active, secret, created_at) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    T(group->account), T(group->region), T(group->name), T(group->description),
		    T(status_text(group->status)), T(failover_mode_text(group->automatic_failover)),
		    N(group->multi_az), N(group->cluster_enabled),
		    N(group->auto_minor_version_upgrade), T(group->node_type),
		    T(group->engine_version), T(group->parameter_group), T(group->subnet_group),
		    T(group->security_groups), N(group->port), N(group->snapshot_retention),
		    T(group->snapshot_window), T(group->maintenance_window),
		    T(group->snapshotting_cluster), T(group->topic_arn), N(group->topic_active),
		    T(group->secret), N(group->created_at)))
		return false;
	group->id = sql_last_id(tx);
	for (size_t i = 0; i < group->shard_count; i++)
		if (!insert_shard(tx, group, &group->shards[i], err))
			return false;
	return true;
}

static bool check_status_change(struct tx *tx, const struct group *group, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };

	if (!query_start(
		    tx, &q, err, "SELECT status FROM replication_group WHERE id = ?", N(group->id)))
		return false;
	if (query_next(&q, err))
		assert(status_may_become(status_parse(query_text(&q, &arena)), group->status));
	return !query_failed(&q);
}

bool group_save(struct tx *tx, const struct group *group, struct error *err)
{
	const struct pending *pending = &group->pending;

	if (!check_status_change(tx, group, err))
		return false;
	return sql_exec(tx, err,
		"UPDATE replication_group SET description = ?, status = ?, automatic_failover = ?, "
		"multi_az = ?, auto_minor_version_upgrade = ?, node_type = ?, engine_version = ?, "
		"parameter_group = ?, security_groups = ?, snapshot_retention = ?, "
		"snapshot_window = ?, maintenance_window = ?, snapshotting_cluster = ?, "
		"topic_arn = ?, topic_active = ?, pending_failover = ?, pending_primary = ?, "
		"pending_node_type = ?, pending_engine_version = ?, pending_parameter_group = ? "
		"WHERE id = ?",
		T(group->description), T(status_text(group->status)),
		T(failover_mode_text(group->automatic_failover)), N(group->multi_az),
		N(group->auto_minor_version_upgrade), T(group->node_type), T(group->engine_version),
		T(group->parameter_group), T(group->security_groups), N(group->snapshot_retention),
		T(group->snapshot_window), T(group->maintenance_window),
		T(group->snapshotting_cluster), T(group->topic_arn), N(group->topic_active),
		pending->automatic_failover_set ? N(pending->automatic_failover) : T(NULL),
		T(pending->primary_cluster), T(pending->node_type), T(pending->engine_version),
		T(pending->parameter_group), N(group->id));
}

bool shard_save(struct tx *tx, const struct shard *shard, struct error *err)
{
	return sql_exec(tx, err,
		"UPDATE node_group SET status = ?, primary_node = ?, reader_node = ?, lineage = ?, "
		"older_lineage = ? WHERE id = ?",
		T(status_text(shard->status)), N_OR_NULL(shard->primary), N_OR_NULL(shard->reader),
		T(shard->lineage), T(shard->older_lineage), N(shard->id));
}

bool node_save(struct tx *tx, const struct node *node, struct error *err)
{
	return sql_exec(tx, err, "UPDATE node SET status = ?, health = ? WHERE id = ?",
		T(status_text(node->status)), T(health_text(node->health)), N(node->id));
}

bool group_delete(struct tx *tx, int64_t id, struct error *err)
{
	return sql_exec(tx, err, "DELETE FROM replication_group WHERE id = ?", N(id));
}

const char **address_list(struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	const char **addresses;
	size_t count = 0, total = 0;

	if (!query_start(tx, &q, err,
		    "SELECT (SELECT count(*) FROM node) + 2 * (SELECT count(*) FROM node_group)"))
		return NULL;
	if (query_next(&q, err))
		total = (size_t)query_number(&q);
	if (query_failed(&q))
		return NULL;
	query_done(&q);
	addresses = arena_array(arena, total + 1, sizeof(char *));
	if (!query_start(tx, &q, err,
		    "SELECT address FROM node UNION ALL SELECT primary_address FROM node_group "
		    "UNION ALL SELECT reader_address FROM node_group"))
		return NULL;
	while (query_next(&q, err) && count < total)
		addresses[count++] = query_text(&q, arena);
	if (query_failed(&q))
		return NULL;
	*ret_count = count;
	return addresses;
}

int64_t node_count(struct tx *tx, const char *account, const char *region, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err,
		    "SELECT count(*) FROM node n JOIN node_group g ON g.id = n.node_group_id "
		    "JOIN replication_group r ON r.id = g.group_id "
		    "WHERE r.account = ? AND r.region = ?",
		    T(account), T(region)))
		return -1;
	return query_next(&q, err) ? query_number(&q) : -1;
}
