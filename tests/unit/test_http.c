#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "api/call.h"
#include "api/model.h"
#include "http/request.h"
#include "http/server.h"
#include "protocol/gateway.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

enum { PATIENCE_MS = 10000, SHORT_MS = 200, MIB = 1024 * 1024 };

static const char contract[] =
	"{\"version\":\"2015-02-02\",\"namespace\":\"urn:x\",\"common\":{\"InternalFailure\":500,"
	"\"InvalidAction\":400,\"InvalidParameterCombination\":400,\"InvalidParameterValue\":400,"
	"\"MalformedQueryString\":400,\"MalformedRequest\":400,\"MethodNotAllowed\":405,"
	"\"MisdirectedRequest\":421,\"MissingAction\":400,\"NotFound\":404,"
	"\"RequestEntityTooLarge\":413,\"RequestHeadersTooLarge\":431,\"RequestURITooLong\":414},"
	"\"errors\":{},\"actions\":{\"Count\":{\"in\":{\"Text\":\"string\",\"Names\":[\"Name\",\"string\"],"
	"\"Slowly\":\"int\"},\"out\":{\"Length\":\"int\"},\"errors\":[]}},\"types\":{}}";

static json_t *count(struct call *call, struct error *err)
{
	const char *text = in_text(call, "Text");

	(void)err;
	(void)poll(NULL, 0, (int)in_int(call, "Slowly", 0));
	return json_pack("{s:i}", "Length", text ? (int)strlen(text) : -1);
}

static const struct handler table[] = { { "Count", count }, { 0 } };
static const char *const host_names[] = { "understudy.test", NULL };

static struct gateway gateway = { .account = "000000000000", .region = "us-east-1" };
static struct model *model;
static struct arena arena;
static struct http_server *server;

static void start_with(int deadline_ms)
{
	const struct http_options options = {
		.address = "127.0.0.1",
		.host_names = host_names,
		.gateway = &gateway,
		.version = "1.2.3",
		.deadline_ms = deadline_ms,
	};
	struct error err = { 0 };

	server = http_start(&options, &err);
	ck_assert_msg(server, "%s", err.message);
}

static void setup(void)
{
	struct error err = { 0 };

	log_setup(LOG_ERROR, LOG_LOGFMT);
	model = model_load(contract, strlen(contract), table, &err);
	ck_assert_msg(model, "%s", err.message);
	gateway.model = model;
}

static void teardown(void)
{
	http_stop(server);
	server = NULL;
	model_free(model);
	arena_done(&arena);
}

/* ---- a client ---- */

static int dial(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* False when the peer has closed. */
static bool say(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		bytes += sent;
		length -= (size_t)sent;
	}
	return true;
}

/* Bytes read; 0 at the end; fails the test when nothing comes. */
static size_t hear(int fd, char *buffer, size_t size)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t got;

	ck_assert_msg(poll(&wait, 1, PATIENCE_MS) == 1, "no answer");
	got = recv(fd, buffer, size, 0);
	return got > 0 ? (size_t)got : 0;
}

struct reply {
	int status; /* 0: the connection was closed without one */
	const char *head;
	const char *body;
};

/* Byte by byte until the empty line, so that nothing of the next reply is taken. */
static struct reply listen_to(int fd)
{
	struct text head = { .arena = &arena }, body = { .arena = &arena };
	char byte, block[4096];
	size_t length;
	const char *field;

	while (head.length < 4 || memcmp(head.data + head.length - 4, "\r\n\r\n", 4) != 0) {
		if (hear(fd, &byte, 1) == 0)
			return (struct reply){ 0 };
		text_add(&head, &byte, 1);
	}
	field = strcasestr(head.data, "Content-Length: ");
	length = field ? strtoul(field + strlen("Content-Length: "), NULL, 10) : 0;
	while (body.length < length) {
		size_t left = length - body.length;
		size_t got = hear(fd, block, left < sizeof(block) ? left : sizeof(block));

		ck_assert_uint_gt(got, 0);
		text_add(&body, block, got);
	}
	return (struct reply){
		.status = (int)strtol(head.data + strlen("HTTP/1.1 "), NULL, 10),
		.head = head.data,
		.body = body.data ? body.data : "",
	};
}

static bool is_closed(int fd)
{
	char byte;

	return hear(fd, &byte, 1) == 0;
}

/* One request on a connection of its own. */
static struct reply ask(const char *request, size_t length)
{
	_cleanup_(close_fd) int fd = dial();

	(void)say(fd, request, length);
	return listen_to(fd);
}

#define HOST "Host: localhost\r\n"

static struct reply ask_text(const char *request)
{
	return ask(request, strlen(request));
}

static const char *post(const char *headers, const char *body)
{
	return arena_printf(&arena, "POST / HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n%s",
		headers, strlen(body), body);
}

static void check_refused(struct reply reply, int status, const char *code)
{
	ck_assert_msg(
		reply.status == status, "%d instead of %d: %s", reply.status, status, reply.body);
	ck_assert_ptr_nonnull(strstr(reply.head, "Content-Type: text/xml\r\n"));
	ck_assert_msg(strstr(reply.body, arena_printf(&arena, "<Code>%s</Code>", code)), "%s",
		reply.body);
}

static const char *filled(size_t length)
{
	char *text = arena_alloc(&arena, length + 1);

	return memset(text, 'x', length);
}

static const char *repeat(const char *part, int times)
{
	struct text text = { .arena = &arena };

	for (int i = 1; i <= times; i++)
		text_printf(&text, "%s.%d=x&", part, i);
	return text.data;
}

/* ---- what it must do ---- */

START_TEST(the_api_answers_forms_and_queries)
{
	const char *id;
	struct reply reply;

	start_with(0);
	reply = ask_text(post("", "Action=Count&Text=four"));
	ck_assert_int_eq(reply.status, 200);
	ck_assert_ptr_nonnull(strstr(reply.body, "<Length>4</Length>"));
	ck_assert_ptr_nonnull(strstr(reply.head, "Content-Type: text/xml\r\n"));
	ck_assert_ptr_nonnull(strstr(reply.head, "Server: understudy/1.2.3\r\n"));
	id = strstr(reply.head, "x-amzn-RequestId: ");
	ck_assert_ptr_nonnull(id);
	id = arena_strndup(&arena, id + strlen("x-amzn-RequestId: "), 36);
	ck_assert_ptr_nonnull(strstr(reply.body, id));
	reply = ask_text("GET /?Action=Count&Text=%2Fpath%00 HTTP/1.1\r\n" HOST "\r\n");
	check_refused(reply, 400, "InvalidParameterValue");
	reply = ask_text("GET /?Action=Count&Text=%2Fpath HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_ptr_nonnull(strstr(reply.body, "<Length>5</Length>"));
	reply = ask_text("GET /?Action=Count HTTP/1.1\r\n" HOST "Accept: application/json\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(reply.body, "{\"CountResponse\":"));
	check_refused(ask_text("GET / HTTP/1.1\r\n" HOST "\r\n"), 400, "MissingAction");
}
END_TEST

START_TEST(a_chunked_form_is_a_form)
{
	struct reply reply;

	start_with(0);
	reply = ask_text("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
			 "6\r\nAction\r\n11\r\n=Count&Text=three\r\n0\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(reply.body, "<Length>5</Length>"));
}
END_TEST

START_TEST(other_paths_and_methods_are_refused)
{
	struct reply reply;

	start_with(0);
	check_refused(ask_text("GET /nothing HTTP/1.1\r\n" HOST "\r\n"), 404, "NotFound");
	check_refused(ask_text("GET /%2F HTTP/1.1\r\n" HOST "\r\n"), 404, "NotFound");
	check_refused(ask_text("GET //?Action=Count HTTP/1.1\r\n" HOST "\r\n"), 404, "NotFound");
	reply = ask_text("PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	check_refused(reply, 405, "MethodNotAllowed");
	ck_assert_ptr_nonnull(strstr(reply.head, "Allow: GET, POST\r\n"));
	reply = ask_text("DELETE / HTTP/1.1\r\n" HOST "\r\n");
	check_refused(reply, 405, "MethodNotAllowed");
	reply = ask_text("POST /health HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	check_refused(reply, 405, "MethodNotAllowed");
	ck_assert_ptr_nonnull(strstr(reply.head, "Allow: GET, HEAD\r\n"));
}
END_TEST

START_TEST(a_request_of_unclear_length_ends_the_connection)
{
	static const char *const cases[] = {
		"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
		"Content-Length: 5\r\nContent-Length: 5\r\n",
		"Content-Length: 5\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: gzip, chunked\r\n",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: identity\r\n",
	};

	start_with(0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(close_fd) int fd = dial();
		const char *request = arena_printf(&arena,
			"POST / HTTP/1.1\r\n" HOST "%s\r\n0\r\n\r\n"
			"GET /?Action=Count&Text=smuggled HTTP/1.1\r\n" HOST "\r\n",
			cases[i]);
		struct reply reply;

		ck_assert(say(fd, request, strlen(request)));
		reply = listen_to(fd);
		check_refused(reply, 400, "MalformedRequest");
		ck_assert_ptr_nonnull(strcasestr(reply.head, "Connection: close\r\n"));
		ck_assert(is_closed(fd));
	}
}
END_TEST

START_TEST(a_body_may_have_a_mebibyte)
{
	_cleanup_(close_fd) int fd = -1;
	const char *form = arena_printf(
		&arena, "Action=Count&Text=y&%s", filled(MIB - strlen("Action=Count&Text=y&")));
	const char *request = post("", arena_printf(&arena, "%sx", form));
	struct reply reply;

	start_with(0);
	fd = dial();
	/* Refused for the length of a name's value, not of the body. */
	check_refused(ask_text(post("",
			      arena_printf(&arena, "%.*s=%s", MIB / 2, form, form + MIB / 2 + 1))),
		400, "InvalidParameterValue");
	ck_assert(say(fd, request, strlen(request)));
	check_refused(listen_to(fd), 413, "RequestEntityTooLarge");
	request = post("", "Action=Count&Text=next");
	ck_assert(say(fd, request, strlen(request)));
	reply = listen_to(fd);
	ck_assert_int_eq(reply.status, 200);
}
END_TEST

START_TEST(a_body_without_bounds_is_not_read)
{
	_cleanup_(close_fd) int announced = -1, endless = -1;
	const char *request = "POST / HTTP/1.1\r\n" HOST "Content-Length: 100000000000\r\n\r\n";
	const char *chunk = arena_printf(&arena, "10000\r\n%s\r\n", filled(65536));
	int sent = 0;

	start_with(0);
	announced = dial();
	ck_assert(say(announced, request, strlen(request)));
	check_refused(listen_to(announced), 413, "RequestEntityTooLarge");
	ck_assert(is_closed(announced));
	endless = dial();
	request = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
	ck_assert(say(endless, request, strlen(request)));
	while (sent < 2000 && say(endless, chunk, strlen(chunk)))
		sent++;
	ck_assert_int_lt(sent, 2000);
}
END_TEST

START_TEST(headers_have_a_limit)
{
	struct reply reply;

	start_with(0);
	reply = ask_text(arena_printf(
		&arena, "GET /version HTTP/1.1\r\n" HOST "X-Long: %s\r\n\r\n", filled(8000)));
	ck_assert_int_eq(reply.status, 200);
	check_refused(
		ask_text(arena_printf(&arena, "GET /version HTTP/1.1\r\n" HOST "X-Long: %s\r\n\r\n",
			filled(33000))),
		431, "RequestHeadersTooLarge");
	reply = ask_text(arena_printf(
		&arena, "GET /version HTTP/1.1\r\n" HOST "X-Long: %s\r\n\r\n", filled(200000)));
	ck_assert_int_eq(reply.status, 431);
}
END_TEST

START_TEST(a_query_string_has_a_limit)
{
	_cleanup_(close_fd) int fd = -1;
	const char *request = arena_printf(
		&arena, "GET /?Action=Count&%s HTTP/1.1\r\n" HOST "\r\n", repeat("A", 3000));

	start_with(0);
	fd = dial();
	(void)say(fd, request, strlen(request));
	check_refused(listen_to(fd), 414, "RequestURITooLong");
	ck_assert(is_closed(fd));
	ck_assert_int_eq(
		ask_text(arena_printf(&arena, "GET /?Action=Count&%s HTTP/1.1\r\n" HOST "\r\n",
				 repeat("Names", 250)))
			.status,
		200);
}
END_TEST

START_TEST(bad_forms_are_refused)
{
	static const struct {
		const char *form;
		const char *code;
	} cases[] = {
		{ "Action=Count&Text=%", "MalformedQueryString" },
		{ "Action=Count&Text=%ff", "InvalidParameterValue" },
		{ "Action=Count&Text=\xff", "InvalidParameterValue" },
		{ "Action=Count&Text=a&Text=b", "InvalidParameterCombination" },
		{ "{\"Action\":\"Count\"}", "MissingAction" },
		{ "", "MissingAction" },
	};

	start_with(0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused(ask_text(post("", cases[i].form)), 400, cases[i].code);
	check_refused(ask_text(post("", arena_printf(&arena, "Action=Count&%s",
						repeat("Names.member", 10000)))),
		400, "MalformedQueryString");
}
END_TEST

START_TEST(bytes_that_are_no_http_end_the_connection)
{
	static const char *const cases[] = {
		"\r\n\r\n\r\n\r\n",
		"HELLO\r\n\r\n",
		"GET /\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
		"GET /version HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
		"\x16\x03\x01\x02\x01\x01\xfc\x03\x03",
	};

	start_with(SHORT_MS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply reply = ask_text(cases[i]);

		ck_assert_msg(reply.status == 0 || (reply.status >= 400 && reply.status < 600),
			"case %zu: %d", i, reply.status);
	}
	ck_assert_int_eq(ask_text("GET /version HTTP/1.1\r\n" HOST "\r\n").status, 200);
}
END_TEST

/* One byte every 20 ms keeps a timeout of inactivity from ever ending. */
static void check_slow(const char *request, const char *drip)
{
	_cleanup_(close_fd) int fd = dial();
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int64_t started = clock_monotonic();

	ck_assert(say(fd, request, strlen(request)));
	while (poll(&wait, 1, 20) == 0) {
		ck_assert_msg(clock_monotonic() - started < PATIENCE_MS * 1000, "still open");
		(void)say(fd, drip, 1);
	}
	ck_assert(is_closed(fd));
	ck_assert_int_ge(clock_monotonic() - started, SHORT_MS * 1000 * 9 / 10);
}

START_TEST(slow_senders_are_cut)
{
	start_with(SHORT_MS);
	check_slow("GET / HTTP/1.1\r\n" HOST "X-Slow: ", "a");
	check_slow("POST / HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n", "a");
	check_slow("", "G");
}
END_TEST

START_TEST(a_slow_handler_is_not_cut)
{
	struct reply reply;

	start_with(SHORT_MS);
	reply = ask_text(post("", "Action=Count&Slowly=600"));
	ck_assert_int_eq(reply.status, 200);
}
END_TEST

START_TEST(only_our_hosts_are_served)
{
	static const char *const good[] = { "127.0.0.1", "127.0.0.1:4566", "localhost:4566",
		"LOCALHOST", "10.1.2.3", "[::1]:4566", "[::1]", "understudy.test:80" };
	static const char *const bad[] = { "evil.example", "localhost.evil.example",
		"127.0.0.1.evil.example", "evil.example:4566", "localhost:x", "[::1", "[localhost",
		"" };

	start_with(0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(
			ask_text(arena_printf(&arena, "GET /version HTTP/1.1\r\nHost: %s\r\n\r\n",
					 good[i]))
					.status == 200,
			"%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(ask_text(arena_printf(
				      &arena, "GET /version HTTP/1.1\r\nHost: %s\r\n\r\n", bad[i])),
			421, "MisdirectedRequest");
	check_refused(
		ask_text("GET /version HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
		421, "MisdirectedRequest");
}
END_TEST

START_TEST(requests_may_be_pipelined)
{
	_cleanup_(close_fd) int fd = -1;
	struct text requests = { .arena = &arena };

	start_with(0);
	fd = dial();
	for (int i = 0; i < 50; i++)
		text_printf(&requests, "%s",
			post("", arena_printf(&arena, "Action=Count&Text=%0*d", i + 1, 0)));
	ck_assert(say(fd, requests.data, requests.length));
	for (int i = 0; i < 50; i++) {
		struct reply reply = listen_to(fd);

		ck_assert_int_eq(reply.status, 200);
		ck_assert_ptr_nonnull(
			strstr(reply.body, arena_printf(&arena, "<Length>%d</Length>", i + 1)));
	}
}
END_TEST

static void tell_health(void *context, struct arena *memory, struct http_health *ret)
{
	ret->ready = *(bool *)context;
	ret->engine = arena_printf(memory, "redis-server \"%s\"", "7.0.15");
}

START_TEST(operators_are_told_how_it_is)
{
	struct reply reply;

	start_with(0);
	reply = ask_text("GET /health HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(reply.body, "{\"status\":\"ready\",\"version\":\"1.2.3\",\"engine\":null,"
				     "\"services\":{\"elasticache\":\"available\"}}\n");
	ck_assert_ptr_nonnull(strstr(reply.head, "Content-Type: application/json\r\n"));
	reply = ask_text("GET /_localstack/health?reload HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_int_eq(reply.status, 200);
	reply = ask_text("GET /version HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_str_eq(reply.body, "{\"name\":\"understudy\",\"version\":\"1.2.3\"}\n");
}
END_TEST

START_TEST(a_server_that_is_not_ready_says_so)
{
	bool ready = false;
	const struct http_options options = {
		.address = "127.0.0.1",
		.gateway = &gateway,
		.version = "1.2.3",
		.health = tell_health,
		.context = &ready,
	};
	struct error err = { 0 };
	struct reply reply;

	server = http_start(&options, &err);
	reply = ask_text("GET /health HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_int_eq(reply.status, 503);
	ck_assert_str_eq(reply.body,
		"{\"status\":\"starting\",\"version\":\"1.2.3\",\"engine\":\"redis-server "
		"\\\"7.0.15\\\"\",\"services\":{\"elasticache\":\"starting\"}}\n");
}
END_TEST

START_TEST(what_it_cannot_listen_on_is_said)
{
	struct http_options options = {
		.address = "127.0.0.1",
		.gateway = &gateway,
		.version = "1.2.3",
	};
	struct error err = { 0 };

	start_with(0);
	options.port = http_port(server);
	ck_assert_ptr_null(http_start(&options, &err));
	ck_assert_str_eq(err.message,
		arena_printf(&arena, "cannot listen on 127.0.0.1:%d: Address already in use",
			options.port));
	options.address = "nowhere.test";
	ck_assert_ptr_null(http_start(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.message, "not an IP address and a port"));
	options.address = "203.0.113.77";
	ck_assert_ptr_null(http_start(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.message, "Cannot assign requested address"));
}
END_TEST

static void *stop_server(void *argument)
{
	(void)argument;
	http_stop(server);
	return NULL;
}

START_TEST(stopping_lets_a_request_finish_and_closes_the_rest)
{
	_cleanup_(close_fd) int idle = -1, half = -1, busy = -1;
	int64_t started = clock_monotonic();
	const char *request = post("", "Action=Count&Slowly=300");
	struct pollfd wait;
	pthread_t stopper;

	start_with(0);
	idle = dial();
	half = dial();
	busy = dial();
	ck_assert(say(half, "POST / HT", 9));
	ck_assert(say(busy, request, strlen(request)));
	wait = (struct pollfd){ .fd = busy, .events = POLLIN };
	ck_assert_int_eq(poll(&wait, 1, 100), 0); /* it is being worked on */
	ck_assert_int_eq(pthread_create(&stopper, NULL, stop_server, NULL), 0);
	ck_assert_int_eq(listen_to(busy).status, 200);
	ck_assert(is_closed(idle));
	ck_assert(is_closed(half));
	ck_assert_int_eq(pthread_join(stopper, NULL), 0);
	server = NULL;
	ck_assert_int_lt(clock_monotonic() - started, 5000000);
}
END_TEST

START_TEST(a_list_of_methods_has_whole_words)
{
	ck_assert(request_allows("GET, HEAD", "GET"));
	ck_assert(request_allows("GET, HEAD", "HEAD"));
	ck_assert(!request_allows("GET, HEAD", "HEA"));
	ck_assert(!request_allows("GET, HEAD", ""));
	ck_assert(!request_allows("GET, HEAD", "get"));
}
END_TEST

UNIT("http", tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_api_answers_forms_and_queries);
	tcase_add_test(tcase, a_chunked_form_is_a_form);
	tcase_add_test(tcase, other_paths_and_methods_are_refused);
	tcase_add_test(tcase, a_request_of_unclear_length_ends_the_connection);
	tcase_add_test(tcase, a_body_may_have_a_mebibyte);
	tcase_add_test(tcase, a_body_without_bounds_is_not_read);
	tcase_add_test(tcase, headers_have_a_limit);
	tcase_add_test(tcase, a_query_string_has_a_limit);
	tcase_add_test(tcase, bad_forms_are_refused);
	tcase_add_test(tcase, bytes_that_are_no_http_end_the_connection);
	tcase_add_test(tcase, slow_senders_are_cut);
	tcase_add_test(tcase, a_slow_handler_is_not_cut);
	tcase_add_test(tcase, only_our_hosts_are_served);
	tcase_add_test(tcase, requests_may_be_pipelined);
	tcase_add_test(tcase, operators_are_told_how_it_is);
	tcase_add_test(tcase, a_server_that_is_not_ready_says_so);
	tcase_add_test(tcase, what_it_cannot_listen_on_is_said);
	tcase_add_test(tcase, stopping_lets_a_request_finish_and_closes_the_rest);
	tcase_add_test(tcase, a_list_of_methods_has_whole_words);)
