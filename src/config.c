#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

#define ERROR_USAGE "Usage"

struct option_row {
	const char *name;
	const char *value_name; /* NULL: a switch */
	const char *otherwise;  /* default; NULL: computed by parse(NULL) */
	const char *help;
	bool (*parse)(struct config *config, struct arena *arena, const char *text);
	const char *expected; /* what a good value is */
};

static bool to_number(const char *text, int64_t min, int64_t max, int *ret)
{
	int64_t number;

	if (!text_to_int(text, min, max, &number))
		return false;
	*ret = (int)number;
	return true;
}

static bool parse_listen(struct config *config, struct arena *arena, const char *text)
{
	const char *colon = strrchr(text, ':');
	struct in_addr ignored;

	if (!colon || !to_number(colon + 1, 0, 65535, &config->listen_port))
		return false;
	config->listen_address = arena_strndup(arena, text, (size_t)(colon - text));
	return inet_pton(AF_INET, config->listen_address, &ignored) == 1;
}

static bool parse_data_dir(struct config *config, struct arena *arena, const char *text)
{
	const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (text)
		config->data_dir = arena_strdup(arena, text);
	else if (base && *base == '/')
		config->data_dir = arena_printf(arena, "%s/understudy", base);
	else
		config->data_dir = arena_printf(
			arena, "%s/.local/share/understudy", home && *home ? home : "/var/tmp");
	return *config->data_dir != '\0';
}

static bool parse_network(struct config *config, struct arena *arena, const char *text)
{
	int octet, end = 0;

	if (sscanf(text, "127.%d.0.0/16%n", &octet, &end) != 1 || text[end] || octet < 0 ||
		octet > 255)
		return false;
	config->network = arena_printf(arena, "127.%d", octet);
	return true;
}

static bool parse_region(struct config *config, struct arena *arena, const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	config->region = arena_strdup(arena, text);
	return length > 0 && length <= 32 && !text[length];
}

static bool parse_account(struct config *config, struct arena *arena, const char *text)
{
	config->account = arena_strdup(arena, text);
	return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

static bool parse_redis_server(struct config *config, struct arena *arena, const char *text)
{
	config->redis_server = arena_strdup(arena, text);
	return *text != '\0';
}

static bool parse_heartbeat_interval(struct config *config, struct arena *arena, const char *text)
{
	(void)arena;
	return to_number(text, 10, 60000, &config->heartbeat_ms);
}

static bool parse_heartbeat_failures(struct config *config, struct arena *arena, const char *text)
{
	(void)arena;
	return to_number(text, 1, 100, &config->heartbeat_failures);
}

static bool parse_busy_limit(struct config *config, struct arena *arena, const char *text)
{
	(void)arena;
	return to_number(text, 100, 3600000, &config->busy_limit_ms);
}

static bool parse_workers(struct config *config, struct arena *arena, const char *text)
{
	(void)arena;
	return to_number(text, 1, 64, &config->workers);
}

static bool parse_quota(struct config *config, struct arena *arena, const char *text)
{
	(void)arena;
	config->test_failover_quota = -1;
	return strcmp(text, "off") == 0 ||
	       text_to_int(text, 0, 1000000, &config->test_failover_quota);
}

static bool parse_log_level(struct config *config, struct arena *arena, const char *text)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };

	(void)arena;
	for (int i = 0; i < 4; i++) {
		if (strcmp(names[i], text) == 0) {
			config->log_level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static bool parse_log_format(struct config *config, struct arena *arena, const char *text)
{
	(void)arena;
	config->log_format = strcmp(text, "json") == 0 ? LOG_JSON : LOG_LOGFMT;
	return strcmp(text, "json") == 0 || strcmp(text, "logfmt") == 0;
}

static bool parse_leave_nodes(struct config *config, struct arena *arena, const char *text)
{
	(void)arena;
	config->leave_nodes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
	return config->leave_nodes || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static const struct option_row options[] = {
	{ "listen", "ADDRESS:PORT", "127.0.0.1:4566", "where the API answers; port 0: any free one",
		parse_listen, "an IPv4 address and a port, such as 127.0.0.1:4566" },
	{ "data-dir", "DIR", NULL, "database and nodes; made when it is missing", parse_data_dir,
		"a directory" },
	{ "network", "127.N.0.0/16", "127.42.0.0/16",
		"loopback addresses of nodes and endpoints; one server at a time has it",
		parse_network, "127.N.0.0/16" },
	{ "region", "REGION", "us-east-1", "of requests whose credentials name none", parse_region,
		"a region's name, such as us-east-1" },
	{ "account", "ID", "000000000000", "of requests whose access key is no account id",
		parse_account, "12 digits" },
	{ "redis-server", "FILE", "redis-server", "the engine; looked for in PATH",
		parse_redis_server, "a program" },
	{ "heartbeat-interval", "MS", "100", "between two heartbeats of a node",
		parse_heartbeat_interval, "10 to 60000 milliseconds" },
	{ "heartbeat-failures", "N", "3", "unanswered heartbeats that open a case",
		parse_heartbeat_failures, "1 to 100" },
	{ "busy-limit", "MS", "10000", "how long a node that works but does not answer is believed",
		parse_busy_limit, "100 to 3600000 milliseconds" },
	{ "workers", "N", "4", "threads that carry out failovers and other work", parse_workers,
		"1 to 64" },
	{ "test-failover-quota", "N|off", "5",
		"node groups that TestFailover may be called for in any 24 hours", parse_quota,
		"a number, or off" },
	{ "log-level", "LEVEL", "info", "debug, info, warn or error", parse_log_level,
		"debug, info, warn or error" },
	{ "log-format", "FORMAT", "logfmt", "logfmt or json", parse_log_format, "logfmt or json" },
	{ "leave-nodes", NULL, "false", "at the end, leave the nodes running for the next start",
		parse_leave_nodes, "true or false" },
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static const char *effective[OPTIONS];

static const char *environment_name(const struct option_row *option, char *name, size_t size)
{
	(void)snprintf(name, size, "UNDERSTUDY_%s", option->name);
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	return name;
}

static bool refuse(const struct option_row *option, const char *text, struct error *err)
{
	return fail(err, ERROR_USAGE, "--%s: '%s' is not valid: expected %s", option->name, text,
		option->expected);
}

static bool read_arguments(
	const char **given, int argc, char **argv, bool *ret_help, struct error *err)
{
	struct option table[OPTIONS + 2] = { 0 };
	int chosen, index;

	for (int i = 0; i < OPTIONS; i++)
		table[i] = (struct option){ options[i].name,
			options[i].value_name ? required_argument : no_argument, NULL, 'o' };
	table[OPTIONS] = (struct option){ "help", no_argument, NULL, 'h' };
	optind = 1;
	opterr = 0;
	while ((chosen = getopt_long(argc, argv, ":h", table, &index)) != -1) {
		if (chosen == 'o')
			given[index] = optarg ? optarg : "true";
		else if (chosen == 'h')
			*ret_help = true;
		else
			return fail(err, ERROR_USAGE,
				chosen == ':' ? "%s needs a value" : "unknown option %s",
				argv[optind - 1]);
	}
	return optind == argc || fail(err, ERROR_USAGE, "unexpected '%s'", argv[optind]);
}

bool config_read(
	struct config *config, struct arena *arena, int argc, char **argv, struct error *err)
{
	const char *given[OPTIONS] = { 0 };
	char name[64];

	*config = (struct config){ 0 };
	if (!read_arguments(given, argc, argv, &config->help, err))
		return false;
	for (int i = 0; i < OPTIONS && !config->help; i++) {
		const char *text = given[i];

		if (!text)
			text = getenv(environment_name(&options[i], name, sizeof(name)));
		if (!text)
			text = options[i].otherwise;
		if (!options[i].parse(config, arena, text))
			return refuse(&options[i], text ? text : "", err);
		effective[i] = text ? text : config->data_dir;
	}
	return true;
}

void config_help(FILE *out)
{
	char name[64];

	(void)fputs("Usage: understudy serve [OPTION]...\n\n"
		    "Answers the ElastiCache API and runs what is asked of it.\n\n",
		out);
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_row *option = &options[i];

		(void)fprintf(out, "  --%s%s%s\n      %s\n      default %s; environment %s\n",
			option->name, option->value_name ? " " : "",
			option->value_name ? option->value_name : "", option->help,
			option->otherwise ? option->otherwise : "~/.local/share/understudy",
			environment_name(option, name, sizeof(name)));
	}
}

void config_print(FILE *out)
{
	for (int i = 0; i < OPTIONS; i++)
		(void)fprintf(out, "  %-20s %s\n", options[i].name, effective[i]);
}
