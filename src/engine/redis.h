/*
 * A connection to a node's control socket, as the user `understudy`. One thread at a time.
 *
 * A connection is broken once an answer did not come whole and in time: a late one would be taken
 * for the answer to the next question. It is then to be closed. Writing to a node that has gone
 * raises SIGPIPE, which the process must ignore.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct redis;
struct redisReply;

/* Connects to <directory>/ctl.sock and authenticates. NULL on failure. */
struct redis *redis_open(int directory, const char *secret, int timeout_ms, struct error *err)
	__attribute__((warn_unused_result));
void redis_close(struct redis **redis); /* leaves NULL */

bool redis_broken(const struct redis *redis);

/* Whether it broke because the node was silent, not because the connection was cut. */
bool redis_timed_out(const struct redis *redis);

/* The words of a command, for redis_ask and redis_tell. */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Asks and waits for the answer, which may be an error that the node gives. NULL when the
 * connection broke. */
struct redisReply *redis_ask(struct redis *redis, int timeout_ms, const char *const *words,
	struct error *err) __attribute__((warn_unused_result));

/* Says what has no answer; it goes out with the next question. */
void redis_tell(struct redis *redis, const char *const *words);

void redis_reply_done(struct redisReply **reply); /* accepts a reply of NULL */

/* Connects a fresh socket to <directory>/ctl.sock, however long that path is; -1 with errno. */
int redis_control_socket(int directory, int type);
