#include "engine/silence.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "engine/process.h"
#include "engine/witness.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

/* The TTL that a segment must have to be heard: no loopback segment has it. */
enum { DEAF_TTL = 255, STOP_PATIENCE_US = 100000, DEAF_BATCH = 64 };

struct deaf {
	int fd;
	bool listens;
	char address[INET_ADDRSTRLEN]; /* its own */
};

/* The sockets of one node. */
struct grave {
	struct grave *next;
	char *dir;
	int64_t until;
	size_t count, capacity;
	struct deaf *sockets;
};

struct silence {
	pthread_mutex_t lock;
	struct grave *graves;
};

struct silence *silence_new(void)
{
	struct silence *silence = memory_alloc(sizeof(*silence));

	*silence = (struct silence){ 0 };
	(void)pthread_mutex_init(&silence->lock, NULL);
	return silence;
}

/* As by a machine that has started again and knows nothing of the connection. */
static void reset(const struct deaf *socket)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)close(socket->fd);
}

static void dig_up(struct grave *grave)
{
	for (size_t i = 0; i < grave->count; i++)
		reset(&grave->sockets[i]);
	memory_free(grave->sockets);
	memory_free(grave->dir);
	memory_free(grave);
}

static int64_t end_where(struct silence *silence, const char *dir, int64_t now)
{
	int64_t next = INT64_MAX;

	(void)pthread_mutex_lock(&silence->lock);
	for (struct grave **link = &silence->graves; *link;) {
		struct grave *grave = *link;

		if (grave->until <= now && (!dir || strcmp(grave->dir, dir) == 0)) {
			*link = grave->next;
			dig_up(grave);
		} else {
			next = grave->until < next ? grave->until : next;
			link = &grave->next;
		}
	}
	(void)pthread_mutex_unlock(&silence->lock);
	return next;
}

void silence_end(struct silence *silence, const char *dir)
{
	(void)end_where(silence, dir, INT64_MAX);
}

int64_t silence_end_due(struct silence *silence, int64_t now)
{
	return end_where(silence, NULL, now);
}

void silence_free(struct silence *silence)
{
	if (!silence)
		return;
	silence_end(silence, NULL);
	(void)pthread_mutex_destroy(&silence->lock);
	memory_free(silence);
}

/* ---- one socket ---- */

static bool is_tcp(int fd)
{
	int domain = 0, type = 0;
	socklen_t size = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_INET &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

static bool listens(int fd)
{
	int yes = 0;
	socklen_t size = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes;
}

static bool set_deaf(int fd, bool deaf)
{
	int ttl = deaf ? DEAF_TTL : 0;

	return setsockopt(fd, IPPROTO_IP, IP_MINTTL, &ttl, sizeof(ttl)) == 0;
}

static bool is_deaf(int fd)
{
	int ttl = 0;
	socklen_t size = sizeof(ttl);

	return getsockopt(fd, IPPROTO_IP, IP_MINTTL, &ttl, &size) == 0 && ttl == DEAF_TTL;
}

static void bury(struct grave *grave, int fd, bool listening)
{
	struct sockaddr_in own = { 0 };
	socklen_t size = sizeof(own);
	struct deaf *socket;
	const int off = 0;

	/* A probe that is not answered would end in a reset. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &off, sizeof(off));
	if (grave->count == grave->capacity) {
		grave->capacity = grave->capacity ? 2 * grave->capacity : 32;
		grave->sockets =
			memory_realloc(grave->sockets, grave->capacity * sizeof(*grave->sockets));
	}
	socket = &grave->sockets[grave->count++];
	*socket = (struct deaf){ .fd = fd, .listens = listening };
	(void)getsockname(fd, (struct sockaddr *)&own, &size);
	(void)inet_ntop(AF_INET, &own.sin_addr, socket->address, sizeof(socket->address));
}

/* Connections that the kernel has taken and the process has not. */
static void bury_waiting(struct grave *grave, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		(void)set_deaf(fd, true);
		bury(grave, fd, false);
	}
}

/* ---- the sockets of a process ---- */

/* Its descriptors that are sockets, until visit says that it has seen enough (false). */
static void for_each_socket(int pid, bool (*visit)(void *context, int number), void *context)
{
	char path[64], target[32];
	struct dirent *entry;
	DIR *directory;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		ssize_t length =
			readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);
		int64_t number;

		target[length > 0 ? length : 0] = '\0';
		if (text_starts_with(target, "socket:") &&
			text_to_int(entry->d_name, 0, INT32_MAX, &number) &&
			!visit(context, (int)number))
			break;
	}
	if (directory)
		(void)closedir(directory);
}

struct taking {
	struct grave *grave;
	const struct process *process;
	size_t missed;
};

static bool take(void *context, int number)
{
	struct taking *taking = context;
	int fd = pidfd_getfd(taking->process->pidfd, number, 0);
	bool listening;

	if (fd < 0) {
		taking->missed += errno != EBADF;
		return true;
	}
	if (!is_tcp(fd)) {
		(void)close(fd);
		return true;
	}
	listening = listens(fd);
	taking->missed += !set_deaf(fd, true);
	if (listening)
		bury_waiting(taking->grave, fd);
	bury(taking->grave, fd, listening);
	return true;
}

/* A process that runs would take connections, and open them, behind our back. */
static void stop(const struct process *process)
{
	int64_t deadline = clock_monotonic() + STOP_PATIENCE_US;
	struct witness witness = { 0 };

	process_signal(process, SIGSTOP);
	while (witness_look(process->pid, &witness) && witness.state != 'T' &&
		witness.state != 'Z' && clock_monotonic() < deadline)
		;
}

size_t silence_take(struct silence *silence, const char *dir, const struct process *process,
	int64_t until, size_t *ret_missed)
{
	struct grave *grave = memory_alloc(sizeof(*grave));
	struct taking taking = { .grave = grave, .process = process };
	size_t count, length = strlen(dir) + 1;

	*grave = (struct grave){
		.dir = memcpy(memory_alloc(length), dir, length),
		.until = until,
	};
	stop(process);
	for_each_socket(process->pid, take, &taking);
	process_kill(process);
	count = grave->count;
	*ret_missed = taking.missed;
	(void)pthread_mutex_lock(&silence->lock);
	grave->next = silence->graves;
	silence->graves = grave;
	(void)pthread_mutex_unlock(&silence->lock);
	return count;
}

void silence_yield(struct silence *silence, const char *address)
{
	(void)pthread_mutex_lock(&silence->lock);
	for (struct grave *grave = silence->graves; grave; grave = grave->next)
		for (size_t i = grave->count; i-- > 0;) {
			struct deaf *socket = &grave->sockets[i];

			if (!socket->listens || strcmp(socket->address, address) != 0)
				continue;
			(void)close(socket->fd);
			*socket = grave->sockets[--grave->count];
		}
	(void)pthread_mutex_unlock(&silence->lock);
}

size_t silence_count(struct silence *silence, const char *dir)
{
	size_t count = 0;

	(void)pthread_mutex_lock(&silence->lock);
	for (const struct grave *grave = silence->graves; grave; grave = grave->next)
		if (strcmp(grave->dir, dir) == 0)
			count += grave->count;
	(void)pthread_mutex_unlock(&silence->lock);
	return count;
}

/* ---- one connection of a process that lives ---- */

struct search {
	const struct process *process;
	struct sockaddr_in peer;
	int found;  /* -1: not found */
	int number; /* errno */
};

static bool look(void *context, int number)
{
	struct search *search = context;
	struct sockaddr_in peer = { 0 };
	socklen_t size = sizeof(peer);
	int fd = pidfd_getfd(search->process->pidfd, number, 0);

	if (fd < 0) {
		search->number = errno;
		return true;
	}
	if (!is_tcp(fd) || getpeername(fd, (struct sockaddr *)&peer, &size) ||
		peer.sin_port != search->peer.sin_port ||
		peer.sin_addr.s_addr != search->peer.sin_addr.s_addr) {
		(void)close(fd);
		return true;
	}
	search->found = fd;
	return false;
}

bool silence_link(const struct process *process, const char *address, int64_t port, bool deaf,
	bool *ret_was_deaf)
{
	struct search search = { .process = process,
		.peer = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) },
		.found = -1,
		.number = ENOTCONN };
	_cleanup_(close_fd) int fd = -1;

	(void)inet_pton(AF_INET, address, &search.peer.sin_addr);
	for_each_socket(process->pid, look, &search);
	fd = search.found;
	if (fd < 0) {
		errno = search.number;
		return false;
	}
	*ret_was_deaf = is_deaf(fd);
	return set_deaf(fd, deaf);
}

/* ---- what is allowed ---- */

/* A child that waits for its input to end, which it does with *ret_input. */
static pid_t spawn_idle(int *ret_input)
{
	char name[] = "cat";
	char *const arguments[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
	failed = posix_spawnp(&pid, name, &actions, NULL, arguments, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[0]);
	*ret_input = ends[1];
	return failed ? -1 : pid;
}

static bool may_duplicate(const char **ret_reason)
{
	_cleanup_(close_fd) int input = -1, pidfd = -1, fd = -1;
	pid_t pid = spawn_idle(&input);

	*ret_reason = "no process could be started to try it on";
	if (pid < 0)
		return false;
	*ret_reason = "the kernel refuses pidfd_getfd";
	pidfd = pidfd_open(pid, 0);
	fd = pidfd < 0 ? -1 : pidfd_getfd(pidfd, 0, 0);
	close_fd(&input);
	input = -1;
	(void)waitpid(pid, NULL, 0);
	return fd >= 0;
}

static bool may_deafen(const char **ret_reason)
{
	_cleanup_(close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*ret_reason = "the kernel refuses IP_MINTTL";
	return fd >= 0 && set_deaf(fd, true);
}

bool silence_probe(const char **ret_reason)
{
	if (!may_deafen(ret_reason) || !may_duplicate(ret_reason))
		return false;
	*ret_reason = NULL;
	return true;
}
