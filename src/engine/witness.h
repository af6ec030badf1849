/*
 * What /proc says of a process that does not answer: the second witness that tells hung from busy
 * from paused.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct witness {
	char state;        /* third field of /proc/PID/stat: R, S, D, T, Z … */
	int64_t cpu_ticks; /* user + system */
	int64_t voluntary; /* voluntary context switches of the main thread */
};

/* False when there is no such process. */
bool witness_look(int pid, struct witness *ret);
