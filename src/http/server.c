#include "http/server.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/connections.h"
#include "http/listen.h"
#include "http/request.h"
#include "protocol/gateway.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

enum {
	THREADS = 2,
	CONNECTIONS_MAX = 2000,
	IDLE_SECONDS = 30,
	POOL_BYTES = 64 * 1024,      /* of a connection, for its headers and its reply's */
	HEADERS_MAX = 32 * 1024,     /* bytes */
	ARGUMENTS_MAX = 256,         /* of a query string: each takes room in the pool */
	BODY_MAX = 1024 * 1024,      /* bytes */
	DISCARD_MAX = 16 * BODY_MAX, /* what is read of a larger body to be able to answer it */
	KEEP_MAX = 64 * 1024,        /* bytes of memory that stay with an idle connection */
	DEADLINE_MS = 15000,
	DRAIN_MS = 2000,
};

struct http_server {
	struct http_options options;
	struct MHD_Daemon *daemon;
	struct connections *connections;
	char server_header[64];
	int port;
};

/* One at a time on a connection; lives in the connection's arena. */
struct request {
	struct connection *connection;
	const char *path;
	const char *query; /* NULL: none */
	struct request_headers headers;
	bool begun;      /* its headers were seen */
	size_t received; /* bytes of its body */
	struct text body;
};

static void log_library(void *cls, const char *format, va_list args)
{
	char line[400];

	(void)cls;
	(void)vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	log_debug("http", "library", F("text", line));
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
	enum MHD_ConnectionNotificationCode what)
{
	struct http_server *server = cls;
	int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*context = connections_add(server->connections, fd);
	else
		connections_remove(server->connections, *context);
}

/* ---- answers ---- */

static enum MHD_Result send_answer(struct http_server *server, struct MHD_Connection *mhd,
	const struct gateway_response *answer, const char *allow, bool last)
{
	/* libmicrohttpd takes a pointer to what it does not change. */
	struct MHD_Response *response = MHD_create_response_from_buffer(
		answer->body_length, (void *)(uintptr_t)answer->body, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result queued;

	if (!response)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Server", server->server_header);
	(void)MHD_add_response_header(response, "Content-Type", answer->content_type);
	if (answer->request_id)
		(void)MHD_add_response_header(response, "x-amzn-RequestId", answer->request_id);
	if (allow)
		(void)MHD_add_response_header(response, "Allow", allow);
	if (last)
		(void)MHD_add_response_header(response, "Connection", "close");
	connections_await_taking(server->connections, connection_of(mhd));
	queued = MHD_queue_response(mhd, (unsigned)answer->status, response);
	MHD_destroy_response(response);
	return queued;
}

static struct gateway_request gateway_request(const struct request *request, const char *method)
{
	return (struct gateway_request){
		.method = method,
		.query = request->query,
		.body = request->body.data,
		.body_length = request->body.length,
		.authorization = request->headers.authorization,
		.accept = request->headers.accept,
	};
}

static void refuse(const struct http_server *server, struct request *request,
	const struct error *err, struct gateway_response *ret)
{
	struct gateway_request what = gateway_request(request, NULL);

	gateway_refuse(server->options.gateway, &what, err, &request->connection->arena, ret);
	log_debug("http", "refused", F("code", err->code), F("reason", err->message));
}

/* False: the path is nobody's. */
static bool answer_route(const struct http_server *server, struct request *request,
	const char *method, const struct error *refused, struct gateway_response *ret,
	const char **ret_allow)
{
	const struct http_options *options = &server->options;
	const struct route_request what = {
		.method = method,
		.path = request->path,
		.query = request->query,
		.body = request->body.data,
		.body_length = request->body.length,
	};
	struct route_answer answer = { 0 };

	if (!options->routes || !options->routes(options->routes_context, &what, refused,
					&request->connection->arena, &answer))
		return false;
	*ret_allow = answer.allow;
	*ret = (struct gateway_response){
		.status = answer.status,
		.content_type = answer.content_type,
		.body = answer.body,
		.body_length = answer.body_length,
	};
	return true;
}

/* Whether the request can be served at all, whatever it asks for. */
static bool check(
	const struct http_server *server, const struct request *request, struct error *err)
{
	if (request->received > BODY_MAX)
		return fail(err, "RequestEntityTooLarge",
			"The body of a request may have at most %d bytes.", BODY_MAX);
	return request_check_host(&request->headers, server->options.host_names, err);
}

/* The answer to a whole request. */
static void answer(const struct http_server *server, struct request *request, const char *method,
	struct gateway_response *ret, const char **ret_allow)
{
	static const char allow[] = "GET, POST";
	bool is_api = strcmp(request->path, "/") == 0;
	struct gateway_request what = gateway_request(request, method);
	struct error err = { 0 };
	bool sound = check(server, request, &err);

	if (!is_api && answer_route(server, request, method, &err, ret, ret_allow))
		return;
	if (sound && !is_api) {
		(void)fail(&err, "NotFound", "There is nothing at this path. The API is at /.");
	} else if (sound && !request_allows(allow, method)) {
		(void)fail(&err, "MethodNotAllowed", "The method must be one of: %s.", allow);
		*ret_allow = allow;
	}
	if (err.code)
		refuse(server, request, &err, ret);
	else
		gateway_answer(server->options.gateway, &what, &request->connection->arena, ret);
}

/* ---- requests ---- */

/* libmicrohttpd cannot answer a request whose arguments do not fit into its pool and would leave
 * the client waiting. So we answer in its place, before it looks at them. */
static void refuse_arguments(struct http_server *server, struct request *request)
{
	struct error err = { 0 };
	struct gateway_response response;
	struct arena *arena = &request->connection->arena;
	const char *text;

	(void)fail(&err, "RequestURITooLong",
		"A query string may have at most %d parameters. Send them as a form.",
		ARGUMENTS_MAX);
	refuse(server, request, &err, &response);
	text = arena_printf(arena,
		"HTTP/1.1 %d URI Too Long\r\nConnection: close\r\nServer: %s\r\nContent-Type: "
		"%s\r\n"
		"x-amzn-RequestId: %s\r\nContent-Length: %zu\r\n\r\n%s",
		response.status, server->server_header, response.content_type, response.request_id,
		response.body_length, response.body);
	(void)!send(request->connection->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(request->connection->fd, SHUT_WR);
}

static size_t count(const char *text, char what)
{
	size_t found = 0;

	for (; (text = strchr(text, what)); text++)
		found++;
	return found;
}

/* The first line has come: takes the target as it was sent, before it is decoded and cut. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
	struct connection *connection = connection_of(mhd);
	struct request *request = arena_alloc(&connection->arena, sizeof(*request));
	size_t path_length = strcspn(target, "?");

	request->connection = connection;
	request->path = arena_strndup(&connection->arena, target, path_length);
	if (target[path_length])
		request->query = arena_strdup(&connection->arena, target + path_length + 1);
	request->body.arena = &connection->arena;
	if (request->query && count(request->query, '&') >= ARGUMENTS_MAX)
		refuse_arguments(cls, request);
	return request;
}

static enum MHD_Result on_header(
	void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	request_header(cls, name, value ? value : "");
	return MHD_YES;
}

static bool check_size(struct MHD_Connection *mhd, const struct request *request, struct error *err)
{
	size_t size =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;

	if (size > HEADERS_MAX)
		return fail(err, "RequestHeadersTooLarge",
			"The headers of a request may have at most %d bytes.", HEADERS_MAX);
	if (request->headers.content_length &&
		strtoull(request->headers.content_length, NULL, 10) > DISCARD_MAX)
		return fail(err, "RequestEntityTooLarge",
			"The body of a request may have at most %d bytes.", BODY_MAX);
	return true;
}

/* The headers have come. Refused here are requests after which a connection cannot go on. */
static enum MHD_Result begin(
	struct http_server *server, struct MHD_Connection *mhd, struct request *request)
{
	struct error err = { 0 };
	struct gateway_response response;

	request->begun = true;
	(void)MHD_get_connection_values(mhd, MHD_HEADER_KIND, on_header, &request->headers);
	if (check_size(mhd, request, &err) && request_check_length(&request->headers, &err))
		return MHD_YES;
	refuse(server, request, &err, &response);
	return send_answer(server, mhd, &response, NULL, true);
}

static enum MHD_Result receive(struct request *request, const char *data, size_t size)
{
	request->received += size;
	if (request->received > DISCARD_MAX)
		return MHD_NO;
	if (request->received <= BODY_MAX)
		text_add(&request->body, data, size);
	return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
	const char *method, const char *version, const char *data, size_t *data_size,
	void **context)
{
	struct http_server *server = cls;
	struct request *request = *context;
	struct gateway_response response;
	const char *allow = NULL;

	(void)url;
	(void)version;
	if (!request->begun)
		return begin(server, mhd, request);
	if (*data_size) {
		size_t size = *data_size;

		*data_size = 0;
		return receive(request, data, size);
	}
	connections_serve(server->connections, request->connection);
	answer(server, request, method, &response, &allow);
	return send_answer(server, mhd, &response, allow, false);
}

static void on_completed(
	void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode how)
{
	struct http_server *server = cls;
	struct request *request = *context;
	struct connection *connection = connection_of(mhd);

	(void)how;
	*context = NULL;
	if (!request)
		return;
	if (request->received > KEEP_MAX)
		arena_done(&connection->arena);
	else
		arena_reset(&connection->arena);
	connections_await_request(server->connections, connection);
}

/* ---- start and stop ---- */

static struct MHD_Daemon *start_daemon(struct http_server *server, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, server, MHD_OPTION_END);
}

static bool start(struct http_server *server, struct error *err)
{
	const struct http_options *options = &server->options;
	int deadline = options->deadline_ms ? options->deadline_ms : DEADLINE_MS;
	_cleanup_(close_fd) int fd = -1;

	(void)snprintf(server->server_header, sizeof(server->server_header), "understudy/%s",
		options->version);
	fd = listen_on(options->address, options->port, &server->port, err);
	if (fd < 0)
		return false;
	server->connections = connections_start(deadline, err);
	if (!server->connections)
		return false;
	server->daemon = start_daemon(server, fd);
	if (!server->daemon) {
		connections_stop(server->connections);
		return fail(err, ERROR_INTERNAL, "cannot start the HTTP server on %s:%d",
			options->address, options->port);
	}
	fd = -1; /* the daemon's now */
	return true;
}

struct http_server *http_start(const struct http_options *options, struct error *err)
{
	struct http_server *server = memory_alloc(sizeof(*server));

	*server = (struct http_server){ .options = *options };
	if (start(server, err))
		return server;
	memory_free(server);
	return NULL;
}

int http_port(const struct http_server *server)
{
	return server->port;
}

void http_stop(struct http_server *server)
{
	_cleanup_(close_fd) int fd = -1;

	if (!server)
		return;
	fd = MHD_quiesce_daemon(server->daemon);
	connections_drain(server->connections, DRAIN_MS);
	MHD_stop_daemon(server->daemon);
	connections_stop(server->connections);
	memory_free(server);
}
