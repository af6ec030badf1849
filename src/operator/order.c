#include "operator/order.h"

#include "operator/operator.h"
#include "util/arena.h"
#include "util/error.h"

bool read_order(struct exchange *exchange, struct fault_order *ret, struct error *err)
{
	const char *how;

	if (!exchange_text(exchange, "how", "crash", &how, err))
		return false;
	if (!fault_mode_parse(how, &ret->mode))
		return fail(err, OPERATOR_BAD, "'how' must be crash, hang or silent, not '%.40s'.",
			how);
	return exchange_duration(exchange, "hold", 0, 0, HOLD_MS_MAX, &ret->hold_ms, err) &&
	       exchange_duration(exchange, "silence", SILENCE_MS_DEFAULT, 1, SILENCE_MS_MAX,
		       &ret->silence_ms, err);
}

static const char *warning_of(
	struct exchange *exchange, const struct fault_order *order, size_t missed)
{
	const char *reason = engine_no_silence(exchange->operator->engine);

	if (order->mode == FAULT_SILENT && reason)
		return arena_printf(exchange->arena,
			"Nodes cannot fall silent here (%s): they crashed instead, and their peers were "
			"told.",
			reason);
	if (missed)
		return arena_printf(exchange->arena,
			"%zu sockets could not be silenced: their peers were told.", missed);
	return NULL;
}

bool reply_hits(struct exchange *exchange, json_t *answer, const struct fault_order *order,
	const struct fault_hit *hits, size_t count)
{
	json_t *nodes = json_array();
	size_t missed = 0;
	const char *warning;

	for (size_t i = 0; i < count; i++) {
		const struct engine_failure *failure = &hits[i].failure;

		missed += failure->missed;
		(void)json_array_append_new(
			nodes, json_pack("{s:s, s:s, s:i, s:I}", "node", hits[i].node, "how",
				       fault_mode_text(failure->mode), "pid", failure->pid,
				       "silent_sockets", (json_int_t)failure->silent));
	}
	(void)json_object_set_new(answer, "nodes", nodes);
	warning = warning_of(exchange, order, missed);
	if (warning)
		(void)json_object_set_new(answer, "warning", json_string(warning));
	return exchange_reply(exchange, answer);
}
