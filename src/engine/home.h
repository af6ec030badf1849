/*
 * A node's directory together with its lock, which its process holds for as long as it lives. Who
 * holds the lock may change the directory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;

struct home {
	int directory; /* -1: there is none */
	int lock;      /* the open lock file; -1: there is none */
};

#define HOME_NONE ((struct home){ .directory = -1, .lock = -1 })

/* As it is on disk. */
struct home home_open(int root, const char *dir);

/* Made where it is missing. */
bool home_make(int root, const char *dir, struct home *ret, struct error *err)
	__attribute__((warn_unused_result));

/* Closes, and with it unlocks. */
void home_done(struct home *home);

/* Takes the lock; false when somebody has it. Without a lock file nobody has. */
bool home_try_lock(const struct home *home);

/* Kills what belongs to the directory (forked_only: but redis-server itself), and waits until it
 * has ended or the time has come. */
void home_evict(const struct home *home, bool forked_only, int64_t deadline);

/* Evicts everybody until the lock is taken. */
bool home_clear(const struct home *home, int64_t deadline, struct error *err)
	__attribute__((warn_unused_result));
