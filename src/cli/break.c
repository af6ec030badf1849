#include "cli/break.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/operate.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

static const struct operate_command fail_command = {
	.name = "fail",
	.usage =
		"Usage: understudy fail node NODE [OPTION]...\n"
		"       understudy fail primary GROUP [--shard NNNN] [OPTION]...\n"
		"       understudy fail group GROUP [--shard NNNN] [OPTION]...\n"
		"       understudy fail step WORKFLOW STEP\n\n"
		"Makes nodes fail, or the next run of a step (see understudy steps).\n\n"
		"      --how MODE       crash (default): the process dies, its peers are told\n"
		"                       hang: it stops; connections are taken, never answered\n"
		"                       silent: power loss; nothing answers and nothing is reset\n"
		"      --hold TIME      not replaced before this has passed; default 0, at most 24h\n"
		"      --silence TIME   silent: its peers are told after this; default 15m\n"
		"      --shard NNNN     the node group\n",
	.options = { { "how", "how", "MODE" }, { "hold", "hold", "TIME" },
		{ "silence", "silence", "TIME" }, { "shard", "shard", "NNNN" } },
};

static void print_hits(const json_t *answer)
{
	const json_t *node;
	size_t i;

	json_array_foreach(json_object_get(answer, "nodes"), i, node)
	{
		int64_t silent = json_integer_value(json_object_get(node, "silent_sockets"));

		(void)printf("%s: %s, process %" JSON_INTEGER_FORMAT, json_text(node, "node"),
			json_text(node, "how"), json_integer_value(json_object_get(node, "pid")));
		if (silent)
			(void)printf(", %" PRId64 " sockets silent", silent);
		(void)putchar('\n');
	}
}

static int fail_step(struct operate *operate)
{
	if (operate->word_count != 3)
		return operate_misused(operate, "a step is named by its workflow and its name");
	if (json_object_size(operate->body))
		return operate_misused(operate, "a step has no options");
	(void)json_object_set_new(operate->body, "workflow", json_string(operate->words[1]));
	(void)json_object_set_new(operate->body, "step", json_string(operate->words[2]));
	return operate_post(operate, "/_understudy/fail-step", NULL);
}

static int run_fail(struct operate *operate)
{
	const char *what = operate->word_count ? operate->words[0] : "";
	_cleanup_(arena_done) struct arena arena = { 0 };

	if (strcmp(what, "step") == 0)
		return fail_step(operate);
	if (strcmp(what, "node") != 0 && strcmp(what, "primary") != 0 && strcmp(what, "group") != 0)
		return operate_misused(
			operate, "what fails is a node, primary, group or step, not '%s'", what);
	if (operate->word_count != 2)
		return operate_misused(operate, "one name must follow '%s'", what);
	(void)json_object_set_new(operate->body, "name", json_string(operate->words[1]));
	return operate_post(
		operate, arena_printf(&arena, "/_understudy/fail/%s", what), print_hits);
}

static const struct operate_command zone_command = {
	.name = "zone",
	.usage =
		"Usage: understudy zone down ZONE [--how MODE] [--silence TIME]\n"
		"       understudy zone up|close|open ZONE\n"
		"       understudy zone list\n\n"
		"down: every node in the zone fails, in all groups, and nothing starts there until the\n"
		"zone is up. close: nothing new is placed there until it is open; its nodes run on.\n\n"
		"      --how MODE       crash (default), hang or silent: see understudy fail --help\n"
		"      --silence TIME   silent: peers are told after this, or when the zone is up;\n"
		"                       default 15m\n",
	.options = { { "how", "how", "MODE" }, { "silence", "silence", "TIME" } },
};

static void print_zones(const json_t *answer)
{
	const json_t *zone;
	size_t i;

	json_array_foreach(json_object_get(answer, "zones"), i, zone)
	{
		const char *down = json_text(zone, "down");
		bool closed = json_is_true(json_object_get(zone, "closed"));

		(void)printf("%-14s %s%s%s%s since %s\n", json_text(zone, "zone"),
			*down ? "down (" : "", down, *down ? ")" : "",
			closed ? *down ? ", closed" : "closed" : "", json_text(zone, "since"));
	}
	if (json_array_size(json_object_get(answer, "zones")) == 0)
		(void)puts("every zone is up");
}

static void print_up(const json_t *answer)
{
	if (!json_is_true(json_object_get(answer, "was_down")))
		(void)printf("%s was not down\n", json_text(answer, "zone"));
}

static int run_zone(struct operate *operate)
{
	static const char *const verbs[] = { "down", "up", "close", "open" };
	const char *verb = operate->word_count ? operate->words[0] : "";
	_cleanup_(arena_done) struct arena arena = { 0 };
	size_t known = 0;

	if (strcmp(verb, "list") == 0 && operate->word_count == 1)
		return operate_get(operate, "/_understudy/zones", print_zones);
	while (known < 4 && strcmp(verbs[known], verb) != 0)
		known++;
	if (known == 4)
		return operate_misused(
			operate, "a zone goes down, up, close or open, not '%s'", verb);
	if (operate->word_count != 2)
		return operate_misused(operate, "one zone must follow '%s'", verb);
	if (known != 0 && json_object_size(operate->body))
		return operate_misused(operate, "'%s' has no options", verb);
	return operate_post(operate,
		arena_printf(&arena, "/_understudy/zones/%s/%s",
			api_escape(operate->api, &arena, operate->words[1]), verb),
		known == 0   ? print_hits
		: known == 1 ? print_up
			     : NULL);
}

static const struct operate_command lag_command = {
	.name = "lag",
	.usage = "Usage: understudy lag NODE [--for TIME]\n\n"
		 "Makes a replica's link to its primary deaf, so that it falls behind.\n\n"
		 "      --for TIME       default 10s, at most 50s; 0s ends it\n",
	.options = { { "for", "for", "TIME" } },
};

static int run_lag(struct operate *operate)
{
	if (operate->word_count != 1)
		return operate_misused(operate, "one node must be named");
	(void)json_object_set_new(operate->body, "node", json_string(operate->words[0]));
	return operate_post(operate, "/_understudy/lag", NULL);
}

static const struct operate_command heal_command = {
	.name = "heal",
	.usage = "Usage: understudy heal\n\n"
		 "Ends every fault in force: zones are up and open, nobody is held down, no link\n"
		 "lags, silent sockets are reset, no step is going to fail.\n\n",
};

static int run_heal(struct operate *operate)
{
	if (operate->word_count)
		return operate_misused(operate, "unexpected '%s'", operate->words[0]);
	return operate_post(operate, "/_understudy/heal", NULL);
}

int command_fail(int argc, char **argv)
{
	return operate_run(&fail_command, argc, argv, run_fail);
}

int command_zone(int argc, char **argv)
{
	return operate_run(&zone_command, argc, argv, run_zone);
}

int command_lag(int argc, char **argv)
{
	return operate_run(&lag_command, argc, argv, run_lag);
}

int command_heal(int argc, char **argv)
{
	return operate_run(&heal_command, argc, argv, run_heal);
}
