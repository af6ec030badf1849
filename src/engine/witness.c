#include "engine/witness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"

static bool read_file(int pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	_cleanup_(close_fd) int fd = -1;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd >= 0 ? read(fd, buffer, size - 1) : -1;
	buffer[got > 0 ? got : 0] = '\0';
	return got > 0;
}

/* The name in the second field may contain anything; the last parenthesis ends it. */
static bool parse_stat(const char *stat, struct witness *ret)
{
	const char *after = strrchr(stat, ')');
	unsigned long long user, system;

	if (!after || sscanf(after + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
			      &ret->state, &user, &system) != 3)
		return false;
	ret->cpu_ticks = (int64_t)(user + system);
	return true;
}

static bool parse_status(const char *status, struct witness *ret)
{
	const char *field = strstr(status, "\nvoluntary_ctxt_switches:");
	long long switches;

	if (!field || sscanf(field, "\nvoluntary_ctxt_switches: %lld", &switches) != 1)
		return false;
	ret->voluntary = switches;
	return true;
}

bool witness_look(int pid, struct witness *ret)
{
	struct witness witness;
	char buffer[4096];

	if (!read_file(pid, "stat", buffer, sizeof(buffer)) || !parse_stat(buffer, &witness) ||
		!read_file(pid, "status", buffer, sizeof(buffer)) ||
		!parse_status(buffer, &witness))
		return false;
	*ret = witness;
	return true;
}
