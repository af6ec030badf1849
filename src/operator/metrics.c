/*
 * GET /metrics, in Prometheus' text form: of every node what CloudWatch would show, under
 * CloudWatch's names; of the server what util/tally.h has counted, and what is in force.
 */
#include <inttypes.h>

#include "domain/group.h"
#include "engine/engine.h"
#include "engine/sample.h"
#include "operator/operator.h"
#include "operator/routes.h"
#include "operator/scene.h"
#include "store/fault.h"
#include "util/arena.h"
#include "util/tally.h"
#include "util/text.h"

/* A node, as the metrics see it. */
struct subject {
	const struct group *group;
	const struct shard *shard;
	const struct node *node;
	const struct engine_sample *sample, *primary;
};

/* False: it is not known, and has no line. */
typedef bool value_fn(const struct subject *subject, int64_t *ret);

static bool replication_lag(const struct subject *subject, int64_t *ret)
{
	*ret = scene_lag_seconds(subject->primary, subject->node);
	return subject->sample != subject->primary && *ret >= 0;
}

static bool replication_lag_bytes(const struct subject *subject, int64_t *ret)
{
	*ret = scene_lag_bytes(subject->primary, subject->sample);
	return subject->sample != subject->primary && *ret >= 0;
}

static bool is_master(const struct subject *subject, int64_t *ret)
{
	*ret = subject->sample->view.is_primary;
	return subject->sample->answered;
}

static bool connections(const struct subject *subject, int64_t *ret)
{
	*ret = subject->sample->clients;
	return subject->sample->answered;
}

static bool new_connections(const struct subject *subject, int64_t *ret)
{
	*ret = subject->sample->connections;
	return subject->sample->answered;
}

static bool bytes_used(const struct subject *subject, int64_t *ret)
{
	*ret = subject->sample->memory;
	return subject->sample->answered;
}

static bool items(const struct subject *subject, int64_t *ret)
{
	*ret = subject->sample->keys;
	return subject->sample->answered;
}

static bool up(const struct subject *subject, int64_t *ret)
{
	*ret = subject->sample->answered;
	return true;
}

static const struct {
	const char *name, *type, *help;
	value_fn *value;
} of_nodes[] = {
	{ "ReplicationLag", "gauge", "Seconds since the replica last acknowledged an offset.",
		replication_lag },
	{ "understudy_replication_lag_bytes", "gauge",
		"Bytes of its primary's stream that the replica has not processed.",
		replication_lag_bytes },
	{ "IsMaster", "gauge", "Whether the node says that it is a primary.", is_master },
	{ "CurrConnections", "gauge",
		"Clients connected, the control plane's own and replicas among them.",
		connections },
	{ "NewConnections", "counter", "Connections taken since the node started.",
		new_connections },
	{ "BytesUsedForCache", "gauge", "Bytes of memory that Redis uses.", bytes_used },
	{ "CurrItems", "gauge", "Keys.", items },
	{ "understudy_node_up", "gauge", "Whether the node runs and answers.", up },
};

static void add_line(
	struct text *text, const char *name, const struct subject *subject, int64_t value)
{
	text_printf(text,
		"%s{account=\"%s\",region=\"%s\",replication_group=\"%s\",node_group=\"%s\","
		"cache_cluster=\"%s\",zone=\"%s\"} %" PRId64 "\n",
		name, subject->group->account, subject->group->region, subject->group->name,
		subject->shard->name, subject->node->name, subject->node->zone, value);
}

static void add_shard(struct text *text, const char *name, value_fn *value,
	const struct group *group, const struct shard *shard, const struct engine_sample *samples)
{
	const struct engine_sample *primary = &samples[0];
	int64_t number;

	for (size_t i = 0; i < shard->node_count; i++)
		if (shard->nodes[i].id == shard->primary)
			primary = &samples[i];
	for (size_t i = 0; i < shard->node_count; i++) {
		const struct subject subject = { group, shard, &shard->nodes[i], &samples[i],
			primary };

		if (value(&subject, &number))
			add_line(text, name, &subject, number);
	}
}

static void add_nodes(
	struct text *text, const struct scene *scene, const char *name, value_fn *value)
{
	const struct engine_sample *samples = scene->samples;

	for (size_t i = 0; i < scene->group_count; i++)
		for (size_t j = 0; j < scene->groups[i]->shard_count; j++) {
			const struct shard *shard = &scene->groups[i]->shards[j];

			add_shard(text, name, value, scene->groups[i], shard, samples);
			samples += shard->node_count;
		}
}

static void add_gauge(struct text *text, const char *name, const char *help, size_t value)
{
	text_printf(text, "# HELP %s %s\n# TYPE %s gauge\n%s %zu\n", name, help, name, name, value);
}

static size_t count_down(const struct scene *scene)
{
	size_t count = 0;

	for (size_t i = 0; i < scene->zone_count; i++)
		count += scene->zones[i].down;
	return count;
}

bool route_metrics(struct exchange *exchange, struct error *err)
{
	struct text text = { .arena = exchange->arena };
	struct scene scene = { 0 };

	if (!scene_read(exchange, &scene, err))
		return false;
	for (size_t i = 0; i < sizeof(of_nodes) / sizeof(of_nodes[0]); i++) {
		text_printf(&text, "# HELP %s %s\n# TYPE %s %s\n", of_nodes[i].name,
			of_nodes[i].help, of_nodes[i].name, of_nodes[i].type);
		add_nodes(&text, &scene, of_nodes[i].name, of_nodes[i].value);
	}
	add_gauge(&text, "understudy_flows_running", "Flows that are under way.", scene.flow_count);
	add_gauge(&text, "understudy_zones_down", "Zones that the operator has taken down.",
		count_down(&scene));
	add_gauge(&text, "understudy_faults_in_force", "Nodes held down and links that lag.",
		scene.fault_count);
	text_printf(&text,
		"# HELP understudy_build_info The server.\n# TYPE understudy_build_info gauge\n"
		"understudy_build_info{version=\"%s\",engine=\"redis %s\"} 1\n",
		exchange->operator->version, engine_version(exchange->operator->engine));
	tally_print(&text);
	exchange->content_type = "text/plain; version=0.0.4; charset=utf-8";
	exchange->body = text.data;
	exchange->body_length = text.length;
	return true;
}
