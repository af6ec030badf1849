#include "store/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "store/connection.h"
#include "store/sql.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/failpoint.h"

enum { IDLE_READERS = 16 };

struct store {
	struct arena arena; /* path */
	const char *path;
	int lock; /* holds the data directory */
	pthread_mutex_t writing;
	struct db *writer;
	pthread_mutex_t reading;
	struct db *idle[IDLE_READERS];
	size_t idle_count;
	void (*hook)(void *);
	void *hook_context;
};

/* One process at a time: the lock lives as long as the descriptor. */
static int lock_directory(const char *dir, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *path = arena_printf(&arena, "%s/lock", dir);
	_cleanup_(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char holder[32] = "";
	int locked;

	if (fd < 0) {
		(void)fail_errno(err, errno, "cannot write to the data directory %s", dir);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		ssize_t length = read(fd, holder, sizeof(holder) - 1);

		holder[length > 0 ? strcspn(holder, "\n") : 0] = '\0';
		(void)fail(err, ERROR_INTERNAL,
			"the data directory %s is in use by another server (pid %s)", dir, holder);
		return -1;
	}
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
		(void)fail_errno(err, errno, "cannot write to the data directory %s", dir);
		return -1;
	}
	locked = fd;
	fd = -1;
	return locked;
}

static const char writer_setup[] = "PRAGMA foreign_keys = ON;"
				   "PRAGMA trusted_schema = OFF;"
				   "PRAGMA cell_size_check = ON;"
				   "PRAGMA synchronous = FULL;"
				   "PRAGMA wal_autocheckpoint = 1000;"
				   "PRAGMA journal_size_limit = 16777216;";

static bool open_writer(struct store *store, struct error *err)
{
	store->writer = connection_open(store->path, true, err);
	return store->writer && migrate(store->writer, store->path, err) &&
	       connection_script(store->writer, writer_setup, err);
}

struct store *store_open(const char *dir, struct error *err)
{
	struct store *store = memory_alloc(sizeof(*store));

	*store = (struct store){ .lock = -1 };
	(void)pthread_mutex_init(&store->writing, NULL);
	(void)pthread_mutex_init(&store->reading, NULL);
	store->path = arena_printf(&store->arena, "%s/understudy.db", dir);
	store->lock = lock_directory(dir, err);
	if (store->lock < 0 || !open_writer(store, err)) {
		store_close(store);
		return NULL;
	}
	(void)chmod(store->path, 0600);
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->idle_count; i++)
		connection_close(store->idle[i]);
	connection_close(store->writer);
	close_fd(&store->lock);
	(void)pthread_mutex_destroy(&store->writing);
	(void)pthread_mutex_destroy(&store->reading);
	arena_done(&store->arena);
	memory_free(store);
}

void store_on_commit(struct store *store, void (*hook)(void *), void *context)
{
	(void)pthread_mutex_lock(&store->writing);
	store->hook = hook;
	store->hook_context = context;
	(void)pthread_mutex_unlock(&store->writing);
}

static struct db *take_reader(struct store *store, struct error *err)
{
	struct db *db = NULL;

	(void)pthread_mutex_lock(&store->reading);
	if (store->idle_count > 0)
		db = store->idle[--store->idle_count];
	(void)pthread_mutex_unlock(&store->reading);
	return db ? db : connection_open(store->path, false, err);
}

static void give_reader(struct store *store, struct db *db)
{
	(void)pthread_mutex_lock(&store->reading);
	if (store->idle_count < IDLE_READERS) {
		store->idle[store->idle_count++] = db;
		db = NULL;
	}
	(void)pthread_mutex_unlock(&store->reading);
	connection_close(db);
}

bool tx_begin(struct store *store, struct tx *tx, struct error *err)
{
	assert(!tx->db);
	(void)pthread_mutex_lock(&store->writing);
	*tx = (struct tx){ store, store->writer, true };
	if (sql_exec(tx, err, "BEGIN IMMEDIATE"))
		return true;
	*tx = (struct tx){ 0 };
	(void)pthread_mutex_unlock(&store->writing);
	return false;
}

bool tx_begin_read(struct store *store, struct tx *tx, struct error *err)
{
	struct db *db = take_reader(store, err);

	assert(!tx->db);
	if (!db)
		return false;
	*tx = (struct tx){ store, db, false };
	if (sql_exec(tx, err, "BEGIN"))
		return true;
	*tx = (struct tx){ 0 };
	give_reader(store, db);
	return false;
}

bool tx_commit(struct tx *tx, struct error *err)
{
	struct store *store = tx->store;
	void (*hook)(void *);
	void *context;

	assert(tx->db);
	if (!tx->writes) {
		tx_end(tx);
		return true;
	}
	failpoint("store.before-commit");
	if (!sql_exec(tx, err, "COMMIT"))
		return false;
	*tx = (struct tx){ 0 };
	hook = store->hook;
	context = store->hook_context;
	(void)pthread_mutex_unlock(&store->writing);
	failpoint("store.after-commit");
	if (hook)
		hook(context);
	return true;
}

void tx_end(struct tx *tx)
{
	struct error ignored = { 0 };
	struct store *store = tx->store;
	struct db *db = tx->db;

	if (!db)
		return;
	if (!sqlite3_get_autocommit(connection_sqlite(db)))
		(void)!sql_exec(tx, &ignored, "ROLLBACK");
	*tx = (struct tx){ 0 };
	if (db == store->writer)
		(void)pthread_mutex_unlock(&store->writing);
	else
		give_reader(store, db);
}
