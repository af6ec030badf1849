#include "monitor/monitor.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "domain/group.h"
#include "domain/remedy.h"
#include "engine/engine.h"
#include "monitor/watch.h"
#include "store/db.h"
#include "store/flow.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

enum { EVENTS = 64, LOOK_AROUND_US = 1000000 };

struct monitor {
	struct store *store;
	struct engine *engine;
	struct monitor_settings settings;
	int epoll, timer, wakeup;
	pthread_t thread;
	atomic_bool stopping;
	struct watch *watches;
	struct arena arena;    /* of the groups below */
	struct group **groups; /* as they were when last looked at */
	size_t group_count;
	int64_t last_tick, last_look;
};

static struct watch *find_watch(struct monitor *monitor, int64_t node)
{
	struct watch *watch = monitor->watches;

	while (watch && watch->node != node)
		watch = watch->next;
	return watch;
}

static void watch_node(struct monitor *monitor, const struct group *group,
	const struct shard *shard, const struct node *node)
{
	struct watch *watch = find_watch(monitor, node->id);

	if (!watch) {
		watch = memory_alloc(sizeof(*watch));
		*watch = (struct watch){ .next = monitor->watches,
			.group = group->id,
			.shard = shard->id,
			.node = node->id,
			.epoll = monitor->epoll,
			.pidfd = -1 };
		monitor->watches = watch;
	}
	watch->listed = true;
	watch_follow(watch, monitor->engine, node);
}

static void sweep(struct monitor *monitor)
{
	for (struct watch **link = &monitor->watches; *link;) {
		struct watch *watch = *link;

		if (watch->listed) {
			link = &watch->next;
		} else {
			*link = watch->next;
			watch_drop(watch);
			memory_free(watch);
		}
	}
}

static void for_each_node(
	struct monitor *monitor, void (*visit)(struct monitor *, const struct group *,
					 const struct shard *, const struct node *))
{
	for (size_t i = 0; i < monitor->group_count; i++) {
		const struct group *group = monitor->groups[i];

		for (size_t j = 0; j < group->shard_count; j++)
			for (size_t k = 0; k < group->shards[j].node_count; k++)
				visit(monitor, group, &group->shards[j],
					&group->shards[j].nodes[k]);
	}
}

static bool load_groups(struct monitor *monitor, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };

	monitor->group_count = 0;
	arena_reset(&monitor->arena);
	if (!tx_begin_read(monitor->store, &tx, err))
		return false;
	monitor->groups = group_list_all(&tx, &monitor->arena, &monitor->group_count, err);
	return monitor->groups != NULL;
}

/* From what is known of processes at once: asking the engine to look could mean waiting for the
 * verb that is at work on the node, and others may be dying. */
static bool is_alive(struct monitor *monitor, const struct node *node)
{
	const struct watch *watch = find_watch(monitor, node->id);
	int pid = engine_pid(monitor->engine, node);

	return pid && (!watch || !watch->hung || watch->pid != pid);
}

static const char *cause_of(struct monitor *monitor, const struct node *node)
{
	return engine_pid(monitor->engine, node) ? "hung" : "died";
}

static bool gather(struct monitor *monitor, struct tx *tx, struct arena *arena,
	struct remedy_facts *facts, struct error *err)
{
	struct flow_row *flows;
	size_t count = 0;

	flows = flow_list(tx, arena, facts->group->id, &count, err);
	for (size_t i = 0; flows && i < facts->shard->node_count; i++) {
		const struct node *node = &facts->shard->nodes[i];

		facts->alive[i] = is_alive(monitor, node);
		for (size_t j = 0; j < count; j++)
			facts->node_flow[i] |= flows[j].node == node->id;
	}
	for (size_t j = 0; flows && j < count; j++)
		facts->shard_flow |= flows[j].shard == facts->shard->id && !flows[j].node;
	return flows != NULL;
}

/* Starts what the facts ask for, until they ask for nothing more. */
static bool start_remedies(
	struct monitor *monitor, struct tx *tx, struct remedy_facts *facts, struct error *err)
{
	const struct group *group = facts->group;
	const struct shard *shard = facts->shard;
	const struct node *primary = shard_primary(shard);
	size_t i = 0;
	bool started;

	for (;;) {
		switch (choose_remedy(facts, &i)) {
		case REMEDY_NONE: return true;
		case REMEDY_FAILOVER:
			return flow_start(tx, "failover", group->id, shard->id, 0,
				cause_of(monitor, primary), &started, err);
		case REMEDY_RECREATE:
			return flow_start(tx, "recreate", group->id, shard->id, 0,
				cause_of(monitor, primary), &started, err);
		case REMEDY_RESUME:
			return flow_start(
				tx, "resume", group->id, shard->id, 0, "start", &started, err);
		case REMEDY_REPLACE:
			if (!flow_start(tx, "replace", group->id, shard->id, shard->nodes[i].id,
				    cause_of(monitor, &shard->nodes[i]), &started, err))
				return false;
			facts->node_flow[i] = true;
			break;
		}
	}
}

/* Decides for one shard from everything as it is now, within the transaction that starts the flow.
 */
static bool mend(struct monitor *monitor, int64_t group_id, int64_t shard_id, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct remedy_facts facts = { 0 };
	size_t ignored;

	if (!tx_begin(monitor->store, &tx, err))
		return false;
	facts.group = group_load_id(&tx, &arena, group_id, err);
	facts.shard = facts.group ? group_shard(facts.group, shard_id) : NULL;
	if (!facts.shard)
		return !err->code;
	if (!gather(monitor, &tx, &arena, &facts, err))
		return false;
	if (choose_remedy(&facts, &ignored) == REMEDY_NONE)
		return true;
	return start_remedies(monitor, &tx, &facts, err) && tx_commit(&tx, err);
}

static void mend_and_log(struct monitor *monitor, int64_t group, int64_t shard)
{
	struct error err = { 0 };

	if (!mend(monitor, group, shard, &err))
		log_error("monitor", err.message);
}

/* Whether the shard may need something, from what was loaded: asked often, so without a lock. */
static bool looks_broken(
	struct monitor *monitor, const struct group *group, const struct shard *shard)
{
	struct remedy_facts facts = { .group = group, .shard = shard };
	size_t ignored;

	for (size_t i = 0; i < shard->node_count; i++)
		facts.alive[i] = is_alive(monitor, &shard->nodes[i]);
	return choose_remedy(&facts, &ignored) != REMEDY_NONE;
}

/* Takes in what was committed and looks at every shard. */
static void look_around(struct monitor *monitor)
{
	struct error err = { 0 };

	monitor->last_look = clock_monotonic();
	if (!load_groups(monitor, &err)) {
		log_error("monitor", err.message);
		return;
	}
	for (struct watch *watch = monitor->watches; watch; watch = watch->next)
		watch->listed = false;
	for_each_node(monitor, watch_node);
	sweep(monitor);
	for (size_t i = 0; i < monitor->group_count; i++) {
		const struct group *group = monitor->groups[i];

		for (size_t j = 0; j < group->shard_count; j++)
			if (looks_broken(monitor, group, &group->shards[j]))
				mend_and_log(monitor, group->id, group->shards[j].id);
	}
}

static void beat_node(struct monitor *monitor, const struct group *group, const struct shard *shard,
	const struct node *node)
{
	struct watch *watch = find_watch(monitor, node->id);
	int64_t late = clock_monotonic() - monitor->last_tick -
		       (int64_t)monitor->settings.heartbeat_ms * 1000;
	bool on_time = late < (int64_t)monitor->settings.heartbeat_ms * 500;

	if (watch && watch_tick(watch, monitor->engine, group, node, &monitor->settings.detector,
			     on_time))
		mend_and_log(monitor, group->id, shard->id);
}

/* A round that comes late says more about us than about the nodes: it does not count. */
static void tick(struct monitor *monitor)
{
	for_each_node(monitor, beat_node);
	monitor->last_tick = clock_monotonic();
	if (monitor->last_tick - monitor->last_look > LOOK_AROUND_US)
		look_around(monitor);
}

static void drain(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) > 0)
		;
}

struct round {
	bool woken, due;
};

static const char *name_of(struct monitor *monitor, const struct watch *watch)
{
	for (size_t i = 0; i < monitor->group_count; i++) {
		const struct node *node = group_node(monitor->groups[i], watch->node);

		if (node)
			return node->name;
	}
	return "";
}

/* Deaths first: they are what users wait for. */
static void handle(struct monitor *monitor, const struct epoll_event *event, struct round *round)
{
	struct watch *watch;

	if (event->data.u64 == 0) {
		round->woken = true;
		drain(monitor->wakeup);
	} else if (event->data.u64 == 1) {
		round->due = true;
		drain(monitor->timer);
	} else {
		watch = (struct watch *)(uintptr_t)(event->data.u64 & ~UINT64_C(1));
		if (watch_event(watch, event->data.u64 & 1)) {
			log_info("monitor", "process ended", F("node", name_of(monitor, watch)));
			mend_and_log(monitor, watch->group, watch->shard);
		}
	}
}

static void *run(void *context)
{
	struct monitor *monitor = context;
	struct epoll_event events[EVENTS];

	look_around(monitor);
	while (!atomic_load(&monitor->stopping)) {
		struct round round = { 0 };
		int count = epoll_wait(monitor->epoll, events, EVENTS, -1);

		for (int i = 0; i < count; i++)
			handle(monitor, &events[i], &round);
		if (round.woken)
			look_around(monitor);
		if (round.due)
			tick(monitor);
	}
	return NULL;
}

static bool add(struct monitor *monitor, int fd, uint64_t mark)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.u64 = mark;
	return fd >= 0 && epoll_ctl(monitor->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_descriptors(struct monitor *monitor)
{
	int ms = monitor->settings.heartbeat_ms;
	struct itimerspec every = {
		.it_interval = { ms / 1000, ms % 1000 * 1000000 },
		.it_value = { ms / 1000, ms % 1000 * 1000000 },
	};

	monitor->epoll = epoll_create1(EPOLL_CLOEXEC);
	monitor->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	monitor->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return monitor->epoll >= 0 && add(monitor, monitor->wakeup, 0) &&
	       add(monitor, monitor->timer, 1) &&
	       timerfd_settime(monitor->timer, 0, &every, NULL) == 0;
}

static void release(struct monitor *monitor)
{
	for (struct watch *watch = monitor->watches; watch; watch = watch->next)
		watch->listed = false;
	sweep(monitor);
	close_fd(&monitor->epoll);
	close_fd(&monitor->wakeup);
	close_fd(&monitor->timer);
	arena_done(&monitor->arena);
	memory_free(monitor);
}

struct monitor *monitor_start(struct store *store, struct engine *engine,
	const struct monitor_settings *settings, struct error *err)
{
	struct monitor *monitor = memory_alloc(sizeof(*monitor));
	int failed;

	*monitor = (struct monitor){ .store = store,
		.engine = engine,
		.settings = *settings,
		.epoll = -1,
		.timer = -1,
		.wakeup = -1,
		.last_tick = clock_monotonic() };
	if (!open_descriptors(monitor)) {
		(void)fail_errno(err, errno, "cannot start the monitor");
		release(monitor);
		return NULL;
	}
	failed = pthread_create(&monitor->thread, NULL, run, monitor);
	if (failed) {
		(void)fail_errno(err, failed, "cannot start the monitor");
		release(monitor);
		return NULL;
	}
	return monitor;
}

void monitor_wake(struct monitor *monitor)
{
	uint64_t one = 1;

	if (write(monitor->wakeup, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is awake */
}

void monitor_stop(struct monitor *monitor)
{
	if (!monitor)
		return;
	atomic_store(&monitor->stopping, true);
	monitor_wake(monitor);
	(void)pthread_join(monitor->thread, NULL);
}

void monitor_free(struct monitor *monitor)
{
	if (monitor)
		release(monitor);
}
