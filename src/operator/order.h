/* How something is to fail, from a request's body; and what failed, for its answer. */
#pragma once

#include "fault/faults.h"
#include "operator/exchange.h"

/* "how", "hold", "silence". */
bool read_order(struct exchange *exchange, struct fault_order *ret, struct error *err)
	__attribute__((warn_unused_result));

/* The nodes that were hit, and a warning where silence was not possible, as members of an answer,
 * with what else it has (a reference is taken). */
bool reply_hits(struct exchange *exchange, json_t *answer, const struct fault_order *order,
	const struct fault_hit *hits, size_t count);
