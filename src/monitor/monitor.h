/*
 * The monitor: one thread that notices death, of a process through its pidfd at once, of one that
 * hangs through heartbeats, and starts the flow that mends it. It acts on nothing itself. What is
 * to be done is decided from the database and the processes as they are at that moment, so it
 * does not matter how often or why it looks.
 */
#pragma once

#include <stdint.h>

#include "monitor/detector.h"

struct engine;
struct error;
struct monitor;
struct store;

struct monitor_settings {
	int heartbeat_ms;
	struct detector_settings detector;
};

struct monitor *monitor_start(struct store *store, struct engine *engine,
	const struct monitor_settings *settings, struct error *err);

/* Something was committed: nodes may have come or gone, flows may have ended. Any thread. */
void monitor_wake(struct monitor *monitor);

/* Ends the thread: nothing is noticed any more. Flows that still run may go on waking it. */
void monitor_stop(struct monitor *monitor); /* accepts NULL */
void monitor_free(struct monitor *monitor); /* accepts NULL; after everybody who commits */
