/*
 * DeleteReplicationGroup. The group is deleting from the answer on, whatever was being done to it
 * is given up, and the delete workflow does the rest.
 */
#include "actions/need.h"
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

static const struct refusal unsupported[] = {
	{ "RetainPrimaryCluster", "false", "InvalidParameterCombination",
		"Retaining the primary cluster is not supported." },
	{ "FinalSnapshotIdentifier", NULL, "SnapshotFeatureNotSupportedFault",
		"Snapshots are not supported." },
	{ 0 },
};

static bool save_deleting(struct tx *tx, struct group *group, struct error *err)
{
	group->status = STATUS_DELETING;
	for (size_t i = 0; i < group->shard_count; i++) {
		struct shard *shard = &group->shards[i];

		shard->status = STATUS_DELETING;
		if (!shard_save(tx, shard, err))
			return false;
		for (size_t j = 0; j < shard->node_count; j++) {
			shard->nodes[j].status = STATUS_DELETING;
			if (!node_save(tx, &shard->nodes[j], err))
				return false;
		}
	}
	return group_save(tx, group, err);
}

json_t *action_DeleteReplicationGroup(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct group *group;
	bool started;

	if (!tx_begin(call->service->store, &tx, err))
		return NULL;
	group = need_group(&tx, call, err);
	if (!group || !may_delete(group, err) || !refuse_unsupported(call, unsupported, err) ||
		!save_deleting(&tx, group, err) || !flow_abandon_all(&tx, group->id, err) ||
		!flow_start(&tx, "delete", group->id, 0, 0, "api", &started, err) ||
		!tx_commit(&tx, err))
		return NULL;
	return view_answer(call->arena, group);
}
