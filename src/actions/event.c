/*
 * DescribeEvents (G33): the log of the last hour unless the request says otherwise, newest first. A
 * marker holds the window and the place in it, so that pages neither shift nor repeat themselves
 * while events are added.
 */
#include <inttypes.h>
#include <stdio.h>

#include "actions/need.h"
#include "actions/service.h"
#include "actions/view.h"
#include "api/call.h"
#include "handlers.h"
#include "store/db.h"
#include "store/event.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

#define EVENTS "events"
#define COMBINATION "InvalidParameterCombination"

enum { MINUTE_MS = 60000, DURATION_DEFAULT = 60, DURATION_MAX = EVENT_RETENTION_DAYS * 24 * 60 };

static bool check_window(const struct call *call, struct error *err)
{
	int64_t duration = in_int(call, "Duration", DURATION_DEFAULT);
	bool start = in_has(call, "StartTime"), end = in_has(call, "EndTime");

	if (duration < 1 || duration > DURATION_MAX)
		return fail(err, "InvalidParameterValue",
			"Invalid value for duration. Must be between 1 and %d minutes",
			DURATION_MAX);
	if (in_has(call, "Duration") && start && end)
		return fail(err, COMBINATION,
			"StartTime, EndTime and Duration cannot be specified together.");
	if (start && end && in_time(call, "StartTime", 0) > in_time(call, "EndTime", 0))
		return fail(err, COMBINATION, "StartTime must be before EndTime.");
	return true;
}

/* What is not said follows from what is: a duration runs from the start, or else up to the end. */
static void read_window(const struct call *call, struct event_query *query)
{
	int64_t now = clock_now(), oldest = now - (int64_t)DURATION_MAX * MINUTE_MS;
	int64_t duration = in_int(call, "Duration", DURATION_DEFAULT) * MINUTE_MS;

	query->to = in_time(call, "EndTime", now);
	query->from = in_time(call, "StartTime", query->to - duration);
	if (in_has(call, "StartTime") && in_has(call, "Duration"))
		query->to = query->from + duration;
	if (query->from < oldest)
		query->from = oldest;
}

static bool read_position(
	const struct call *call, struct event_query *query, bool *ret_given, struct error *err)
{
	const char *position;
	int length = 0;

	if (!read_marker(call, EVENTS, &position, err))
		return false;
	*ret_given = position;
	if (!position)
		return true;
	if (sscanf(position, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 "%n", &query->from,
		    &query->to, &query->before_date, &query->before_id, &length) != 4 ||
		position[length] || query->before_id <= 0)
		return fail(err, "InvalidParameterValue", "Invalid marker.");
	return true;
}

static bool read_query(const struct call *call, struct event_query *query, struct error *err)
{
	bool further;

	query->account = call->account;
	query->region = call->region;
	query->source_type = in_text(call, "SourceType");
	query->source = text_lower(call->arena, in_text(call, "SourceIdentifier"));
	if (!read_page_size(call, &query->limit, err) || !check_window(call, err) ||
		!read_position(call, query, &further, err))
		return false;
	if (!further)
		read_window(call, query);
	return true;
}

static const char *next_page(
	const struct call *call, const struct event_query *query, const struct event *last)
{
	const char *position =
		arena_printf(call->arena, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
			query->from, query->to, last->date, last->id);

	return make_marker(call->arena, EVENTS, position);
}

json_t *action_DescribeEvents(struct call *call, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct event_query query = { 0 };
	struct event *events;
	size_t count, size;
	json_t *items;

	if (!read_query(call, &query, err) || !tx_begin_read(call->service->store, &tx, err))
		return NULL;
	size = query.limit++;
	events = event_list(&tx, call->arena, &query, &count, err);
	if (!events)
		return NULL;
	items = json_array();
	for (size_t i = 0; i < count && i < size; i++)
		json_array_append_new(items, view_event(&events[i]));
	return json_pack("{s:o, s:s*}", "Events", items, "Marker",
		count > size ? next_page(call, &query, &events[size - 1]) : NULL);
}
