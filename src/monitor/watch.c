#include "monitor/watch.h"

#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "domain/group.h"
#include "engine/beat.h"
#include "engine/engine.h"
#include "engine/witness.h"
#include "util/clock.h"
#include "util/log.h"

/* Which descriptor an event speaks of is told by the pointer's lowest bit. */
static void listen_to(struct watch *watch, int fd, bool death)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.u64 = (uint64_t)(uintptr_t)watch | death;
	(void)epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Closing is not enough: the engine has the same pidfd open, and epoll would go on reporting it. */
static void ignore(struct watch *watch, int fd)
{
	(void)epoll_ctl(watch->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void drop_beat(struct watch *watch)
{
	if (!watch->beat)
		return;
	ignore(watch, beat_fd(watch->beat));
	beat_close(watch->beat);
	watch->beat = NULL;
}

void watch_drop(struct watch *watch)
{
	drop_beat(watch);
	if (watch->pidfd >= 0) {
		ignore(watch, watch->pidfd);
		(void)close(watch->pidfd);
	}
	watch->pidfd = -1;
	watch->pid = 0;
	watch->waiting = watch->hung = false;
	watch->detector = (struct detector){ 0 };
}

void watch_follow(struct watch *watch, struct engine *engine, const struct node *node)
{
	int pid = engine_pid(engine, node);

	if (pid == watch->pid)
		return;
	watch_drop(watch);
	watch->pidfd = pid ? engine_watch(engine, node) : -1;
	if (watch->pidfd < 0)
		return;
	watch->pid = pid;
	listen_to(watch, watch->pidfd, true);
}

bool watch_event(struct watch *watch, bool death)
{
	if (death) {
		watch_drop(watch);
		return true;
	}
	if (!watch->beat)
		return false;
	switch (beat_receive(watch->beat)) {
	case BEAT_WAITING: break;
	case BEAT_ALIVE:
		watch->waiting = watch->hung = false;
		detector_answered(&watch->detector);
		break;
	case BEAT_CLOSED:
		/* Says nothing of the node: a client may cut any connection. */
		drop_beat(watch);
		watch->waiting = false;
		break;
	}
	return false;
}

static void send_beat(struct watch *watch, struct engine *engine, const struct group *group,
	const struct node *node)
{
	if (!watch->beat) {
		watch->beat = beat_open(engine, group, node);
		if (watch->beat)
			listen_to(watch, beat_fd(watch->beat), false);
	}
	/* A node that cannot even take the connection is silent, too. */
	watch->waiting = true;
	if (watch->beat && !beat_send(watch->beat))
		drop_beat(watch);
}

static bool count_silence(
	struct watch *watch, const struct node *node, const struct detector_settings *settings)
{
	struct witness witness = { 0 };

	if (!witness_look(watch->pid, &witness) ||
		detector_missed(&watch->detector, settings, clock_monotonic(), &witness) !=
			VERDICT_HUNG)
		return false;
	watch->hung = true;
	log_warn("monitor", "node hangs", F("node", node->name), F("pid", watch->pid),
		F("missed", watch->detector.missed),
		F("silent_ms", (clock_monotonic() - watch->detector.silent_since) / 1000));
	return true;
}

bool watch_tick(struct watch *watch, struct engine *engine, const struct group *group,
	const struct node *node, const struct detector_settings *settings, bool count)
{
	if (!watch->pid)
		return false;
	count = count && !watch->hung; /* it is known; but it may answer again */
	if (!watch->waiting || !watch->beat) {
		bool silent = watch->waiting && count && count_silence(watch, node, settings);

		send_beat(watch, engine, group, node);
		return silent;
	}
	return count && count_silence(watch, node, settings);
}
