/*
 * A server of our own for the time of a command: in a temporary directory, on a free port and a
 * free network.
 */
#pragma once

#include <stdbool.h>

#include "util/arena.h"

struct error;

struct local_server {
	int pid;         /* 0: none */
	const char *dir; /* temporary */
	const char *url;
	struct arena arena;
};

/* False and *err with what the server said. */
bool local_server_start(struct local_server *server, struct error *err);

/* Ends the server, its nodes with it, and removes the directory. */
void local_server_stop(struct local_server *server);
