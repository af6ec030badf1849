/*
 * What `understudy serve` is told: one table of options, read from the command line, else from the
 * environment (--data-dir is UNDERSTUDY_DATA_DIR), else the default. The same table prints --help
 * and the effective configuration.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "util/log.h"

struct arena;
struct error;

struct config {
	const char *listen_address;
	int listen_port;
	const char *data_dir;
	const char *network; /* first two octets */
	const char *region;
	const char *account;
	const char *redis_server;
	int heartbeat_ms;
	int heartbeat_failures;
	int busy_limit_ms;
	int workers;
	int64_t test_failover_quota; /* -1: off */
	enum log_level log_level;
	enum log_format log_format;
	bool leave_nodes;
	bool help; /* asked for: nothing else counts */
};

/* argv[0] is the command's name. Strings live in the arena. */
bool config_read(struct config *config, struct arena *arena, int argc, char **argv,
	struct error *err) __attribute__((warn_unused_result));

void config_help(FILE *out);

/* One line an option, `name value`, as it is in force. */
void config_print(FILE *out);
