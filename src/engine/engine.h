/*
 * The cache engine behind a few verbs: what a flow and the monitor can do to a redis-server.
 *
 * A node is known by its directory, <root>/<node->dir>/: redis.conf, ctl.sock (the control plane's
 * own door), redis.log, dump.rdb, redis.pid and `lock`, which the process holds for as long as it
 * lives. The control plane's memory of a process can therefore be lost at any moment: engine_find
 * sees the truth again.
 *
 * Every verb may be called by any thread; verbs on one node exclude each other, verbs on different
 * nodes do not. Verbs that talk to a node wait at most the given or the usual time
 * (ENGINE_PATIENCE_MS) for its answer and fail with ERROR_INTERNAL. A node that is not running is
 * an error to all of them but engine_find, engine_start, engine_fence, engine_stop, engine_wipe
 * and engine_remove. Each is safe to repeat. The process must ignore SIGPIPE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct arena;
struct error;
struct group;
struct node;

enum { ENGINE_PATIENCE_MS = 1000 };

/* What a node says of its replication (INFO replication). */
struct engine_view {
	bool is_primary;
	char replication_id[41]; /* of the stream that it has: master_replid */
	int64_t offset;          /* primary: bytes written; replica: bytes processed */
	char primary_host[46];   /* replica: whom it follows; empty for a primary */
	int64_t primary_port;
	bool link_up;          /* replica: connected to its primary */
	bool sync_in_progress; /* replica: receiving a full copy */
	bool has_data;        /* replica: holds a full copy of some primary's data, if an old one */
	size_t replica_count; /* primary: its replicas and what they acknowledged */
	struct {
		char host[46];
		bool online;
		int64_t acknowledged; /* offset */
		int64_t lag;          /* seconds since it last acknowledged one */
	} replicas[16];
};

/* Opens the engine on a directory that exists; redis_server is the binary of every engine
 * version. The binary is run once with --version, an error when that fails. */
struct engine *engine_open(const char *root, const char *redis_server, struct error *err)
	__attribute__((warn_unused_result));

/* Forgets the processes; they run on. Accepts NULL. */
void engine_close(struct engine *engine);

/* "7.0.15", as the binary says. */
const char *engine_version(const struct engine *engine);

/* Whether the node has a live process, from this life of the control plane or an earlier one,
 * which is then taken over (adopted): identity is checked with the lock, working directory and
 * session of the process, pinned by a pidfd. Zombies are dead. */
bool engine_find(struct engine *engine, const struct node *node);

/* engine_find for many nodes with one look at the process table. Returns how many live. */
size_t engine_find_all(struct engine *engine, const struct node *const *nodes, size_t count);

/* A descriptor that becomes readable when the process ends, for the caller to close; -1 when none
 * is known to run. */
int engine_watch(struct engine *engine, const struct node *node);

/* The process id, 0 when none is known to run. For state T, CPU ticks and so on see witness.h. */
int engine_pid(struct engine *engine, const struct node *node);

/* Whether its process is stopped (SIGSTOP): it cannot answer, however long one waits. */
bool engine_is_stopped(struct engine *engine, const struct node *node);

/* Starts the node, unless it runs: renders redis.conf from the group's settings, spawns, waits for
 * PONG (at most 10 s; a process that ends meanwhile is an error that quotes its log). follow: the
 * node to replicate from, NULL for a primary. It is bound to its own address only. Data in its
 * directory is loaded. maxmemory: bytes, of the group's node type; never more than the machine has;
 * 0: no limit. */
bool engine_start(struct engine *engine, const struct group *group, const struct node *node,
	const struct node *follow, int64_t maxmemory, struct error *err)
	__attribute__((warn_unused_result));

/* Makes sure that the node is dead: SIGKILL to the process and what it forked, and waits until the
 * kernel says so. True only then; after 30 s it is an error, to be called again. A node that does
 * not run is dead. Does not wait for another verb that is waiting for the node. */
bool engine_fence(struct engine *engine, const struct node *node, struct error *err)
	__attribute__((warn_unused_result));

/* Ends the node in order. keep_data: its data is saved first and is there at the next start.
 * True when the process is gone, also when it was; after 10 s it is an error. */
bool engine_stop(struct engine *engine, const struct group *group, const struct node *node,
	bool keep_data, struct error *err) __attribute__((warn_unused_result));

/* Removes the node's data. Refuses while it runs. */
bool engine_wipe(struct engine *engine, const struct node *node, struct error *err)
	__attribute__((warn_unused_result));

/* Removes the node's directory. Refuses while it runs. Directories above it that are empty then go
 * too. */
bool engine_remove(struct engine *engine, const struct node *node, struct error *err)
	__attribute__((warn_unused_result));

/* Asks the node how it sees its replication. */
bool engine_observe(struct engine *engine, const struct group *group, const struct node *node,
	int timeout_ms, struct engine_view *ret, struct error *err)
	__attribute__((warn_unused_result));

/* How far the node had come as a primary when it was last seen, by a heartbeat or by
 * engine_observe, and how long ago that was. Known also of a process that has died since, until
 * another takes its place. */
bool engine_last_offset(struct engine *engine, const struct node *node, int64_t *ret_offset,
	int64_t *ret_age_us) __attribute__((warn_unused_result));

/* Makes the node a primary. True also when it is one. */
bool engine_promote(struct engine *engine, const struct group *group, const struct node *node,
	struct error *err) __attribute__((warn_unused_result));

/* Makes the node follow another. True also when it does already. Its open client connections are
 * kept. */
bool engine_follow(struct engine *engine, const struct group *group, const struct node *node,
	const struct node *primary, struct error *err) __attribute__((warn_unused_result));

/* Makes the node listen on exactly these addresses, its own among them, at the group's port. No
 * listener is touched when it does so already. Fails, with the old ones kept, when one is held by
 * another process. Connections over an address that is given up live on. */
bool engine_bind(struct engine *engine, const struct group *group, const struct node *node,
	const char *const *addresses, size_t count, struct error *err)
	__attribute__((warn_unused_result));

/* Ends the client connections that came in over this address and the group's port. */
bool engine_drop_clients(struct engine *engine, const struct group *group, const struct node *node,
	const char *address, struct error *err) __attribute__((warn_unused_result));

/* Makes a replica acknowledge its offset to its primary at once (REPLCONF GETACK). */
bool engine_nudge(struct engine *engine, const struct group *group, const struct node *node,
	struct error *err) __attribute__((warn_unused_result));

/* Exchanges the roles of a primary and a replica that follows it without losing a write: Redis'
 * own FAILOVER, with the replica nudged until it has caught up. Nobody can write from the moment
 * that the primary stops accepting until the replica has become the primary. True also when the
 * replica is the primary already. On failure or when the time is up the primary goes on as such;
 * a replica that was silent then may find the request when it wakes up and take itself for a
 * primary, so one that does not answer is to be fenced. */
bool engine_hand_over(struct engine *engine, const struct group *group, const struct node *primary,
	const struct node *replica, int timeout_ms, struct error *err)
	__attribute__((warn_unused_result));

/* Makes a replica connect to its primary anew, at once. For a link that it believes in and the
 * primary knows nothing of: the primary's machine fell silent and came back. */
bool engine_relink(struct engine *engine, const struct group *group, const struct node *replica,
	struct error *err) __attribute__((warn_unused_result));

/* Ends the connections that the primary has with a replica's address: of one that fell silent, they
 * would look like a replica that is in sync. */
bool engine_forget_replica(struct engine *engine, const struct group *group,
	const struct node *primary, const struct node *replica, struct error *err)
	__attribute__((warn_unused_result));
