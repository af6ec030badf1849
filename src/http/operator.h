/*
 * The operator's endpoints, in JSON, beside the API: what the server is and how it does.
 */
#pragma once

#include <stddef.h>

struct http_options;
struct text;

struct operator_route {
	const char *path;
	const char *allow; /* the methods that it has, as the header Allow lists them */
	/* Writes the answer and returns its status. */
	int (*answer)(const struct http_options *options, struct text *text);
};

/* NULL when there is none of this path. */
const struct operator_route *operator_route(const char *path);
