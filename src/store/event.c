#include "store/event.h"

#include <stdarg.h>
#include <stdio.h>

#include "store/sql.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"

bool event_append(struct tx *tx, const char *account, const char *region, const char *source_type,
	const char *source, struct error *err, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return sql_exec(tx, err,
		"INSERT INTO event (account, region, source_type, source, message, date) "
		"VALUES (?, ?, ?, ?, ?, ?)",
		T(account), T(region), T(source_type), T(source), T(message), N(clock_now()));
}

static void read_event(struct query *q, struct arena *arena, struct event *event)
{
	event->id = query_number(q);
	event->source_type = query_text(q, arena);
	event->source = query_text(q, arena);
	event->message = query_text(q, arena);
	event->date = query_number(q);
}

struct event *event_list(struct tx *tx, struct arena *arena, const struct event_query *query,
	size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct event *events = arena_array(arena, query->limit + 1, sizeof(*events));
	int64_t before_date = query->before_id ? query->before_date : INT64_MAX;
	size_t count = 0;

	if (!query_start(tx, &q, err,
		    "SELECT id, source_type, source, message, date FROM event "
		    "WHERE account = ?1 AND region = ?2 AND date BETWEEN ?3 AND ?4 "
		    "AND (date, id) < (?5, ?6) AND source_type = coalesce(?7, source_type) "
		    "AND source = coalesce(?8, source) ORDER BY date DESC, id DESC LIMIT ?9",
		    T(query->account), T(query->region), N(query->from), N(query->to),
		    N(before_date), N(query->before_id), T(query->source_type), T(query->source),
		    N((int64_t)query->limit)))
		return NULL;
	while (query_next(&q, err))
		read_event(&q, arena, &events[count++]);
	if (query_failed(&q))
		return NULL;
	*ret_count = count;
	return events;
}

struct event *event_list_after(struct tx *tx, struct arena *arena, int64_t id, size_t limit,
	size_t *ret_count, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	struct event *events = arena_array(arena, limit + 1, sizeof(*events));
	size_t count = 0;

	if (!query_start(tx, &q, err,
		    "SELECT id, source_type, source, message, date, account, region FROM event "
		    "WHERE id > ? ORDER BY id LIMIT ?",
		    N(id), N((int64_t)limit)))
		return NULL;
	while (query_next(&q, err)) {
		read_event(&q, arena, &events[count]);
		events[count].account = query_text(&q, arena);
		events[count++].region = query_text(&q, arena);
	}
	if (query_failed(&q))
		return NULL;
	*ret_count = count;
	return events;
}

int64_t event_prune(struct tx *tx, int64_t older_than, int64_t limit, struct error *err)
{
	int64_t removed = -1;

	if (!sql_change(tx, err, &removed,
		    "DELETE FROM event WHERE id IN "
		    "(SELECT id FROM event WHERE date < ? ORDER BY date LIMIT ?)",
		    N(older_than), N(limit)))
		return -1;
	return removed;
}

bool event_latest(struct tx *tx, int64_t *ret, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	if (!query_start(tx, &q, err, "SELECT coalesce(max(date), 0) FROM event"))
		return false;
	if (query_next(&q, err))
		*ret = query_number(&q);
	return !query_failed(&q);
}
