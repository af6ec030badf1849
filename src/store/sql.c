#include "store/sql.h"

#include <assert.h>
#include <sqlite3.h>

#include "store/connection.h"
#include "store/db.h"
#include "util/arena.h"
#include "util/error.h"

static sqlite3_stmt *bind(struct tx *tx, struct error *err, const char *sql,
	const struct sql_argument *arguments, size_t count)
{
	sqlite3_stmt *statement = connection_statement(tx->db, sql, err);

	if (!statement)
		return NULL;
	assert(sqlite3_bind_parameter_count(statement) == (int)count);
	for (size_t i = 0; i < count; i++) {
		int failed = arguments[i].is_text ? sqlite3_bind_text(statement, (int)i + 1,
							    arguments[i].text, -1, SQLITE_TRANSIENT)
						  : sqlite3_bind_int64(statement, (int)i + 1,
							    arguments[i].number);

		if (failed) {
			(void)connection_fail(tx->db, err, sql);
			return NULL;
		}
	}
	return statement;
}

bool sql_run(struct tx *tx, struct error *err, int64_t *ret_changed, const char *sql,
	const struct sql_argument *arguments, size_t count)
{
	sqlite3_stmt *statement = bind(tx, err, sql, arguments, count);
	int outcome;

	if (!statement)
		return false;
	do
		outcome = sqlite3_step(statement);
	while (outcome == SQLITE_ROW);
	if (outcome != SQLITE_DONE)
		(void)connection_fail(tx->db, err, sql);
	(void)sqlite3_reset(statement);
	if (outcome == SQLITE_DONE && ret_changed)
		*ret_changed = sqlite3_changes64(connection_sqlite(tx->db));
	return outcome == SQLITE_DONE;
}

int64_t sql_last_id(struct tx *tx)
{
	return sqlite3_last_insert_rowid(connection_sqlite(tx->db));
}

bool query_run(struct tx *tx, struct query *q, struct error *err, const char *sql,
	const struct sql_argument *arguments, size_t count)
{
	assert(!q->statement);
	q->tx = tx;
	q->statement = bind(tx, err, sql, arguments, count);
	q->failed = !q->statement;
	return q->statement != NULL;
}

bool query_next(struct query *q, struct error *err)
{
	int outcome;

	assert(!q->on_row || q->column == sqlite3_column_count(q->statement));
	outcome = sqlite3_step(q->statement);
	q->column = 0;
	q->on_row = outcome == SQLITE_ROW;
	if (outcome != SQLITE_ROW && outcome != SQLITE_DONE) {
		q->failed = true;
		(void)connection_fail(q->tx->db, err, "reading");
	}
	return q->on_row;
}

bool query_failed(const struct query *q)
{
	return q->failed;
}

void query_done(struct query *q)
{
	if (q->statement)
		(void)sqlite3_reset(q->statement);
	*q = (struct query){ 0 };
}

int64_t query_number(struct query *q)
{
	assert(q->on_row && q->column < sqlite3_column_count(q->statement));
	return sqlite3_column_int64(q->statement, q->column++);
}

char *query_text(struct query *q, struct arena *arena)
{
	const char *text;

	assert(q->on_row && q->column < sqlite3_column_count(q->statement));
	text = (const char *)sqlite3_column_text(q->statement, q->column++);
	return arena_strdup(arena, text);
}

bool query_null(const struct query *q)
{
	return sqlite3_column_type(q->statement, q->column) == SQLITE_NULL;
}
