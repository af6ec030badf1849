/*
 * In which Availability Zones the nodes of a shard stand when the user does not say: spread, so
 * that no two share a zone while another has none (G12).
 */
#pragma once

#include <stddef.h>

/* Chooses zones (their indexes, of zone_count) for count more nodes. used[i] says how many nodes of
 * the shard stand in zone i and is kept up to date. The least used goes first, then the first. */
void choose_zones(int *used, size_t zone_count, size_t count, int *ret_zones);
