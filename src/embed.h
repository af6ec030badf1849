/*
 * Files that are part of the program: the API's contract and catalogue (api/) and the migrations
 * of the database (migrations/). embed.py turns them into arrays at build time; they are constant
 * and any thread may read them.
 */
#pragma once

#include <stddef.h>

struct embedded_file {
	const char *name; /* without its directory; NULL ends an array */
	const char *text; /* NUL-terminated */
	size_t length;    /* without the NUL */
};

extern const struct embedded_file embedded_api[];        /* in order of name */
extern const struct embedded_file embedded_migrations[]; /* in order of name */
