#include "actions/view.h"

#include <assert.h>
#include <string.h>

#include "domain/group.h"
#include "domain/names.h"
#include "endpoint/endpoint.h"
#include "store/event.h"
#include "util/arena.h"

#define ENGINE "redis"
#define LANDING_PAGE "https://console.aws.amazon.com/elasticache/home#client-download:"

static void set(json_t *object, const char *member, json_t *value)
{
	int failed = json_object_set_new(object, member, value);

	assert(!failed);
}

static const char *on_or_off(bool on)
{
	return on ? "enabled" : "disabled";
}

/* From here on the nodes can be talked to, until they are deleted. */
static bool is_up(enum status status)
{
	return status == STATUS_AVAILABLE || status == STATUS_MODIFYING;
}

static json_t *view_endpoint(const char *address, const struct group *group)
{
	return json_pack("{s:s, s:I}", "Address", address, "Port", (json_int_t)group->port);
}

/* Who takes the snapshots: a replica, unless the user has chosen (G23, G31). */
static const char *snapshotting_cluster(const struct group *group)
{
	const struct shard *shard = group->shards;

	if (group->snapshotting_cluster || !is_up(group->status))
		return group->snapshotting_cluster;
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id != shard->primary)
			return shard->nodes[i].name;
	return group->snapshot_retention ? shard->nodes[0].name : NULL;
}

/* While it is applied nothing is pending any more (G23). */
static json_t *view_group_pending(const struct group *group)
{
	const struct pending *pending = &group->pending;
	json_t *view = json_object();

	if (group->status == STATUS_MODIFYING)
		return view;
	if (pending->primary_cluster)
		set(view, "PrimaryClusterId", json_string(pending->primary_cluster));
	if (pending->automatic_failover_set)
		set(view, "AutomaticFailoverStatus",
			json_string(on_or_off(pending->automatic_failover)));
	return view;
}

static json_t *view_member(
	const struct group *group, const struct shard *shard, const struct node *node)
{
	json_t *view = json_pack("{s:s, s:s, s:s}", "CacheClusterId", node->name, "CacheNodeId",
		CACHE_NODE_ID, "PreferredAvailabilityZone", node->zone);

	if (!group->cluster_enabled) {
		set(view, "ReadEndpoint", view_endpoint(endpoint_node(node), group));
		set(view, "CurrentRole", json_string(role_text(node_role(shard, node))));
	}
	return view;
}

static json_t *view_shard(const struct group *group, const struct shard *shard)
{
	json_t *members = json_array();
	json_t *view = json_pack("{s:s, s:s, s:o, s:s*}", "NodeGroupId", shard->name, "Status",
		status_text(shard->status), "NodeGroupMembers", members, "Slots", shard->slots);

	for (size_t i = 0; i < shard->node_count; i++)
		if (is_up(shard->nodes[i].status))
			json_array_append_new(members, view_member(group, shard, &shard->nodes[i]));
	if (!group->cluster_enabled) {
		set(view, "PrimaryEndpoint", view_endpoint(endpoint_primary(shard), group));
		set(view, "ReaderEndpoint", view_endpoint(endpoint_reader(shard), group));
	}
	return view;
}

static json_t *view_members(const struct group *group)
{
	json_t *names = json_array();

	for (size_t i = 0; i < group->shard_count; i++)
		for (size_t j = 0; j < group->shards[i].node_count; j++)
			json_array_append_new(names, json_string(group->shards[i].nodes[j].name));
	return names;
}

static json_t *view_shards(const struct group *group)
{
	json_t *shards = json_array();

	for (size_t i = 0; i < group->shard_count; i++)
		json_array_append_new(shards, view_shard(group, &group->shards[i]));
	return shards;
}

/* What this server never does, said as ElastiCache says it. */
static void add_absent_features(json_t *view)
{
	set(view, "AuthTokenEnabled", json_false());
	set(view, "TransitEncryptionEnabled", json_false());
	set(view, "AtRestEncryptionEnabled", json_false());
	set(view, "LogDeliveryConfigurations", json_array());
	set(view, "NetworkType", json_string("ipv4"));
	set(view, "IpDiscovery", json_string("ipv4"));
}

static void add_group_settings(json_t *view, struct arena *arena, const struct group *group)
{
	set(view, "AutomaticFailover", json_string(failover_mode_text(group->automatic_failover)));
	set(view, "MultiAZ", json_string(on_or_off(group->multi_az)));
	set(view, "SnapshotRetentionLimit", json_integer(group->snapshot_retention));
	set(view, "SnapshotWindow", json_string(group->snapshot_window));
	set(view, "ARN", json_string(arn_group(arena, group)));
	set(view, "ReplicationGroupCreateTime", json_integer(group->created_at));
	set(view, "AutoMinorVersionUpgrade", json_boolean(group->auto_minor_version_upgrade));
	set(view, "UserGroupIds", json_array());
	set(view, "DataTiering", json_string(on_or_off(false)));
	set(view, "ClusterMode", json_string(on_or_off(group->cluster_enabled)));
	set(view, "Engine", json_string(ENGINE));
	add_absent_features(view);
}

json_t *view_group(struct arena *arena, const struct group *group)
{
	json_t *view = json_pack("{s:s, s:s, s:s, s:o}", "ReplicationGroupId", group->name,
		"Description", group->description, "Status", status_text(group->status),
		"PendingModifiedValues", view_group_pending(group));
	const char *snapshotting = snapshotting_cluster(group);

	assert(view);
	add_group_settings(view, arena, group);
	if (group->status == STATUS_DELETING)
		return view;
	set(view, "MemberClusters", view_members(group));
	set(view, "ClusterEnabled", json_boolean(group->cluster_enabled));
	set(view, "CacheNodeType", json_string(group->node_type));
	if (snapshotting)
		set(view, "SnapshottingClusterId", json_string(snapshotting));
	if (is_up(group->status))
		set(view, "NodeGroups", view_shards(group));
	return view;
}

json_t *view_answer(struct arena *arena, const struct group *group)
{
	return json_pack("{s:o}", "ReplicationGroup", view_group(arena, group));
}

static json_t *view_cluster_pending(const struct group *group)
{
	const struct pending *pending = &group->pending;

	if (group->status == STATUS_MODIFYING)
		return json_object();
	return json_pack("{s:s*, s:s*}", "CacheNodeType", pending->node_type, "EngineVersion",
		pending->engine_version);
}

static json_t *view_security_groups(struct arena *arena, const struct group *group)
{
	json_t *view = json_array();
	char *rest = arena_strdup(arena, group->security_groups), *id;

	while ((id = strsep(&rest, ",")))
		if (*id)
			json_array_append_new(view,
				json_pack("{s:s, s:s}", "SecurityGroupId", id, "Status", "active"));
	return view;
}

static json_t *view_cache_nodes(const struct group *group, const struct node *node)
{
	return json_pack("[{s:s, s:s, s:I, s:o, s:s, s:s}]", "CacheNodeId", CACHE_NODE_ID,
		"CacheNodeStatus", cache_node_status_text(node->status, node->rebooting),
		"CacheNodeCreateTime", (json_int_t)node->created_at, "Endpoint",
		view_endpoint(endpoint_node(node), group), "ParameterGroupStatus", "in-sync",
		"CustomerAvailabilityZone", node->zone);
}

static void add_cluster_settings(json_t *view, struct arena *arena, const struct group *group)
{
	set(view, "ClientDownloadLandingPage", json_string(LANDING_PAGE));
	set(view, "CacheNodeType", json_string(group->node_type));
	set(view, "Engine", json_string(ENGINE));
	set(view, "EngineVersion", json_string(group->engine_version));
	set(view, "PreferredMaintenanceWindow", json_string(group->maintenance_window));
	set(view, "PendingModifiedValues", view_cluster_pending(group));
	set(view, "CacheSecurityGroups", json_array());
	set(view, "CacheParameterGroup",
		json_pack("{s:s, s:s, s:[]}", "CacheParameterGroupName", group->parameter_group,
			"ParameterApplyStatus", "in-sync", "CacheNodeIdsToReboot"));
	set(view, "CacheSubnetGroupName",
		json_string(group->subnet_group ? group->subnet_group : "default"));
	set(view, "AutoMinorVersionUpgrade", json_boolean(group->auto_minor_version_upgrade));
	set(view, "SecurityGroups", view_security_groups(arena, group));
	set(view, "ReplicationGroupId", json_string(group->name));
	set(view, "SnapshotWindow", json_string(group->snapshot_window));
	set(view, "ReplicationGroupLogDeliveryEnabled", json_false());
	if (group->topic_arn)
		set(view, "NotificationConfiguration",
			json_pack("{s:s, s:s}", "TopicArn", group->topic_arn, "TopicStatus",
				group->topic_active ? "active" : "inactive"));
	add_absent_features(view);
}

json_t *view_cluster(
	struct arena *arena, const struct group *group, const struct node *node, bool nodes)
{
	json_t *view = json_pack("{s:s, s:s, s:i, s:s, s:I, s:s}", "CacheClusterId", node->name,
		"CacheClusterStatus", cluster_status_text(node->status, node->rebooting),
		"NumCacheNodes", 1, "PreferredAvailabilityZone", node->zone,
		"CacheClusterCreateTime", (json_int_t)node->created_at, "ARN",
		arn_node(arena, group, node));
	const char *snapshotting = snapshotting_cluster(group);
	bool snapshots = snapshotting && strcmp(snapshotting, node->name) == 0;

	assert(view);
	add_cluster_settings(view, arena, group);
	set(view, "SnapshotRetentionLimit",
		json_integer(snapshots ? group->snapshot_retention : 0));
	if (nodes && is_up(node->status))
		set(view, "CacheNodes", view_cache_nodes(group, node));
	return view;
}

json_t *view_event(const struct event *event)
{
	return json_pack("{s:s, s:s, s:s, s:I}", "SourceIdentifier", event->source, "SourceType",
		event->source_type, "Message", event->message, "Date", (json_int_t)event->date);
}
