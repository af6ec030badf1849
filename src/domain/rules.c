#include "domain/rules.h"

#include <string.h>

#include "domain/catalog.h"
#include "domain/group.h"
#include "util/error.h"
#include "util/text.h"

#define COMBINATION "InvalidParameterCombination"
#define VALUE "InvalidParameterValue"
#define STATE "InvalidReplicationGroupState"
#define CLUSTER_STATE "InvalidCacheClusterState"
#define CLUSTER_ON ".cluster.on"

/* G04, G05, G06. */
static bool may_enable_failover(
	const char *node_type, const char *version, bool cluster_enabled, struct error *err)
{
	bool t1 = text_starts_with(node_type, "cache.t1.");
	bool t2 = text_starts_with(node_type, "cache.t2.");

	if (version_compare(version, "2.8.6") < 0)
		return fail(err, COMBINATION,
			"Automatic failover is not supported for engine version %s. Redis 2.8.6 or "
			"later is required.",
			version);
	if (t1 || (t2 && (!cluster_enabled || version_compare(version, "3.2.4") < 0)))
		return fail(err, VALUE,
			"Automatic failover is not supported for T1 and T2 cache node types.");
	return true;
}

static bool may_be_multi_az(bool automatic_failover, size_t replicas, struct error *err)
{
	if (!automatic_failover)
		return fail(
			err, COMBINATION, "Automatic failover must be enabled to enable Multi-AZ.");
	if (replicas == 0)
		return fail(err, COMBINATION,
			"Must have at least 1 replica for Multi-AZ enabled Replication Group");
	return true;
}

bool may_create(const struct proposal *proposal, struct error *err)
{
	if (proposal->replicas < 0 || proposal->replicas > REPLICAS_MAX)
		return fail(err, VALUE,
			"The number of replicas per node group must be within 0 and %d.",
			REPLICAS_MAX);
	if (proposal->cluster_enabled && !proposal->automatic_failover)
		return fail(err, VALUE,
			"Redis with cluster mode enabled cannot be created with auto failover turned "
			"off.");
	if (proposal->automatic_failover && !proposal->cluster_enabled && proposal->replicas == 0)
		return fail(err, COMBINATION,
			"When using automatic failover, there must be at least 2 cache clusters in the "
			"replication group.");
	if (proposal->automatic_failover &&
		!may_enable_failover(proposal->node_type, proposal->engine_version,
			proposal->cluster_enabled, err))
		return false;
	return !proposal->multi_az ||
	       may_be_multi_az(proposal->automatic_failover, (size_t)proposal->replicas, err);
}

bool may_modify(const struct group *group, struct error *err)
{
	if (group->status != STATUS_AVAILABLE)
		return fail(err, STATE, "Replication group must be in available state to modify.");
	return true;
}

/* The replicas of the shard that has the fewest. */
static size_t fewest_replicas(const struct group *group)
{
	size_t fewest = REPLICAS_MAX;

	for (size_t i = 0; i < group->shard_count; i++)
		if (group->shards[i].node_count - 1 < fewest)
			fewest = group->shards[i].node_count - 1;
	return fewest;
}

/* G09, G10. That it is switched on in the same call is fine: it is promoted first. */
static bool may_promote(const struct group *group, struct error *err)
{
	if (group->cluster_enabled)
		return fail(err, COMBINATION,
			"PrimaryClusterId cannot be specified for a replication group with cluster "
			"mode enabled.");
	if (group_fails_over(group))
		return fail(err, STATE,
			"Cannot manually promote a new master cache cluster while autofailover is "
			"enabled");
	return true;
}

/* G10, G22. multi_az: as it will be. */
static bool may_switch_failover(
	const struct group *group, bool on, bool multi_az, struct error *err)
{
	if (on && fewest_replicas(group) == 0)
		return fail(err, COMBINATION,
			"Replication group must have at least one read replica to enable "
			"autofailover.");
	if (!on && group->cluster_enabled)
		return fail(err, COMBINATION,
			"Turning off automatic failover for replication group with cluster mode "
			"enabled is not supported.");
	if (!on && multi_az)
		return fail(err, COMBINATION,
			"Multi-AZ must be disabled to disable automatic failover.");
	return true;
}

static bool may_change_version(const struct group *group, const char *version, struct error *err)
{
	if (version && version_compare(version, group->engine_version) < 0)
		return fail(err, COMBINATION,
			"The engine version cannot be downgraded from %s to %s.",
			group->engine_version, version);
	return true;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
	if (a)
		return a;
	return b ? b : c;
}

/* Automatic failover as it will be when all that is pending is applied. */
static bool will_fail_over(const struct group *group, const struct change *change)
{
	if (change->automatic_failover_set)
		return change->automatic_failover;
	if (group->pending.automatic_failover_set)
		return group->pending.automatic_failover;
	return group_fails_over(group);
}

bool may_change(const struct group *group, const struct change *change, struct error *err)
{
	const struct pending *pending = &group->pending;
	const char *type = first_of(change->node_type, pending->node_type, group->node_type);
	const char *version =
		first_of(change->engine_version, pending->engine_version, group->engine_version);
	bool failover = will_fail_over(group, change);
	bool multi_az = change->multi_az_set ? change->multi_az : group->multi_az;

	if (change->primary_cluster && !may_promote(group, err))
		return false;
	if (change->automatic_failover_set && !may_switch_failover(group, failover, multi_az, err))
		return false;
	if (change->multi_az_set && multi_az &&
		!may_be_multi_az(failover, fewest_replicas(group), err))
		return false;
	if (!may_change_version(group, change->engine_version, err))
		return false;
	return !failover || may_enable_failover(type, version, group->cluster_enabled, err);
}

bool may_delete(const struct group *group, struct error *err)
{
	if (group->status == STATUS_AVAILABLE || group->status == STATUS_CREATE_FAILED)
		return true;
	return fail(err, STATE,
		"Replication group %s has status %s which is not valid for deletion.", group->name,
		status_text(group->status));
}

static bool has_replica_in_sync(const struct shard *shard)
{
	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id != shard->primary &&
			shard->nodes[i].health == HEALTH_IN_SYNC)
			return true;
	return false;
}

bool may_fail_over(
	const struct group *group, const struct shard *shard, bool unfinished, struct error *err)
{
	if (group->status != STATUS_AVAILABLE)
		return fail(
			err, STATE, "Replication group %s is not in available state.", group->name);
	if (group->automatic_failover != FAILOVER_ENABLED)
		return fail(err, STATE,
			"Automatic failover must be enabled on replication group %s to test failover.",
			group->name);
	if (shard->node_count < 2)
		return fail(err, STATE,
			"Node group %s must have at least one read replica to test failover.",
			shard->name);
	if (unfinished)
		return fail(err, STATE, UNFINISHED_WORK, group->name);
	if (!has_replica_in_sync(shard))
		return fail(err, CLUSTER_STATE, "No read replica of node group %s is available.",
			shard->name);
	return true;
}

bool may_reboot(
	const struct group *group, const struct node *node, bool unfinished, struct error *err)
{
	if (node->status != STATUS_AVAILABLE || node->rebooting || node->health != HEALTH_IN_SYNC)
		return fail(err, CLUSTER_STATE, "Cache cluster %s is not in available state.",
			node->name);
	if (group->status != STATUS_AVAILABLE)
		return fail(err, CLUSTER_STATE, "Replication Group of %s is not available.",
			node->name);
	if (unfinished)
		return fail(err, CLUSTER_STATE, UNFINISHED_WORK, group->name);
	if (group->cluster_enabled)
		return fail(err, COMBINATION,
			"Rebooting a node of a replication group with cluster mode enabled is not "
			"supported.");
	return true;
}

/* From Redis 6 on, clients choose a minor version, and ElastiCache its patch. */
static bool names_patch(const struct engine_version *version, const char *wanted)
{
	return strcmp(version->name, wanted) != 0 && !strstr(wanted, ".x");
}

const struct engine_version *choose_version(
	const struct catalog *catalog, const char *wanted, struct error *err)
{
	const struct engine_version *version =
		wanted ? catalog_version(catalog, wanted) : catalog_default_version(catalog);

	if (version && (!wanted || !names_patch(version, wanted)))
		return version;
	(void)fail(err, COMBINATION, "Cannot find version %.64s for redis", wanted);
	return NULL;
}

/* The family of default.<family> or default.<family>.cluster.on; NULL when there is none such. */
static const struct engine_version *version_of_default(
	const struct catalog *catalog, const char *parameter_group)
{
	for (size_t i = 0; i < catalog->version_count; i++) {
		const struct engine_version *version = &catalog->versions[i];
		const char *name = version->parameter_group;
		size_t length = strlen(name);

		if (strcmp(name, parameter_group) == 0 ||
			(strncmp(name, parameter_group, length) == 0 &&
				strcmp(parameter_group + length, CLUSTER_ON) == 0))
			return version;
	}
	return NULL;
}

const char *choose_parameter_group(const struct catalog *catalog,
	const struct engine_version *version, const char *wanted, struct error *err)
{
	const struct engine_version *owner;

	if (!wanted)
		return version->parameter_group;
	owner = version_of_default(catalog, wanted);
	if (!owner) {
		(void)fail(err, "CacheParameterGroupNotFound",
			"CacheParameterGroup not found: %.255s", wanted);
		return NULL;
	}
	if (strcmp(owner->family, version->family) != 0) {
		(void)fail(err, COMBINATION,
			"Expected a parameter group of family %s but found one of family %s",
			version->family, owner->family);
		return NULL;
	}
	if (strcmp(owner->parameter_group, wanted) != 0) {
		(void)fail(err, COMBINATION,
			"Parameter group %s enables cluster mode, which is not supported.", wanted);
		return NULL;
	}
	return owner->parameter_group;
}
