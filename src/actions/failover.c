/* TestFailover (G25–G31): one node group fails over to a replica. Progress is in the events. */
#include "actions/need.h"
#include "actions/service.h"
#include "actions/view.h"
#include "api/call.h"
#include "domain/group.h"
#include "domain/rules.h"
#include "handlers.h"
#include "store/db.h"
#include "store/failover_test.h"
#include "store/flow.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

enum { QUOTA_MS = 24 * 60 * 60 * 1000 };

static bool check_state(struct tx *tx, const struct call *call, const struct group *group,
	const struct shard *shard, struct error *err)
{
	size_t running;

	return flow_list(tx, call->arena, group->id, &running, err) &&
	       may_fail_over(group, shard, running > 0, err);
}

/* G26: calls for the same node group count as one. */
static bool check_quota(struct tx *tx, const struct call *call, const struct group *group,
	const struct shard *shard, struct error *err)
{
	int64_t quota = call->service->test_failover_quota;
	int64_t others = failover_test_count_others(tx, group, shard, clock_now() - QUOTA_MS, err);

	if (others < 0)
		return false;
	if (quota >= 0 && others >= quota)
		return fail(err, "APICallRateForCustomerExceeded",
			"The customer has exceeded the allowed rate of API calls.");
	return true;
}

/* The row of a running flow is the second lock on the door. */
static bool start(
	struct tx *tx, const struct group *group, const struct shard *shard, struct error *err)
{
	bool started;

	if (!flow_start(tx, "failover", group->id, shard->id, 0, "api", &started, err))
		return false;
	return started || may_fail_over(group, shard, true, err);
}

json_t *action_TestFailover(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct group *group;
	struct shard *shard;

	if (!tx_begin(call->service->store, &tx, err))
		return NULL;
	group = need_group(&tx, call, err);
	shard = group ? need_shard(group, call, err) : NULL;
	if (!shard || !check_state(&tx, call, group, shard, err) ||
		!check_quota(&tx, call, group, shard, err) ||
		!failover_test_record(&tx, group, shard, err) || !start(&tx, group, shard, err) ||
		!tx_commit(&tx, err))
		return NULL;
	return view_answer(call->arena, group);
}
