#include "domain/election.h"

#include <string.h>

#include "util/text.h"

enum { RANK_NONE, RANK_OTHER, RANK_OLDER, RANK_CURRENT };

bool election_drained(const struct candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (candidates[i].answered && !candidates[i].is_primary && candidates[i].link_up)
			return false;
	return true;
}

/* One that an earlier attempt promoted, without living to say so, is a primary now and no longer
 * knows that it was a replica; the stream that it has continued is its proof. */
static bool holds_data(const struct candidate *candidate)
{
	if (!candidate->answered || candidate->sync_in_progress)
		return false;
	return candidate->is_primary ? candidate->offset > 0 : candidate->has_data;
}

static int rank(const struct candidate *candidate, const char *lineage, const char *older_lineage)
{
	if (!holds_data(candidate))
		return RANK_NONE;
	if (lineage && text_equal(candidate->replication_id, lineage))
		return RANK_CURRENT;
	if (older_lineage && text_equal(candidate->replication_id, older_lineage))
		return RANK_OLDER;
	return RANK_OTHER;
}

/* Of two with the same rank. Equal offsets leave it to the name, so that a repeated election ends
 * the same. */
static bool is_better(const struct candidate *a, const struct candidate *b)
{
	if (a->offset != b->offset)
		return a->offset > b->offset;
	return strcmp(a->name, b->name) < 0;
}

const struct candidate *choose_candidate(const struct candidate *candidates, size_t count,
	const char *lineage, const char *older_lineage)
{
	const struct candidate *best = NULL;
	int best_rank = RANK_NONE;

	for (size_t i = 0; i < count; i++) {
		int this_rank = rank(&candidates[i], lineage, older_lineage);

		if (this_rank < best_rank || this_rank == RANK_NONE)
			continue;
		if (this_rank > best_rank || is_better(&candidates[i], best))
			best = &candidates[i];
		best_rank = this_rank;
	}
	return best;
}
