/*
 * A server with a small contract of its own, and a client that can say to it what no library would.
 * Setup and teardown are a checked fixture; a test starts the server itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http/server.h"
#include "protocol/gateway.h"
#include "util/arena.h"

#define HOST "Host: localhost\r\n"

enum { SHORT_MS = 200, MIB = 1024 * 1024 };

extern struct arena arena;
extern struct gateway gateway;
extern struct http_server *server;

void setup(void);
void teardown(void);
void start_with(int deadline_ms);

/* Connections to the server. say() returns false when the peer has closed. */
int dial(void);
bool say(int fd, const char *bytes, size_t length);
bool is_closed(int fd);

struct reply {
	int status; /* 0: the connection was closed without one */
	const char *head;
	const char *body;
};

struct reply listen_to(int fd);

/* One request on a connection of its own. */
struct reply ask(const char *request);

/* A form with what it takes to be one. */
const char *post(const char *headers, const char *body);

void check_refused(struct reply reply, int status, const char *code);

/* length times x; part.1=x&part.2=x&… */
const char *filled(size_t length);
const char *repeat(const char *part, int times);
