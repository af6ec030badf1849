/*
 * The one fake of the tests: engine.h and endpoint_settle over nodes in memory, for unit tests of
 * workflows. Nodes are known by their id, 1 … FAKE_NODES - 1.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_NODES = 64 };

struct fake_node {
	bool alive;
	bool hung;    /* alive, but does not answer */
	bool stopped; /* and can be seen to be */
	bool is_primary;
	bool link_up;
	bool has_data;
	bool start_fails;
	char replication_id[41];
	int64_t offset;
	int64_t last_offset; /* that somebody saw it have as a primary; 0: nobody */
	char follows[46];
	char bound[3][46]; /* beside its own address */
	int starts, kills, wipes, promotions;
	int unread; /* looks until it has read what its dead primary had sent: 10 bytes a look */
};

extern struct fake_node fake_nodes[FAKE_NODES];

/* Called before each verb, by name, with the node's id: may kill, hang or change what it likes. */
extern void (*fake_before)(const char *verb, int64_t node);

void fake_reset(void);
