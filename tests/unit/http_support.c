#include "http_support.h"

#include "unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "api/call.h"
#include "api/model.h"
#include "http/request.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

enum { PATIENCE_MS = 10000 };

static const char contract[] =
	"{\"version\":\"2015-02-02\",\"namespace\":\"urn:x\",\"common\":{\"InternalFailure\":500,"
	"\"InvalidAction\":400,\"InvalidParameterCombination\":400,\"InvalidParameterValue\":400,"
	"\"MalformedQueryString\":400,\"MalformedRequest\":400,\"MethodNotAllowed\":405,"
	"\"MisdirectedRequest\":421,\"MissingAction\":400,\"NotFound\":404,"
	"\"RequestEntityTooLarge\":413,\"RequestHeadersTooLarge\":431,\"RequestURITooLong\":414},"
	"\"errors\":{},\"actions\":{\"Count\":{\"in\":{\"Text\":\"string\",\"Names\":[\"Name\","
	"\"string\"],"
	"\"Slowly\":\"int\"},\"out\":{\"Length\":\"int\"},\"errors\":[]}},\"types\":{}}";

static json_t *count(struct call *call, struct error *err)
{
	const char *text = in_text(call, "Text");

	(void)err;
	(void)poll(NULL, 0, (int)in_int(call, "Slowly", 0));
	return json_pack("{s:i}", "Length", text ? (int)strlen(text) : -1);
}

/* A path beside the API. */
static bool answer_beside(void *context, const struct route_request *request,
	const struct error *refused, struct arena *memory, struct route_answer *ret)
{
	bool reads = request_allows("GET, HEAD", request->method);
	const char *body = refused->code ? refused->code : reads ? "beside" : "what?";

	if (strcmp(request->path, "/beside") != 0)
		return false;
	*ret = (struct route_answer){
		.status = refused->code ? 421
			  : reads       ? 200
					: 405,
		.content_type = context,
		.allow = reads ? NULL : "GET, HEAD",
		.body = arena_printf(memory, "%s", body),
		.body_length = strlen(body),
	};
	return true;
}

static char content_type[] = "text/beside";

static const struct handler table[] = { { "Count", count }, { 0 } };
static const char *const host_names[] = { "understudy.test", NULL };

struct gateway gateway = { .account = "000000000000", .region = "us-east-1" };
static struct model *model;
struct arena arena;
struct http_server *server;

void start_with(int deadline_ms)
{
	const struct http_options options = {
		.address = "127.0.0.1",
		.host_names = host_names,
		.gateway = &gateway,
		.version = "1.2.3",
		.deadline_ms = deadline_ms,
		.routes = answer_beside,
		.routes_context = content_type,
	};
	struct error err = { 0 };

	server = http_start(&options, &err);
	ck_assert_msg(server, "%s", err.message);
}

void setup(void)
{
	struct error err = { 0 };

	log_setup(LOG_ERROR, LOG_LOGFMT);
	model = model_load(contract, strlen(contract), table, &err);
	ck_assert_msg(model, "%s", err.message);
	gateway.model = model;
}

void teardown(void)
{
	http_stop(server);
	server = NULL;
	model_free(model);
	arena_done(&arena);
}

/* ---- a client ---- */

int dial(void)
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
bool say(int fd, const char *bytes, size_t length)
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

/* Byte by byte until the empty line, so that nothing of the next reply is taken. */
struct reply listen_to(int fd)
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

bool is_closed(int fd)
{
	char byte;

	return hear(fd, &byte, 1) == 0;
}

struct reply ask(const char *request)
{
	_cleanup_(close_fd) int fd = dial();

	(void)say(fd, request, strlen(request));
	return listen_to(fd);
}

const char *post(const char *headers, const char *body)
{
	return arena_printf(&arena, "POST / HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n%s",
		headers, strlen(body), body);
}

void check_refused(struct reply reply, int status, const char *code)
{
	ck_assert_msg(
		reply.status == status, "%d instead of %d: %s", reply.status, status, reply.body);
	ck_assert_ptr_nonnull(strstr(reply.head, "Content-Type: text/xml\r\n"));
	ck_assert_msg(strstr(reply.body, arena_printf(&arena, "<Code>%s</Code>", code)), "%s",
		reply.body);
}

const char *filled(size_t length)
{
	char *text = arena_alloc(&arena, length + 1);

	return memset(text, 'x', length);
}

const char *repeat(const char *part, int times)
{
	struct text text = { .arena = &arena };

	for (int i = 1; i <= times; i++)
		text_printf(&text, "%s.%d=x&", part, i);
	return text.data;
}
