/*
 * For valgrind, whose 3.19 knows no pidfds: preloaded, it makes a pipe that becomes readable when
 * the process has ended, which is all that the program asks of one. A thread a process waits
 * for that; the pipe's inode, which duplicates share, says which process is meant.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 256, LOOK_MS = 1 };

static struct watched {
	pid_t pid;
	ino_t inode;
	int end; /* to write to */
} watched[PROCESSES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Of our children; a process is not over before the last of its threads is, whatever /proc says. */
static bool is_alive(pid_t pid)
{
	siginfo_t info = { 0 };

	return syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT, NULL) == 0 &&
	       !info.si_pid;
}

static void *await_end(void *argument)
{
	const struct watched *process = argument;

	while (is_alive(process->pid))
		(void)poll(NULL, 0, LOOK_MS);
	(void)!write(process->end, "", 1);
	return NULL;
}

int pidfd_open(pid_t pid, unsigned int flags)
{
	static int count;
	struct watched *process;
	struct stat st;
	pthread_t thread;
	int ends[2];

	(void)flags;
	if (kill(pid, 0) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	(void)pthread_mutex_lock(&lock);
	process = &watched[count++ % PROCESSES];
	(void)fstat(ends[0], &st);
	*process = (struct watched){ pid, st.st_ino, ends[1] };
	(void)pthread_mutex_unlock(&lock);
	(void)pthread_create(&thread, NULL, await_end, process);
	(void)pthread_detach(thread);
	return ends[0];
}

static pid_t pid_of(int fd)
{
	struct stat st;
	pid_t pid = -1;

	(void)fstat(fd, &st);
	(void)pthread_mutex_lock(&lock);
	for (int i = 0; i < PROCESSES; i++)
		if (watched[i].inode == st.st_ino)
			pid = watched[i].pid;
	(void)pthread_mutex_unlock(&lock);
	return pid;
}

int pidfd_send_signal(int fd, int number, siginfo_t *info, unsigned int flags)
{
	(void)info;
	(void)flags;
	return is_alive(pid_of(fd)) ? kill(pid_of(fd), number) : 0;
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	if (type == P_PIDFD) {
		type = P_PID;
		id = (id_t)pid_of((int)id);
	}
	return (int)syscall(SYS_waitid, type, id, info, options, NULL);
}
