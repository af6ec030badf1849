/*
 * A client as a user would be one: connects to a printed endpoint over TCP and uses only what
 * ElastiCache lets clients use. For the drill. Belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct error;

/* NULL on failure. timeout_ms covers the connection and, later, each answer. */
struct client *client_open(const char *address, int64_t port, int timeout_ms, struct error *err);
void client_close(struct client *client); /* accepts NULL */

/* SET key value; true when it was acknowledged. After false the connection is of no more use. */
bool client_set(struct client *client, const char *key, const char *value, struct error *err)
	__attribute__((warn_unused_result));

/* How many of the keys prefix0 … prefix<count - 1> exist, asked in batches; -1 on failure. */
int64_t client_count(struct client *client, const char *prefix, int64_t count, struct error *err);
