#include "cli/drill.h"

#include <curl/curl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/api.h"
#include "cli/drill_report.h"
#include "cli/local_server.h"
#include "cli/writer.h"
#include "engine/client.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

enum {
	PATIENCE_US = 60000000, /* for anything we wait for */
	POLL_MS = 10,
	WARM_UP_WRITES = 500,
	EVENTS_EXPECTED = 5,
};

#define NODES "3"
#define DEFAULT_URL "http://127.0.0.1:4566"

static volatile sig_atomic_t interrupted;

struct drill {
	struct arena arena;
	struct api *api;
	struct local_server server;
	const char *url; /* asked for, or NULL */
	bool json;
	const char *group;
	struct drill_report report;
};

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Waits a moment in a loop that has a deadline. */
static bool wait_more(int64_t since, const char *what, struct error *err)
{
	(void)poll(NULL, 0, POLL_MS);
	if (interrupted)
		return fail(err, ERROR_INTERNAL, "interrupted");
	return clock_monotonic() - since < PATIENCE_US ||
	       fail(err, ERROR_INTERNAL, "waited in vain for %s", what);
}

/* Borrowed from *ret_tree, which the caller releases; NULL and *err. */
static json_t *describe(struct drill *drill, json_t **ret_tree, struct error *err)
{
	const char *parameters[] = { "ReplicationGroupId", drill->group, NULL };

	*ret_tree = api_call(drill->api, "DescribeReplicationGroups", parameters, err);
	return json_array_get(json_object_get(*ret_tree, "ReplicationGroups"), 0);
}

static bool connect_server(struct drill *drill, struct error *err)
{
	const char *url = drill->url ? drill->url : DEFAULT_URL;

	drill->api = api_open(url);
	if (api_is_ready(drill->api)) {
		progress("using the server at %s", url);
		return true;
	}
	if (drill->url)
		return fail(err, ERROR_INTERNAL, "no server answers at %s", url);
	api_close(drill->api);
	drill->api = NULL;
	if (!local_server_start(&drill->server, err))
		return false;
	progress("no server answers at %s: started one at %s", url, drill->server.url);
	drill->api = api_open(drill->server.url);
	return true;
}

static bool create_group(struct drill *drill, struct error *err)
{
	const char *parameters[] = { "ReplicationGroupId", drill->group,
		"ReplicationGroupDescription", "a failover drill", "NumCacheClusters", NODES,
		"CacheNodeType", "cache.m5.large", "AutomaticFailoverEnabled", "true",
		"MultiAZEnabled", "true", NULL };
	int64_t since = clock_monotonic();
	json_t *answer = api_call(drill->api, "CreateReplicationGroup", parameters, err);

	if (!answer)
		return false;
	json_decref(answer);
	for (;;) {
		json_t *tree, *group = describe(drill, &tree, err);
		bool available = strcmp(json_text(group, "Status"), "available") == 0;

		if (available)
			report_topology(
				&drill->report, &drill->arena, group, &drill->report.before);
		json_decref(tree);
		if (available)
			break;
		if (err->code || !wait_more(since, "the group to become available", err))
			return false;
	}
	progress("group %s is available after %.0f ms: %s", drill->group,
		(double)(clock_monotonic() - since) / 1000,
		report_zones(&drill->report.before, &drill->arena));
	return true;
}

static bool delete_group(struct drill *drill, struct error *err)
{
	const char *parameters[] = { "ReplicationGroupId", drill->group, NULL };
	int64_t since = clock_monotonic();
	struct error gone = { 0 };
	json_t *answer = api_call(drill->api, "DeleteReplicationGroup", parameters, err);

	while (answer) {
		json_decref(answer);
		(void)describe(drill, &answer, &gone);
		if (!answer || !wait_more(since, "the group to be deleted", err))
			break;
	}
	json_decref(answer);
	return error_is(&gone, API_MISSING);
}

/* New events since the last look, oldest first; and whether the status stayed available. */
static bool look_at_events(struct drill *drill, struct error *err)
{
	const char *parameters[] = { "Duration", "10", "MaxRecords", "100", NULL };
	json_t *answer = api_call(drill->api, "DescribeEvents", parameters, err), *tree, *group;

	if (!answer)
		return false;
	report_events(
		&drill->report, &drill->arena, drill->group, json_object_get(answer, "Events"));
	json_decref(answer);
	group = describe(drill, &tree, err);
	if (group && strcmp(json_text(group, "Status"), "available") != 0)
		drill->report.stayed_available = false;
	json_decref(tree);
	return group != NULL;
}

static bool await_writes(struct writer *writer, int64_t more, struct error *err)
{
	int64_t since = clock_monotonic(), target = writer_look(writer).acknowledged + more;

	while (writer_look(writer).acknowledged < target)
		if (!wait_more(since, "writes to be acknowledged", err))
			return false;
	return true;
}

/* From the call to the end of the recovery. */
static bool fail_over(struct drill *drill, struct error *err)
{
	const char *parameters[] = { "ReplicationGroupId", drill->group, "NodeGroupId", "0001",
		NULL };
	struct drill_report *report = &drill->report;
	json_t *answer;
	int64_t since;

	if (!look_at_events(drill, err))
		return false;
	report->event_count = 0; /* those of the creation */
	report->called_at = clock_now();
	since = clock_monotonic();
	answer = api_call(drill->api, "TestFailover", parameters, err);
	if (!answer)
		return false;
	json_decref(answer);
	progress("TestFailover was called");
	while (look_at_events(drill, err)) {
		if (report->event_count >= EVENTS_EXPECTED)
			return true;
		if (!wait_more(since, "the five events", err))
			return false;
	}
	return false;
}

static bool count_lost(struct drill *drill, struct error *err)
{
	struct drill_report *report = &drill->report;
	struct client *client =
		client_open(report->before.endpoint, report->before.port, 10000, err);
	int64_t found;

	if (!client)
		return false;
	found = client_count(client, WRITER_PREFIX, report->writes.acknowledged, err);
	client_close(client);
	report->lost = report->writes.acknowledged - found;
	return found >= 0;
}

static bool look_at_end(struct drill *drill, struct error *err)
{
	json_t *tree, *group = describe(drill, &tree, err);

	if (group)
		report_topology(&drill->report, &drill->arena, group, &drill->report.after);
	json_decref(tree);
	return group != NULL;
}

static bool rehearse(struct drill *drill, struct error *err)
{
	struct drill_report *report = &drill->report;
	struct writer *writer = writer_start(report->before.endpoint, report->before.port, err);
	bool ok;

	if (!writer)
		return false;
	progress(
		"writing through %s:%lld", report->before.endpoint, (long long)report->before.port);
	ok = await_writes(writer, WARM_UP_WRITES, err) && fail_over(drill, err) &&
	     await_writes(writer, WARM_UP_WRITES, err);
	report->writes = writer_stop(writer);
	return ok && count_lost(drill, err) && look_at_end(drill, err);
}

static bool run(struct drill *drill, struct error *err)
{
	struct error unclean = { 0 };
	bool ok;

	if (!connect_server(drill, err) || !create_group(drill, err))
		return false;
	ok = rehearse(drill, err);
	interrupted = 0;
	if (!delete_group(drill, &unclean) && ok)
		return fail(err, ERROR_INTERNAL, "the group was not deleted: %s", unclean.message);
	return ok;
}

static void usage(FILE *out)
{
	(void)fputs("Usage: understudy drill [--endpoint URL] [-o text|json]\n\n"
		    "  --endpoint URL  the server to use; default: the one at " DEFAULT_URL ",\n"
		    "                  or, if none answers there, one started for the drill;\n"
		    "                  environment AWS_ENDPOINT_URL_ELASTICACHE\n"
		    "  -o, --output    text (default) or json\n",
		out);
}

static bool read_options(struct drill *drill, int argc, char **argv, bool *ret_help)
{
	static const struct option table[] = {
		{ "endpoint", required_argument, NULL, 'e' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int chosen;

	drill->url = getenv("AWS_ENDPOINT_URL_ELASTICACHE");
	while ((chosen = getopt_long(argc, argv, "ho:", table, NULL)) != -1) {
		if (chosen == 'e')
			drill->url = optarg;
		else if (chosen == 'h')
			*ret_help = true;
		else if (chosen != 'o' ||
			 (strcmp(optarg, "json") != 0 && strcmp(optarg, "text") != 0))
			return false;
		else
			drill->json = strcmp(optarg, "json") == 0;
	}
	return optind == argc;
}

static const char *invent_name(struct arena *arena)
{
	unsigned number = 0;

	(void)!getrandom(&number, sizeof(number), 0);
	return arena_printf(arena, "drill-%06x", number & 0xffffff);
}

static void explain(const struct error *err)
{
	(void)fprintf(stderr, "understudy drill: %s\n", err->message);
	if (strstr(err->message, "APICallRateForCustomerExceeded"))
		progress(
			"the server allows TestFailover for so many node groups in 24 hours: see its "
			"option --test-failover-quota");
}

static int finish(struct drill *drill, bool ok, const struct error *err)
{
	bool held = ok && report_verdict(&drill->report);

	if (!ok)
		explain(err);
	else if (drill->json)
		report_json(&drill->report, stdout);
	else
		report_text(&drill->report, stdout);
	api_close(drill->api);
	local_server_stop(&drill->server);
	arena_done(&drill->arena);
	curl_global_cleanup();
	return held ? EXIT_SUCCESS : EXIT_FAILURE;
}

int drill(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct drill drill = { .report = { .stayed_available = true } };
	struct error err = { 0 };
	bool help = false;

	if (!read_options(&drill, argc, argv, &help)) {
		usage(stderr);
		return 2;
	}
	if (help) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	drill.group = drill.report.group = invent_name(&drill.arena);
	return finish(&drill, run(&drill, &err), &err);
}
