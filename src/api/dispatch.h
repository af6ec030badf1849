/*
 * From an action of the model to its handler. The place where errors of handlers are logged: what
 * went wrong inside is for us, and a client gets a general sentence instead.
 */
#pragma once

#include <jansson.h>

#include "api/model.h"

struct call;
struct error;

/* One function for each action of the embedded model; made by the build. */
extern const struct handler handlers[];

/* The output tree (a new reference), or NULL and *err: its code is declared for the action (a
 * handler that invents one aborts the program), its message may be shown. */
json_t *dispatch(const struct model *model, struct call *call, struct error *err)
	__attribute__((warn_unused_result));
