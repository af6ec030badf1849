/*
 * Calendar time: advanced, frozen, let run on. It is saved first and then so, under the database's
 * one lock for writers, so that two requests do not lose each other.
 */
#include "operator/operator.h"
#include "operator/routes.h"
#include "store/clock.h"
#include "store/db.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

static const int64_t ADVANCE_MS_MAX = INT64_C(10) * 366 * 86400000; /* of all calls together, too */

static bool reply(struct exchange *exchange)
{
	struct clock_setting setting = clock_get();

	return exchange_reply(exchange,
		json_pack("{s:s, s:b, s:I}", "time", clock_format(exchange->arena, clock_now()),
			"frozen", setting.frozen_at != 0, "ahead_ms",
			(json_int_t)(clock_now() - clock_wall())));
}

static bool save(struct exchange *exchange, struct tx *tx, const struct clock_setting *setting,
	struct error *err)
{
	if (!clock_save(tx, setting, err) || !tx_commit(tx, err))
		return false;
	clock_set(setting, 0);
	log_info("clock", setting->frozen_at ? "calendar time stands still" : "calendar time runs",
		F("time", clock_format(exchange->arena, clock_now())));
	return reply(exchange);
}

bool route_clock(struct exchange *exchange, struct error *err)
{
	(void)err;
	return reply(exchange);
}

bool route_clock_advance(struct exchange *exchange, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct clock_setting setting;
	int64_t by;

	if (!json_object_get(exchange->in, "by"))
		return fail(err, OPERATOR_BAD, "'by' must be given.");
	if (!exchange_duration(exchange, "by", 0, 1, ADVANCE_MS_MAX, &by, err) ||
		!tx_begin(exchange->operator->store, &tx, err))
		return false;
	setting = clock_get();
	if (clock_now() - clock_wall() + by > ADVANCE_MS_MAX)
		return fail(err, OPERATOR_BAD,
			"Calendar time may be at most ten years ahead of the wall clock.");
	setting = clock_advanced(&setting, by);
	return save(exchange, &tx, &setting, err);
}

static bool change(struct exchange *exchange,
	struct clock_setting (*to)(const struct clock_setting *setting), struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct clock_setting setting;

	if (!tx_begin(exchange->operator->store, &tx, err))
		return false;
	setting = clock_get();
	setting = to(&setting);
	return save(exchange, &tx, &setting, err);
}

bool route_clock_freeze(struct exchange *exchange, struct error *err)
{
	return change(exchange, clock_frozen, err);
}

bool route_clock_resume(struct exchange *exchange, struct error *err)
{
	return change(exchange, clock_resumed, err);
}
