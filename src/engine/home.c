#include "engine/home.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include "engine/census.h"
#include "engine/directory.h"
#include "engine/process.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

struct home home_open(int root, const char *dir)
{
	struct home home = HOME_NONE;

	home.directory = directory_open(root, dir);
	if (home.directory >= 0)
		home.lock = openat(home.directory, "lock", O_RDWR | O_CLOEXEC);
	return home;
}

bool home_make(int root, const char *dir, struct home *ret, struct error *err)
{
	struct home home = HOME_NONE;

	home.directory = directory_make(root, dir, err);
	if (home.directory < 0)
		return false;
	home.lock = openat(home.directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (home.lock < 0) {
		(void)fail_errno(err, errno, "%s/lock", dir);
		home_done(&home);
		return false;
	}
	*ret = home;
	return true;
}

void home_done(struct home *home)
{
	close_fd(&home->directory);
	close_fd(&home->lock);
	*home = HOME_NONE;
}

bool home_try_lock(const struct home *home)
{
	return home->lock < 0 || flock(home->lock, LOCK_EX | LOCK_NB) == 0;
}

void home_evict(const struct home *home, bool forked_only, int64_t deadline)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct census *census = census_take(&arena);
	struct process process;
	size_t position = 0;

	while (census_next(census, home->directory, home->lock,
		forked_only ? CENSUS_FORKED : CENSUS_ANYBODY, &position, &process)) {
		process_kill(&process);
		(void)process_wait(&process, deadline);
		process_forget(&process, NULL);
	}
}

bool home_clear(const struct home *home, int64_t deadline, struct error *err)
{
	while (!home_try_lock(home)) {
		if (clock_monotonic() >= deadline)
			return fail(err, ERROR_INTERNAL,
				"its lock is held by a process that does not end");
		home_evict(home, false, deadline);
		/* One that we have just spawned shows its lock only after a moment. */
		if (!home_try_lock(home))
			(void)poll(NULL, 0, 1);
	}
	return true;
}
