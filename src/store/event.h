/*
 * The event log (G29, G33): what DescribeEvents shows, kept for 14 days, ordered by time and then
 * by insertion. Events outlive what they speak of.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct tx;

#define SOURCE_CACHE_CLUSTER "cache-cluster"
#define SOURCE_REPLICATION_GROUP "replication-group"

enum { EVENT_RETENTION_DAYS = 14 };

struct event {
	int64_t id;
	const char *source_type;
	const char *source;
	const char *message;
	int64_t date;                 /* ms, calendar time */
	const char *account, *region; /* of event_list_after only */
};

/* Appends an event that happens now. */
bool event_append(struct tx *tx, const char *account, const char *region, const char *source_type,
	const char *source, struct error *err, const char *format, ...)
	__attribute__((format(printf, 7, 8), warn_unused_result));

struct event_query {
	const char *account;
	const char *region;
	const char *source_type; /* NULL: any */
	const char *source;      /* NULL: any */
	int64_t from, to;        /* dates, both included */
	int64_t before_date;     /* only events older than this one (date, id), to page; */
	int64_t before_id;       /* 0: from the newest */
	size_t limit;
};

/* Newest first; NULL after an error. */
struct event *event_list(struct tx *tx, struct arena *arena, const struct event_query *query,
	size_t *ret_count, struct error *err);

/* Those of the whole server after the one of this id, oldest first, at most limit; NULL after an
 * error. */
struct event *event_list_after(struct tx *tx, struct arena *arena, int64_t id, size_t limit,
	size_t *ret_count, struct error *err);

/* The date of the last one; 0 when there is none. */
bool event_latest(struct tx *tx, int64_t *ret, struct error *err)
	__attribute__((warn_unused_result));

/* Removes events older than this date, at most limit of them. Returns how many, -1 after an error.
 */
int64_t event_prune(struct tx *tx, int64_t older_than, int64_t limit, struct error *err);
