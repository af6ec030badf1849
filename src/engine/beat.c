#include "engine/beat.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "domain/group.h"
#include "engine/conf.h"
#include "engine/directory.h"
#include "engine/node.h"
#include "engine/redis.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/text.h"

struct beat {
	int fd;
	struct engine *engine;
	char *dir; /* of the node */
};

/* A socket that takes nothing more belongs to a node that reads nothing, which is silence. One that
 * was cut may still hold the node's last word, which is read first. */
static bool send_all(int fd, const char *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN ||
	       errno == EPIPE || errno == ECONNRESET;
}

static bool send_auth(int fd, const char *secret)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *auth = arena_printf(&arena, "*3\r\n$4\r\nAUTH\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
		strlen(CONF_USER), CONF_USER, strlen(secret), secret);

	return send_all(fd, auth, strlen(auth));
}

struct beat *beat_open(struct engine *engine, const struct group *group, const struct node *node)
{
	_cleanup_(close_fd) int directory = directory_open(engine->root, node->dir);
	int fd = directory < 0 ? -1 : redis_control_socket(directory, SOCK_STREAM | SOCK_NONBLOCK);
	struct beat *beat;

	if (fd < 0)
		return NULL;
	beat = memory_alloc(sizeof(*beat));
	*beat = (struct beat){ fd, engine, memory_alloc(strlen(node->dir) + 1) };
	(void)memcpy(beat->dir, node->dir, strlen(node->dir) + 1);
	if (send_auth(fd, group->secret))
		return beat;
	beat_close(beat);
	return NULL;
}

void beat_close(struct beat *beat)
{
	if (!beat)
		return;
	close_fd(&beat->fd);
	memory_free(beat->dir);
	memory_free(beat);
}

int beat_fd(const struct beat *beat)
{
	return beat->fd;
}

bool beat_send(struct beat *beat)
{
	return send_all(beat->fd, "ROLE\r\n", 6);
}

/* "*3 $6 master :3129659 …". An answer that came in pieces is not worth putting together. */
static void note_offset(const struct beat *beat, const char *bytes, size_t length)
{
	static const char before[] = "$6\r\nmaster\r\n:";
	const char *found = memmem(bytes, length, before, sizeof(before) - 1);
	const char *digits = found ? found + sizeof(before) - 1 : NULL;
	const char *end = found ? memchr(digits, '\r', length - (size_t)(digits - bytes)) : NULL;
	char number[24];
	int64_t offset;

	if (!end || end - digits >= (ptrdiff_t)sizeof(number))
		return;
	(void)snprintf(number, sizeof(number), "%.*s", (int)(end - digits), digits);
	if (text_to_int(number, 0, INT64_MAX, &offset))
		handle_note_offset(beat->engine, beat->dir, offset);
}

/* Whatever an answer says, it has an end of a line. */
enum beat_result beat_receive(struct beat *beat)
{
	bool answered = false;
	char bytes[1024];
	ssize_t got;

	while ((got = recv(beat->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		answered |= memchr(bytes, '\n', (size_t)got) != NULL;
		note_offset(beat, bytes, (size_t)got);
	}
	if (answered)
		return BEAT_ALIVE; /* also when it was the last word: the next call says closed */
	return got < 0 && (errno == EAGAIN || errno == EINTR) ? BEAT_WAITING : BEAT_CLOSED;
}
