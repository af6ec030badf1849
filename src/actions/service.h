/* What the handlers of all actions share; made by main, outlives every call, never changed. */
#pragma once

#include <stdint.h>

struct catalog;
struct store;

struct service {
	struct store *store;
	const struct catalog *catalog;
	const char *network;         /* first two octets of the server's addresses: "127.42" */
	int64_t test_failover_quota; /* node groups in any 24 hours; -1: no limit */
};
