#include "flow/pending.h"

#include "domain/group.h"
#include "flow/flow.h"
#include "flow/records.h"
#include "util/error.h"

static void apply(struct group *group)
{
	const struct pending *pending = &group->pending;

	if (pending->node_type)
		group->node_type = pending->node_type;
	if (pending->engine_version)
		group->engine_version = pending->engine_version;
	if (pending->parameter_group)
		group->parameter_group = pending->parameter_group;
	if (group->automatic_failover == FAILOVER_ENABLING)
		group->automatic_failover = FAILOVER_ENABLED;
	if (group->automatic_failover == FAILOVER_DISABLING)
		group->automatic_failover = FAILOVER_DISABLED;
	group->pending = (struct pending){ 0 };
}

static void drop(struct group *group)
{
	if (group->automatic_failover == FAILOVER_ENABLING)
		group->automatic_failover = FAILOVER_DISABLED;
	if (group->automatic_failover == FAILOVER_DISABLING)
		group->automatic_failover = FAILOVER_ENABLED;
	if (group->automatic_failover == FAILOVER_DISABLED)
		group->multi_az = false;
	group->pending = (struct pending){ 0 };
}

static bool tell_node_type(struct flow *flow, struct tx *tx, const char *type, struct error *err)
{
	return !type || tell_group(flow, tx, err,
				"Succeeded applying modification to cache node type to %s.", type);
}

bool apply_pending(struct flow *flow, struct tx *tx, struct error *err)
{
	enum failover_mode before = flow->group->automatic_failover;
	const char *node_type = flow->group->pending.node_type;

	if (!set_status(flow, tx, STATUS_AVAILABLE, apply, err) ||
		!tell_node_type(flow, tx, node_type, err))
		return false;
	if (before != FAILOVER_ENABLING && before != FAILOVER_DISABLING)
		return true;
	return tell_failover_switched(flow, tx, before == FAILOVER_ENABLING, err);
}

bool drop_pending(struct flow *flow, struct tx *tx, struct error *err)
{
	return set_status(flow, tx, STATUS_AVAILABLE, drop, err);
}
