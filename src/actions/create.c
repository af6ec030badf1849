/*
 * CreateReplicationGroup (G01, G04–G06, G21, G22): checks the request, plans the group down to the
 * addresses of its nodes, and leaves making it true to the create workflow.
 */
#include <sys/random.h>

#include "actions/layout.h"
#include "actions/need.h"
#include "actions/service.h"
#include "actions/settings.h"
#include "actions/tags.h"
#include "actions/view.h"
#include "api/call.h"
#include "domain/addresses.h"
#include "domain/catalog.h"
#include "domain/group.h"
#include "domain/names.h"
#include "domain/rules.h"
#include "domain/window.h"
#include "handlers.h"
#include "store/db.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

#define VALUE "InvalidParameterValue"
#define COMBINATION "InvalidParameterCombination"

enum { PORT_DEFAULT = 6379, NODES_PER_REGION = 300, SECRET_BYTES = 32 };

static const struct refusal unsupported[] = {
	{ "CacheSecurityGroupNames", NULL, VALUE,
		"Use of cache security groups is not permitted in this API version for your account." },
	{ "GlobalReplicationGroupId", NULL, "GlobalReplicationGroupNotFoundFault",
		"Global replication group not found. Global datastores are not supported." },
	{ "PrimaryClusterId", NULL, "CacheClusterNotFound",
		"CacheCluster not found. Cache clusters outside of replication groups are not "
		"supported." },
	{ "UserGroupIds", NULL, "UserGroupNotFound",
		"User group not found. User groups are not supported." },
	{ "ClusterMode", "disabled", COMBINATION, "Cluster mode is not supported." },
	{ "AuthToken", NULL, COMBINATION, "AUTH tokens are not supported." },
	{ "TransitEncryptionEnabled", "false", COMBINATION,
		"Encryption in transit is not supported." },
	{ "TransitEncryptionMode", NULL, COMBINATION, "Encryption in transit is not supported." },
	{ "AtRestEncryptionEnabled", "false", COMBINATION, "Encryption at rest is not supported." },
	{ "KmsKeyId", NULL, COMBINATION, "Encryption at rest is not supported." },
	{ "SnapshotArns", NULL, COMBINATION, "Restoring from snapshots is not supported." },
	{ "SnapshotName", NULL, COMBINATION, "Restoring from snapshots is not supported." },
	{ "ServerlessCacheSnapshotName", NULL, COMBINATION,
		"Restoring from snapshots is not supported." },
	{ "LogDeliveryConfigurations", NULL, COMBINATION, "Log delivery is not supported." },
	{ "DataTieringEnabled", "false", COMBINATION, "Data tiering is not supported." },
	{ "NetworkType", "ipv4", COMBINATION, "Only the network type ipv4 is supported." },
	{ "IpDiscovery", "ipv4", COMBINATION, "Only the IP discovery ipv4 is supported." },
	{ 0 },
};

static bool check_new(struct tx *tx, const struct call *call, const char *name, struct error *err)
{
	if (!may_name_group(name, err))
		return false;
	if (group_load(tx, call->arena, call->account, call->region, name, err))
		return fail(err, "ReplicationGroupAlreadyExists",
			"Replication group with specified name already exists.");
	return !err->code;
}

static const char *make_secret(struct arena *arena, struct error *err)
{
	unsigned char bytes[SECRET_BYTES];
	struct text secret = { .arena = arena };

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
		(void)fail(err, ERROR_INTERNAL, "there are no random bytes");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		text_printf(&secret, "%02x", bytes[i]);
	return secret.data;
}

static bool read_engine(const struct call *call, struct group *group, struct error *err)
{
	const struct catalog *catalog = call->service->catalog;
	const char *type = in_text(call, "CacheNodeType");
	const struct engine_version *version;

	if (!type)
		return fail(err, VALUE,
			"The parameter CacheNodeType must be provided and must not be null.");
	if (!catalog_node_type(catalog, type))
		return fail(err, VALUE, "The cache node type %.64s is not supported.", type);
	if (!check_engine(call, err))
		return false;
	version = choose_version(catalog, in_text(call, "EngineVersion"), err);
	if (!version)
		return false;
	group->node_type = type;
	group->engine_version = version->full;
	group->parameter_group = choose_parameter_group(
		catalog, version, in_text(call, "CacheParameterGroupName"), err);
	return group->parameter_group;
}

static bool read_network(const struct call *call, struct group *group, struct error *err)
{
	const char *subnet_group = in_text(call, "CacheSubnetGroupName");
	int64_t port = in_int(call, "Port", PORT_DEFAULT);

	if (port < 1 || port > 65535)
		return fail(err, VALUE, "Invalid value for port. Must be between 1 and 65535");
	if (subnet_group && !text_equal(text_lower(call->arena, subnet_group), "default"))
		return fail(err, "CacheSubnetGroupNotFoundFault",
			"Cache subnet group %.255s not found.", subnet_group);
	group->port = port;
	group->subnet_group = subnet_group ? "default" : NULL;
	return true;
}

static bool check_rules(const struct call *call, const struct group *group,
	const struct layout *layout, struct error *err)
{
	const struct proposal proposal = {
		.node_type = group->node_type,
		.engine_version = group->engine_version,
		.automatic_failover = in_bool(call, "AutomaticFailoverEnabled", false),
		.multi_az = group->multi_az,
		.replicas = layout->replicas,
	};

	return may_create(&proposal, err);
}

static struct group *new_group(const struct call *call, const char *name)
{
	const struct region *region = catalog_region(call->service->catalog, call->region);
	struct group *group = arena_alloc(call->arena, sizeof(*group));

	*group = (struct group){
		.account = call->account,
		.region = call->region,
		.name = name,
		.status = STATUS_CREATING,
		.automatic_failover = in_bool(call, "AutomaticFailoverEnabled", false)
					      ? FAILOVER_ENABLING
					      : FAILOVER_DISABLED,
		.multi_az = in_bool(call, "MultiAZEnabled", false),
		.auto_minor_version_upgrade = true,
		.security_groups = "",
		.snapshot_window = default_snapshot_window(call->arena, region, name),
		.maintenance_window = default_maintenance_window(call->arena, region, name),
		.created_at = clock_now(),
	};
	return group;
}

static bool check_quota(
	struct tx *tx, const struct call *call, const struct layout *layout, struct error *err)
{
	int64_t nodes = node_count(tx, call->account, call->region, err);

	if (nodes < 0)
		return false;
	if (nodes + layout->replicas + 1 > NODES_PER_REGION)
		return fail(err, "NodeQuotaForCustomerExceeded",
			"Customer node quota exceeded. You can have at most %d nodes in this region",
			NODES_PER_REGION);
	return true;
}

static void plan_nodes(const struct call *call, const struct group *group,
	const struct layout *layout, const int *zones, struct addresses *addresses,
	struct shard *shard)
{
	shard->node_count = (size_t)layout->replicas + 1;
	shard->nodes = arena_array(call->arena, NODES_MAX, sizeof(*shard->nodes));
	for (size_t i = 0; i < shard->node_count; i++)
		shard->nodes[i] = (struct node){
			.name = node_name(call->arena, group->name, (int)i + 1),
			.zone = layout->zones[i],
			.address = address_take(addresses, zones[i]),
			.status = STATUS_CREATING,
			.health = HEALTH_NEW,
			.created_at = group->created_at,
		};
}

static bool has_addresses(const struct shard *shard, struct error *err)
{
	bool complete = shard->primary_address && shard->reader_address;

	for (size_t i = 0; i < shard->node_count; i++)
		complete = complete && shard->nodes[i].address;
	return complete || fail(err, "InsufficientCacheClusterCapacity",
				   "There is no address left for the nodes of this group.");
}

static bool plan_shard(struct tx *tx, const struct call *call, struct group *group,
	struct layout *layout, struct error *err)
{
	struct addresses *addresses;
	const char **used;
	size_t used_count;
	int zones[NODES_MAX];

	if (!complete_layout(tx, call, group->node_type, layout, zones, err))
		return false;
	used = address_list(tx, call->arena, &used_count, err);
	if (!used)
		return false;
	addresses = addresses_new(call->arena, call->service->network, used, used_count);
	group->shard_count = 1;
	group->shards = arena_array(call->arena, 1, sizeof(*group->shards));
	*group->shards = (struct shard){
		.name = shard_name(call->arena, 1),
		.status = STATUS_CREATING,
		.primary_address = address_take(addresses, ADDRESS_ENDPOINTS),
		.reader_address = address_take(addresses, ADDRESS_ENDPOINTS),
	};
	plan_nodes(call, group, layout, zones, addresses, group->shards);
	return has_addresses(group->shards, err);
}

/* The whole group as it is to be; NULL and *err when the request does not describe one. */
static struct group *plan_group(
	struct tx *tx, const struct call *call, const char *name, struct error *err)
{
	struct group *group = new_group(call, name);
	struct layout layout = { 0 };

	if (!refuse_unsupported(call, unsupported, err) || !read_engine(call, group, err) ||
		!read_network(call, group, err) || !read_settings(call, group, err) ||
		!check_tags(call, err) || !read_layout(call, &layout, err) ||
		!check_rules(call, group, &layout, err) || !check_quota(tx, call, &layout, err) ||
		!plan_shard(tx, call, group, &layout, err))
		return NULL;
	group->secret = make_secret(call->arena, err);
	return group->secret ? group : NULL;
}

json_t *action_CreateReplicationGroup(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	const char *name = text_lower(call->arena, in_text(call, "ReplicationGroupId"));
	struct group *group;
	bool started;

	if (!tx_begin(call->service->store, &tx, err) || !check_new(&tx, call, name, err))
		return NULL;
	group = plan_group(&tx, call, name, err);
	if (!group || !group_insert(&tx, group, err) ||
		!save_tags(&tx, call, arn_group(call->arena, group), err) ||
		!flow_start(&tx, "create", group->id, 0, 0, "api", &started, err) ||
		!tx_commit(&tx, err))
		return NULL;
	return view_answer(call->arena, group);
}
