/*
 * The open connections and how long each may still take: libmicrohttpd's own timeout starts anew
 * with every byte, so that a sender of one byte a second would stay for ever. Thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "util/arena.h"

struct connections;
struct error;

struct connection {
	LIST_ENTRY(connection) entry; /* the first three are for connections.c, under its lock */
	int64_t since;                /* when the peer's turn began; 0: it is ours */
	bool busy;                    /* has a whole request that is not answered to the end */
	int fd;
	struct arena arena; /* of the request that it carries; belongs to the serving thread */
};

/* Starts the thread that closes connections whose peer takes longer than this for its turn. */
struct connections *connections_start(int deadline_ms, struct error *err)
	__attribute__((warn_unused_result));
void connections_stop(struct connections *connections);

struct connection *connections_add(struct connections *connections, int fd);
void connections_remove(struct connections *connections, struct connection *connection);

/* The peer has the deadline to send a whole request; then we have all the time we need to answer;
 * then it has the deadline to take the answer. */
void connections_await_request(struct connections *connections, struct connection *connection);
void connections_serve(struct connections *connections, struct connection *connection);
void connections_await_taking(struct connections *connections, struct connection *connection);

/* Waits until no connection is busy, at most so long. */
void connections_drain(struct connections *connections, int milliseconds);
