#include "engine/census.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/process.h"
#include "util/arena.h"
#include "util/text.h"

struct place {
	dev_t device;
	ino_t inode;
};

struct resident {
	pid_t pid;
	bool leader;
	struct place directory, lock;
};

struct census {
	struct arena *arena;
	size_t count, capacity;
	struct resident *residents;
};

static bool same_place(struct place a, struct place b)
{
	return a.device == b.device && a.inode == b.inode;
}

/* Through the link in /proc: of the object itself, whatever it is called now. */
static bool look_at(pid_t pid, const char *link, mode_t type, struct place *ret)
{
	char path[64];
	struct stat status;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, link);
	if (stat(path, &status) || (status.st_mode & S_IFMT) != type)
		return false;
	*ret = (struct place){ status.st_dev, status.st_ino };
	return true;
}

static bool examine(pid_t pid, struct resident *ret)
{
	char link[16];
	struct resident resident = { .pid = pid, .leader = getsid(pid) == pid };

	(void)snprintf(link, sizeof(link), "fd/%d", PROCESS_LOCK_FD);
	if (!look_at(pid, link, S_IFREG, &resident.lock) ||
		!look_at(pid, "cwd", S_IFDIR, &resident.directory))
		return false;
	*ret = resident;
	return true;
}

static void add(struct census *census, const struct resident *resident)
{
	struct resident *grown;

	if (census->count == census->capacity) {
		census->capacity = census->capacity ? 2 * census->capacity : 64;
		grown = arena_array(census->arena, census->capacity, sizeof(*grown));
		if (census->count)
			memcpy(grown, census->residents, census->count * sizeof(*grown));
		census->residents = grown;
	}
	census->residents[census->count++] = *resident;
}

struct census *census_take(struct arena *arena)
{
	struct census *census = arena_alloc(arena, sizeof(*census));
	DIR *proc = opendir("/proc");
	struct resident resident;
	struct dirent *entry;
	int64_t pid;

	census->arena = arena;
	while (proc && (entry = readdir(proc)))
		if (text_to_int(entry->d_name, 1, INT32_MAX, &pid) &&
			examine((pid_t)pid, &resident))
			add(census, &resident);
	if (proc)
		(void)closedir(proc);
	return census;
}

static bool place_of(int fd, struct place *ret)
{
	struct stat status;

	if (fstat(fd, &status))
		return false;
	*ret = (struct place){ status.st_dev, status.st_ino };
	return true;
}

/* The number may have passed on to another process since the census: pin, then look again. */
static bool pin(const struct resident *resident, struct process *ret)
{
	struct process process = { resident->pid, pidfd_open(resident->pid, 0) };
	struct resident now;

	if (process.pidfd < 0)
		return false;
	if (process_runs(&process) && examine(resident->pid, &now) &&
		now.leader == resident->leader && same_place(now.lock, resident->lock) &&
		same_place(now.directory, resident->directory)) {
		*ret = process;
		return true;
	}
	process_forget(&process, NULL);
	return false;
}

static bool is_wanted(const struct resident *resident, enum census_who who)
{
	switch (who) {
	case CENSUS_LEADER: return resident->leader;
	case CENSUS_FORKED: return !resident->leader;
	case CENSUS_ANYBODY: return true;
	}
	abort();
}

bool census_next(const struct census *census, int directory, int lock, enum census_who who,
	size_t *position, struct process *ret)
{
	struct place home, key;

	if (!place_of(directory, &home) || !place_of(lock, &key))
		return false;
	while (*position < census->count) {
		const struct resident *resident = &census->residents[(*position)++];

		if (same_place(resident->directory, home) && same_place(resident->lock, key) &&
			is_wanted(resident, who) && pin(resident, ret))
			return true;
	}
	return false;
}
