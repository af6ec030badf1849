#include "actions_support.h"

#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "actions/service.h"
#include "api/call.h"
#include "api/catalog.h"
#include "api/dispatch.h"
#include "api/model.h"
#include "domain/group.h"
#include "embed.h"
#include "protocol/xml.h"
#include "store/db.h"
#include "store/flow.h"
#include "store/group.h"
#include "support.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

#define OK(expression) ck_assert_msg(expression, "%s", err.message)

static struct arena arena;
static struct service service;
static struct model *model;
static const char *region;
static json_t *answers; /* and inputs: released with the test */

void actions_setup(void)
{
	const struct embedded_file *file = embedded_api;
	struct error err = { 0 };

	while (strcmp(file->name, "elasticache.json") != 0)
		file++;
	OK(model = model_load(file->text, file->length, handlers, &err));
	service.store = support_store();
	OK(service.catalog = catalog_load(&arena, &err));
	service.network = "127.42";
	service.test_failover_quota = 5;
	region = "us-east-1";
	answers = json_array();
}

void actions_teardown(void)
{
	support_store_done(service.store);
	model_free(model);
	json_decref(answers);
	arena_done(&arena);
}

struct store *actions_store(void)
{
	return service.store;
}

void actions_region(const char *name)
{
	region = name;
}

void actions_quota(int test_failovers)
{
	service.test_failover_quota = test_failovers;
}

static json_t *parse(const char *input)
{
	char *text = arena_strdup(&arena, input);
	json_error_t where;
	json_t *json;

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(text, 0, &where);
	ck_assert_msg(json, "%s: %s", text, where.text);
	json_array_append_new(answers, json);
	return json;
}

static json_t *run(const char *action, const char *input, struct error *err)
{
	struct text xml = { .arena = &arena };
	struct call call = {
		.service = &service,
		.action = model_action(model, action),
		.arena = &arena,
		.request_id = "e21c81b4-b9cd-11e3-8a16-7978bb24ffdf",
		.account = "000000000000",
		.region = region,
		.in = parse(input),
	};
	json_t *out = dispatch(model, &call, err);

	if (!out)
		return NULL;
	xml_result(&xml, call.action, out, call.request_id);
	json_array_append_new(answers, out);
	return out;
}

json_t *ask(const char *action, const char *format, ...)
{
	struct error err = { 0 };
	char input[4096];
	va_list args;
	json_t *out;

	va_start(args, format);
	(void)vsnprintf(input, sizeof(input), format, args);
	va_end(args);
	out = run(action, input, &err);
	ck_assert_msg(out, "%s %s: %s: %s", action, input, err.code, err.message);
	return out;
}

void refuse(const char *action, const char *input, const char *code, const char *message)
{
	struct error err = { 0 };

	ck_assert_msg(!run(action, input, &err), "%s %s was not refused", action, input);
	ck_assert_msg(strcmp(err.code, code) == 0 && strcmp(err.message, message) == 0,
		"%s %s: %s: %s", action, input, err.code, err.message);
}

const char *at(const json_t *tree, const char *path)
{
	char *rest = arena_strdup(&arena, path), *part;

	while ((part = strsep(&rest, ".")))
		tree = json_is_array(tree) ? json_array_get(tree, strtoul(part, NULL, 10))
					   : json_object_get(tree, part);
	switch (tree ? json_typeof(tree) : JSON_NULL) {
	case JSON_STRING: return json_string_value(tree);
	case JSON_INTEGER: return arena_printf(&arena, "%lld", json_integer_value(tree));
	case JSON_TRUE: return "true";
	case JSON_FALSE: return "false";
	case JSON_OBJECT: return arena_printf(&arena, "{%zu}", json_object_size(tree));
	case JSON_ARRAY: return arena_printf(&arena, "[%zu]", json_array_size(tree));
	case JSON_REAL:
	case JSON_NULL: break;
	}
	return NULL;
}

static struct group *load(struct tx *tx, const char *name)
{
	struct error err = { 0 };
	struct group *group = group_load(tx, &arena, "000000000000", region, name, &err);

	ck_assert_msg(group, "%s: %s", name, err.message);
	return group;
}

static void end_flows(struct tx *tx, const struct group *group)
{
	struct error err = { 0 };
	size_t count;
	struct flow_row *rows = flow_list(tx, &arena, group->id, &count, &err);

	for (size_t i = 0; i < count; i++)
		OK(flow_finish(tx, rows[i].id, "done", NULL, &err));
}

static void end_pending(struct group *group)
{
	const struct pending *pending = &group->pending;
	const char *primary = pending->primary_cluster;

	if (primary)
		group->shards[0].primary = group_node_named(group, primary)->id;
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

void finish_work(const char *name)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };
	struct group *group;

	OK(tx_begin(service.store, &tx, &err));
	group = load(&tx, name);
	end_flows(&tx, group);
	if (group->status != STATUS_AVAILABLE)
		end_pending(group);
	group->status = group->shards[0].status = STATUS_AVAILABLE;
	for (size_t i = 0; i < group->shards[0].node_count; i++) {
		struct node *node = &group->shards[0].nodes[i];

		node->status = STATUS_AVAILABLE;
		node->health = HEALTH_IN_SYNC;
		OK(node_save(&tx, node, &err));
	}
	OK(shard_save(&tx, group->shards, &err));
	OK(group_save(&tx, group, &err));
	OK(tx_commit(&tx, &err));
}

const char *workflow_of(const char *name)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };
	struct flow_row *rows;
	size_t count;

	OK(tx_begin_read(service.store, &tx, &err));
	rows = flow_list(&tx, &arena, load(&tx, name)->id, &count, &err);
	OK(rows);
	ck_assert_uint_le(count, 1);
	return count ? rows[0].workflow : NULL;
}
