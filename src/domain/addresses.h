/*
 * Which loopback addresses there are to give away. A server owns the /16 of its network: the third
 * octets 0 to 31 are for endpoints, then come 32 for each zone, so that a node's address shows
 * where it stands. Octets 0 and 255 at the end are left out: programs take them for networks and
 * broadcasts.
 */
#pragma once

#include <stddef.h>

struct addresses;
struct arena;

enum { ADDRESS_ZONES_MAX = 7, ADDRESS_ENDPOINTS = -1 };

/* All of the network ("127.42") but those in use. Belongs to the arena. */
struct addresses *addresses_new(
	struct arena *arena, const char *network, const char *const *used, size_t used_count);

/* The lowest free address of a zone (its index) or for an endpoint (ADDRESS_ENDPOINTS), which is
 * then in use; NULL when there is none left. */
const char *address_take(struct addresses *addresses, int zone);
