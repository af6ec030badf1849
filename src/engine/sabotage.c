#include "engine/sabotage.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "domain/group.h"
#include "engine/engine.h"
#include "engine/node.h"
#include "engine/silence.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

bool engine_fail(struct engine *engine, const struct node *node, enum fault_mode mode,
	int64_t silence_ms, struct engine_failure *ret, struct error *err)
{
	struct process process = handle_peek(engine, node);
	bool runs = process_runs(&process) &&
		    (mode == FAULT_HANG || handle_doom(engine, node, process.pid));

	*ret = (struct engine_failure){ .pid = process.pid, .mode = mode };
	if (mode == FAULT_SILENT && engine->no_silence)
		ret->mode = FAULT_CRASH;
	if (runs) {
		switch (ret->mode) {
		case FAULT_CRASH: process_kill(&process); break;
		case FAULT_HANG: process_signal(&process, SIGSTOP); break;
		case FAULT_SILENT:
			ret->silent = silence_take(engine->silence, node->dir, &process,
				clock_monotonic() + silence_ms * 1000, &ret->missed);
			break;
		}
	}
	close_fd(&process.pidfd);
	return runs || fail(err, ERROR_INTERNAL, "node %s does not run", node->name);
}

void engine_heal(struct engine *engine, const struct node *node)
{
	struct process process = handle_peek(engine, node);

	process_signal(&process, SIGCONT);
	close_fd(&process.pidfd);
	silence_end(engine->silence, node->dir);
}

bool engine_lag(struct engine *engine, const struct group *group, const struct node *replica,
	const struct node *primary, bool lags, struct error *err)
{
	struct process process = handle_peek(engine, replica);
	bool was_deaf = false;
	bool found = silence_link(&process, primary->address, group->port, lags, &was_deaf);
	int number = errno;

	close_fd(&process.pidfd);
	if (!found && number == ENOTCONN)
		return !lags || fail(err, ERROR_INTERNAL, "node %s has no link to its primary",
					replica->name);
	if (!found)
		return fail_errno(err, number, "the link of node %s cannot be had", replica->name);
	/* A link that hears again would wait for the primary's next attempt, which may be seconds
	 * away. */
	return lags || !was_deaf || engine_relink(engine, group, replica, err);
}

const char *engine_no_silence(const struct engine *engine)
{
	return engine->no_silence;
}

size_t engine_silent(struct engine *engine, const struct node *node)
{
	return silence_count(engine->silence, node->dir);
}

int64_t engine_end_silence(struct engine *engine)
{
	return silence_end_due(engine->silence, clock_monotonic());
}
