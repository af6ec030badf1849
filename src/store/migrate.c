#include <sqlite3.h>
#include <stddef.h>

#include "embed.h"
#include "store/connection.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

static int count_migrations(void)
{
	int count = 0;

	while (embedded_migrations[count].name)
		count++;
	return count;
}

static bool read_number(struct db *db, const char *sql, int *ret, struct error *err)
{
	sqlite3_stmt *statement = connection_statement(db, sql, err);
	bool ok;

	if (!statement)
		return false;
	ok = sqlite3_step(statement) == SQLITE_ROW;
	if (ok)
		*ret = sqlite3_column_int(statement, 0);
	(void)sqlite3_reset(statement);
	return ok || connection_fail(db, err, sql);
}

/* Damage is found before anything is served, or made worse. */
static bool check(struct db *db, const char *path, struct error *err)
{
	sqlite3_stmt *statement = connection_statement(db, "PRAGMA quick_check(1)", err);
	const char *verdict;
	bool sound;

	if (!statement)
		return fail(err, ERROR_INTERNAL, "the database %s is damaged: %s", path,
			sqlite3_errmsg(connection_sqlite(db)));
	verdict = sqlite3_step(statement) == SQLITE_ROW
			  ? (const char *)sqlite3_column_text(statement, 0)
			  : sqlite3_errmsg(connection_sqlite(db));
	sound = verdict && sqlite3_stricmp(verdict, "ok") == 0;
	if (!sound)
		(void)fail(err, ERROR_INTERNAL, "the database %s is damaged: %s", path,
			verdict ? verdict : "no answer");
	(void)sqlite3_reset(statement);
	return sound;
}

static bool apply(struct db *db, int number, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *script = arena_printf(&arena,
		"BEGIN IMMEDIATE;\n%s\nPRAGMA user_version = %d;"
		"\nCOMMIT;",
		embedded_migrations[number].text, number + 1);

	if (connection_script(db, script, err))
		return true;
	(void)sqlite3_exec(connection_sqlite(db), "ROLLBACK", NULL, NULL, NULL);
	return false;
}

bool migrate(struct db *db, const char *path, struct error *err)
{
	int version = 0;

	if (!check(db, path, err) || !read_number(db, "PRAGMA user_version", &version, err))
		return false;
	if (version > count_migrations())
		return fail(err, ERROR_INTERNAL,
			"the database %s was written by a newer version (schema %d, this is %d)",
			path, version, count_migrations());
	if (!connection_script(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err))
		return false;
	for (; version < count_migrations(); version++)
		if (!apply(db, version, err))
			return false;
	return true;
}
