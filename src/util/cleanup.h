/*
 * Scope-bound release of resources: `_cleanup_(close_fd) int fd = open(...)`. A destructor takes a
 * pointer to the variable and accepts the value of a resource that was never taken.
 */
#pragma once

#include <unistd.h>

/* unused: a lock is taken for being held. */
#define _cleanup_(destructor) __attribute__((cleanup(destructor), unused))

static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
