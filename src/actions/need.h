/*
 * What handlers share before they do their own: load what a request names or fail with the right
 * code, refuse what this server does not do, read pages and their markers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct call;
struct error;
struct group;
struct shard;
struct tx;

/* The group that ReplicationGroupId names; NULL and *err when there is none. */
struct group *need_group(struct tx *tx, const struct call *call, struct error *err);

/* The shard of the group that NodeGroupId names (G32); NULL and *err when there is none. */
struct shard *need_shard(const struct group *group, const struct call *call, struct error *err);

/* A request for what this server does not do, found by one parameter of it. */
struct refusal {
	const char *member;
	const char *harmless; /* a value of the parameter that asks for nothing, or NULL */
	const char *code;
	const char *message;
};

/* Fails with the first that applies. The table ends with { 0 }. */
bool refuse_unsupported(const struct call *call, const struct refusal *refusals, struct error *err)
	__attribute__((warn_unused_result));

/* Engine, if given at all, is the one there is. */
bool check_engine(const struct call *call, struct error *err) __attribute__((warn_unused_result));

/* MaxRecords. */
bool read_page_size(const struct call *call, size_t *ret, struct error *err)
	__attribute__((warn_unused_result));

/* A marker is opaque to clients: what the next page needs to know, and of which list. */
const char *make_marker(struct arena *arena, const char *list, const char *position);

/* The position in Marker; *ret is NULL without one. */
bool read_marker(const struct call *call, const char *list, const char **ret, struct error *err)
	__attribute__((warn_unused_result));
