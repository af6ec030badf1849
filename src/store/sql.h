/*
 * SQL for the files of this directory. Statement and arguments stand together at the point of use:
 *
 *   return sql_exec(tx, err, "UPDATE node SET status = ? WHERE id = ?", T(status), N(id));
 *
 *   _cleanup_(query_done) struct query q = { 0 };
 *   if (!query_start(tx, &q, err, "SELECT id, name FROM node WHERE zone = ?", T(zone)))
 *           return NULL;
 *   while (query_next(&q, err)) {
 *           node->id = query_number(&q);
 *           node->name = query_text(&q, arena);
 *   }
 *   if (query_failed(&q)) ...
 *
 * Columns are read from left to right, every one of every row; that, and the count of arguments, is
 * asserted. Statements are compiled once a connection and kept; the text is its own key, so it must
 * be a string literal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct sqlite3_stmt;
struct tx;

struct sql_argument {
	const char *text;
	int64_t number;
	bool is_text;
};

/* A text argument (NULL is SQL's NULL), a number, and a number for which 0 means NULL. */
#define T(value) ((struct sql_argument){ .text = (value), .is_text = true })
#define N(value) ((struct sql_argument){ .number = (value) })
#define N_OR_NULL(value) ((value) ? N(value) : T(NULL))

#define SQL_ARGUMENTS(...)                                                      \
	(const struct sql_argument[]){ { 0 }, ##__VA_ARGS__ } + 1,              \
		sizeof((const struct sql_argument[]){ { 0 }, ##__VA_ARGS__ }) / \
				sizeof(struct sql_argument) -                   \
			1

#define sql_exec(tx, err, sql, ...) sql_run(tx, err, NULL, "" sql, SQL_ARGUMENTS(__VA_ARGS__))

/* How many rows were changed goes to *changed. */
#define sql_change(tx, err, changed, sql, ...) \
	sql_run(tx, err, changed, "" sql, SQL_ARGUMENTS(__VA_ARGS__))

bool sql_run(struct tx *tx, struct error *err, int64_t *ret_changed, const char *sql,
	const struct sql_argument *arguments, size_t count) __attribute__((warn_unused_result));

int64_t sql_last_id(struct tx *tx);

struct query {
	struct sqlite3_stmt *statement;
	struct tx *tx;
	int column; /* the next to be read */
	bool on_row;
	bool failed;
};

#define query_start(tx, q, err, sql, ...) query_run(tx, q, err, "" sql, SQL_ARGUMENTS(__VA_ARGS__))

bool query_run(struct tx *tx, struct query *q, struct error *err, const char *sql,
	const struct sql_argument *arguments, size_t count) __attribute__((warn_unused_result));
bool query_next(struct query *q, struct error *err) __attribute__((warn_unused_result));
bool query_failed(const struct query *q);
void query_done(struct query *q);

int64_t query_number(struct query *q);                  /* NULL is 0 */
char *query_text(struct query *q, struct arena *arena); /* NULL is NULL */
bool query_null(const struct query *q); /* whether the next column is NULL; does not consume it */
