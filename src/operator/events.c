/* GET /_understudy/events?after=ID: what DescribeEvents shows, of every account and region, in
 * order. */
#include "operator/operator.h"
#include "operator/routes.h"
#include "store/db.h"
#include "store/event.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

enum { PAGE = 500 };

bool route_events(struct exchange *exchange, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	const char *after = exchange_query(exchange, "after");
	int64_t id = 0;
	json_t *list = json_array();
	struct event *events = NULL;
	size_t count = 0;

	if (after && !text_to_int(after, 0, INT64_MAX, &id))
		(void)fail(err, OPERATOR_BAD, "'after' must be the id of an event, or 0.");
	else if (tx_begin_read(exchange->operator->store, &tx, err))
		events = event_list_after(&tx, exchange->arena, id, PAGE, &count, err);
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(
			list, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "id",
				      (json_int_t)events[i].id, "date",
				      clock_format(exchange->arena, events[i].date), "account",
				      events[i].account, "region", events[i].region, "source_type",
				      events[i].source_type, "source", events[i].source, "message",
				      events[i].message));
	if (!events)
		json_decref(list);
	return events && exchange_reply(exchange, json_pack("{s:o}", "events", list));
}
