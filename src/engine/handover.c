/*
 * Exchanging the roles of a primary and its replica with Redis' FAILOVER.
 *
 * The primary stops accepting writes, waits until the replica has acknowledged everything, and
 * tells it to take over; it starts accepting again, as a replica, when that is done. It would hear
 * of the acknowledgement only once a second, so the replica is nudged. TIMEOUT lets the primary go
 * on by itself should the control plane die.
 */
#include "engine/engine.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/group.h"
#include "engine/node.h"
#include "engine/redis.h"
#include "engine/verbs.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

static const int64_t PACE_US = 1000;
enum { LEAST_MS = 50 }; /* for an answer, also when the time is up */

struct handover {
	struct engine *engine;
	const struct group *group;
	const struct node *primary;
	const struct node *replica;
	int64_t deadline;
};

static int time_left(const struct handover *handover)
{
	int left = milliseconds_until(handover->deadline);

	return left < LEAST_MS ? LEAST_MS : left > ENGINE_PATIENCE_MS ? ENGINE_PATIENCE_MS : left;
}

static bool is_primary(
	const struct handover *handover, const struct node *node, bool *ret, struct error *err)
{
	struct engine_view view;

	if (!engine_observe(
		    handover->engine, handover->group, node, time_left(handover), &view, err))
		return false;
	*ret = view.is_primary;
	return true;
}

/* One that an earlier life of the control plane began is as good. */
static bool begin(const struct handover *handover, int timeout_ms, struct error *err)
{
	struct question question = { handover->engine, handover->group, handover->primary,
		ENGINE_PATIENCE_MS, NULL };
	_cleanup_(redis_reply_done) struct redisReply *reply = NULL;
	char port[24], limit[16];

	(void)snprintf(port, sizeof(port), "%" PRId64, handover->group->port);
	(void)snprintf(limit, sizeof(limit), "%d", timeout_ms);
	reply = node_ask(&question,
		WORDS("FAILOVER", "TO", handover->replica->address, port, "TIMEOUT", limit), err);
	return reply || strstr(err->message, "already in progress");
}

/* Waits a moment; false when the primary has died. */
static bool primary_lives_on(const struct handover *handover)
{
	struct process process = handle_peek(handover->engine, handover->primary);
	bool ended = process_wait(&process, clock_monotonic() + PACE_US);

	close_fd(&process.pidfd);
	return !ended;
}

static bool await_takeover(const struct handover *handover, struct error *err)
{
	bool taken_over = false;

	for (;;) {
		if (node_nudge(handover->engine, handover->group, handover->replica,
			    time_left(handover), err) &&
			is_primary(handover, handover->replica, &taken_over, err) && taken_over)
			return true;
		if (clock_monotonic() >= handover->deadline)
			return fail(err, ERROR_INTERNAL,
				"node %s did not take over from %s in time",
				handover->replica->name, handover->primary->name);
		if (!primary_lives_on(handover))
			return fail(err, ERROR_INTERNAL, "node %s died while handing over",
				handover->primary->name);
	}
}

static bool ask_to_abort(const struct handover *handover, struct error *err)
{
	struct question question = { handover->engine, handover->group, handover->primary,
		ENGINE_PATIENCE_MS, NULL };
	_cleanup_(redis_reply_done) struct redisReply *reply =
		node_ask(&question, WORDS("FAILOVER", "ABORT"), err);

	return reply != NULL;
}

/*
 * Ends the attempt; true when it has succeeded all the same. Where there is nothing to abort any
 * more the old primary has heard that the replica took over, even if the replica now is silent. It
 * may also have taken over without having been heard: then the old primary is told.
 */
static bool give_up(const struct handover *handover)
{
	struct error ignored;
	bool aborted = ask_to_abort(handover, &ignored);
	bool goes_on = true, taken_over = false;

	if (!aborted && is_primary(handover, handover->primary, &goes_on, &ignored) && !goes_on)
		return true;
	return is_primary(handover, handover->replica, &taken_over, &ignored) && taken_over &&
	       (!engine_pid(handover->engine, handover->primary) ||
		       engine_follow(handover->engine, handover->group, handover->primary,
			       handover->replica, &ignored));
}

bool engine_hand_over(struct engine *engine, const struct group *group, const struct node *primary,
	const struct node *replica, int timeout_ms, struct error *err)
{
	struct handover handover = { engine, group, primary, replica,
		clock_monotonic() + (int64_t)timeout_ms * 1000 };
	bool done_before = false;

	if (!is_primary(&handover, replica, &done_before, err))
		return false;
	if (done_before)
		return true;
	return begin(&handover, timeout_ms, err) &&
	       (await_takeover(&handover, err) || give_up(&handover));
}
