/*
 * In which Availability Zones the nodes of a shard stand when the user does not say: spread, so
 * that no two share a zone while another has none (G12).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Chooses zones (their indexes, of zone_count) for count more nodes. used[i] says how many nodes of
 * the shard stand in zone i and is kept up to date; closed[i], that zone i takes none. The least
 * used goes first, then the first. False when every zone is closed. */
bool choose_zones(int *used, const bool *closed, size_t zone_count, size_t count, int *ret_zones)
	__attribute__((warn_unused_result));
