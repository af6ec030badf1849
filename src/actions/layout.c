#include "actions/layout.h"

#include <string.h>

#include "actions/service.h"
#include "api/call.h"
#include "domain/addresses.h"
#include "domain/catalog.h"
#include "domain/placement.h"
#include "store/fault.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

#define VALUE "InvalidParameterValue"
#define COMBINATION "InvalidParameterCombination"

/* The one NodeGroupConfiguration; NULL when there is none. */
static json_t *configuration(const struct call *call)
{
	return json_array_get(in_list(call, "NodeGroupConfiguration"), 0);
}

static const char *configured(const struct call *call, const char *member)
{
	return json_string_value(json_object_get(configuration(call), member));
}

/* Several node groups would need cluster mode, which is not there yet. */
static bool check_one_shard(const struct call *call, struct error *err)
{
	int64_t shards = in_int(call, "NumNodeGroups", 1);
	size_t entries = json_array_size(in_list(call, "NodeGroupConfiguration"));

	if (shards < 1)
		return fail(err, VALUE, "The number of node groups must be at least 1.");
	if (entries > 1 && in_list(call, "PreferredCacheClusterAZs"))
		return fail(err, COMBINATION,
			"PreferredCacheClusterAZs can only be specified for one node group.");
	if (shards > 1 || entries > 1)
		return fail(err, COMBINATION,
			"More than one node group requires cluster mode, which is not supported.");
	return true;
}

static bool check_configuration(const struct call *call, struct error *err)
{
	const char *id = configured(call, "NodeGroupId"), *slots = configured(call, "Slots");
	json_t *entry = configuration(call);

	if (id && strcmp(id, "0001") != 0)
		return fail(err, VALUE,
			"The node group of a replication group with cluster mode disabled is 0001.");
	if (slots && strcmp(slots, "0-16383") != 0)
		return fail(err, COMBINATION,
			"Slots can only be specified with cluster mode, which is not supported.");
	if (json_object_get(entry, "PrimaryOutpostArn") ||
		json_object_get(entry, "ReplicaOutpostArns"))
		return fail(err, COMBINATION, "Outposts are not supported.");
	return true;
}

/* One way to say how many replicas there are; -1 for a way that was not used. */
static bool agree(int64_t *replicas, bool given, int64_t wanted, struct error *err)
{
	if (!given)
		return true;
	if (*replicas >= 0 && *replicas != wanted)
		return fail(err, COMBINATION,
			"NumCacheClusters, ReplicasPerNodeGroup and ReplicaCount do not agree on the "
			"number of replicas.");
	*replicas = wanted;
	return true;
}

static bool read_replicas(const struct call *call, struct layout *layout, struct error *err)
{
	json_t *count = json_object_get(configuration(call), "ReplicaCount");
	json_t *zones = json_object_get(configuration(call), "ReplicaAvailabilityZones");
	int64_t replicas = -1;

	if (!agree(&replicas, in_has(call, "NumCacheClusters"),
		    in_int(call, "NumCacheClusters", 1) - 1, err) ||
		!agree(&replicas, in_has(call, "ReplicasPerNodeGroup"),
			in_int(call, "ReplicasPerNodeGroup", 0), err) ||
		!agree(&replicas, count, json_integer_value(count), err))
		return false;
	if (replicas < 0 && !in_has(call, "NumCacheClusters") &&
		!in_has(call, "ReplicasPerNodeGroup") && !count)
		replicas = (int64_t)json_array_size(zones);
	layout->replicas = replicas;
	return true;
}

/* Zones from a list, for the nodes from the first-th on; there must be one for each. */
static bool take_zones(
	const char *member, json_t *list, size_t first, struct layout *layout, struct error *err)
{
	size_t nodes = (size_t)(layout->replicas < 0 ? 0 : layout->replicas) + 1, i;
	json_t *zone;

	if (!list)
		return true;
	if (json_array_size(list) + first != nodes)
		return fail(err, COMBINATION,
			"The number of Availability Zones in %s must be the number of its nodes.",
			member);
	json_array_foreach(list, i, zone)
	{
		if (first + i < NODES_MAX)
			layout->zones[first + i] = json_string_value(zone);
	}
	return true;
}

bool read_layout(const struct call *call, struct layout *ret, struct error *err)
{
	json_t *preferred = in_list(call, "PreferredCacheClusterAZs");
	json_t *entry = configuration(call);
	json_t *primary = json_object_get(entry, "PrimaryAvailabilityZone");
	json_t *replicas = json_object_get(entry, "ReplicaAvailabilityZones");

	if (!check_one_shard(call, err) || !check_configuration(call, err) ||
		!read_replicas(call, ret, err))
		return false;
	if (preferred && (primary || replicas))
		return fail(err, COMBINATION,
			"PreferredCacheClusterAZs and the Availability Zones of a "
			"NodeGroupConfiguration cannot be specified together.");
	if (primary)
		ret->zones[0] = json_string_value(primary);
	return take_zones("PreferredCacheClusterAZs", preferred, 0, ret, err) &&
	       take_zones("ReplicaAvailabilityZones", replicas, 1, ret, err);
}

/* Notes the zones that were asked for; -1 for the others. */
static bool find_zones(const struct call *call, const struct region *region,
	const struct layout *layout, int *used, int *ret_indexes, struct error *err)
{
	for (size_t i = 0; i <= (size_t)layout->replicas; i++) {
		const char *zone = layout->zones[i];

		ret_indexes[i] = zone ? region_zone(region, call->region, zone) : -1;
		if (zone && ret_indexes[i] < 0)
			return fail(err, VALUE, "%.64s is not a valid availability zone.", zone);
		if (zone)
			used[ret_indexes[i]]++;
	}
	return true;
}

/* Where nothing can be placed: closed[i] of zone i. */
static bool find_closed(struct tx *tx, const struct call *call, const struct region *region,
	bool *closed, struct error *err)
{
	size_t count;
	const struct zone_row *rows = zone_list(tx, call->arena, &count, err);

	for (size_t i = 0; rows && i < count; i++) {
		int index = region_zone(region, call->region, rows[i].name);

		if (index >= 0)
			closed[index] = true;
	}
	return rows;
}

static const char *zone_name(const struct call *call, const struct region *region, size_t index)
{
	return arena_printf(call->arena, "%s%c", call->region, region->zones[index]);
}

/* zone NULL: any. */
static bool fail_capacity(const struct call *call, const struct region *region,
	const char *node_type, const char *zone, const bool *closed, struct error *err)
{
	struct text open = { .arena = call->arena };

	for (size_t i = 0; i < strlen(region->zones); i++)
		if (!closed[i])
			text_printf(
				&open, "%s%s", open.length ? ", " : "", zone_name(call, region, i));
	if (!open.length)
		return fail(err, "InsufficientCacheClusterCapacity",
			"%s (VPC) is not currently supported in any availability zone of %s.",
			node_type, call->region);
	return fail(err, "InsufficientCacheClusterCapacity",
		"%s (VPC) is not currently supported in the availability zone %s. Retry the launch "
		"with no availability zone or target: %s.",
		node_type, zone, open.data);
}

bool complete_layout(struct tx *tx, const struct call *call, const char *node_type,
	struct layout *layout, int *ret_indexes, struct error *err)
{
	const struct region *region = catalog_region(call->service->catalog, call->region);
	bool closed[ADDRESS_ZONES_MAX] = { 0 };
	int used[ADDRESS_ZONES_MAX] = { 0 };

	if (!find_zones(call, region, layout, used, ret_indexes, err) ||
		!find_closed(tx, call, region, closed, err))
		return false;
	for (size_t i = 0; i <= (size_t)layout->replicas; i++) {
		if (ret_indexes[i] < 0 &&
			!choose_zones(used, closed, strlen(region->zones), 1, &ret_indexes[i]))
			return fail_capacity(call, region, node_type, NULL, closed, err);
		if (closed[ret_indexes[i]])
			return fail_capacity(
				call, region, node_type, layout->zones[i], closed, err);
		layout->zones[i] = zone_name(call, region, (size_t)ret_indexes[i]);
	}
	return true;
}
