/*
 * A client that never stops writing: a thread that sets one key after the other through an
 * endpoint, connects again when it is cut off, and measures the longest time between two
 * acknowledged writes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct writer;

struct writer_result {
	int64_t acknowledged; /* keys written: WRITER_PREFIX0 … */
	int64_t failed;       /* writes or connections that failed and were tried again */
	int64_t gap_us;       /* the longest time between two acknowledged writes */
};

#define WRITER_PREFIX "drill:"

struct writer *writer_start(const char *address, int64_t port, struct error *err);

/* As of now. Any thread. */
struct writer_result writer_look(struct writer *writer);

/* Ends the thread and gives the final result. */
struct writer_result writer_stop(struct writer *writer);
