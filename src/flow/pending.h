/* The end of every modification: pending changes become settings, in one transaction. */
#pragma once

#include <stdbool.h>

struct error;
struct flow;
struct tx;

/* A record function: what is pending is applied, the group is available, events say what happened.
 */
bool apply_pending(struct flow *flow, struct tx *tx, struct error *err)
	__attribute__((warn_unused_result));

/* A record function: what is pending is given up, the group is available as it was. */
bool drop_pending(struct flow *flow, struct tx *tx, struct error *err)
	__attribute__((warn_unused_result));
