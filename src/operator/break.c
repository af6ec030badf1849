/* Failures of nodes, links and steps, on request; and the end of them all. */
#include <string.h>

#include "domain/group.h"
#include "fault/faults.h"
#include "flow/sabotage.h"
#include "operator/find.h"
#include "operator/operator.h"
#include "operator/order.h"
#include "operator/routes.h"
#include "util/arena.h"
#include "util/error.h"

/* The nodes that a request to fail means, in order of name. */
struct targets {
	const struct node **nodes;
	size_t count;
};

static void add(struct targets *targets, const struct node *node)
{
	targets->nodes[targets->count++] = node;
}

static bool add_shard(struct exchange *exchange, const struct group *group, bool primary_only,
	struct targets *targets, struct error *err)
{
	const char *name;

	if (!exchange_text(exchange, "shard", NULL, &name, err))
		return false;
	if (name && !group_shard_named(group, name))
		return fail(err, OPERATOR_MISSING, "Replication group %s has no node group %.40s.",
			group->name, name);
	if (!name && primary_only && group->shard_count > 1)
		return fail(err, OPERATOR_BAD, "'shard' must be given: the group has several.");
	for (size_t i = 0; i < group->shard_count; i++) {
		const struct shard *shard = &group->shards[i];

		if (name && strcmp(shard->name, name) != 0)
			continue;
		for (size_t j = 0; j < shard->node_count; j++)
			if (!primary_only || shard->nodes[j].id == shard->primary)
				add(targets, &shard->nodes[j]);
	}
	return true;
}

static bool find_targets(struct exchange *exchange, struct targets *targets, struct error *err)
{
	const char *what = exchange->parameter, *name;
	bool node = strcmp(what, "node") == 0, primary = strcmp(what, "primary") == 0;
	struct place place = { 0 };

	if (!node && !primary && strcmp(what, "group") != 0)
		return fail(err, OPERATOR_MISSING, "What fails is a node, primary or group.");
	if (!exchange_need(exchange, "name", &name, err))
		return false;
	if (node && json_object_get(exchange->in, "shard"))
		return fail(err, OPERATOR_BAD, "'shard' goes with a primary or a group.");
	if (!(node ? find_node(exchange, name, &place, err)
		   : find_group(exchange, name, &place, err)))
		return false;
	targets->nodes = arena_array(
		exchange->arena, group_node_count(place.group), sizeof(*targets->nodes));
	if (!node)
		return add_shard(exchange, place.group, primary, targets, err);
	add(targets, place.node);
	return true;
}

bool route_fail(struct exchange *exchange, struct error *err)
{
	struct targets targets = { 0 };
	struct fault_order order = { 0 };
	struct fault_hit *hits;
	size_t count = 0;

	if (!find_targets(exchange, &targets, err) || !read_order(exchange, &order, err))
		return false;
	hits = arena_array(exchange->arena, targets.count, sizeof(*hits));
	if (!faults_fail(exchange->operator->faults, targets.nodes, targets.count, &order, hits,
		    &count, err))
		return false;
	if (count == 0)
		return fail(err, OPERATOR_CONFLICT, "%s does not run.",
			targets.count == 1 ? targets.nodes[0]->name : "None of its nodes");
	return reply_hits(exchange, json_object(), &order, hits, count);
}

bool route_lag(struct exchange *exchange, struct error *err)
{
	const char *name, *reason = engine_no_silence(exchange->operator->engine);
	struct place place = { 0 };
	int64_t milliseconds;
	struct error cause;

	if (!exchange_need(exchange, "node", &name, err) ||
		!exchange_duration(
			exchange, "for", LAG_MS_DEFAULT, 0, LAG_MS_MAX, &milliseconds, err) ||
		!find_node(exchange, name, &place, err))
		return false;
	if (place.node->id == place.shard->primary)
		return fail(err, OPERATOR_CONFLICT, "%s is the primary: only a replica can lag.",
			place.node->name);
	if (reason)
		return fail(err, OPERATOR_CONFLICT, "Links cannot be made deaf here: %s.", reason);
	if (!faults_lag(exchange->operator->faults, place.group, place.shard, place.node,
		    milliseconds, &cause))
		return fail(err, OPERATOR_CONFLICT, "%s cannot be made to lag: %.200s.",
			place.node->name, cause.message);
	return exchange_reply(exchange, json_pack("{s:s, s:I}", "node", place.node->name, "for_ms",
						(json_int_t)milliseconds));
}

bool route_fail_step(struct exchange *exchange, struct error *err)
{
	const char *workflow, *step;

	if (!exchange_need(exchange, "workflow", &workflow, err) ||
		!exchange_need(exchange, "step", &step, err))
		return false;
	if (!sabotage_knows(workflow, step))
		return fail(err, OPERATOR_MISSING,
			"There is no step %.40s of a workflow %.40s: understudy steps lists them.",
			step, workflow);
	sabotage_arm(workflow, step);
	return exchange_reply(
		exchange, json_pack("{s:s, s:s}", "workflow", workflow, "step", step));
}

bool route_heal(struct exchange *exchange, struct error *err)
{
	sabotage_disarm_all();
	return faults_heal(exchange->operator->faults, err) &&
	       exchange_reply(exchange, json_object());
}
