/* DescribeReplicationGroups and DescribeCacheClusters: one by its id, or pages in order of id. */
#include "actions/need.h"
#include "actions/service.h"
#include "actions/view.h"
#include "api/call.h"
#include "domain/group.h"
#include "handlers.h"
#include "store/db.h"
#include "store/group.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

#define GROUPS "groups"
#define CLUSTERS "clusters"

/* A page and, when there is more, the marker of the next: the name of the last one shown. */
static json_t *page_of(const struct call *call, const char *member, json_t *items, bool more,
	const char *list, const char *last)
{
	return json_pack("{s:o, s:s*}", member, items, "Marker",
		more ? make_marker(call->arena, list, last) : NULL);
}

static json_t *list_groups(struct tx *tx, const struct call *call, struct error *err)
{
	size_t size, count;
	const char *after;
	struct group **groups;
	json_t *items;

	if (!read_page_size(call, &size, err) || !read_marker(call, GROUPS, &after, err))
		return NULL;
	groups = group_list(
		tx, call->arena, call->account, call->region, after, size + 1, &count, err);
	if (!groups)
		return NULL;
	items = json_array();
	for (size_t i = 0; i < count && i < size; i++)
		json_array_append_new(items, view_group(call->arena, groups[i]));
	return page_of(call, "ReplicationGroups", items, count > size, GROUPS,
		count > size ? groups[size - 1]->name : "");
}

json_t *action_DescribeReplicationGroups(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct group *group;

	if (!tx_begin_read(call->service->store, &tx, err))
		return NULL;
	if (!in_has(call, "ReplicationGroupId"))
		return list_groups(&tx, call, err);
	group = need_group(&tx, call, err);
	if (!group)
		return NULL;
	return json_pack("{s:[o]}", "ReplicationGroups", view_group(call->arena, group));
}

static json_t *list_clusters(struct tx *tx, const struct call *call, struct error *err)
{
	bool nodes = in_bool(call, "ShowCacheNodeInfo", false);
	size_t size, count;
	const char *after;
	struct group **groups;
	struct node **members;
	json_t *items;

	if (!read_page_size(call, &size, err) || !read_marker(call, CLUSTERS, &after, err))
		return NULL;
	/* Every cache cluster of this server belongs to a replication group. */
	if (in_bool(call, "ShowCacheClustersNotInReplicationGroups", false))
		return json_pack("{s:[]}", "CacheClusters");
	members = member_list(tx, call->arena, call->account, call->region, after, size + 1,
		&groups, &count, err);
	if (!members)
		return NULL;
	items = json_array();
	for (size_t i = 0; i < count && i < size; i++)
		json_array_append_new(
			items, view_cluster(call->arena, groups[i], members[i], nodes));
	return page_of(call, "CacheClusters", items, count > size, CLUSTERS,
		count > size ? members[size - 1]->name : "");
}

json_t *action_DescribeCacheClusters(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	const char *name = text_lower(call->arena, in_text(call, "CacheClusterId"));
	struct group *group;

	if (!tx_begin_read(call->service->store, &tx, err))
		return NULL;
	if (!name)
		return list_clusters(&tx, call, err);
	group = group_load_member(&tx, call->arena, call->account, call->region, name, err);
	if (!group) {
		if (!err->code)
			(void)fail(
				err, "CacheClusterNotFound", "CacheCluster not found:%.255s", name);
		return NULL;
	}
	return json_pack("{s:[o]}", "CacheClusters",
		view_cluster(call->arena, group, group_node_named(group, name),
			in_bool(call, "ShowCacheNodeInfo", false)));
}
