/*
 * The runner.
 *
 * Effects of a step (act) happen at least once: a crash between act and commit repeats the step,
 * which therefore looks before it acts. What a step records happens exactly once, in the same
 * transaction that moves the cursor past it.
 *
 * A step that has nothing to record moves the cursor in memory only; the next commit takes it
 * along. After a crash such a step runs again, which it must bear anyway, and a failover pays for
 * two commits before the new primary serves: the choice of the replica and the start of the flow.
 */
#include "flow/runner.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "domain/group.h"
#include "flow/flow.h"
#include "flow/sabotage.h"
#include "store/db.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/failpoint.h"
#include "util/log.h"
#include "util/tally.h"
#include "util/text.h"

enum { RETRY_FIRST_MS = 10, RETRY_MOST_MS = 1000, WARN_AFTER_ATTEMPTS = 3 };

struct flow_value {
	struct flow_value *next;
	const char *name;
	const char *value;
	bool unsaved;
};

struct run {
	const struct runner *runner;
	struct progress *progress;
	struct flow flow;
	const struct workflow *workflow;
	const struct step *step;
	bool cursor_unsaved;
	bool over;
};

const char *flow_get(const struct flow *flow, const char *name)
{
	for (const struct flow_value *value = flow->values; value; value = value->next)
		if (strcmp(value->name, name) == 0)
			return value->value;
	return NULL;
}

static void add_value(struct flow *flow, const char *name, const char *text, bool unsaved)
{
	struct flow_value *value = arena_alloc(flow->arena, sizeof(*value));

	*value = (struct flow_value){ flow->values, arena_strdup(flow->arena, name),
		arena_strdup(flow->arena, text), unsaved };
	flow->values = value;
}

void flow_set(struct flow *flow, const char *name, const char *text)
{
	if (!text_equal(flow_get(flow, name), text))
		add_value(flow, name, text, true);
}

struct node *flow_node(const struct flow *flow, const char *name)
{
	const char *id = flow_get(flow, name);
	int64_t number;

	return id && text_to_int(id, 1, INT64_MAX, &number) ? group_node(flow->group, number)
							    : NULL;
}

void flow_set_node(struct flow *flow, const char *name, const struct node *node)
{
	flow_set(flow, name, arena_printf(flow->arena, "%lld", (long long)node->id));
}

const struct workflow *workflow_named(const char *name)
{
	for (size_t i = 0; workflows[i]; i++)
		if (strcmp(workflows[i]->name, name) == 0)
			return workflows[i];
	return NULL;
}

static const struct step *find_step(const struct workflow *workflow, const char *name)
{
	for (const struct step *step = workflow->steps; step->name; step++)
		if (!*name || strcmp(step->name, name) == 0)
			return step;
	return NULL;
}

static bool load_values(struct tx *tx, struct flow *flow, struct error *err)
{
	struct flow_row_value *values;
	size_t count;

	values = flow_values(tx, flow->arena, flow->id, &count, err);
	for (size_t i = 0; values && i < count; i++)
		add_value(flow, values[i].name, values[i].value, false);
	return values != NULL;
}

static bool load_group(
	struct tx *tx, struct flow *flow, const struct flow_row *row, struct error *err)
{
	flow->group = group_load_id(tx, flow->arena, row->group, err);
	if (!flow->group)
		return false;
	flow->shard = row->shard ? group_shard(flow->group, row->shard) : NULL;
	flow->node = row->node ? group_node(flow->group, row->node) : NULL;
	return true;
}

/* The flow as the database has it. False with err->code NULL: it is not running any more. */
static bool load(struct run *run, int64_t id, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct flow *flow = &run->flow;
	struct flow_row *row;

	if (!tx_begin_read(run->runner->store, &tx, err))
		return false;
	row = flow_load(&tx, flow->arena, id, err);
	if (!row || !load_group(&tx, flow, row, err))
		return false;
	flow->values = NULL;
	if (!load_values(&tx, flow, err))
		return false;
	flow->cause = row->cause;
	run->workflow = workflow_named(row->workflow);
	run->step = run->workflow ? find_step(run->workflow, row->step) : NULL;
	if (!run->step)
		return fail(err, ERROR_INTERNAL, "no step '%s' in workflow '%s'", row->step,
			row->workflow);
	return true;
}

static bool save_values(struct run *run, struct tx *tx, struct error *err)
{
	struct flow *flow = &run->flow;

	for (const struct flow_value *value = flow->values; value; value = value->next)
		if (value->unsaved && value->value == flow_get(flow, value->name) &&
			!flow_value_set(tx, flow->id, value->name, value->value, err))
			return false;
	return true;
}

static bool has_unsaved(const struct flow *flow)
{
	for (const struct flow_value *value = flow->values; value; value = value->next)
		if (value->unsaved)
			return true;
	return false;
}

/* Ends the transaction with the cursor at next (NULL: the flow is over). False with err->code NULL
 * when the flow was abandoned meanwhile; then nothing of the step is recorded. */
static bool commit(struct run *run, bool (*record)(struct flow *, struct tx *, struct error *),
	const char *next, const char *state, const char *reason, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct flow *flow = &run->flow;
	bool moved;

	if (!tx_begin(run->runner->store, &tx, err) ||
		!flow_load(&tx, flow->arena, flow->id, err) || !save_values(run, &tx, err))
		return false;
	moved = next ? flow_advance(&tx, flow->id, next, err)
		     : flow_finish(&tx, flow->id, state, reason, err);
	if (!moved || (record && !record(flow, &tx, err)) || !tx_commit(&tx, err))
		return false;
	for (struct flow_value *value = flow->values; value; value = value->next)
		value->unsaved = false;
	run->cursor_unsaved = false;
	return true;
}

static void log_step(const struct run *run, const char *word)
{
	const struct flow *flow = &run->flow;

	log_info("flow", word, F("workflow", run->workflow->name), F("step", run->step->name),
		F("group", flow->group->name), F("shard", flow->shard ? flow->shard->name : ""),
		F("node", flow->node ? flow->node->name : ""), F("cause", flow->cause));
}

static double seconds_since(int64_t then)
{
	return (double)(clock_monotonic() - then) / 1e6;
}

static void tally_end(const struct run *run, const char *word)
{
	const char *workflow = run->workflow->name;
	char labels[80];

	(void)snprintf(labels, sizeof(labels), "workflow=\"%s\",outcome=\"%s\"", workflow,
		word + strlen("flow "));
	tally_count("understudy_flows_total", labels);
	(void)snprintf(labels, sizeof(labels), "workflow=\"%s\"", workflow);
	tally_seconds(
		"understudy_flow_duration_seconds", labels, seconds_since(run->progress->begun));
}

/* The new primary is known: clients that were waiting can write. */
static void tally_failover(const struct run *run)
{
	char labels[80];

	if (strcmp(run->workflow->name, "failover") != 0 ||
		strcmp(run->step->name, "publish-primary") != 0)
		return;
	(void)snprintf(labels, sizeof(labels), "cause=\"%s\"", run->flow.cause);
	tally_count("understudy_failovers_total", labels);
	tally_seconds("understudy_write_gap_seconds", labels, seconds_since(run->progress->begun));
}

/* word: "flow done", "flow failed" or "flow abandoned". */
static void end(struct run *run, const char *word, const char *reason)
{
	const struct flow *flow = &run->flow;

	tally_end(run, word);
	log_info("flow", word, F("workflow", run->workflow->name), F("group", flow->group->name),
		F("shard", flow->shard ? flow->shard->name : ""),
		F("node", flow->node ? flow->node->name : ""), F("reason", reason));
	run->over = true;
}

/* 0, or how long to wait before trying this step again. */
static int later(struct run *run, const struct error *err)
{
	struct flow *flow = &run->flow;
	int wait = RETRY_FIRST_MS;

	if (err->code && flow->attempt >= WARN_AFTER_ATTEMPTS)
		log_warn("flow", err->message, F("workflow", run->workflow->name),
			F("step", run->step->name), F("group", flow->group->name),
			F("attempt", flow->attempt));
	if (flow->retry_ms)
		return flow->retry_ms;
	for (int i = 1; i < flow->attempt && wait < RETRY_MOST_MS; i++)
		wait *= 2;
	return wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS;
}

/* What was planned to be recorded could not be: the step is tried again, or the flow has ended. */
static int not_committed(struct run *run, const struct error *err)
{
	if (!err->code) {
		end(run, "flow abandoned", "the group is being deleted");
		return 0;
	}
	log_error("flow", err->message, F("workflow", run->workflow->name),
		F("step", run->step->name));
	return RETRY_MOST_MS;
}

static int step_done(struct run *run, enum outcome outcome)
{
	const struct step *next = run->step + 1;
	struct error err = { 0 };
	bool last = outcome == OVER || !next->name;
	bool lazy = !run->step->record && !has_unsaved(&run->flow) && !last;

	if (!lazy && !commit(run, run->step->record, last ? NULL : next->name, "done", NULL, &err))
		return not_committed(run, &err);
	failpoint("%s.%s.committed", run->workflow->name, run->step->name);
	log_step(run, "step done");
	tally_failover(run);
	if (last) {
		end(run, "flow done", "");
		return 0;
	}
	run->cursor_unsaved = run->cursor_unsaved || lazy;
	run->step = next;
	return 0;
}

static int step_again(struct run *run, struct error *err)
{
	struct error ignored = { 0 };
	int wait = later(run, err);

	if (run->cursor_unsaved && !commit(run, NULL, run->step->name, NULL, NULL, &ignored))
		return not_committed(run, &ignored);
	return wait;
}

static int step_ended(struct run *run, enum outcome outcome, struct error *err)
{
	const char *reason = arena_strdup(run->flow.arena, err->message);
	struct error failed = { 0 };
	bool ok = outcome == FAILED
			  ? commit(run, run->workflow->on_failure, NULL, "failed", reason, &failed)
			  : commit(run, NULL, NULL, "abandoned", reason, &failed);

	if (!ok)
		return not_committed(run, &failed);
	failpoint("%s.%s.committed", run->workflow->name, run->step->name);
	end(run, outcome == FAILED ? "flow failed" : "flow abandoned", reason);
	return 0;
}

static void count_attempt(struct run *run)
{
	struct progress *progress = run->progress;

	assert(run->step);
	if (strcmp(progress->step, run->step->name) != 0) {
		(void)snprintf(progress->step, sizeof(progress->step), "%s", run->step->name);
		progress->attempt = 0;
		progress->since = clock_monotonic();
	}
	run->flow.attempt = ++progress->attempt;
	run->flow.waiting_us = clock_monotonic() - progress->since;
	run->flow.retry_ms = 0;
}

static int run_step(struct run *run)
{
	struct error err = { 0 };
	enum outcome outcome;

	count_attempt(run);
	if (sabotage_takes(run->workflow->name, run->step->name)) {
		log_warn("flow", "step made to fail by the operator",
			F("workflow", run->workflow->name), F("step", run->step->name));
		return step_again(run, &err);
	}
	outcome = run->step->act ? run->step->act(&run->flow, &err) : DONE;
	if (outcome != AGAIN)
		failpoint("%s.%s.acted", run->workflow->name, run->step->name);
	switch (outcome) {
	case DONE:
	case OVER: return step_done(run, outcome);
	case AGAIN: return step_again(run, &err);
	case ABANDONED:
	case FAILED: return step_ended(run, outcome, &err);
	}
	return 0;
}

int runner_run(const struct runner *runner, int64_t id, struct progress *progress,
	bool (*yield)(void *context), void *context)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error err = { 0 };
	char name[24];
	struct run run = { .runner = runner, .progress = progress };
	int wait = 0;

	if (!progress->begun)
		progress->begun = clock_monotonic();
	run.flow = (struct flow){
		.id = id, .arena = &arena, .engine = runner->engine, .catalog = runner->catalog
	};
	(void)snprintf(name, sizeof(name), "%lld", (long long)id);
	log_context_set("flow", name);
	if (!load(&run, id, &err)) {
		if (err.code)
			log_error("flow", err.message);
		wait = err.code ? RETRY_MOST_MS : 0;
		run.over = true;
	}
	while (!run.over && !wait) {
		wait = run_step(&run);
		if (!run.over && !wait && yield(context))
			wait = 1;
	}
	log_context_set(NULL, NULL);
	return wait;
}
