#include "store/fault.h"

#include <string.h>

#include "store/sql.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"

static int64_t count_rows(struct query *q, struct error *err)
{
	int64_t count = query_next(q, err) ? query_number(q) : -1;

	query_done(q);
	return count;
}

struct zone_row *zone_list(struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct zone_row *rows;
	int64_t total;
	size_t count = 0;

	if (!query_start(tx, &q, err, "SELECT count(*) FROM zone") ||
		(total = count_rows(&q, err)) < 0 ||
		!query_start(
			tx, &q, err, "SELECT name, down, closed, since FROM zone ORDER BY name"))
		return NULL;
	rows = arena_array(arena, (size_t)total + 1, sizeof(*rows));
	while (query_next(&q, err) && count < (size_t)total) {
		struct zone_row *row = &rows[count++];
		const char *down;

		row->name = query_text(&q, arena);
		down = query_text(&q, arena);
		row->down = down;
		row->mode = down ? fault_mode_known(down) : FAULT_CRASH;
		row->closed = query_number(&q);
		row->since = query_number(&q);
	}
	if (query_failed(&q))
		return NULL;
	*ret_count = count;
	return rows;
}

bool zone_set_down(struct tx *tx, const char *name, enum fault_mode mode, struct error *err)
{
	return sql_exec(tx, err,
		"INSERT INTO zone (name, down, closed, since) VALUES (?, ?, 0, ?) "
		"ON CONFLICT (name) DO UPDATE SET down = excluded.down, "
		"since = iif(down IS NULL, excluded.since, since)",
		T(name), T(fault_mode_text(mode)), N(clock_now()));
}

bool zone_set_closed(struct tx *tx, const char *name, bool closed, struct error *err)
{
	if (closed)
		return sql_exec(tx, err,
			"INSERT INTO zone (name, down, closed, since) VALUES (?, NULL, 1, ?) "
			"ON CONFLICT (name) DO UPDATE SET closed = 1",
			T(name), N(clock_now()));
	return sql_exec(tx, err, "DELETE FROM zone WHERE name = ? AND down IS NULL", T(name)) &&
	       sql_exec(tx, err, "UPDATE zone SET closed = 0 WHERE name = ?", T(name));
}

bool zone_set_up(struct tx *tx, const char *name, bool *ret_was_down, struct error *err)
{
	int64_t changed = 0;

	if (!sql_change(tx, err, &changed,
		    "DELETE FROM zone WHERE name = ? AND down IS NOT NULL AND closed = 0", T(name)))
		return false;
	if (!changed &&
		!sql_change(tx, err, &changed,
			"UPDATE zone SET down = NULL WHERE name = ? AND down IS NOT NULL", T(name)))
		return false;
	*ret_was_down = changed > 0;
	return true;
}

int64_t fault_in_force(int64_t until, int64_t lasts_ms)
{
	int64_t left = until - clock_monotonic();

	return left > 0 && left <= lasts_ms * 1000 ? until : 0;
}

bool fault_set(struct tx *tx, int64_t node, const char *kind, int64_t lasts_ms, struct error *err)
{
	return sql_exec(tx, err,
		"INSERT INTO fault (node_id, kind, since, until, lasts) VALUES (?, ?, ?, ?, ?) "
		"ON CONFLICT (node_id, kind) DO UPDATE SET since = excluded.since, "
		"until = excluded.until, lasts = excluded.lasts",
		N(node), T(kind), N(clock_now()), N(clock_monotonic() + lasts_ms * 1000),
		N(lasts_ms));
}

bool fault_clear(struct tx *tx, int64_t node, const char *kind, struct error *err)
{
	return sql_exec(
		tx, err, "DELETE FROM fault WHERE node_id = ? AND kind = ?", N(node), T(kind));
}

struct fault_row *fault_list(
	struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct fault_row *rows;
	int64_t total;
	size_t count = 0;

	if (!query_start(tx, &q, err, "SELECT count(*) FROM fault") ||
		(total = count_rows(&q, err)) < 0 ||
		!query_start(tx, &q, err,
			"SELECT g.group_id, f.node_id, f.kind, f.since, f.until, f.lasts FROM fault f "
			"JOIN node n ON n.id = f.node_id JOIN node_group g ON g.id = n.node_group_id "
			"ORDER BY f.node_id, f.kind"))
		return NULL;
	rows = arena_array(arena, (size_t)total + 1, sizeof(*rows));
	while (query_next(&q, err) && count < (size_t)total) {
		struct fault_row *row = &rows[count++];

		row->group = query_number(&q);
		row->node = query_number(&q);
		row->kind = query_text(&q, arena);
		row->since = query_number(&q);
		row->until = query_number(&q);
		row->until = fault_in_force(row->until, query_number(&q));
	}
	if (query_failed(&q))
		return NULL;
	*ret_count = count;
	return rows;
}
