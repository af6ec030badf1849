/*
 * The database: SQLite in WAL mode. Exactly one connection writes and checkpoints, behind one lock;
 * readers use read-only connections of their own and never wait for it. What is committed is
 * durable (synchronous=FULL) before tx_commit returns.
 *
 *   _cleanup_(tx_end) struct tx tx = { 0 };
 *   if (!tx_begin(store, &tx, err) || !group_save(&tx, ..., err) || !tx_commit(&tx, err)) ...
 *
 * tx_end rolls back what was not committed. Between tx_begin and tx_end only store and domain code
 * runs. A transaction belongs to the thread that began it; a thread has one at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct store;
struct db;

struct tx {
	struct store *store;
	struct db *db; /* NULL when there is nothing to end */
	bool writes;
};

/* Opens or creates <dir>/understudy.db, checks it and applies the migrations that it lacks.
 * Refuses a newer or damaged database, untouched. One process at a time holds a data directory. */
struct store *store_open(const char *dir, struct error *err) __attribute__((warn_unused_result));
void store_close(struct store *store);

/* Called after each commit of a writing transaction, by the thread that committed, with no lock
 * held: something may be due now. Replaces the hook before; NULL: none. Any thread, outside of a
 * transaction. */
void store_on_commit(struct store *store, void (*hook)(void *), void *context);

bool tx_begin(struct store *store, struct tx *tx, struct error *err)
	__attribute__((warn_unused_result));
bool tx_begin_read(struct store *store, struct tx *tx, struct error *err)
	__attribute__((warn_unused_result));
bool tx_commit(struct tx *tx, struct error *err) __attribute__((warn_unused_result));
void tx_end(struct tx *tx);
