/*
 * From the bytes of a request to the bytes of its answer, without a socket: decode (query.c), find
 * the action, run it (api/dispatch.c), encode (xml.c, json.c). Whatever the bytes are there is an
 * answer. Thread-safe.
 */
#pragma once

#include <stddef.h>

struct arena;
struct error;
struct model;
struct service;

struct gateway {
	const struct model *model;
	const struct service *service;
	const char *account; /* when the credentials name none */
	const char *region;
};

struct gateway_request {
	const char *method; /* GET or POST */
	const char *query;  /* raw, after '?'; NULL: none */
	const char *body;   /* raw form */
	size_t body_length;
	const char *authorization; /* header or NULL */
	const char *accept;        /* header or NULL */
};

struct gateway_response {
	int status;
	const char *content_type;
	const char *request_id; /* in the arena, as all of it */
	const char *body;
	size_t body_length;
};

void gateway_answer(const struct gateway *gateway, const struct gateway_request *request,
	struct arena *arena, struct gateway_response *ret);

/* The answer to a request that was refused before it got here, for its path or its size say. The
 * code is one of the model's. */
void gateway_refuse(const struct gateway *gateway, const struct gateway_request *request,
	const struct error *err, struct arena *arena, struct gateway_response *ret);
