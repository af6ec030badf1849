/*
 * Real nodes for the tests of engine/ and endpoint/: a group of one shard, its nodes in a directory
 * of its own and on a port of its own, so that programs can run side by side.
 *
 * UNIT("engine", NODES_FIXTURE(tcase); tcase_add_test(tcase, …);)
 */
#pragma once

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "domain/group.h"
#include "engine/engine.h"

enum { WORLD_NODES = 4, STRICT_MS = 5000 };

/* The world of the test that runs. */
struct world {
	struct engine *engine;
	struct group *group;
	struct shard *shard;
	struct node *nodes; /* WORLD_NODES; the first is the shard's primary and reader */
};
extern struct world world;

/* Whatever a test leaves running is ended before the next one and after the last. */
#define NODES_FIXTURE(tcase)                                                      \
	do {                                                                      \
		tcase_add_unchecked_fixture(tcase, nodes_make_root, nodes_clear); \
		tcase_add_checked_fixture(tcase, nodes_begin, nodes_end);         \
	} while (0)

void nodes_make_root(void);
void nodes_clear(void);
void nodes_begin(void);
void nodes_end(void);

const char *nodes_root(void);

/* Each must succeed. */
struct engine *open_engine(void);
void start(struct node *node, const struct node *follow);
void fence(struct node *node);

/* Of its directory: <root>/<dir>/<name>; whether its lock is held. */
char *path_of(const struct node *node, const char *name);
bool lock_is_held(const struct node *node);

/* What it says of its replication, which it must. */
struct engine_view view_of(const struct node *node);

/* Makes it listen on this address beside its own; NULL: on its own only. */
void bind_to(struct node *node, const char *address);

/* Starts a replica and waits until its primary knows that it has everything. */
void start_replica(struct node *node, const struct node *primary);
bool caught_up(const struct node *primary, const struct node *replica);

/* Waits until the expression is true; fails the test when it takes longer than 5 s. */
#define WAIT_FOR(expression)                                                                 \
	do {                                                                                 \
		int64_t until_ = clock_monotonic() + STRICT_MS * 1000;                       \
		while (!(expression)) {                                                      \
			ck_assert_msg(clock_monotonic() < until_, "never: %s", #expression); \
			(void)poll(NULL, 0, 1);                                              \
		}                                                                            \
	} while (0)

/* Over a fresh connection: to the node's own address as a client; to its socket as the control
 * plane. The answer is the caller's to free. */
redisReply *as_client(const char *address, const char *format, ...);
redisReply *as_control(const struct node *node, const char *format, ...);

/* The same, where the answer must not be an error. */
void client_does(const char *address, const char *command);
void control_does(const struct node *node, const char *command);
int64_t keys(const struct node *node);

/* A child of the test that does nothing, in the directory, as the leader of a session. */
pid_t sleep_in(const char *directory);
void end_child(pid_t pid);
bool exists(pid_t pid);
