#include "cli/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/operate.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

enum { COLUMNS = 9, CELL_MAX = 40, INTERVAL_MS = 1000 };

static const struct operate_command status_command = {
	.name = "status",
	.usage = "Usage: understudy status [--watch]\n\n"
		 "Groups, shards and nodes, what is under way, and the faults in force.\n\n"
		 "      --watch          again every second, until Ctrl-C\n",
	.options = { { "watch", NULL, NULL } },
};

/* ---- a table ---- */

struct table {
	struct arena *arena;
	size_t rows, capacity;
	const char *(*cells)[COLUMNS];
};

static const char **add_row(struct table *table)
{
	if (table->rows == table->capacity) {
		const char *(*grown)[COLUMNS];

		table->capacity = table->capacity ? 2 * table->capacity : 16;
		grown = arena_array(table->arena, table->capacity, sizeof(*grown));
		if (table->rows)
			memcpy(grown, table->cells, table->rows * sizeof(*grown));
		table->cells = grown;
	}
	return table->cells[table->rows++];
}

static void print_table(const struct table *table)
{
	size_t widths[COLUMNS] = { 0 };

	for (size_t i = 0; i < table->rows; i++)
		for (size_t j = 0; j < COLUMNS; j++) {
			size_t length = strlen(table->cells[i][j]);

			widths[j] = length > widths[j] ? length : widths[j];
		}
	for (size_t i = 0; i < table->rows; i++) {
		struct text line = { .arena = table->arena };

		for (size_t j = 0; j < COLUMNS; j++)
			text_printf(&line, "  %-*s", (int)widths[j], table->cells[i][j]);
		while (line.length > 0 && line.data[line.length - 1] == ' ')
			line.data[--line.length] = '\0';
		(void)puts(line.data);
	}
}

/* ---- nodes ---- */

/* A member's number, or a dash where it is not known. */
static const char *number(struct arena *arena, const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);

	return json_is_integer(value)
		       ? arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
		       : "-";
}

static const char *process_words(struct arena *arena, const json_t *node)
{
	const json_t *process = json_object_get(node, "process");
	const char *state = json_text(process, "state");

	if (!json_is_object(process))
		return "none";
	if (strcmp(state, "T") == 0)
		return arena_printf(arena, "%s stopped", number(arena, process, "pid"));
	return arena_printf(arena, "%s%s", number(arena, process, "pid"),
		json_is_true(json_object_get(process, "answers")) ? "" : " silent");
}

static const char *fault_words(struct arena *arena, const json_t *node)
{
	const json_t *faults = json_object_get(node, "faults");
	struct text words = { .arena = arena };

	text_puts(&words, "");
	if (json_object_get(faults, "held_ms"))
		text_printf(&words, "held for %s ms ", number(arena, faults, "held_ms"));
	if (json_object_get(faults, "lags_ms"))
		text_printf(&words, "lags for %s ms ", number(arena, faults, "lags_ms"));
	if (json_object_get(faults, "silent_sockets"))
		text_printf(&words, "%s silent sockets", number(arena, faults, "silent_sockets"));
	return words.data;
}

/* The role, and what the node itself says where it is something else. */
static const char *role_words(struct arena *arena, const json_t *node)
{
	const char *role = json_text(node, "role"), *says = json_text(node, "says");

	return *says && strcmp(role, says) != 0 ? arena_printf(arena, "%s (says %s)", role, says)
						: role;
}

static void add_node(struct table *table, const json_t *node)
{
	const char **row = add_row(table);
	struct arena *arena = table->arena;

	row[0] = json_text(node, "node");
	row[1] = json_text(node, "zone");
	row[2] = role_words(arena, node);
	row[3] = json_text(node, "health");
	row[4] = process_words(arena, node);
	row[5] = number(arena, node, "offset");
	row[6] = number(arena, node, "lag_bytes");
	row[7] = number(arena, node, "clients");
	row[8] = fault_words(arena, node);
}

/* ---- the rest ---- */

static void print_flows(const json_t *flows)
{
	const json_t *flow;
	size_t i;

	json_array_foreach(flows, i, flow)
	{
		const char *step = json_text(flow, "step"), *node = json_text(flow, "node");

		(void)printf("  %s%s%s: %s (%s)\n", json_text(flow, "workflow"),
			*node ? " of " : "", node, *step ? step : "about to begin",
			json_text(flow, "cause"));
	}
}

static void print_shard(const json_t *shard, struct arena *arena)
{
	static const char *const heads[COLUMNS] = { "NODE", "ZONE", "ROLE", "HEALTH", "PROCESS",
		"OFFSET", "LAG", "CLIENTS", "" };
	struct table table = { .arena = arena };
	const char **row = add_row(&table);
	const json_t *node;
	size_t i;

	for (size_t j = 0; j < COLUMNS; j++)
		row[j] = heads[j];
	json_array_foreach(json_object_get(shard, "nodes"), i, node)
	{
		add_node(&table, node);
	}
	(void)printf("  shard %s, primary endpoint %s, reader endpoint %s\n",
		json_text(shard, "shard"), json_text(shard, "primary_endpoint"),
		json_text(shard, "reader_endpoint"));
	print_table(&table);
	print_flows(json_object_get(shard, "flows"));
}

static void print_group(const json_t *group, struct arena *arena)
{
	const json_t *shard;
	size_t i;

	(void)printf("%s  %s, automatic failover %s  (%s, account %s, port %s)\n",
		json_text(group, "group"), json_text(group, "status"),
		json_text(group, "automatic_failover"), json_text(group, "region"),
		json_text(group, "account"), number(arena, group, "port"));
	print_flows(json_object_get(group, "flows"));
	json_array_foreach(json_object_get(group, "shards"), i, shard)
	{
		print_shard(shard, arena);
	}
}

static void print_broken(const json_t *state, struct arena *arena)
{
	const json_t *zone, *step;
	size_t i;

	json_array_foreach(json_object_get(state, "zones"), i, zone)
	{
		const char *down = json_text(zone, "down");

		(void)printf("zone %s is %s%s%s since %s\n", json_text(zone, "zone"),
			*down ? "down, " : "closed", down,
			*down && json_is_true(json_object_get(zone, "closed")) ? ", and closed"
									       : "",
			json_text(zone, "since"));
	}
	json_array_foreach(json_object_get(state, "failing_steps"), i, step)
	{
		(void)printf("step %s of %s is going to fail, times: %s\n", json_text(step, "step"),
			json_text(step, "workflow"), number(arena, step, "times"));
	}
	if (json_is_true(json_object_get(json_object_get(state, "clock"), "frozen")))
		(void)printf("the clock is frozen at %s\n",
			json_text(json_object_get(state, "clock"), "time"));
}

static void print_state(const json_t *state)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const json_t *groups = json_object_get(state, "groups"), *group;
	size_t i;

	print_broken(state, &arena);
	json_array_foreach(groups, i, group)
	{
		print_group(group, &arena);
	}
	if (json_array_size(groups) == 0)
		(void)puts(
			"There are no replication groups. Make one with the AWS CLI: aws elasticache "
			"create-replication-group.");
}

static int watch(struct operate *operate)
{
	bool terminal = isatty(STDOUT_FILENO);
	int status;

	operate_take_signals();
	do {
		if (terminal)
			(void)fputs("\033[H\033[2J", stdout);
		status = operate_get(operate, "/_understudy/state", print_state);
		if (!terminal)
			(void)putchar('\n');
	} while (status == EXIT_SUCCESS && operate_pause(INTERVAL_MS));
	return status;
}

static int run_status(struct operate *operate)
{
	if (operate->word_count)
		return operate_misused(operate, "unexpected '%s'", operate->words[0]);
	return operate_value(operate, "watch")
		       ? watch(operate)
		       : operate_get(operate, "/_understudy/state", print_state);
}

int command_status(int argc, char **argv)
{
	return operate_run(&status_command, argc, argv, run_status);
}
