#include "store/failover_test.h"

#include "domain/group.h"
#include "store/sql.h"
#include "util/cleanup.h"
#include "util/clock.h"

bool failover_test_record(
	struct tx *tx, const struct group *group, const struct shard *shard, struct error *err)
{
	return sql_exec(tx, err,
		"INSERT INTO failover_test (account, region, node_group_id, group_name, called_at) "
		"VALUES (?, ?, ?, ?, ?)",
		T(group->account), T(group->region), N(shard->id), T(group->name), N(clock_now()));
}

int64_t failover_test_count_others(struct tx *tx, const struct group *group,
	const struct shard *shard, int64_t since, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err,
		    "SELECT count(DISTINCT node_group_id) FROM failover_test "
		    "WHERE account = ? AND region = ? AND called_at > ? AND node_group_id <> ?",
		    T(group->account), T(group->region), N(since), N(shard->id)))
		return -1;
	return query_next(&q, err) ? query_number(&q) : -1;
}
