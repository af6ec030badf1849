/*
 * What an action's handler gets, and how it reads its input. A handler sees a tree that has been
 * checked against the API model and returns one that will be; it never sees a form body, a tag or
 * a status code. json_t trees stop in actions/: the domain works with structs.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct error;
struct model_action;
struct service; /* what handlers share: actions/service.h */

struct call {
	const struct service *service;
	const struct model_action *action;
	struct arena *arena;    /* of this request */
	const char *request_id; /* UUID */
	const char *account;    /* 12 digits */
	const char *region;
	json_t *in; /* an object of the action's input shape: known members only, of their types */
};

/* An action: the output tree (a new reference), or NULL and *err. Named action_<Name>; the build
 * finds it by that name. */
typedef json_t *action_fn(struct call *call, struct error *err);

/* A member of the input; NULL (or `otherwise`) when it was not given. Asserts that the model
 * declares the member for this action, with that type. */
bool in_has(const struct call *call, const char *member);
const char *in_text(const struct call *call, const char *member);
bool in_bool(const struct call *call, const char *member, bool otherwise);
int64_t in_int(const struct call *call, const char *member, int64_t otherwise);
int64_t in_time(const struct call *call, const char *member, int64_t otherwise); /* ms since 1970 */
json_t *in_list(const struct call *call, const char *member); /* borrowed; NULL when empty */
