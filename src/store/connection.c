#include "store/connection.h"

#include <assert.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/error.h"

enum { STATEMENTS = 256 }; /* a power of two, well above the statements there are */

struct db {
	sqlite3 *sqlite;
	struct {
		const char *sql; /* the key is the address */
		sqlite3_stmt *statement;
	} statements[STATEMENTS];
};

struct sqlite3 *connection_sqlite(struct db *db)
{
	return db->sqlite;
}

bool connection_fail(struct db *db, struct error *err, const char *what)
{
	return fail(err, ERROR_INTERNAL, "database: %s: %s (%d)", what, sqlite3_errmsg(db->sqlite),
		sqlite3_extended_errcode(db->sqlite));
}

bool connection_script(struct db *db, const char *sql, struct error *err)
{
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return connection_fail(db, err, "setting up");
	return true;
}

struct db *connection_open(const char *path, bool writes, struct error *err)
{
	struct db *db = memory_alloc(sizeof(*db));
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);

	*db = (struct db){ 0 };
	if (sqlite3_open_v2(path, &db->sqlite, flags, NULL) != SQLITE_OK) {
		(void)fail(err, ERROR_INTERNAL, "cannot open the database %s: %s", path,
			sqlite3_errmsg(db->sqlite));
		connection_close(db);
		return NULL;
	}
	(void)sqlite3_busy_timeout(db->sqlite, 5000);
	return db;
}

void connection_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		(void)sqlite3_finalize(db->statements[i].statement);
	(void)sqlite3_close(db->sqlite);
	memory_free(db);
}

struct sqlite3_stmt *connection_statement(struct db *db, const char *sql, struct error *err)
{
	size_t slot = ((uintptr_t)sql >> 3) * 0x9e3779b1u % STATEMENTS;

	for (size_t tries = 0; db->statements[slot].sql != sql; tries++) {
		sqlite3_stmt *statement;

		assert(tries < STATEMENTS);
		if (db->statements[slot].sql) {
			slot = (slot + 1) % STATEMENTS;
			continue;
		}
		if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
			    NULL) != SQLITE_OK) {
			(void)connection_fail(db, err, sql);
			return NULL;
		}
		db->statements[slot].sql = sql;
		db->statements[slot].statement = statement;
	}
	return db->statements[slot].statement;
}
