#include "engine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

static const int64_t OUTPUT_PATIENCE_US = 5000000;

static void prepare_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_init(attributes);
	(void)posix_spawnattr_setsigmask(attributes, &none);
	(void)posix_spawnattr_setsigdefault(attributes, &all);
	(void)posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

/* A child that was spawned but cannot be pinned has ended already, or descriptors have run out. */
static bool pin_child(pid_t pid, struct process *ret, struct error *err)
{
	int pidfd = pidfd_open(pid, 0);
	int number = errno;

	if (pidfd < 0) {
		(void)kill(pid, SIGKILL); /* our child, not yet waited for: the number is its */
		(void)waitpid(pid, NULL, 0);
		return fail_errno(err, number, "pidfd_open");
	}
	*ret = (struct process){ .pid = pid, .pidfd = pidfd };
	return true;
}

static bool spawn(const char *binary, char *const *arguments,
	const posix_spawn_file_actions_t *actions, struct process *ret, struct error *err)
{
	posix_spawnattr_t attributes;
	pid_t pid;
	int number;

	prepare_attributes(&attributes);
	number = posix_spawnp(&pid, binary, actions, &attributes, arguments, environ);
	(void)posix_spawnattr_destroy(&attributes);
	if (number)
		return fail_errno(err, number, "starting %s", binary);
	return pin_child(pid, ret, err);
}

bool process_spawn(
	const char *binary, int directory, int lock, struct process *ret, struct error *err)
{
	char name[] = "redis-server", conf[] = "redis.conf";
	char *const arguments[] = { name, conf, NULL };
	posix_spawn_file_actions_t actions;
	bool spawned;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addfchdir_np(&actions, directory);
	(void)posix_spawn_file_actions_adddup2(&actions, lock, PROCESS_LOCK_FD);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_addopen(
		&actions, 1, "redis.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	(void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
	(void)posix_spawn_file_actions_addclosefrom_np(&actions, PROCESS_LOCK_FD + 1);
	spawned = spawn(binary, arguments, &actions, ret, err);
	(void)posix_spawn_file_actions_destroy(&actions);
	return spawned;
}

/* Until the other end is closed, the buffer is full or the time is up. */
static void read_output(int fd, char *buffer, size_t size)
{
	int64_t deadline = clock_monotonic() + OUTPUT_PATIENCE_US;
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	size_t used = 0;
	ssize_t got;

	while (used < size - 1 && poll(&readable, 1, milliseconds_until(deadline)) > 0) {
		got = read(fd, buffer + used, size - 1 - used);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	buffer[used] = '\0';
}

bool process_output(
	const char *binary, const char *argument, char *buffer, size_t size, struct error *err)
{
	char *const arguments[] = { (char *)(uintptr_t)binary, (char *)(uintptr_t)argument, NULL };
	posix_spawn_file_actions_t actions;
	struct process child = PROCESS_NONE;
	int ends[2], status = 0;
	bool spawned;

	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(err, errno, "pipe");
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	spawned = spawn(binary, arguments, &actions, &child, err);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	if (spawned)
		read_output(ends[0], buffer, size);
	(void)close(ends[0]);
	if (!spawned)
		return false;
	if (!process_wait(&child, clock_monotonic() + OUTPUT_PATIENCE_US)) {
		process_kill(&child);
		(void)process_wait(&child, INT64_MAX);
	}
	process_forget(&child, &status);
	if (status)
		return fail(err, ERROR_INTERNAL, "%s %s failed", binary, argument);
	return true;
}

int milliseconds_until(int64_t deadline)
{
	int64_t left = (deadline - clock_monotonic() + 999) / 1000;

	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

bool process_wait(const struct process *process, int64_t deadline)
{
	struct pollfd ended = { .fd = process->pidfd, .events = POLLIN };
	int ready;

	if (process->pidfd < 0)
		return true;
	do
		ready = poll(&ended, 1, milliseconds_until(deadline));
	while (ready < 1 && clock_monotonic() < deadline);
	return ready > 0;
}

bool process_runs(const struct process *process)
{
	return process->pidfd >= 0 && !process_wait(process, 0);
}

void process_signal(const struct process *process, int signal)
{
	if (process->pidfd >= 0)
		(void)pidfd_send_signal(process->pidfd, signal, NULL, 0);
}

void process_kill(const struct process *process)
{
	process_signal(process, SIGKILL);
}

/* What waitpid would have stored. */
static int wait_status(int code, int status)
{
	return code == CLD_EXITED ? W_EXITCODE(status, 0) : W_EXITCODE(0, status);
}

void process_forget(struct process *process, int *ret_status)
{
	siginfo_t info = { 0 };

	if (process->pidfd < 0)
		return;
	if (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid &&
		ret_status)
		*ret_status = wait_status(info.si_code, info.si_status);
	(void)close(process->pidfd);
	*process = PROCESS_NONE;
}
