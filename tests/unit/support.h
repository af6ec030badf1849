/* What several unit test programs need: a store in a directory that goes with the test, a group. */
#pragma once

#include "domain/group.h"

struct arena;
struct store;

/* A store in a new temporary directory. */
struct store *support_store(void);

/* Closes it and removes the directory. */
void support_store_done(struct store *store);

/* The directory of the latest support_store. */
const char *support_directory(void);

/* An available group `name` of one shard with this many nodes, not stored: addresses
 * 127.42.<32 + zone * 32>.<number>, endpoints 127.42.0.<number>. */
struct group *support_group(struct arena *arena, const char *name, int number, int nodes);
