/*
 * A node's own log: kept from growing for ever, and quoted when the node could not start.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LOGTAIL_FILE "redis.log"
#define LOGTAIL_OLD "redis.log.old"

/* Before a start: puts a long log aside. Returns where the records of this start will begin. */
int64_t logtail_begin(int directory);

/* The last words of the log from there on, on one line: "first; second". */
void logtail_read(int directory, int64_t start, char *buffer, size_t size);
