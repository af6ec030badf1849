/*
 * An orderly end: every node is stopped with its data kept, for the workflow resume to start again.
 * To be called when no flow is being run any more.
 */
#pragma once

#include <stdbool.h>

struct engine;
struct error;
struct store;

/* False with the last error; as many nodes as possible are stopped all the same. */
bool shutdown_nodes(struct store *store, struct engine *engine, struct error *err)
	__attribute__((warn_unused_result));
