/*
 * The HTTP server: requests in, answers of the gateway and of the paths beside it out. The
 * only user of libmicrohttpd, whose gaps it closes: requests whose length is ambiguous, senders
 * that never finish, hosts that are not ours.
 *
 * Answers are made on the server's own two threads, which therefore wait while a handler commits.
 */
#pragma once

#include "http/route.h"

struct error;
struct gateway;
struct http_server;

struct http_options {
	const char *address;           /* to listen on: IPv4 or IPv6, in numbers */
	int port;                      /* 0: any free one */
	const char *const *host_names; /* that Host may have beside addresses and localhost; ends
					  with NULL; may be NULL */
	const struct gateway *gateway;
	const char *version;
	int deadline_ms;  /* for a request to arrive, and for its answer to leave; 0: 15 seconds */
	route_fn *routes; /* paths other than /; or NULL */
	void *routes_context;
};

/* Listens and serves. The options' strings and the gateway must outlive the server. NULL and *err
 * when it cannot listen: "cannot listen on 127.0.0.1:4566: Address already in use". */
struct http_server *http_start(const struct http_options *options, struct error *err)
	__attribute__((warn_unused_result));

int http_port(const struct http_server *server);

/* Requests in progress are finished, connections closed. Accepts NULL. */
void http_stop(struct http_server *server);
