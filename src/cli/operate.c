#include "cli/operate.h"

#include <curl/curl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "util/error.h"

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void operate_take_signals(void)
{
	const struct sigaction action = { .sa_handler = interrupt };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

bool operate_pause(int milliseconds)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	if (fflush(stdout) != 0)
		return false;
	(void)poll(&reader, 1, milliseconds);
	return !interrupted && !(reader.revents & POLLERR);
}

static size_t option_count(const struct operate_command *command)
{
	size_t count = 0;

	while (count < OPERATE_OPTIONS_MAX && command->options[count].name)
		count++;
	return count;
}

static void take_option(struct operate *operate, size_t index, const char *value)
{
	const struct operate_option *option = &operate->command->options[index];

	operate->values[index] = value;
	if (option->member)
		(void)json_object_set_new(operate->body, option->member, json_string(value));
}

static const char *unknown_letter(struct operate *operate)
{
	(void)snprintf(operate->letter, sizeof(operate->letter), "-%c", optopt);
	return operate->letter;
}

/* The offending word; NULL when all are understood. */
static const char *read_options(
	struct operate *operate, int argc, char **argv, const char **url, bool *ret_help)
{
	struct option table[OPERATE_OPTIONS_MAX + 4] = { 0 };
	size_t count = option_count(operate->command);
	int chosen, index = 0;

	for (size_t i = 0; i < count; i++)
		table[i] = (struct option){ operate->command->options[i].name,
			operate->command->options[i].value_name ? required_argument : no_argument,
			NULL, 'v' };
	table[count] = (struct option){ "endpoint", required_argument, NULL, 'e' };
	table[count + 1] = (struct option){ "output", required_argument, NULL, 'o' };
	table[count + 2] = (struct option){ "help", no_argument, NULL, 'h' };
	opterr = 0;
	while ((chosen = getopt_long(argc, argv, ":ho:", table, &index)) != -1) {
		if (chosen == 'v')
			take_option(operate, (size_t)index, optarg ? optarg : "");
		else if (chosen == 'e')
			*url = optarg;
		else if (chosen == 'h')
			*ret_help = true;
		else if (chosen == '?' && optopt)
			return unknown_letter(operate);
		else if (chosen != 'o' || !optarg)
			return argv[optind - 1];
		else if (strcmp(optarg, "json") != 0 && strcmp(optarg, "text") != 0)
			return optarg;
		else
			operate->json = strcmp(optarg, "json") == 0;
	}
	operate->words = argv + optind;
	operate->word_count = argc - optind;
	return NULL;
}

static void print_usage(const struct operate_command *command)
{
	(void)printf("%s"
		     "      --endpoint URL   the server; default " OPERATE_URL ",\n"
		     "                       environment AWS_ENDPOINT_URL_ELASTICACHE\n"
		     "  -o, --output FORMAT  text (default) or json\n",
		command->usage);
}

static void end(struct operate *operate)
{
	if (operate->api) {
		api_close(operate->api);
		curl_global_cleanup();
	}
	json_decref(operate->body);
	*operate = (struct operate){ 0 };
}

static bool begin(struct operate *operate, const struct operate_command *command, int argc,
	char **argv, int *ret_status)
{
	const char *url = getenv("AWS_ENDPOINT_URL_ELASTICACHE"), *offence;
	bool help = false;

	*operate = (struct operate){ .command = command, .body = json_object() };
	url = url && *url ? url : OPERATE_URL;
	offence = read_options(operate, argc, argv, &url, &help);
	if (help && !offence)
		print_usage(command);
	if (help || offence) {
		*ret_status = offence ? operate_misused(operate,
						"'%s' is no option, or lacks its value", offence)
				      : EXIT_SUCCESS;
		return false;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	operate->api = api_open(url);
	return true;
}

int operate_misused(const struct operate *operate, const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "understudy %s: ", operate->command->name);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fprintf(stderr, "\nTry 'understudy %s --help'.\n", operate->command->name);
	return OPERATE_REFUSED;
}

int operate_complain(const struct operate *operate, const struct error *err)
{
	(void)fprintf(stderr, "understudy %s: %s\n", operate->command->name, err->message);
	return error_is(err, API_REFUSED) ? OPERATE_REFUSED : OPERATE_FAILED;
}

static int finish(struct operate *operate, json_t *answer, const struct error *err,
	void (*print)(const json_t *answer))
{
	const char *warning = json_text(answer, "warning");

	if (!answer)
		return operate_complain(operate, err);
	if (*warning && !operate->json)
		(void)fprintf(
			stderr, "understudy %s: warning: %s\n", operate->command->name, warning);
	if (operate->json)
		(void)json_dumpf(answer, stdout, JSON_INDENT(2));
	else if (print)
		print(answer);
	if (operate->json)
		(void)fputc('\n', stdout);
	json_decref(answer);
	return EXIT_SUCCESS;
}

int operate_get(struct operate *operate, const char *path, void (*print)(const json_t *answer))
{
	struct error err = { 0 };

	return finish(operate, api_get(operate->api, path, &err), &err, print);
}

int operate_post(struct operate *operate, const char *path, void (*print)(const json_t *answer))
{
	struct error err = { 0 };

	return finish(operate, api_post(operate->api, path, operate->body, &err), &err, print);
}

const char *operate_value(const struct operate *operate, const char *name)
{
	for (size_t i = 0; i < option_count(operate->command); i++)
		if (strcmp(operate->command->options[i].name, name) == 0)
			return operate->values[i];
	return NULL;
}

int operate_run(const struct operate_command *command, int argc, char **argv,
	int (*act)(struct operate *operate))
{
	struct operate operate;
	int status;

	if (begin(&operate, command, argc, argv, &status))
		status = act(&operate);
	end(&operate);
	return status;
}
