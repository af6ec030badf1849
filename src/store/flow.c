#include "store/flow.h"

#include <assert.h>

#include "store/sql.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define FLOW_COLUMNS "id, workflow, group_id, node_group_id, node_id, cause, step, started_at "

static void read_flow(struct query *q, struct arena *arena, struct flow_row *row)
{
	row->id = query_number(q);
	row->workflow = query_text(q, arena);
	row->group = query_number(q);
	row->shard = query_number(q);
	row->node = query_number(q);
	row->cause = query_text(q, arena);
	row->step = query_text(q, arena);
	row->started_at = query_number(q);
}

bool flow_start(struct tx *tx, const char *workflow, int64_t group, int64_t shard, int64_t node,
	const char *cause, bool *ret_started, struct error *err)
{
	int64_t inserted = 0;

	if (!sql_change(tx, err, &inserted,
		    "INSERT INTO flow (workflow, group_id, node_group_id, node_id, cause, step, state, "
		    "started_at) VALUES (?, ?, ?, ?, ?, '', 'running', ?) ON CONFLICT DO NOTHING",
		    T(workflow), N(group), N_OR_NULL(shard), N_OR_NULL(node), T(cause),
		    N(clock_now())))
		return false;
	*ret_started = inserted > 0;
	return true;
}

struct flow_row *flow_list(
	struct tx *tx, struct arena *arena, int64_t group, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct flow_row *rows;
	size_t count = 0, total = 0;

	if (!query_start(tx, &q, err, "SELECT count(*) FROM flow WHERE state = 'running'"))
		return NULL;
	if (query_next(&q, err))
		total = (size_t)query_number(&q);
	if (query_failed(&q))
		return NULL;
	query_done(&q);
	rows = arena_array(arena, total + 1, sizeof(*rows));
	if (!query_start(tx, &q, err,
		    "SELECT " FLOW_COLUMNS "FROM flow WHERE state = 'running' "
		    "AND group_id = coalesce(?, group_id) ORDER BY id",
		    N_OR_NULL(group)))
		return NULL;
	while (query_next(&q, err) && count < total)
		read_flow(&q, arena, &rows[count++]);
	if (query_failed(&q))
		return NULL;
	*ret_count = count;
	return rows;
}

int64_t flow_prune(struct tx *tx, int64_t older_than, int64_t limit, struct error *err)
{
	int64_t removed = -1;

	if (!sql_change(tx, err, &removed,
		    "DELETE FROM flow WHERE id IN "
		    "(SELECT id FROM flow WHERE ended_at < ? ORDER BY id LIMIT ?)",
		    N(older_than), N(limit)))
		return -1;
	return removed;
}

bool flow_abandon_all(struct tx *tx, int64_t group, struct error *err)
{
	return sql_exec(tx, err,
		"UPDATE flow SET state = 'abandoned', reason = 'the group is being deleted', "
		"ended_at = ? WHERE group_id = ? AND state = 'running'",
		N(clock_now()), N(group));
}

struct flow_row *flow_load(struct tx *tx, struct arena *arena, int64_t id, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct flow_row *row = arena_alloc(arena, sizeof(*row));

	if (!query_start(tx, &q, err,
		    "SELECT " FLOW_COLUMNS "FROM flow WHERE id = ? AND state = 'running'", N(id)))
		return NULL;
	if (!query_next(&q, err))
		return NULL;
	read_flow(&q, arena, row);
	return row;
}

bool flow_advance(struct tx *tx, int64_t id, const char *step, struct error *err)
{
	return sql_exec(tx, err, "UPDATE flow SET step = ? WHERE id = ? AND state = 'running'",
		T(step), N(id));
}

bool flow_finish(
	struct tx *tx, int64_t id, const char *state, const char *reason, struct error *err)
{
	return sql_exec(tx, err,
		"UPDATE flow SET state = ?, reason = ?, ended_at = ? "
		"WHERE id = ? AND state = 'running'",
		T(state), T(reason), N(clock_now()), N(id));
}

int64_t flow_newest(struct tx *tx, int64_t shard, const char *workflow, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err,
		    "SELECT coalesce(max(id), 0) FROM flow WHERE node_group_id = ? AND workflow = ?",
		    N(shard), T(workflow)))
		return -1;
	return query_next(&q, err) ? query_number(&q) : -1;
}

enum { VALUES_MAX = 64 }; /* of one flow; workflows set a handful */

struct flow_row_value *flow_values(
	struct tx *tx, struct arena *arena, int64_t id, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct flow_row_value *values = arena_array(arena, VALUES_MAX, sizeof(*values));
	size_t count = 0;

	if (!query_start(
		    tx, &q, err, "SELECT name, value FROM flow_value WHERE flow_id = ?", N(id)))
		return NULL;
	while (query_next(&q, err)) {
		assert(count < VALUES_MAX);
		values[count].name = query_text(&q, arena);
		values[count++].value = query_text(&q, arena);
	}
	if (query_failed(&q))
		return NULL;
	*ret_count = count;
	return values;
}

bool flow_value_set(
	struct tx *tx, int64_t id, const char *name, const char *value, struct error *err)
{
	return sql_exec(tx, err,
		"INSERT INTO flow_value (flow_id, name, value) VALUES (?, ?, ?) "
		"ON CONFLICT (flow_id, name) DO UPDATE SET value = excluded.value",
		N(id), T(name), T(value));
}
