#include "work/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "flow/flow.h"
#include "flow/runner.h"
#include "store/db.h"
#include "store/flow.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

enum { WORKERS_MAX = 64, READ_RETRY_US = 1000000 };

/* A running flow, as the pool knows it. */
struct job {
	struct job *next;
	int64_t flow, group, shard, node;
	int priority;
	int64_t due; /* clock_monotonic */
	bool running;
	bool listed; /* the database still has it */
	struct progress progress;
};

struct pool {
	struct runner runner;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct job *jobs; /* in order of flow id */
	bool stale;       /* the database may have flows that are no jobs yet */
	bool refreshing;  /* one at a time: what was read first is taken in first */
	bool stopping;
	int threads;
	pthread_t workers[WORKERS_MAX];
};

static struct job *find_job(struct pool *pool, int64_t flow)
{
	struct job *job = pool->jobs;

	while (job && job->flow != flow)
		job = job->next;
	return job;
}

static void add_job(struct pool *pool, const struct flow_row *row)
{
	const struct workflow *workflow = workflow_named(row->workflow);
	struct job **link = &pool->jobs, *job = memory_alloc(sizeof(*job));

	*job = (struct job){ .flow = row->id,
		.group = row->group,
		.shard = row->shard,
		.node = row->node,
		.priority = workflow ? workflow->priority : PRIORITY_REPAIR,
		.listed = true };
	while (*link)
		link = &(*link)->next;
	*link = job;
}

/* Forgets jobs that are over. One that is being run is forgotten by its worker. */
static void sweep(struct pool *pool)
{
	for (struct job **link = &pool->jobs; *link;) {
		struct job *job = *link;

		if (job->listed || job->running) {
			link = &job->next;
		} else {
			*link = job->next;
			memory_free(job);
		}
	}
}

static struct flow_row *read_flows(
	struct pool *pool, struct arena *arena, size_t *ret_count, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };

	if (!tx_begin_read(pool->runner.store, &tx, err))
		return NULL;
	return flow_list(&tx, arena, 0, ret_count, err);
}

/* With the lock held, which is released while the database is read. */
static void refresh(struct pool *pool)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error err = { 0 };
	struct flow_row *rows;
	size_t count = 0;

	pool->stale = false;
	pool->refreshing = true;
	(void)pthread_mutex_unlock(&pool->lock);
	rows = read_flows(pool, &arena, &count, &err);
	if (!rows)
		log_error("work", err.message);
	(void)pthread_mutex_lock(&pool->lock);
	pool->refreshing = false;
	if (!rows) {
		pool->stale = true;
		return;
	}
	for (struct job *job = pool->jobs; job; job = job->next)
		job->listed = false;
	for (size_t i = 0; i < count; i++) {
		struct job *job = find_job(pool, rows[i].id);

		if (job)
			job->listed = true;
		else
			add_job(pool, &rows[i]);
	}
	sweep(pool);
	(void)pthread_cond_broadcast(&pool->changed);
}

/* Whether one would act on what the other acts on. */
static bool excludes(const struct job *a, const struct job *b)
{
	return a->group == b->group && (!a->shard || !b->shard || a->shard == b->shard);
}

/* A shard is mended before what is left of it: its lost nodes are replaced when its own flow, a
 * failover say, is over, so that the end of the recovery is the end of it all. */
static bool goes_before(const struct job *other, const struct job *job)
{
	return job->node && other->listed && other->shard == job->shard && !other->node;
}

static bool may_run(const struct pool *pool, const struct job *job)
{
	if (job->running || !job->listed)
		return false;
	for (const struct job *other = pool->jobs; other; other = other->next)
		if ((other->running && excludes(job, other)) || goes_before(other, job))
			return false;
	return true;
}

/* The most urgent job that is due, or NULL; then *ret_due is when to look again. */
static struct job *choose(const struct pool *pool, int64_t now, int64_t *ret_due)
{
	struct job *best = NULL;
	int64_t due = INT64_MAX;

	for (struct job *job = pool->jobs; job; job = job->next) {
		if (!may_run(pool, job))
			continue;
		if (job->due > now)
			due = job->due < due ? job->due : due;
		else if (!best || job->priority < best->priority)
			best = job;
	}
	*ret_due = due;
	return best;
}

static void wait_until(struct pool *pool, int64_t due)
{
	struct timespec at = { .tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000 };

	if (due == INT64_MAX)
		(void)pthread_cond_wait(&pool->changed, &pool->lock);
	else
		(void)pthread_cond_timedwait(&pool->changed, &pool->lock, &at);
}

struct urgency {
	struct pool *pool;
	int priority;
};

/* Between two steps: whether to let somebody else have this worker. */
static bool should_yield(void *context)
{
	const struct urgency *urgency = context;
	struct pool *pool = urgency->pool;
	const struct job *best;
	int64_t due;
	bool yield;

	(void)pthread_mutex_lock(&pool->lock);
	best = choose(pool, clock_monotonic(), &due);
	yield = pool->stopping || (best && best->priority < urgency->priority);
	(void)pthread_mutex_unlock(&pool->lock);
	return yield;
}

/* With the lock held, which is released meanwhile. */
static void run(struct pool *pool, struct job *job)
{
	struct urgency urgency = { pool, job->priority };
	int wait;

	job->running = true;
	(void)pthread_mutex_unlock(&pool->lock);
	wait = runner_run(&pool->runner, job->flow, &job->progress, should_yield, &urgency);
	(void)pthread_mutex_lock(&pool->lock);
	job->running = false;
	job->due = clock_monotonic() + (int64_t)wait * 1000;
	job->listed = job->listed && wait > 0;
	sweep(pool);
	(void)pthread_cond_broadcast(&pool->changed);
}

static void *work(void *context)
{
	struct pool *pool = context;

	(void)pthread_mutex_lock(&pool->lock);
	while (!pool->stopping) {
		int64_t now = clock_monotonic(), due;
		struct job *job;

		if (pool->stale && !pool->refreshing)
			refresh(pool);
		job = pool->stopping ? NULL : choose(pool, now, &due);
		if (job)
			run(pool, job);
		else if (pool->stale)
			wait_until(pool, now + READ_RETRY_US);
		else if (!pool->stopping)
			wait_until(pool, due);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(condition, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

struct pool *pool_start(const struct runner *runner, int workers, struct error *err)
{
	struct pool *pool = memory_alloc(sizeof(*pool));

	*pool = (struct pool){ .runner = *runner, .stale = true };
	(void)pthread_mutex_init(&pool->lock, NULL);
	init_condition(&pool->changed);
	while (pool->threads < workers && pool->threads < WORKERS_MAX) {
		int failed = pthread_create(&pool->workers[pool->threads], NULL, work, pool);

		if (failed) {
			pool_stop(pool);
			(void)fail_errno(err, failed, "cannot start a worker");
			return NULL;
		}
		pool->threads++;
	}
	return pool;
}

void pool_wake(struct pool *pool)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->stale = true;
	(void)pthread_cond_signal(&pool->changed);
	(void)pthread_mutex_unlock(&pool->lock);
}

static bool promotes(const struct pool *pool)
{
	for (const struct job *job = pool->jobs; job; job = job->next)
		if (job->listed && job->priority == PRIORITY_PROMOTION)
			return true;
	return false;
}

void pool_drain(struct pool *pool, int milliseconds)
{
	int64_t deadline = clock_monotonic() + (int64_t)milliseconds * 1000;

	(void)pthread_mutex_lock(&pool->lock);
	while ((pool->stale || promotes(pool)) && clock_monotonic() < deadline)
		wait_until(pool, deadline);
	(void)pthread_mutex_unlock(&pool->lock);
}

void pool_stop(struct pool *pool)
{
	if (!pool)
		return;
	(void)pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	(void)pthread_cond_broadcast(&pool->changed);
	(void)pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->threads; i++)
		(void)pthread_join(pool->workers[i], NULL);
	for (struct job *job = pool->jobs; job; job = job->next)
		job->listed = false;
	sweep(pool);
	(void)pthread_cond_destroy(&pool->changed);
	(void)pthread_mutex_destroy(&pool->lock);
	memory_free(pool);
}
