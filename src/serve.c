#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "actions/service.h"
#include "api/catalog.h"
#include "api/dispatch.h"
#include "api/model.h"
#include "config.h"
#include "domain/group.h"
#include "embed.h"
#include "endpoint/network.h"
#include "engine/engine.h"
#include "fault/faults.h"
#include "flow/runner.h"
#include "flow/shutdown.h"
#include "http/server.h"
#include "monitor/monitor.h"
#include "operator/operator.h"
#include "protocol/gateway.h"
#include "store/clock.h"
#include "store/db.h"
#include "store/event.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"
#include "version.h"
#include "work/calendar.h"
#include "work/pool.h"

enum { DRAIN_MS = 5000 };

struct server {
	struct config config;
	struct arena arena; /* of the configuration */
	int signals, network;
	struct store *store;
	struct engine *engine;
	struct model *model;
	struct service service;
	struct gateway gateway;
	struct pool *pool;
	struct monitor *monitor;
	struct calendar *calendar;
	struct faults *faults;
	struct operator operator;
	struct http_server *http;
};

/* Before any thread exists, so that none of them is interrupted. */
static bool take_signals(struct server *server, struct error *err)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	server->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return server->signals >= 0 || fail_errno(err, errno, "cannot wait for signals");
}

/* Connections of clients, of nodes, and sockets that are held silent: as many as we may have. Nodes
 * inherit it, and take of it what they need. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The directory and those above it that are missing. */
static bool make_directory(const char *path, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	char *part = arena_strdup(&arena, path);

	for (char *slash = part + 1; *slash; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		(void)mkdir(part, 0755);
		*slash = '/';
	}
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	return fail_errno(err, errno, "cannot make the data directory %s", path);
}

/* What another network's server left here cannot be reached from ours. */
static bool check_addresses(struct server *server, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *prefix = arena_printf(&arena, "%s.", server->config.network);
	const char **addresses;
	size_t count = 0;

	if (!tx_begin_read(server->store, &tx, err))
		return false;
	addresses = address_list(&tx, &arena, &count, err);
	for (size_t i = 0; addresses && i < count; i++)
		if (!text_starts_with(addresses[i], prefix))
			return fail(err, ERROR_INTERNAL,
				"the data directory %s has groups with addresses such as %s: start "
				"it with the --network that they were made in",
				server->config.data_dir, addresses[i]);
	return addresses != NULL;
}

static const struct node *const *list_nodes(
	struct arena *arena, struct group *const *groups, size_t count, size_t *ret_nodes)
{
	const struct node **nodes;
	size_t total = 0, next = 0;

	for (size_t i = 0; i < count; i++)
		total += group_node_count(groups[i]);
	nodes = arena_array(arena, total + 1, sizeof(struct node *));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < groups[i]->shard_count; j++)
			for (size_t k = 0; k < groups[i]->shards[j].node_count; k++)
				nodes[next++] = &groups[i]->shards[j].nodes[k];
	*ret_nodes = total;
	return nodes;
}

/* Calendar time goes on from where the last server left it: no event comes before an earlier one.
 */
static bool restore_clock(struct server *server, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct clock_setting setting;
	int64_t latest;

	if (!tx_begin_read(server->store, &tx, err) || !clock_load(&tx, &setting, err) ||
		!event_latest(&tx, &latest, err))
		return false;
	clock_set(&setting, latest);
	return true;
}

/* Takes over the nodes that outlived an earlier server. */
static bool adopt_nodes(struct server *server, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct group **groups;
	const struct node *const *all;
	size_t count = 0, nodes = 0, adopted;

	if (!tx_begin_read(server->store, &tx, err) ||
		!(groups = group_list_all(&tx, &arena, &count, err)))
		return false;
	all = list_nodes(&arena, groups, count, &nodes);
	adopted = engine_find_all(server->engine, all, nodes);
	if (adopted)
		log_info("server", "running nodes adopted", F("nodes", (int64_t)adopted));
	return true;
}

static bool open_state(struct server *server, struct error *err)
{
	const struct config *config = &server->config;
	const char *nodes = arena_printf(&server->arena, "%s/nodes", config->data_dir);

	return make_directory(config->data_dir, err) &&
	       (server->store = store_open(config->data_dir, err)) && restore_clock(server, err) &&
	       (server->network = network_claim(config->network, err)) >= 0 &&
	       check_addresses(server, err) && make_directory(nodes, err) &&
	       (server->engine = engine_open(nodes, config->redis_server, err)) &&
	       adopt_nodes(server, err);
}

static struct model *load_model(struct error *err)
{
	const struct embedded_file *file = embedded_api;

	while (file->name && strcmp(file->name, "elasticache.json") != 0)
		file++;
	return model_load(file->text, file->length, handlers, err);
}

static bool open_api(struct server *server, struct error *err)
{
	const struct config *config = &server->config;

	server->model = load_model(err);
	if (!server->model)
		return false;
	server->service.catalog = catalog_load(&server->arena, err);
	if (!server->service.catalog)
		return false;
	server->service.store = server->store;
	server->service.network = config->network;
	server->service.test_failover_quota = config->test_failover_quota;
	server->gateway = (struct gateway){ server->model, &server->service, config->account,
		config->region };
	return true;
}

static void on_commit(void *context)
{
	struct server *server = context;

	pool_wake(server->pool);
	monitor_wake(server->monitor);
	faults_wake(server->faults);
}

/* The monitor and the pool wake each other through commits. */
static bool start_work(struct server *server, struct error *err)
{
	const struct config *config = &server->config;
	struct runner runner = { server->store, server->engine, server->service.catalog };
	struct monitor_settings settings = {
		.heartbeat_ms = config->heartbeat_ms,
		.detector = { config->heartbeat_failures, (int64_t)config->busy_limit_ms * 1000 },
	};

	if (!(server->pool = pool_start(&runner, config->workers, err)) ||
		!(server->monitor = monitor_start(server->store, server->engine, &settings, err)) ||
		!(server->calendar = calendar_start(server->store, err)))
		return false;
	store_on_commit(server->store, on_commit, server);
	on_commit(server); /* for what was committed before the hook was there */
	return true;
}

static bool start_http(struct server *server, struct error *err)
{
	struct http_options options = { .address = server->config.listen_address,
		.port = server->config.listen_port,
		.gateway = &server->gateway,
		.version = UNDERSTUDY_VERSION,
		.routes = operator_answer,
		.routes_context = &server->operator, };

	server->operator=(struct operator){ UNDERSTUDY_VERSION, server->store, server->engine,
		server->faults, server->service.catalog };
	server->http = http_start(&options, err);
	return server->http != NULL;
}

static void greet(const struct server *server)
{
	(void)printf(
		"understudy %s, redis %s\n", UNDERSTUDY_VERSION, engine_version(server->engine));
	config_print(stdout);
	(void)printf("export AWS_ENDPOINT_URL_ELASTICACHE=http://%s:%d\n",
		server->config.listen_address, http_port(server->http));
	(void)fflush(stdout);
}

static void await_signal(const struct server *server)
{
	struct pollfd poller = { .fd = server->signals, .events = POLLIN };

	while (poll(&poller, 1, -1) < 0 && errno == EINTR)
		;
}

/* Work comes last: a server that cannot listen has started no node. */
static bool open_server(struct server *server, struct error *err)
{
	return take_signals(server, err) && open_state(server, err) && open_api(server, err) &&
	       (server->faults = faults_start(server->store, server->engine, err)) &&
	       start_http(server, err) && start_work(server, err);
}

/* A failover that has begun is finished before its nodes are stopped: stopped half-way, the shard
 * would look as if it had lost everything. */
static bool close_server(struct server *server, bool stop_nodes, struct error *err)
{
	bool ok = true;

	http_stop(server->http);
	monitor_stop(server->monitor);
	calendar_stop(server->calendar);
	if (server->pool && stop_nodes)
		pool_drain(server->pool, DRAIN_MS);
	pool_stop(server->pool);
	if (server->store)
		store_on_commit(server->store, NULL, NULL);
	faults_stop(server->faults);
	monitor_free(server->monitor);
	if (stop_nodes)
		ok = shutdown_nodes(server->store, server->engine, err);
	engine_close(server->engine);
	close_fd(&server->network);
	store_close(server->store);
	model_free(server->model);
	close_fd(&server->signals);
	arena_done(&server->arena);
	return ok;
}

static int complain(const struct error *err)
{
	(void)fprintf(stderr, "understudy: %s\n", err->message);
	return EXIT_FAILURE;
}

int serve(int argc, char **argv)
{
	struct server server = { .signals = -1, .network = -1 };
	struct error err = { 0 }, ignored = { 0 };
	bool leave;

	if (!config_read(&server.config, &server.arena, argc, argv, &err)) {
		arena_done(&server.arena);
		(void)complain(&err);
		(void)fputs("Try 'understudy serve --help'.\n", stderr);
		return 2;
	}
	if (server.config.help) {
		config_help(stdout);
		arena_done(&server.arena);
		return EXIT_SUCCESS;
	}
	log_setup(server.config.log_level, server.config.log_format);
	raise_descriptor_limit();
	if (!open_server(&server, &err)) {
		(void)close_server(&server, false, &ignored);
		return complain(&err);
	}
	greet(&server);
	await_signal(&server);
	leave = server.config.leave_nodes;
	return close_server(&server, !leave, &err) ? EXIT_SUCCESS : complain(&err);
}
