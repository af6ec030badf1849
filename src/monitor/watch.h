/*
 * What the monitor holds of one node: a descriptor that tells its death, a heartbeat, and how long
 * it has been silent. Used by the monitor's thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "monitor/detector.h"

struct beat;
struct engine;
struct group;
struct node;

struct watch {
	struct watch *next;
	int64_t group, shard, node;
	int epoll;
	int pid; /* 0: it is not running */
	int pidfd;
	struct beat *beat; /* NULL: to be opened */
	bool waiting;      /* for the answer to a heartbeat */
	bool hung;         /* this process was found to hang */
	bool listed;       /* the node still exists */
	struct detector detector;
};

/* Follows the node's process: a new one is watched anew. */
void watch_follow(struct watch *watch, struct engine *engine, const struct node *node);

/* Lets go of the process. */
void watch_drop(struct watch *watch);

/* The process ended, or an answer came, whichever this event (of epoll) says. True: it ended. */
bool watch_event(struct watch *watch, bool death);

/* A heartbeat is due. count: whether a missing answer counts. True when the node was found hung
 * just now. */
bool watch_tick(struct watch *watch, struct engine *engine, const struct group *group,
	const struct node *node, const struct detector_settings *settings, bool count);
