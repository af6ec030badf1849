/*
 * What the workflows have in common when they deal with nodes. All of it acts on the world and
 * none of it on the database; all of it may be repeated.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow.h"

/* How long a node that runs but does not answer is waited for, by all that need not wait at all. */
enum { SILENCE_PATIENCE_US = 10000000 };

struct error;
struct flow;
struct node;
struct shard;

/* Starts the node as a primary (follow NULL) or as a replica of another; true when it runs. Fails
 * while its zone is down. */
bool start_node(struct flow *flow, const struct node *node, const struct node *follow,
	struct error *err) __attribute__((warn_unused_result));

/* Whether a process in the place of a lost one may be started: its zone is up and takes nodes, and
 * nobody holds it down (G12). If not, the step is to be tried again later; the flow says so once.
 */
bool node_has_place(struct flow *flow, const struct node *node);

/* Whether it does, within ENGINE_PATIENCE_MS. */
bool node_answers(struct flow *flow, const struct node *node);

/* Whether the replica follows this primary and receives its stream: the primary has seen it
 * acknowledge an offset that it had reached after the link was up. A link that is up is not
 * enough: with diskless replication nothing may flow for a second. Waits a few milliseconds for it
 * to become so; false without an error code means: not yet. */
bool replica_in_sync(struct flow *flow, const struct node *primary, const struct node *replica,
	struct error *err) __attribute__((warn_unused_result));

/* Makes every live replica of the shard follow its primary. False with the last error; one that
 * does not answer does not keep the others from it. */
bool follow_primary(struct flow *flow, struct error *err) __attribute__((warn_unused_result));

/* Makes every live node of the shard listen on the endpoints that are its own, in an order that
 * works: who must give an address up does so first. */
bool settle_endpoints(struct flow *flow, struct error *err) __attribute__((warn_unused_result));

/* Who shall answer the reader endpoint: who does, if it is a live replica in sync, else the first
 * one that is, else the primary. */
int64_t choose_reader(struct flow *flow);

/* An act of several workflows: the other nodes follow the new primary and listen where they should.
 * One that does not answer is tried a few times, then it is lost (record_healths): nobody else
 * would tell it later whom to follow. */
enum outcome repoint_replicas(struct flow *flow, struct error *err);

/* An act of several workflows: the shard's endpoints are answered, and what its primary's data is
 * called is set as "lineage". ABANDONED when the primary is dead. */
enum outcome publish_shard(struct flow *flow, struct error *err);

/* An act of several workflows: until every live replica in sync really is. One that is silent, or
 * the primary, is the monitor's after a while. */
enum outcome await_replicas(struct flow *flow, struct error *err);

/* Whether the node of a node's flow was promoted meanwhile: it is what the shard lives on then, and
 * nothing is done to it. */
bool node_is_primary(const struct flow *flow);

/* An act of several workflows: the flow's node, which is dead, starts empty as a replica. Waits for
 * a primary. */
enum outcome start_as_replica(struct flow *flow, struct error *err);

/* An act of several workflows: until the flow's node is in sync. ABANDONED when it dies, or is
 * silent for long. */
enum outcome await_node(struct flow *flow, struct error *err);

/* An act of several workflows: the reader endpoint is answered by whom choose_reader says, which
 * the step then records with the shard. */
enum outcome move_reader(struct flow *flow, struct error *err);

/* The replication id of the shard's primary, as the primary says; NULL when it does not answer. */
const char *read_lineage(struct flow *flow, const struct node *primary, struct error *err);
