#include "domain/placement.h"

bool choose_zones(int *used, const bool *closed, size_t zone_count, size_t count, int *ret_zones)
{
	for (size_t i = 0; i < count; i++) {
		size_t best = zone_count;

		for (size_t zone = 0; zone < zone_count; zone++)
			if (!closed[zone] && (best == zone_count || used[zone] < used[best]))
				best = zone;
		if (best == zone_count)
			return false;
		used[best]++;
		ret_zones[i] = (int)best;
	}
	return true;
}
