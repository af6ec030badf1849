/*
 * What the workflows write into the database in more than one place: events in the words of the
 * documentation, and who is primary. For the record functions of steps: no I/O.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "domain/status.h"

struct error;
struct flow;
struct group;
struct node;
struct shard;
struct tx;

/* Events of a group and of a node. */
bool tell_group(struct flow *flow, struct tx *tx, struct error *err, const char *format, ...)
	__attribute__((format(printf, 4, 5), warn_unused_result));
bool tell_node(struct flow *flow, struct tx *tx, const struct node *node, struct error *err,
	const char *format, ...) __attribute__((format(printf, 5, 6), warn_unused_result));

/* "Recovering cache nodes 0001" and "Finished recovery for cache nodes 0001" (G29, 4 and 5). */
bool tell_recovering(struct flow *flow, struct tx *tx, const struct node *node, struct error *err)
	__attribute__((warn_unused_result));
bool tell_recovered(struct flow *flow, struct tx *tx, const struct node *node, struct error *err)
	__attribute__((warn_unused_result));

/* "Automatic failover has been turned on for replication group redis12", or off. */
bool tell_failover_switched(struct flow *flow, struct tx *tx, bool on, struct error *err)
	__attribute__((warn_unused_result));

bool set_health(struct tx *tx, struct node *node, enum health health, struct error *err)
	__attribute__((warn_unused_result));

/* The health of every node of the shard, as an act has noted it. */
bool record_healths(struct flow *flow, struct tx *tx, struct error *err)
	__attribute__((warn_unused_result));

/* The primary and its data as the flow found them. continued: the data go on from what the old
 * lineage had; else they begin anew and replicas of the old lineage have nothing in common. */
bool set_primary(struct flow *flow, struct tx *tx, const struct node *primary, const char *lineage,
	bool continued, struct error *err) __attribute__((warn_unused_result));

/* The group, its shards and its nodes are in this status from here on. The settings are read
 * afresh: a request may have changed them meanwhile. change, if not NULL, may change them too. */
bool set_status(struct flow *flow, struct tx *tx, enum status status,
	void (*change)(struct group *group), struct error *err) __attribute__((warn_unused_result));
