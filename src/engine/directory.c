#include "engine/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

static void close_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

int directory_open(int root, const char *dir)
{
	return openat(root, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool make_parents(int root, const char *dir)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", dir);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(root, path, 0700) && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdirat(root, path, 0700) == 0 || errno == EEXIST;
}

int directory_make(int root, const char *dir, struct error *err)
{
	/* A neighbour that is removed at the same time may take an empty parent with it. */
	for (int attempt = 0; attempt < 100; attempt++) {
		int directory = make_parents(root, dir) ? directory_open(root, dir) : -1;

		if (directory >= 0)
			return directory;
		if (errno != ENOENT)
			break;
	}
	(void)fail_errno(err, errno, "making directory %s", dir);
	return -1;
}

static bool write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t written = write(fd, text, left);

		if (written < 0)
			return false;
		text += written;
		left -= (size_t)written;
	}
	return true;
}

bool directory_write(int directory, const char *name, const char *text, struct error *err)
{
	char draft[NAME_MAX];
	_cleanup_(close_fd) int fd = -1;

	(void)snprintf(draft, sizeof(draft), "%s.new", name);
	fd = openat(directory, draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || !write_all(fd, text) || renameat(directory, draft, directory, name))
		return fail_errno(err, errno, "writing %s", name);
	return true;
}

static bool listed(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (text_equal(*names, name))
			return true;
	return false;
}

static bool clear_entry(int directory, const char *name, struct error *err)
{
	static const char *const nothing[] = { NULL };
	_cleanup_(close_fd) int below = -1;

	if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return fail_errno(err, errno, "removing %s", name);
	below = directory_open(directory, name);
	if (below < 0)
		return fail_errno(err, errno, "removing %s", name);
	if (!directory_clear(below, nothing, err))
		return false;
	if (unlinkat(directory, name, AT_REMOVEDIR))
		return fail_errno(err, errno, "removing %s", name);
	return true;
}

bool directory_clear(int directory, const char *const *keep, struct error *err)
{
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_directory) DIR *entries = again >= 0 ? fdopendir(again) : NULL;
	struct dirent *entry;

	if (!entries)
		return fail_errno(err, errno, "reading a node's directory");
	while ((entry = readdir(entries))) {
		if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..") ||
			listed(keep, entry->d_name))
			continue;
		if (!clear_entry(directory, entry->d_name, err))
			return false;
	}
	return true;
}

bool directory_remove(int root, const char *dir, struct error *err)
{
	char path[PATH_MAX];
	char *slash;

	(void)snprintf(path, sizeof(path), "%s", dir);
	if (unlinkat(root, path, AT_REMOVEDIR) && errno != ENOENT)
		return fail_errno(err, errno, "removing directory %s", dir);
	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		if (unlinkat(root, path, AT_REMOVEDIR))
			break; /* others live there */
	}
	return true;
}
