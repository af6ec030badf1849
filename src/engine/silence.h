/*
 * Power loss without privileges. A process that dies closes its sockets, and its peers are told: a
 * FIN, a reset, a refused connection. A machine that loses power tells nobody. To be as quiet, the
 * process is stopped, its TCP sockets are duplicated into ours (pidfd_getfd) and made deaf
 * (IP_MINTTL 255: the kernel drops every segment that arrives, for loopback sends with 64, before
 * TCP sees it), and only then is it killed. What is left is sockets that answer nothing. They are
 * closed with a reset, as by a machine that starts again, or listen no more when another needs the
 * address.
 *
 * Held in memory: a control plane that ends lets go of them all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct silence; /* the sockets that are held */

struct silence *silence_new(void);
void silence_free(struct silence *silence); /* lets go of all; accepts NULL */

/* Whether the kernel and whoever confines us allow it, tried on a child; else *ret_reason says what
 * is refused. */
bool silence_probe(const char **ret_reason);

/* Kills the process of the node in this directory without a word to its peers. Returns how many
 * sockets are silent; *ret_missed counts those that could not be had, and which therefore speak.
 * until: clock_monotonic, when they are let go of. */
size_t silence_take(struct silence *silence, const char *dir, const struct process *process,
	int64_t until, size_t *ret_missed);

/* Sockets stop listening at this address: somebody is about to. */
void silence_yield(struct silence *silence, const char *address);

/* Resets what is held of this directory (NULL: of all). */
void silence_end(struct silence *silence, const char *dir);

/* Resets what is due. Returns when to look again, INT64_MAX when nothing is held. */
int64_t silence_end_due(struct silence *silence, int64_t now);

size_t silence_count(struct silence *silence, const char *dir);

/* Makes the socket of the process that is connected to this address and port deaf, or hear again;
 * *ret_was_deaf says which it was. False when there is none or it cannot be had (errno). */
bool silence_link(const struct process *process, const char *address, int64_t port, bool deaf,
	bool *ret_was_deaf);
