#include "cli/events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/operate.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

enum { POLL_MS = 100 };

static const struct operate_command events_command = {
	.name = "events",
	.usage = "Usage: understudy events [--follow] [--group NAME]\n\n"
		 "What DescribeEvents shows, of every account and region, oldest first.\n\n"
		 "      --follow         and those to come, until Ctrl-C\n"
		 "      --group NAME     of this replication group and its members only\n",
	.options = { { "follow", NULL, NULL }, { "group", NULL, "NAME" } },
};

/* Of the group itself, or of redis12-001. */
static bool is_of(const json_t *event, const char *group)
{
	const char *source = json_text(event, "source");
	size_t length = strlen(group);

	return strncasecmp(source, group, length) == 0 &&
	       (!source[length] ||
		       (source[length] == '-' && strspn(source + length + 1, "0123456789-") ==
							 strlen(source + length + 1)));
}

static void print_event(const struct operate *operate, const json_t *event)
{
	const char *group = operate_value(operate, "group");

	if (group && !is_of(event, group))
		return;
	if (operate->json) {
		(void)json_dumpf(event, stdout, JSON_COMPACT);
		(void)putchar('\n');
	} else {
		(void)printf("%s  %-17s  %-20s  %s\n", json_text(event, "date"),
			json_text(event, "source_type"), json_text(event, "source"),
			json_text(event, "message"));
	}
}

/* Prints those after *last; how many there were, -1 after an error. */
static int print_page(struct operate *operate, json_int_t *last, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	json_t *answer = api_get(operate->api,
		arena_printf(&arena, "/_understudy/events?after=%" JSON_INTEGER_FORMAT, *last),
		err);
	const json_t *events = json_object_get(answer, "events"), *event;
	int count = answer ? (int)json_array_size(events) : -1;
	size_t i;

	json_array_foreach(events, i, event)
	{
		print_event(operate, event);
		*last = json_integer_value(json_object_get(event, "id"));
	}
	json_decref(answer);
	return count;
}

static int run_events(struct operate *operate)
{
	bool follow = operate_value(operate, "follow") != NULL;
	struct error err = { 0 };
	json_int_t last = 0;
	int count;

	if (operate->word_count)
		return operate_misused(operate, "unexpected '%s'", operate->words[0]);
	operate_take_signals();
	do {
		count = print_page(operate, &last, &err);
		if (count < 0)
			return operate_complain(operate, &err);
	} while ((count > 0 || follow) && operate_pause(count > 0 ? 0 : POLL_MS));
	return EXIT_SUCCESS;
}

int command_events(int argc, char **argv)
{
	return operate_run(&events_command, argc, argv, run_events);
}
