#include "domain/addresses.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/arena.h"
#include "util/text.h"

enum { BLOCK = 32 }; /* third octets of one zone, or of the endpoints */

struct addresses {
	struct arena *arena;
	const char *network;
	bool used[256][256];
};

static void mark_used(struct addresses *addresses, const char *address)
{
	size_t length = strlen(addresses->network);
	int third, fourth;

	if (!text_starts_with(address, addresses->network) || address[length] != '.')
		return;
	if (sscanf(address + length, ".%d.%d", &third, &fourth) != 2)
		return;
	assert(third >= 0 && third <= 255 && fourth >= 0 && fourth <= 255);
	addresses->used[third][fourth] = true;
}

struct addresses *addresses_new(
	struct arena *arena, const char *network, const char *const *used, size_t used_count)
{
	struct addresses *addresses = arena_alloc(arena, sizeof(*addresses));

	addresses->arena = arena;
	addresses->network = network;
	for (size_t i = 0; i < used_count; i++)
		mark_used(addresses, used[i]);
	return addresses;
}

const char *address_take(struct addresses *addresses, int zone)
{
	int first = BLOCK * (zone - ADDRESS_ENDPOINTS);

	assert(zone >= ADDRESS_ENDPOINTS && zone < ADDRESS_ZONES_MAX);
	for (int third = first; third < first + BLOCK; third++) {
		for (int fourth = 1; fourth < 255; fourth++) {
			if (addresses->used[third][fourth])
				continue;
			addresses->used[third][fourth] = true;
			return arena_printf(
				addresses->arena, "%s.%d.%d", addresses->network, third, fourth);
		}
	}
	return NULL;
}
