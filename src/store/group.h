/*
 * Groups with their node groups and nodes, whole. Names are compared as stored: lower case.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/group.h"

struct arena;
struct error;
struct tx;

/* The group, or NULL: after an error, or, with err->code NULL, because there is none. */
struct group *group_load(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *name, struct error *err);
struct group *group_load_id(struct tx *tx, struct arena *arena, int64_t id, struct error *err);

/* The group that has this member (cache cluster id). */
struct group *group_load_member(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *member, struct error *err);

/* A page of an account's groups in a region, by name, from the first name after `after` (NULL: from
 * the start); NULL after an error. */
struct group **group_list(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *after, size_t limit, size_t *ret_count, struct error *err);

/* Every group of the server. */
struct group **group_list_all(
	struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err);

/* Those with changes that wait. */
struct group **group_list_pending(
	struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err);

/* A page of an account's members, by name; ret_groups has the group of each. */
struct node **member_list(struct tx *tx, struct arena *arena, const char *account,
	const char *region, const char *after, size_t limit, struct group ***ret_groups,
	size_t *ret_count, struct error *err);

/* Inserts the group, its shards and nodes, and sets their ids (and shard->primary, ->reader from
 * the first node). Addresses are given by the caller. */
bool group_insert(struct tx *tx, struct group *group, struct error *err)
	__attribute__((warn_unused_result));

/* Saves the group's own row: status (a legal change), settings, pending values. */
bool group_save(struct tx *tx, const struct group *group, struct error *err)
	__attribute__((warn_unused_result));

/* Save one row: who is primary and reader, lineages, status; and status and health. */
bool shard_save(struct tx *tx, const struct shard *shard, struct error *err)
	__attribute__((warn_unused_result));
bool node_save(struct tx *tx, const struct node *node, struct error *err)
	__attribute__((warn_unused_result));

/* Removes the group and all that belongs to it, its flows too. Events stay. */
bool group_delete(struct tx *tx, int64_t id, struct error *err) __attribute__((warn_unused_result));

/* Every address in use by nodes and endpoints of the server; NULL after an error. */
const char **address_list(struct tx *tx, struct arena *arena, size_t *ret_count, struct error *err);

/* How many nodes the account has in the region; -1 after an error. */
int64_t node_count(struct tx *tx, const char *account, const char *region, struct error *err);
