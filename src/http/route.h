/*
 * Paths beside the API: what the server hands on to whoever answers them, and what it gets back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

struct route_request {
	const char *method;
	const char *path;
	const char *query; /* raw, after '?'; NULL: none */
	const char *body;  /* NULL when empty */
	size_t body_length;
};

struct route_answer {
	int status;
	const char *content_type;
	const char *allow; /* with 405: the methods that there are; else NULL */
	const char *body;
	size_t body_length;
};

/* Whether the path is one of theirs; only then *ret is the answer. refused: why the request cannot
 * be served whatever it asks for, code NULL when it can; such an answer, too, is in their form.
 * Called by any of the server's threads. */
typedef bool route_fn(void *context, const struct route_request *request,
	const struct error *refused, struct arena *arena, struct route_answer *ret);
