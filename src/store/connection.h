/*
 * One connection to SQLite with the statements that it has compiled. Belongs to one thread at a
 * time. Only store/ knows it.
 */
#pragma once

#include <stdbool.h>

struct db;
struct error;
struct sqlite3;
struct sqlite3_stmt;

struct db *connection_open(const char *path, bool writes, struct error *err);
void connection_close(struct db *db);
struct sqlite3 *connection_sqlite(struct db *db);

/* Runs statements that are no queries, compiled for this once. */
bool connection_script(struct db *db, const char *sql, struct error *err)
	__attribute__((warn_unused_result));

/* The statement, reset, compiled at its first use; NULL after an error. The text must outlive the
 * connection. */
struct sqlite3_stmt *connection_statement(struct db *db, const char *sql, struct error *err);

/* SQLite's last complaint about this connection, as an error. Always false. */
bool connection_fail(struct db *db, struct error *err, const char *what);

/* Checks and upgrades the schema: store/migrate.c. */
bool migrate(struct db *db, const char *path, struct error *err)
	__attribute__((warn_unused_result));
