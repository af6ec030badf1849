/*
 * A client of the server's HTTP interface, for the operator's commands. Belongs to one thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct api;
struct arena;
struct error;

/* Error code of api_call when what was asked for does not exist. */
#define API_MISSING "NotFound"

struct api *api_open(const char *url);
void api_close(struct api *api); /* accepts NULL */

/* Calls an ElastiCache action. parameters: name, value, name, value …, NULL. The result's members
 * (a new reference); NULL and *err, whose message is the server's, when it says no or nothing. */
json_t *api_call(
	struct api *api, const char *action, const char *const *parameters, struct error *err);

/* Error code when the server understood and said no (4xx). */
#define API_REFUSED "Refused"

/* One request to the operator's interface; the answer (a new reference), or NULL and *err with the
 * server's words. */
json_t *api_get(struct api *api, const char *path, struct error *err);
json_t *api_post(struct api *api, const char *path, const json_t *body, struct error *err);

/* As part of a path or of a query, in the arena. */
const char *api_escape(struct api *api, struct arena *arena, const char *text);

/* Whether a server of ours answers there and is ready. */
bool api_is_ready(struct api *api);

/* The text of a member, "" when there is none. */
const char *json_text(const json_t *value, const char *member);
