/*
 * One error type: the first cause, as a client may see it.
 *
 * A function that can fail returns bool or a pointer and takes `struct error *err` last, never
 * NULL. Expected outcomes (a group that does not exist) carry the wire code that the API model
 * declares; broken machinery (I/O, SQLite, spawn) carries ERROR_INTERNAL and a message for us,
 * which is logged at the edge and replaced before a client is answered. Whoever gets an error
 * either passes it up untouched or handles it; it is logged once, by dispatch, runner, monitor or
 * main.
 */
#pragma once

#include <stdbool.h>

#define ERROR_INTERNAL "InternalFailure"

struct error {
	const char *code;  /* a string constant */
	char message[400]; /* UTF-8, no newline */
};

/* Sets the error and returns false, so that `return fail(...)` ends a function. */
bool fail(struct error *err, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* fail() with ERROR_INTERNAL and `: strerror(number)` added. */
bool fail_errno(struct error *err, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether the error has this code. */
bool error_is(const struct error *err, const char *code);
