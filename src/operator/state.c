/* GET /_understudy/state: everything at a glance, as JSON. */
#include <string.h>

#include "domain/group.h"
#include "endpoint/endpoint.h"
#include "engine/engine.h"
#include "engine/sabotage.h"
#include "engine/sample.h"
#include "flow/sabotage.h"
#include "operator/operator.h"
#include "operator/routes.h"
#include "operator/scene.h"
#include "store/db.h"
#include "store/fault.h"
#include "store/flow.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

static json_t *number_or_null(int64_t number)
{
	return number < 0 ? json_null() : json_integer(number);
}

static int64_t left_ms(int64_t until)
{
	int64_t left = (until - clock_monotonic()) / 1000;

	return left > 0 ? left : 0;
}

/* ---- faults ---- */

static json_t *describe_zones(struct exchange *exchange, const struct scene *scene)
{
	json_t *zones = json_array();

	for (size_t i = 0; i < scene->zone_count; i++) {
		const struct zone_row *row = &scene->zones[i];

		(void)json_array_append_new(zones,
			json_pack("{s:s, s:s?, s:b, s:s}", "zone", row->name, "down",
				row->down ? fault_mode_text(row->mode) : NULL, "closed",
				row->closed, "since", clock_format(exchange->arena, row->since)));
	}
	return zones;
}

static json_t *describe_steps(void)
{
	const char *workflow, *step;
	json_t *steps = json_array();
	int times;

	for (size_t i = 0; sabotage_list(i, &workflow, &step, &times); i++)
		(void)json_array_append_new(steps, json_pack("{s:s, s:s, s:i}", "workflow",
							   workflow, "step", step, "times", times));
	return steps;
}

static const struct fault_row *fault_of(
	const struct scene *scene, const struct node *node, const char *kind)
{
	for (size_t i = 0; i < scene->fault_count; i++)
		if (scene->faults[i].node == node->id && scene->faults[i].until &&
			strcmp(scene->faults[i].kind, kind) == 0)
			return &scene->faults[i];
	return NULL;
}

static json_t *describe_faults(
	struct exchange *exchange, const struct scene *scene, const struct node *node)
{
	const struct fault_row *held = fault_of(scene, node, FAULT_HOLD);
	const struct fault_row *lags = fault_of(scene, node, FAULT_LAG);
	size_t silent = engine_silent(exchange->operator->engine, node);
	json_t *faults = json_object();

	if (held)
		(void)json_object_set_new(faults, "held_ms", json_integer(left_ms(held->until)));
	if (lags)
		(void)json_object_set_new(faults, "lags_ms", json_integer(left_ms(lags->until)));
	if (silent)
		(void)json_object_set_new(
			faults, "silent_sockets", json_integer((json_int_t)silent));
	return faults;
}

/* ---- flows ---- */

static json_t *describe_flow(
	struct exchange *exchange, const struct group *group, const struct flow_row *flow)
{
	const struct node *node = flow->node ? group_node(group, flow->node) : NULL;

	return json_pack("{s:s, s:s?, s:s?, s:s, s:s}", "workflow", flow->workflow, "step",
		*flow->step ? flow->step : NULL, "node", node ? node->name : NULL, "cause",
		flow->cause, "since", clock_format(exchange->arena, flow->started_at));
}

/* Those of a shard, or (NULL) of the group as a whole. */
static json_t *describe_flows(struct exchange *exchange, const struct scene *scene,
	const struct group *group, const struct shard *shard)
{
	json_t *flows = json_array();

	for (size_t i = 0; i < scene->flow_count; i++) {
		const struct flow_row *flow = &scene->flows[i];

		if (flow->group == group->id && flow->shard == (shard ? shard->id : 0))
			(void)json_array_append_new(flows, describe_flow(exchange, group, flow));
	}
	return flows;
}

/* What the last failover of the shard decided, and from what; null when there was none. Nodes by
 * name. */
static json_t *describe_failover(struct exchange *exchange, const struct group *group,
	const struct shard *shard, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct flow_row_value *values = NULL;
	json_t *record;
	size_t count = 0;
	int64_t id = tx_begin_read(exchange->operator->store, &tx, err)
			     ? flow_newest(&tx, shard->id, "failover", err)
			     : -1;

	if (id <= 0 || !(values = flow_values(&tx, exchange->arena, id, &count, err)))
		return json_null();
	record = json_object();
	for (size_t i = 0; i < count; i++) {
		bool is_node = text_equal(values[i].name, "old") ||
			       text_equal(values[i].name, "candidate");
		int64_t number = 0;
		const struct node *node = NULL;

		if (is_node && text_to_int(values[i].value, 1, INT64_MAX, &number))
			node = group_node(group, number);
		(void)json_object_set_new(
			record, values[i].name, json_string(node ? node->name : values[i].value));
	}
	return record;
}

/* ---- nodes ---- */

static json_t *describe_process(const struct engine_sample *sample)
{
	char state[2] = { sample->state, '\0' };

	return sample->pid ? json_pack("{s:i, s:s, s:b}", "pid", sample->pid, "state", state,
				     "answers", sample->answered)
			   : json_null();
}

static void add_answers(json_t *node, const struct engine_sample *sample)
{
	(void)json_object_set_new(
		node, "says", json_string(sample->view.is_primary ? "primary" : "replica"));
	(void)json_object_set_new(node, "offset", json_integer(sample->view.offset));
	(void)json_object_set_new(node, "clients", json_integer(sample->clients));
	(void)json_object_set_new(node, "memory_bytes", json_integer(sample->memory));
	(void)json_object_set_new(node, "keys", json_integer(sample->keys));
	if (!sample->view.is_primary)
		(void)json_object_set_new(node, "link_up", json_boolean(sample->view.link_up));
}

static json_t *describe_node(struct exchange *exchange, const struct scene *scene,
	const struct shard *shard, const struct engine_sample *samples, size_t index)
{
	const struct node *node = &shard->nodes[index];
	const struct engine_sample *sample = &samples[index], *primary = &samples[0];
	json_t *described;

	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id == shard->primary)
			primary = &samples[i];
	described = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "node",
		node->name, "zone", node->zone, "address", node->address, "role",
		role_text(node_role(shard, node)), "status", status_text(node->status), "health",
		health_text(node->health), "process", describe_process(sample), "lag_bytes",
		number_or_null(primary == sample ? 0 : scene_lag_bytes(primary, sample)),
		"lag_seconds",
		number_or_null(primary == sample ? 0 : scene_lag_seconds(primary, node)), "faults",
		describe_faults(exchange, scene, node));
	if (sample->answered)
		add_answers(described, sample);
	return described;
}

static json_t *describe_shard(struct exchange *exchange, const struct scene *scene,
	const struct group *group, const struct shard *shard, const struct engine_sample *samples,
	struct error *err)
{
	json_t *nodes = json_array();

	for (size_t i = 0; i < shard->node_count; i++)
		(void)json_array_append_new(
			nodes, describe_node(exchange, scene, shard, samples, i));
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:o}", "shard", shard->name,
		"status", status_text(shard->status), "primary_endpoint", endpoint_primary(shard),
		"reader_endpoint", endpoint_reader(shard), "lineage", shard->lineage, "flows",
		describe_flows(exchange, scene, group, shard), "last_failover",
		describe_failover(exchange, group, shard, err), "nodes", nodes);
}

static json_t *describe_groups(
	struct exchange *exchange, const struct scene *scene, struct error *err)
{
	const struct engine_sample *samples = scene->samples;
	json_t *groups = json_array();

	for (size_t i = 0; i < scene->group_count; i++) {
		const struct group *group = scene->groups[i];
		json_t *shards = json_array();

		for (size_t j = 0; j < group->shard_count; j++) {
			(void)json_array_append_new(
				shards, describe_shard(exchange, scene, group, &group->shards[j],
						samples, err));
			samples += group->shards[j].node_count;
		}
		(void)json_array_append_new(groups,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o}", "group", group->name,
				"account", group->account, "region", group->region, "status",
				status_text(group->status), "automatic_failover",
				failover_mode_text(group->automatic_failover), "port",
				(json_int_t)group->port, "flows",
				describe_flows(exchange, scene, group, NULL), "shards", shards));
	}
	return groups;
}

bool route_state(struct exchange *exchange, struct error *err)
{
	const struct operator* operator= exchange->operator;
	struct scene scene = { 0 };
	json_t *state;

	if (!scene_read(exchange, &scene, err))
		return false;
	state = json_pack("{s:s, s:s, s:{s:s, s:b}, s:o, s:o, s:o}", "version", operator->version,
		"engine",
		arena_printf(exchange->arena, "redis %s", engine_version(operator->engine)),
		"clock", "time", clock_format(exchange->arena, clock_now()), "frozen",
		clock_get().frozen_at != 0, "zones", describe_zones(exchange, &scene),
		"failing_steps", describe_steps(), "groups",
		describe_groups(exchange, &scene, err));
	if (!err->code)
		return exchange_reply(exchange, state);
	json_decref(state);
	return false;
}
