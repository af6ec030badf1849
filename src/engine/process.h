/*
 * A process that runs a node: spawned, signalled, waited for. It is pinned by a pidfd, so no
 * signal of ours ever reaches a process that only has the number.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct process {
	pid_t pid; /* 0: none */
	int pidfd; /* -1: none */
};

#define PROCESS_NONE ((struct process){ .pid = 0, .pidfd = -1 })

/* The descriptor at which a node holds the lock of its directory, open in it and in what it forks,
 * and nowhere else. */
enum { PROCESS_LOCK_FD = 3 };

/*
 * Starts `binary redis.conf` in the directory, as the leader of a session of its own: it survives
 * us. Signals are as for a fresh process, input is empty, output goes to redis.log, never to a pipe
 * of ours; of our descriptors it gets the lock alone.
 */
bool process_spawn(const char *binary, int directory, int lock, struct process *ret,
	struct error *err) __attribute__((warn_unused_result));

/* Runs `binary argument` and returns the first bytes that it prints; false when it cannot be run,
 * fails or takes longer than 5 s. */
bool process_output(const char *binary, const char *argument, char *buffer, size_t size,
	struct error *err) __attribute__((warn_unused_result));

/* Zombies do not run. */
bool process_runs(const struct process *process);

void process_kill(const struct process *process);
void process_signal(const struct process *process, int signal);

/* Waits until it has ended; false when the time (clock_monotonic) comes first. */
bool process_wait(const struct process *process, int64_t deadline);

/* Lets go of it. When it has ended and was a child, no zombie remains, and *ret_status (may be
 * NULL) is what it ended with as waitpid knows it, or 0. */
void process_forget(struct process *process, int *ret_status);

/* Milliseconds from now until then, at least 0, for poll. */
int milliseconds_until(int64_t deadline);
