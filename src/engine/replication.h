/*
 * Reads INFO replication. Pure.
 *
 * has_data, found by trying (Redis 7.0.15): a replica that never held a full copy has no backlog
 * and offset 0 or 1. The end of a full synchronisation makes the backlog, which then stays when the
 * primary dies, when another is followed and while a further copy is received, for the old data
 * stays so long as well. It goes when that copy begins to be loaded, that is when the old data
 * goes. A replica that was restarted with its dump has no backlog yet, but the offset of the dump.
 */
#pragma once

struct engine_view;

/* What is missing in the text is zero or empty in the view. */
void replication_parse(const char *info, struct engine_view *ret);
