#include "cli/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/operate.h"
#include "util/error.h"

static const struct operate_command clock_command = {
	.name = "clock",
	.usage =
		"Usage: understudy clock advance TIME\n"
		"       understudy clock freeze|resume|show\n\n"
		"Calendar time: dates of events, the 24 hours of TestFailover, the 14 days that events\n"
		"are kept, maintenance windows. Heartbeats and failovers do not follow it. It never\n"
		"goes back: resumed, it runs on from where it stands. TIME is such as 90s, 30m, 24h, 14d.\n\n",
};

static void print_clock(const json_t *answer)
{
	json_int_t ahead = json_integer_value(json_object_get(answer, "ahead_ms"));

	(void)printf("%s%s", json_text(answer, "time"),
		json_is_true(json_object_get(answer, "frozen")) ? ", frozen" : "");
	if (ahead >= 1000 || ahead <= -1000)
		(void)printf(", %.0f s %s the wall clock", (double)llabs(ahead) / 1000,
			ahead > 0 ? "ahead of" : "behind");
	(void)putchar('\n');
}

static int run_clock(struct operate *operate)
{
	const char *verb = operate->word_count ? operate->words[0] : "";
	bool advances = strcmp(verb, "advance") == 0;

	if (!advances && strcmp(verb, "freeze") != 0 && strcmp(verb, "resume") != 0 &&
		strcmp(verb, "show") != 0)
		return operate_misused(
			operate, "the clock is advanced, frozen, resumed or shown, not '%s'", verb);
	if (operate->word_count != 1 + advances)
		return operate_misused(operate,
			advances ? "one TIME must follow 'advance'" : "nothing may follow '%s'",
			verb);
	if (strcmp(verb, "show") == 0)
		return operate_get(operate, "/_understudy/clock", print_clock);
	if (!advances)
		return operate_post(operate,
			strcmp(verb, "freeze") == 0 ? "/_understudy/clock/freeze"
						    : "/_understudy/clock/resume",
			print_clock);
	(void)json_object_set_new(operate->body, "by", json_string(operate->words[1]));
	return operate_post(operate, "/_understudy/clock/advance", print_clock);
}

int command_clock(int argc, char **argv)
{
	return operate_run(&clock_command, argc, argv, run_clock);
}
