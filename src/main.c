/* The command line: `understudy COMMAND`, one row of a table each. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/break.h"
#include "cli/clock.h"
#include "cli/drill.h"
#include "cli/events.h"
#include "cli/status.h"
#include "flow/flow.h"
#include "serve.h"
#include "util/arena.h"
#include "version.h"

static int print_steps(int argc, char **argv);
static int print_version(int argc, char **argv);
static int print_help(int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "serve", serve, "answer the ElastiCache API and run what is asked of it" },
	{ "drill", drill, "watch a failover: a group, a writer, TestFailover, and what was lost" },
	{ "status", command_status, "show groups, nodes, what is under way and what is broken" },
	{ "events", command_events, "show the events, and those to come" },
	{ "fail", command_fail, "make a node, a primary, a group or a step fail" },
	{ "zone", command_zone, "take an Availability Zone down and up" },
	{ "lag", command_lag, "make a replica fall behind" },
	{ "clock", command_clock, "advance, freeze and resume calendar time" },
	{ "heal", command_heal, "end every fault in force" },
	{ "steps", print_steps, "list the steps of every workflow" },
	{ "version", print_version, "print the version" },
	{ "help", print_help, "print this" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int print_steps(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; workflows[i]; i++)
		for (const struct step *step = workflows[i]->steps; step->name; step++)
			(void)printf("%s %s\n", workflows[i]->name, step->name);
	return EXIT_SUCCESS;
}

static int print_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)printf("understudy %s\n", UNDERSTUDY_VERSION);
	return EXIT_SUCCESS;
}

static void usage(FILE *out)
{
	(void)fputs("Usage: understudy COMMAND [OPTION]...\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
	(void)fputs("\nunderstudy COMMAND --help tells about a command.\n", out);
}

static int print_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	usage(stdout);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	json_set_alloc_funcs(memory_alloc, memory_free);
	json_object_seed(0);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (*name)
		(void)fprintf(stderr, "understudy: there is no command '%s'\n", name);
	usage(stderr);
	return 2;
}
