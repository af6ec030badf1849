/*
 * ModifyReplicationGroup (G09, G21–G24). Some settings take effect at once. Automatic failover,
 * who is the primary, node type, engine version and parameter group become pending, and wait for
 * the maintenance window unless the request says ApplyImmediately, which applies what was pending
 * before, too.
 */
#include <string.h>

#include "actions/need.h"
#include "actions/service.h"
#include "actions/settings.h"
#include "actions/view.h"
#include "api/call.h"
#include "domain/catalog.h"
#include "domain/group.h"
#include "domain/rules.h"
#include "handlers.h"
#include "store/db.h"
#include "store/group.h"
#include "store/pending.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

#define VALUE "InvalidParameterValue"
#define COMBINATION "InvalidParameterCombination"

static const struct refusal unsupported[] = {
	{ "CacheSecurityGroupNames", NULL, VALUE,
		"Use of cache security groups is not permitted in this API version for your account." },
	{ "UserGroupIdsToAdd", NULL, "UserGroupNotFound",
		"User group not found. User groups are not supported." },
	{ "UserGroupIdsToRemove", NULL, "UserGroupNotFound",
		"User group not found. User groups are not supported." },
	{ "RemoveUserGroups", "false", COMBINATION, "User groups are not supported." },
	{ "ClusterMode", "disabled", COMBINATION, "Cluster mode is not supported." },
	{ "AuthToken", NULL, COMBINATION, "AUTH tokens are not supported." },
	{ "AuthTokenUpdateStrategy", NULL, COMBINATION, "AUTH tokens are not supported." },
	{ "TransitEncryptionEnabled", "false", COMBINATION,
		"Encryption in transit is not supported." },
	{ "TransitEncryptionMode", NULL, COMBINATION, "Encryption in transit is not supported." },
	{ "LogDeliveryConfigurations", NULL, COMBINATION, "Log delivery is not supported." },
	{ "IpDiscovery", "ipv4", COMBINATION, "Only the IP discovery ipv4 is supported." },
	{ 0 },
};

/* Whether the request names anything but the group, and when. NodeGroupId is ignored, as it has
 * been since there is cluster mode. */
static bool requests_anything(const struct call *call)
{
	const char *member;
	json_t *value;

	json_object_foreach(call->in, member, value)
	{
		if (strcmp(member, "ReplicationGroupId") != 0 &&
			strcmp(member, "ApplyImmediately") != 0 &&
			strcmp(member, "NodeGroupId") != 0)
			return true;
	}
	return false;
}

/* A member by its name; *ret stays NULL when the parameter was not given. */
static bool read_cluster(const struct call *call, const struct group *group, const char *parameter,
	const char **ret, struct error *err)
{
	const char *name = text_lower(call->arena, in_text(call, parameter));

	if (name && !group_node_named(group, name))
		return fail(err, "CacheClusterNotFound", "CacheCluster not found: %.255s", name);
	if (name)
		*ret = name;
	return true;
}

static bool read_snapshotting(const struct call *call, struct group *group, struct error *err)
{
	if (in_has(call, "SnapshottingClusterId") && group->cluster_enabled)
		return fail(err, COMBINATION,
			"Cannot set snapshotting cluster for cluster mode enabled replication group");
	return read_cluster(
		call, group, "SnapshottingClusterId", &group->snapshotting_cluster, err);
}

static bool read_topic_status(const struct call *call, struct group *group, struct error *err)
{
	const char *status = in_text(call, "NotificationTopicStatus");

	if (!status)
		return true;
	status = text_lower(call->arena, status);
	if (strcmp(status, "active") != 0 && strcmp(status, "inactive") != 0)
		return fail(err, VALUE,
			"Invalid notification topic status. Must be active or inactive");
	group->topic_active = group->topic_arn && strcmp(status, "active") == 0;
	return true;
}

static bool read_node_type(const struct call *call, struct change *change, struct error *err)
{
	const char *type = in_text(call, "CacheNodeType");

	if (type && !catalog_node_type(call->service->catalog, type))
		return fail(err, VALUE, "The cache node type %.64s is not supported.", type);
	change->node_type = type;
	return true;
}

/* A version brings the default parameter group of its family along, unless one is named. */
static bool read_engine(const struct call *call, const struct group *group, struct change *change,
	const char **ret_parameter_group, struct error *err)
{
	const struct catalog *catalog = call->service->catalog;
	const char *wanted = in_text(call, "EngineVersion");
	const char *parameter_group = in_text(call, "CacheParameterGroupName");
	const char *planned = group->pending.engine_version ? group->pending.engine_version
							    : group->engine_version;
	const struct engine_version *version;

	if (!wanted && !parameter_group)
		return true;
	version = wanted ? choose_version(catalog, wanted, err) : catalog_version(catalog, planned);
	if (!version)
		return err->code ? false
				 : fail(err, ERROR_INTERNAL, "engine version %s is not known",
					   planned);
	change->engine_version = wanted ? version->full : NULL;
	*ret_parameter_group = choose_parameter_group(catalog, version, parameter_group, err);
	return *ret_parameter_group;
}

/* What differs from what is waits; a wish for what is takes back an earlier one. */
static const char *pend(const char *wanted, const char *current, const char *pending)
{
	if (!wanted)
		return pending;
	return strcmp(wanted, current) == 0 ? NULL : wanted;
}

static void add_pending(
	struct group *group, const struct change *change, const char *parameter_group)
{
	struct pending *pending = &group->pending;

	if (change->automatic_failover_set) {
		pending->automatic_failover = change->automatic_failover;
		pending->automatic_failover_set =
			change->automatic_failover != group_fails_over(group);
	}
	if (change->multi_az_set)
		group->multi_az = change->multi_az;
	if (change->primary_cluster)
		pending->primary_cluster = pend(change->primary_cluster,
			shard_primary(group->shards)->name, pending->primary_cluster);
	pending->node_type = pend(change->node_type, group->node_type, pending->node_type);
	pending->engine_version =
		pend(change->engine_version, group->engine_version, pending->engine_version);
	pending->parameter_group =
		pend(parameter_group, group->parameter_group, pending->parameter_group);
}

/* Puts all that the request asks for into the group. */
static bool read_request(const struct call *call, struct group *group, struct error *err)
{
	const char *parameter_group = NULL;
	struct change change = {
		.automatic_failover_set = in_has(call, "AutomaticFailoverEnabled"),
		.automatic_failover = in_bool(call, "AutomaticFailoverEnabled", false),
		.multi_az_set = in_has(call, "MultiAZEnabled"),
		.multi_az = in_bool(call, "MultiAZEnabled", false),
	};

	if (!refuse_unsupported(call, unsupported, err) || !check_engine(call, err) ||
		!read_settings(call, group, err) || !read_topic_status(call, group, err) ||
		!read_snapshotting(call, group, err) ||
		!read_cluster(call, group, "PrimaryClusterId", &change.primary_cluster, err) ||
		!read_node_type(call, &change, err) ||
		!read_engine(call, group, &change, &parameter_group, err) ||
		!may_change(group, &change, err))
		return false;
	add_pending(group, &change, parameter_group);
	return true;
}

static bool apply_now(struct tx *tx, struct group *group, struct error *err)
{
	bool started;

	if (!group_has_pending(group))
		return true;
	if (!group_apply_pending(tx, group, "api", &started, err))
		return false;
	if (!started && group_has_pending(group))
		return fail(err, "InvalidReplicationGroupState", UNFINISHED_WORK, group->name);
	return true;
}

json_t *action_ModifyReplicationGroup(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	bool now = in_bool(call, "ApplyImmediately", false);
	struct group *group;

	if (!tx_begin(call->service->store, &tx, err))
		return NULL;
	group = need_group(&tx, call, err);
	if (!group || !may_modify(group, err))
		return NULL;
	if (!requests_anything(call) && !(now && group_has_pending(group))) {
		(void)fail(err, COMBINATION, "No modifications were requested");
		return NULL;
	}
	if (!read_request(call, group, err) || !group_save(&tx, group, err) ||
		(now && !apply_now(&tx, group, err)) || !tx_commit(&tx, err))
		return NULL;
	return view_answer(call->arena, group);
}
