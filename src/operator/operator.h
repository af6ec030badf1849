/*
 * The operator's interface: JSON over HTTP, beside the API, on the same port. What the server is
 * and how it does; failures on request. Every route is a row of one table (routes.c) and a function
 * (exchange.h); docs/operator-api.json describes each.
 */
#pragma once

#include <stdbool.h>

#include "http/route.h"

struct catalog;
struct engine;
struct faults;
struct store;

/* What the routes work on. */
struct operator
{
	const char *version;
	struct store *store;
	struct engine *engine;
	struct faults *faults;
	const struct catalog *catalog;
};

/* A route_fn; context: a struct operator. */
bool operator_answer(void *context, const struct route_request *request,
	const struct error *refused, struct arena *arena, struct route_answer *ret);
