/*
 * The operator's commands: each is a few words and options that become one request to a running
 * server, and an answer that is printed.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct api;
struct error;

#define OPERATE_URL "http://127.0.0.1:4566"

/* An option of a command, beside --endpoint, --output and --help, which all have. */
struct operate_option {
	const char *name;       /* --how */
	const char *member;     /* of the request's body; NULL: the command looks at it itself */
	const char *value_name; /* NULL: a switch */
};

enum { OPERATE_OPTIONS_MAX = 8 };

struct operate_command {
	const char *name;  /* "fail" */
	const char *usage; /* what --help prints */
	/* ended by { 0 } */
	struct operate_option options[OPERATE_OPTIONS_MAX];
};

/* One call of a command. */
struct operate {
	const struct operate_command *command;
	struct api *api;
	bool json; /* -o json */
	int word_count;
	char **words;                            /* those that are no options */
	json_t *body;                            /* members from the options */
	char letter[3];                          /* an option that there is not */
	const char *values[OPERATE_OPTIONS_MAX]; /* of the options, NULL where not given */
};

enum { OPERATE_FAILED = 1, OPERATE_REFUSED = 2 }; /* exit statuses */

/* From here on Ctrl-C and SIGTERM end operate_pause instead of the process. */
void operate_take_signals(void);

/* Reads the command line and lets act do what it says; returns the exit status. --help and wrong
 * options are answered here. */
int operate_run(const struct operate_command *command, int argc, char **argv,
	int (*act)(struct operate *operate));

/* Says what is wrong with the words; returns the exit status. */
int operate_misused(const struct operate *operate, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says why the server did not do it; returns the exit status: 2 when it refused, 1 otherwise. */
int operate_complain(const struct operate *operate, const struct error *err);

/* Sends the body to this path and prints the answer: as JSON, or by print, or not at all (NULL).
 * Returns the exit status. */
int operate_post(struct operate *operate, const char *path, void (*print)(const json_t *answer));

/* The same for what is only read. */
int operate_get(struct operate *operate, const char *path, void (*print)(const json_t *answer));

/* Between two looks of a command that goes on: false when it is to end, because of Ctrl-C or
 * because nobody reads what it prints. */
bool operate_pause(int milliseconds);

/* The value of an option that was given, or NULL. */
const char *operate_value(const struct operate *operate, const char *name);
