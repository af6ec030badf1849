/* Availability Zones: which have a fault, and taking them down and up. */
#include "fault/faults.h"
#include "operator/find.h"
#include "operator/operator.h"
#include "operator/order.h"
#include "operator/routes.h"
#include "store/db.h"
#include "store/fault.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

bool route_zones(struct exchange *exchange, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	json_t *list = json_array();
	size_t count = 0;
	const struct zone_row *rows = tx_begin_read(exchange->operator->store, &tx, err)
					      ? zone_list(&tx, exchange->arena, &count, err)
					      : NULL;

	for (size_t i = 0; rows && i < count; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s?, s:b, s:s}", "zone", rows[i].name, "down",
				      rows[i].down ? fault_mode_text(rows[i].mode) : NULL, "closed",
				      rows[i].closed, "since",
				      clock_format(exchange->arena, rows[i].since)));
	if (!rows)
		json_decref(list);
	return rows && exchange_reply(exchange, json_pack("{s:o}", "zones", list));
}

bool route_zone_down(struct exchange *exchange, struct error *err)
{
	const char *zone = exchange->parameter;
	struct fault_order order = { 0 };
	struct fault_hit *hits;
	size_t count;

	return find_zone(exchange, zone, err) && read_order(exchange, &order, err) &&
	       faults_zone_down(exchange->operator->faults, exchange->arena, zone, &order, &hits,
		       &count, err) &&
	       reply_hits(exchange, json_pack("{s:s}", "zone", zone), &order, hits, count);
}

bool route_zone_up(struct exchange *exchange, struct error *err)
{
	const char *zone = exchange->parameter;
	bool was_down;

	return find_zone(exchange, zone, err) &&
	       faults_zone_up(exchange->operator->faults, zone, &was_down, err) &&
	       exchange_reply(
		       exchange, json_pack("{s:s, s:b}", "zone", zone, "was_down", was_down));
}

static bool set_closed(struct exchange *exchange, bool closed, struct error *err)
{
	const char *zone = exchange->parameter;

	return find_zone(exchange, zone, err) &&
	       faults_zone_close(exchange->operator->faults, zone, closed, err) &&
	       exchange_reply(exchange, json_pack("{s:s, s:b}", "zone", zone, "closed", closed));
}

bool route_zone_close(struct exchange *exchange, struct error *err)
{
	return set_closed(exchange, true, err);
}

bool route_zone_open(struct exchange *exchange, struct error *err)
{
	return set_closed(exchange, false, err);
}
