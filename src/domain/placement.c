#include "domain/placement.h"

#include <assert.h>

void choose_zones(int *used, size_t zone_count, size_t count, int *ret_zones)
{
	assert(zone_count > 0);
	for (size_t i = 0; i < count; i++) {
		size_t best = 0;

		for (size_t zone = 1; zone < zone_count; zone++)
			if (used[zone] < used[best])
				best = zone;
		used[best]++;
		ret_zones[i] = (int)best;
	}
}
