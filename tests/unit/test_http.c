#include "unit.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "http/request.h"
#include "http_support.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

START_TEST(the_api_answers_forms_and_queries)
{
	const char *id;
	struct reply reply;

	start_with(0);
	reply = ask(post("", "Action=Count&Text=four"));
	ck_assert_int_eq(reply.status, 200);
	ck_assert_ptr_nonnull(strstr(reply.body, "<Length>4</Length>"));
	ck_assert_ptr_nonnull(strstr(reply.head, "Content-Type: text/xml\r\n"));
	ck_assert_ptr_nonnull(strstr(reply.head, "Server: understudy/1.2.3\r\n"));
	id = strstr(reply.head, "x-amzn-RequestId: ");
	ck_assert_ptr_nonnull(id);
	id = arena_strndup(&arena, id + strlen("x-amzn-RequestId: "), 36);
	ck_assert_ptr_nonnull(strstr(reply.body, id));
	reply = ask("GET /?Action=Count&Text=%2Fpath%00 HTTP/1.1\r\n" HOST "\r\n");
	check_refused(reply, 400, "InvalidParameterValue");
	reply = ask("GET /?Action=Count&Text=%2Fpath HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_ptr_nonnull(strstr(reply.body, "<Length>5</Length>"));
	reply = ask("GET /?Action=Count HTTP/1.1\r\n" HOST "Accept: application/json\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(reply.body, "{\"CountResponse\":"));
	check_refused(ask("GET / HTTP/1.1\r\n" HOST "\r\n"), 400, "MissingAction");
}
END_TEST

START_TEST(a_chunked_form_is_a_form)
{
	struct reply reply;

	start_with(0);
	reply = ask("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		    "6\r\nAction\r\n11\r\n=Count&Text=three\r\n0\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(reply.body, "<Length>5</Length>"));
}
END_TEST

START_TEST(other_paths_and_methods_are_refused)
{
	struct reply reply;

	start_with(0);
	check_refused(ask("GET /nothing HTTP/1.1\r\n" HOST "\r\n"), 404, "NotFound");
	check_refused(ask("GET /%2F HTTP/1.1\r\n" HOST "\r\n"), 404, "NotFound");
	check_refused(ask("GET //?Action=Count HTTP/1.1\r\n" HOST "\r\n"), 404, "NotFound");
	reply = ask("PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	check_refused(reply, 405, "MethodNotAllowed");
	ck_assert_ptr_nonnull(strstr(reply.head, "Allow: GET, POST\r\n"));
	reply = ask("DELETE / HTTP/1.1\r\n" HOST "\r\n");
	check_refused(reply, 405, "MethodNotAllowed");
	reply = ask("POST /beside HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	ck_assert_int_eq(reply.status, 405);
	ck_assert_ptr_nonnull(strstr(reply.head, "Allow: GET, HEAD\r\n"));
}
END_TEST

START_TEST(a_slow_handler_is_not_cut)
{
	struct reply reply;

	start_with(SHORT_MS);
	reply = ask(post("", "Action=Count&Slowly=600"));
	ck_assert_int_eq(reply.status, 200);
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

START_TEST(paths_beside_the_api_are_somebody_else_s)
{
	struct reply reply;

	start_with(0);
	reply = ask("GET /beside?x HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(reply.body, "beside");
	ck_assert_ptr_nonnull(strstr(reply.head, "Content-Type: text/beside\r\n"));
	reply = ask("GET /beside HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n");
	ck_assert_int_eq(reply.status, 421); /* what cannot be served is refused in their form */
	ck_assert_str_eq(reply.body, "MisdirectedRequest");
	check_refused(ask("GET /nothing HTTP/1.1\r\n" HOST "\r\n"), 404, "NotFound");
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
	tcase_add_test(tcase, a_slow_handler_is_not_cut);
	tcase_add_test(tcase, requests_may_be_pipelined);
	tcase_add_test(tcase, paths_beside_the_api_are_somebody_else_s);
	tcase_add_test(tcase, what_it_cannot_listen_on_is_said);
	tcase_add_test(tcase, stopping_lets_a_request_finish_and_closes_the_rest);
	tcase_add_test(tcase, a_list_of_methods_has_whole_words);)
