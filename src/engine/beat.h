/*
 * A heartbeat: one non-blocking connection to a node's control socket that only ever carries ROLE,
 * which is as cheap as PING and says how far a primary has come (engine_last_offset). For the
 * monitor's thread, which polls many; each object belongs to the thread that made it.
 */
#pragma once

#include <stdbool.h>

struct beat;
struct engine;
struct group;
struct node;

enum beat_result {
	BEAT_WAITING, /* nothing complete has arrived yet */
	BEAT_ALIVE,   /* an answer came; any (LOADING, BUSY, max clients …) is life */
	BEAT_CLOSED,  /* the connection is gone, which says nothing of the node: open another */
};

/* Connects and authenticates without waiting for either; NULL when the connection is refused or
 * its backlog is full. */
struct beat *beat_open(struct engine *engine, const struct group *group, const struct node *node);
void beat_close(struct beat *beat); /* accepts NULL */

/* To be watched for EPOLLIN. */
int beat_fd(const struct beat *beat);

/* Sends one ROLE. False: the connection is of no use. One that the node has cut is told by
 * beat_receive, after the node's last word. */
bool beat_send(struct beat *beat);

/* Reads what has arrived. BEAT_ALIVE when it ends an answer, that to the authentication included;
 * BEAT_CLOSED only once everything before has been read. */
enum beat_result beat_receive(struct beat *beat);
