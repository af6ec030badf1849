#include "engine/logtail.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"

enum { LONG_LOG = 4 << 20, QUOTED_BYTES = 1024, QUOTED_LINES = 3 };

int64_t logtail_begin(int directory)
{
	struct stat status;

	if (fstatat(directory, LOGTAIL_FILE, &status, 0))
		return 0;
	if (status.st_size < LONG_LOG)
		return status.st_size;
	(void)renameat(directory, LOGTAIL_FILE, directory, LOGTAIL_OLD);
	return 0;
}

/* 4711:M 23 Nov 2026 04:25:45.123 # Failed listening: without what stands before the text. */
static const char *without_stamp(const char *line)
{
	static const char *const levels[] = { " # ", " * ", " - ", " . " };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		const char *mark = strstr(line, levels[i]);

		if (mark && mark - line < 48)
			return mark + 3;
	}
	return line;
}

/* Where the last lines begin. */
static char *last_lines(char *text)
{
	char *start = text + strlen(text);

	while (start > text && start[-1] == '\n')
		*--start = '\0';
	for (int lines = 0; start > text; start--)
		if (start[-1] == '\n' && ++lines == QUOTED_LINES)
			break;
	return start;
}

static void read_from(int directory, int64_t start, char *text, size_t size)
{
	_cleanup_(close_fd) int fd = openat(directory, LOGTAIL_FILE, O_RDONLY | O_CLOEXEC);
	int64_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	int64_t from = end - start < (int64_t)size ? start : end - (int64_t)size + 1;
	ssize_t got = fd >= 0 ? pread(fd, text, size - 1, from) : 0;

	text[got > 0 ? got : 0] = '\0';
}

void logtail_read(int directory, int64_t start, char *buffer, size_t size)
{
	char text[QUOTED_BYTES];
	char *rest = NULL;
	size_t used = 0;

	read_from(directory, start, text, sizeof(text));
	buffer[0] = '\0';
	for (char *line = strtok_r(last_lines(text), "\n", &rest); line && used < size;
		line = strtok_r(NULL, "\n", &rest))
		used += (size_t)snprintf(
			buffer + used, size - used, "%s%s", used ? "; " : "", without_stamp(line));
	for (char *c = buffer; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}
