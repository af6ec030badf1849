/*
 * Which replica is promoted when a primary has failed: the one with the least replication lag
 * (G08, G17, G18). Offsets are comparable only within one lineage, the stream of one primary and of
 * those promoted from it, named by a replication id; what a node has of another stream may be old
 * however large its offset is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A node other than the failed primary, as it says of itself. */
struct candidate {
	int64_t node;
	const char *name;
	bool answered; /* without an answer the rest means nothing */
	bool is_primary;
	bool link_up; /* to the primary that it follows */
	bool sync_in_progress;
	bool has_data;
	const char *replication_id;
	int64_t offset;
};

/* Whether every candidate has read all that the failed primary had sent it: only then are offsets
 * final. */
bool election_drained(const struct candidate *candidates, size_t count);

/* The candidate to promote; NULL when none holds data. The lineages (or NULL) are of the shard: the
 * current one goes before the one before it, and that before any other data. */
const struct candidate *choose_candidate(const struct candidate *candidates, size_t count,
	const char *lineage, const char *older_lineage);
