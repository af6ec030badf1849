/*
 * RebootCacheCluster (G13, G14): a node restarts in its place. A primary comes back empty and does
 * not fail over; a replica synchronises anew. One node of a shard at a time; the group stays
 * available.
 */
#include <string.h>

#include "actions/service.h"
#include "actions/view.h"
#include "api/call.h"
#include "domain/group.h"
#include "domain/rules.h"
#include "handlers.h"
#include "store/db.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

static struct group *need_member(
	struct tx *tx, const struct call *call, const char *name, struct error *err)
{
	struct group *group =
		group_load_member(tx, call->arena, call->account, call->region, name, err);

	if (!group && !err->code)
		(void)fail(err, "CacheClusterNotFound", "CacheCluster not found: %.255s", name);
	return group;
}

static bool check_cache_nodes(const struct call *call, const struct node *node, struct error *err)
{
	json_t *id;
	size_t i;

	json_array_foreach(in_list(call, "CacheNodeIdsToReboot"), i, id)
	{
		if (strcmp(json_string_value(id), CACHE_NODE_ID) != 0)
			return fail(err, "InvalidParameterValue",
				"Cache cluster %s has no cache node %.64s.", node->name,
				json_string_value(id));
	}
	return true;
}

/* Whether other work excludes a reboot of a node of this shard. */
static bool look_for_work(struct tx *tx, const struct call *call, const struct group *group,
	const struct shard *shard, bool *ret_unfinished, struct error *err)
{
	size_t count;
	const struct flow_row *flows = flow_list(tx, call->arena, group->id, &count, err);

	*ret_unfinished = false;
	for (size_t i = 0; flows && i < count; i++)
		*ret_unfinished |= !flows[i].shard || flows[i].shard == shard->id;
	return flows != NULL;
}

/* The row of a running flow is the second lock on the door. */
static bool start(struct tx *tx, const struct group *group, const struct shard *shard,
	struct node *node, struct error *err)
{
	const char *workflow =
		node_role(shard, node) == ROLE_PRIMARY ? "reboot-primary" : "reboot-replica";
	bool started;

	if (!flow_start(tx, workflow, group->id, shard->id, node->id, "api", &started, err))
		return false;
	if (!started)
		return may_reboot(group, node, true, err);
	node->rebooting = true;
	return true;
}

json_t *action_RebootCacheCluster(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	const char *name = text_lower(call->arena, in_text(call, "CacheClusterId"));
	struct group *group;
	struct shard *shard;
	struct node *node;
	bool unfinished;

	if (!tx_begin(call->service->store, &tx, err))
		return NULL;
	group = need_member(&tx, call, name, err);
	if (!group)
		return NULL;
	node = group_node_named(group, name);
	shard = group_shard_of(group, node);
	if (!check_cache_nodes(call, node, err) ||
		!look_for_work(&tx, call, group, shard, &unfinished, err) ||
		!may_reboot(group, node, unfinished, err) || !start(&tx, group, shard, node, err) ||
		!tx_commit(&tx, err))
		return NULL;
	return json_pack("{s:o}", "CacheCluster", view_cluster(call->arena, group, node, true));
}
