/*
 * What the engine remembers of a node while it lives or is being worked on: its process, the
 * connection to it, and the lock that lets one verb at a time work on it. For the files of engine/.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/process.h"

struct arena;
struct census;
struct error;
struct group;
struct handle;
struct node;
struct redis;
struct silence;

struct engine {
	int root; /* the directory */
	char *redis_server;
	char version[32];
	int64_t memory;       /* of the machine, bytes */
	pthread_mutex_t lock; /* guards the list, the users and the process of each handle; nothing
				 is waited for while it is held */
	struct handle *handles;
	struct silence *silence;
	const char *no_silence; /* why silence is not possible here; NULL: it is */
};

/* Memory that goes with the last user, unless a process is known or what it had written is. */
struct handle {
	struct engine *engine;
	struct handle *next;
	char *dir;
	int users;
	struct process process; /* changed with both locks held, read with either */
	pthread_mutex_t busy;   /* held by the verb at work */
	struct redis *link;     /* to that process; under busy */
	int exit_status;        /* of the last one that was our child; under busy */
	int64_t offset;         /* of the process as a primary, when it was last seen; both under */
	int64_t offset_seen;    /* the engine's lock. clock_monotonic; 0: it never was */
	pid_t doomed;           /* the process that was last made to die; under the engine's lock */
};

/* Waits until no other verb works on the node. */
struct handle *handle_take(struct engine *engine, const struct node *node);
void handle_release(struct handle **handle);

/* Forgets process and connection. */
void handle_free(struct handle *handle);

/* A copy of the process, with a descriptor of its own, without waiting for the verb at work. It is
 * let go of with process_forget. */
struct process handle_peek(struct engine *engine, const struct node *node);

/* Notes that this process of the node is being made to die; false when it was noted before. */
bool handle_doom(struct engine *engine, const struct node *node, pid_t pid);

/* Remembers how far the node's process has come as a primary. */
void handle_note_offset(struct engine *engine, const char *dir, int64_t offset);

void handle_forget_offset(struct handle *handle);

/* Remembers the process, in place of an older one, which has ended. */
void handle_set_process(struct handle *handle, struct process process);

/* Whether the node's process lives; one that is not known yet is looked for. *census: a look at the
 * process table, taken when it is needed and NULL. */
bool handle_find(struct handle *handle, struct census **census, struct arena *arena);

/* A connection to the node, kept for the next verb. NULL: it does not run or does not answer. */
struct redis *handle_link(struct handle *handle, const struct group *group, int timeout_ms,
	struct error *err) __attribute__((warn_unused_result));
