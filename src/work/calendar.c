#include "work/calendar.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "domain/group.h"
#include "domain/window.h"
#include "store/db.h"
#include "store/event.h"
#include "store/flow.h"
#include "store/group.h"
#include "store/pending.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

enum { LOOK_EVERY_US = 1000000, PRUNE_EVERY_MS = 60000, PRUNE_MOST = 1000 };

struct calendar {
	struct store *store;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	pthread_t thread;
	int64_t pruned; /* when events were looked at last, calendar time */
};

static bool is_due(const struct group *group)
{
	return group->status == STATUS_AVAILABLE && group_has_pending(group) &&
	       maintenance_window_is_open(group->maintenance_window, clock_now());
}

static bool apply(struct calendar *calendar, int64_t id, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct group *group;
	bool started = false;

	if (!tx_begin(calendar->store, &tx, err))
		return false;
	group = group_load_id(&tx, &arena, id, err);
	if (!group)
		return !err->code;
	if (!is_due(group))
		return true;
	if (!group_apply_pending(&tx, group, "maintenance", &started, err) || !tx_commit(&tx, err))
		return false;
	log_info("calendar", "the maintenance window is open", F("group", group->name));
	return true;
}

static bool apply_due(struct calendar *calendar, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct group **groups;
	size_t count = 0;

	if (!tx_begin_read(calendar->store, &tx, err) ||
		!(groups = group_list_pending(&tx, &arena, &count, err)))
		return false;
	tx_end(&tx);
	for (size_t i = 0; i < count; i++)
		if (is_due(groups[i]) && !apply(calendar, groups[i]->id, err))
			return false;
	return true;
}

/* In parts, so that nobody waits long for the one who writes. */
static bool prune_all(struct calendar *calendar,
	int64_t (*remove)(struct tx *tx, int64_t older_than, int64_t limit, struct error *err),
	int64_t older_than, struct error *err)
{
	int64_t removed = PRUNE_MOST;

	while (removed == PRUNE_MOST) {
		_cleanup_(tx_end) struct tx tx = { 0 };

		if (!tx_begin(calendar->store, &tx, err))
			return false;
		removed = remove(&tx, older_than, PRUNE_MOST, err);
		if (removed < 0 || (removed > 0 && !tx_commit(&tx, err)))
			return false;
	}
	return true;
}

/* Flows are kept as history for as long as the events that they told. */
static bool prune(struct calendar *calendar, struct error *err)
{
	int64_t now = clock_now(), oldest = now - EVENT_RETENTION_DAYS * INT64_C(86400000);

	if (now - calendar->pruned < PRUNE_EVERY_MS && now >= calendar->pruned)
		return true;
	calendar->pruned = now;
	return prune_all(calendar, event_prune, oldest, err) &&
	       prune_all(calendar, flow_prune, oldest, err);
}

static void look(struct calendar *calendar)
{
	struct error err = { 0 };

	if (!apply_due(calendar, &err) || !prune(calendar, &err))
		log_error("calendar", err.message);
}

static void *run(void *context)
{
	struct calendar *calendar = context;

	(void)pthread_mutex_lock(&calendar->lock);
	while (!calendar->stopping) {
		int64_t next = clock_monotonic() + LOOK_EVERY_US;
		struct timespec at = { next / 1000000, next % 1000000 * 1000 };

		(void)pthread_mutex_unlock(&calendar->lock);
		look(calendar);
		(void)pthread_mutex_lock(&calendar->lock);
		if (!calendar->stopping)
			(void)pthread_cond_timedwait(&calendar->changed, &calendar->lock, &at);
	}
	(void)pthread_mutex_unlock(&calendar->lock);
	return NULL;
}

static void release(struct calendar *calendar)
{
	(void)pthread_cond_destroy(&calendar->changed);
	(void)pthread_mutex_destroy(&calendar->lock);
	memory_free(calendar);
}

struct calendar *calendar_start(struct store *store, struct error *err)
{
	struct calendar *calendar = memory_alloc(sizeof(*calendar));
	pthread_condattr_t attributes;
	int failed;

	*calendar = (struct calendar){ .store = store };
	(void)pthread_mutex_init(&calendar->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&calendar->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	failed = pthread_create(&calendar->thread, NULL, run, calendar);
	if (failed) {
		(void)fail_errno(err, failed, "cannot start the calendar");
		release(calendar);
		return NULL;
	}
	return calendar;
}

void calendar_stop(struct calendar *calendar)
{
	if (!calendar)
		return;
	(void)pthread_mutex_lock(&calendar->lock);
	calendar->stopping = true;
	(void)pthread_cond_signal(&calendar->changed);
	(void)pthread_mutex_unlock(&calendar->lock);
	(void)pthread_join(calendar->thread, NULL);
	release(calendar);
}
