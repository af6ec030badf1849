#include "fault/faults.h"

#include <pthread.h>
#include <string.h>

#include "domain/group.h"
#include "engine/engine.h"
#include "store/db.h"
#include "store/fault.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

enum { RETRY_US = 1000000 };

struct faults {
	struct store *store;
	struct engine *engine;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool woken, stopping;
	bool dark; /* some zone is down: commits matter */
	pthread_t thread;
};

/* surely: something new may end; else only a zone that is down is a reason to look. */
static void wake(struct faults *faults, bool surely)
{
	(void)pthread_mutex_lock(&faults->lock);
	faults->woken = faults->woken || surely || faults->dark;
	(void)pthread_cond_signal(&faults->changed);
	(void)pthread_mutex_unlock(&faults->lock);
}

/* Everything that faults are about, as the database has it. */
struct scene {
	struct group **groups;
	size_t group_count;
	struct zone_row *zones;
	size_t zone_count;
	struct fault_row *faults;
	size_t fault_count;
};

static bool read_scene(
	struct faults *faults, struct arena *arena, struct scene *scene, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };

	return tx_begin_read(faults->store, &tx, err) &&
	       (scene->groups = group_list_all(&tx, arena, &scene->group_count, err)) &&
	       (scene->zones = zone_list(&tx, arena, &scene->zone_count, err)) &&
	       (scene->faults = fault_list(&tx, arena, &scene->fault_count, err));
}

static const struct zone_row *zone_of(const struct scene *scene, const char *name)
{
	for (size_t i = 0; i < scene->zone_count; i++)
		if (strcmp(scene->zones[i].name, name) == 0)
			return &scene->zones[i];
	return NULL;
}

/* ---- zones ---- */

static void log_hit(const struct node *node, const struct engine_failure *failure)
{
	log_warn("fault", "node made to fail", F("node", node->name), F("zone", node->zone),
		F("how", fault_mode_text(failure->mode)), F("pid", failure->pid),
		F("silent", (int64_t)failure->silent), F("missed", (int64_t)failure->missed));
}

static bool hit(struct faults *faults, const struct node *node, enum fault_mode mode,
	int64_t silence_ms, struct fault_hit *ret)
{
	struct error not_running;

	ret->node = node->name;
	if (!engine_fail(faults->engine, node, mode, silence_ms, &ret->failure, &not_running))
		return false;
	log_hit(node, &ret->failure);
	return true;
}

/* A node that hangs there already has been hit. */
static bool is_to_be_hit(
	struct faults *faults, const struct zone_row *zone, const struct node *node)
{
	return zone && zone->down && engine_pid(faults->engine, node) &&
	       !(zone->mode == FAULT_HANG && engine_is_stopped(faults->engine, node));
}

static size_t hit_shard(struct faults *faults, const struct scene *scene, const struct shard *shard,
	int64_t silence_ms, struct fault_hit *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < shard->node_count; i++) {
		const struct node *node = &shard->nodes[i];
		const struct zone_row *zone = zone_of(scene, node->zone);

		if (is_to_be_hit(faults, zone, node))
			count += hit(faults, node, zone->mode, silence_ms, &ret[count]);
	}
	return count;
}

static size_t count_nodes(const struct scene *scene)
{
	size_t count = 0;

	for (size_t i = 0; i < scene->group_count; i++)
		count += group_node_count(scene->groups[i]);
	return count;
}

/* Nothing lives in a zone that is down. */
static size_t darken(struct faults *faults, struct arena *arena, const struct scene *scene,
	int64_t silence_ms, struct fault_hit **ret)
{
	size_t count = 0;

	*ret = arena_array(arena, count_nodes(scene) + 1, sizeof(**ret));
	for (size_t i = 0; i < scene->group_count; i++)
		for (size_t j = 0; j < scene->groups[i]->shard_count; j++)
			count += hit_shard(faults, scene, &scene->groups[i]->shards[j], silence_ms,
				*ret + count);
	return count;
}

bool faults_zone_down(struct faults *faults, struct arena *arena, const char *zone,
	const struct fault_order *order, struct fault_hit **ret, size_t *ret_count,
	struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct scene scene = { 0 };

	if (!tx_begin(faults->store, &tx, err) || !zone_set_down(&tx, zone, order->mode, err) ||
		!tx_commit(&tx, err))
		return false;
	log_warn("fault", "zone taken down", F("zone", zone),
		F("how", fault_mode_text(order->mode)));
	if (!read_scene(faults, arena, &scene, err))
		return false;
	*ret_count = darken(faults, arena, &scene, order->silence_ms, ret);
	wake(faults, true);
	return true;
}

/* zone NULL: all. */
static void heal_zone(struct faults *faults, const struct scene *scene, const char *zone)
{
	for (size_t i = 0; i < scene->group_count; i++)
		for (size_t j = 0; j < scene->groups[i]->shard_count; j++) {
			const struct shard *shard = &scene->groups[i]->shards[j];

			for (size_t k = 0; k < shard->node_count; k++)
				if (!zone || strcmp(shard->nodes[k].zone, zone) == 0)
					engine_heal(faults->engine, &shard->nodes[k]);
		}
}

bool faults_zone_up(struct faults *faults, const char *zone, bool *ret_was_down, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct scene scene = { 0 };

	if (!tx_begin(faults->store, &tx, err) || !zone_set_up(&tx, zone, ret_was_down, err) ||
		(*ret_was_down && !tx_commit(&tx, err)))
		return false;
	tx_end(&tx);
	if (!*ret_was_down)
		return true;
	log_info("fault", "zone brought up", F("zone", zone));
	if (!read_scene(faults, &arena, &scene, err))
		return false;
	heal_zone(faults, &scene, zone);
	return true;
}

bool faults_zone_close(struct faults *faults, const char *zone, bool closed, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };

	if (!tx_begin(faults->store, &tx, err) || !zone_set_closed(&tx, zone, closed, err) ||
		!tx_commit(&tx, err))
		return false;
	log_info("fault", closed ? "zone closed to new nodes" : "zone takes nodes again",
		F("zone", zone));
	return true;
}

/* ---- nodes ---- */

static bool hold(struct faults *faults, const struct node *const *nodes, size_t count,
	int64_t hold_ms, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };

	if (hold_ms == 0)
		return true;
	if (!tx_begin(faults->store, &tx, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!fault_set(&tx, nodes[i]->id, FAULT_HOLD, hold_ms, err))
			return false;
	return tx_commit(&tx, err);
}

bool faults_fail(struct faults *faults, const struct node *const *nodes, size_t count,
	const struct fault_order *order, struct fault_hit *ret, size_t *ret_count,
	struct error *err)
{
	*ret_count = 0;
	if (!hold(faults, nodes, count, order->hold_ms, err))
		return false;
	for (size_t i = 0; i < count; i++)
		*ret_count +=
			hit(faults, nodes[i], order->mode, order->silence_ms, &ret[*ret_count]);
	wake(faults, true);
	return true;
}

static bool save_lag(
	struct faults *faults, const struct node *node, int64_t milliseconds, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };

	return tx_begin(faults->store, &tx, err) &&
	       (milliseconds ? fault_set(&tx, node->id, FAULT_LAG, milliseconds, err)
			     : fault_clear(&tx, node->id, FAULT_LAG, err)) &&
	       tx_commit(&tx, err);
}

/* A row without a deaf link does no harm; a deaf link without a row would stay so. */
bool faults_lag(struct faults *faults, const struct group *group, const struct shard *shard,
	const struct node *node, int64_t milliseconds, struct error *err)
{
	struct error ignored;
	bool ok;

	if (milliseconds && !save_lag(faults, node, milliseconds, err))
		return false;
	ok = engine_lag(faults->engine, group, node, shard_primary(shard), milliseconds > 0, err);
	if ((!milliseconds || !ok) && !save_lag(faults, node, 0, ok ? err : &ignored))
		return false;
	wake(faults, true);
	return ok;
}

/* ---- what ends by itself ---- */

static struct shard *shard_of(const struct scene *scene, const struct fault_row *row,
	struct group **ret_group, struct node **ret_node)
{
	for (size_t i = 0; i < scene->group_count; i++) {
		*ret_group = scene->groups[i];
		for (size_t j = 0; (*ret_group)->id == row->group && j < (*ret_group)->shard_count;
			j++) {
			struct shard *shard = &(*ret_group)->shards[j];

			*ret_node = shard_node(shard, row->node);
			if (*ret_node)
				return shard;
		}
	}
	return NULL;
}

static bool end_fault(struct faults *faults, const struct scene *scene, const struct fault_row *row,
	struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error not_open;
	struct group *group;
	struct node *node;
	const struct shard *shard = shard_of(scene, row, &group, &node);

	if (shard && text_equal(row->kind, FAULT_LAG) && node->id != shard->primary &&
		!engine_lag(faults->engine, group, node, shard_primary(shard), false, &not_open))
		log_info("fault", "a lagging link is gone", F("node", node->name),
			F("reason", not_open.message));
	return tx_begin(faults->store, &tx, err) && fault_clear(&tx, row->node, row->kind, err) &&
	       tx_commit(&tx, err);
}

/* Returns when something ends next. */
static int64_t end_due(struct faults *faults, const struct scene *scene, struct error *err)
{
	int64_t next = INT64_MAX, now = clock_monotonic();

	for (size_t i = 0; i < scene->fault_count; i++) {
		const struct fault_row *row = &scene->faults[i];

		if (row->until > now)
			next = row->until < next ? row->until : next;
		else if (!end_fault(faults, scene, row, err))
			return now + RETRY_US;
	}
	return next;
}

static bool is_dark(const struct scene *scene)
{
	for (size_t i = 0; i < scene->zone_count; i++)
		if (scene->zones[i].down)
			return true;
	return false;
}

static bool end_zones(struct faults *faults, const struct scene *scene, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	bool ignored;

	if (!tx_begin(faults->store, &tx, err))
		return false;
	for (size_t i = 0; i < scene->zone_count; i++)
		if (!zone_set_closed(&tx, scene->zones[i].name, false, err) ||
			!zone_set_up(&tx, scene->zones[i].name, &ignored, err))
			return false;
	return tx_commit(&tx, err);
}

bool faults_heal(struct faults *faults, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct scene scene = { 0 };

	if (!read_scene(faults, &arena, &scene, err) || !end_zones(faults, &scene, err))
		return false;
	for (size_t i = 0; i < scene.fault_count; i++)
		if (!end_fault(faults, &scene, &scene.faults[i], err))
			return false;
	heal_zone(faults, &scene, NULL);
	log_info("fault", "every fault ended");
	return true;
}

/* Carries out what is in force and ends what is due. Returns when to look again. */
static int64_t look(struct faults *faults, bool *ret_dark)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	int64_t silence = engine_end_silence(faults->engine), next;
	struct scene scene = { 0 };
	struct fault_hit *hits;
	struct error err = { 0 };

	*ret_dark = true;
	if (!read_scene(faults, &arena, &scene, &err)) {
		log_error("fault", err.message);
		return clock_monotonic() + RETRY_US;
	}
	*ret_dark = is_dark(&scene);
	if (*ret_dark)
		(void)darken(faults, &arena, &scene, SILENCE_MS_DEFAULT, &hits);
	next = end_due(faults, &scene, &err);
	if (err.code)
		log_error("fault", err.message);
	/* A process that was being started is not known before it is. */
	if (*ret_dark && next > clock_monotonic() + RETRY_US)
		next = clock_monotonic() + RETRY_US;
	return silence < next ? silence : next;
}

static void wait_until(struct faults *faults, int64_t due)
{
	struct timespec at = { .tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000 };

	if (due == INT64_MAX)
		(void)pthread_cond_wait(&faults->changed, &faults->lock);
	else
		(void)pthread_cond_timedwait(&faults->changed, &faults->lock, &at);
}

static void *run(void *context)
{
	struct faults *faults = context;

	(void)pthread_mutex_lock(&faults->lock);
	while (!faults->stopping) {
		bool dark;
		int64_t due;

		faults->woken = false;
		(void)pthread_mutex_unlock(&faults->lock);
		due = look(faults, &dark);
		(void)pthread_mutex_lock(&faults->lock);
		faults->dark = dark;
		while (!faults->woken && !faults->stopping && clock_monotonic() < due)
			wait_until(faults, due);
	}
	(void)pthread_mutex_unlock(&faults->lock);
	return NULL;
}

static void release(struct faults *faults)
{
	(void)pthread_cond_destroy(&faults->changed);
	(void)pthread_mutex_destroy(&faults->lock);
	memory_free(faults);
}

struct faults *faults_start(struct store *store, struct engine *engine, struct error *err)
{
	struct faults *faults = memory_alloc(sizeof(*faults));
	pthread_condattr_t attributes;
	int failed;

	*faults = (struct faults){ .store = store, .engine = engine };
	(void)pthread_mutex_init(&faults->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&faults->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	failed = pthread_create(&faults->thread, NULL, run, faults);
	if (failed) {
		(void)fail_errno(err, failed, "cannot start the thread of faults");
		release(faults);
		return NULL;
	}
	return faults;
}

void faults_stop(struct faults *faults)
{
	if (!faults)
		return;
	(void)pthread_mutex_lock(&faults->lock);
	faults->stopping = true;
	(void)pthread_cond_signal(&faults->changed);
	(void)pthread_mutex_unlock(&faults->lock);
	(void)pthread_join(faults->thread, NULL);
	release(faults);
}

void faults_wake(struct faults *faults)
{
	wake(faults, false);
}
