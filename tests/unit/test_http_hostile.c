/* What others may send: never a crash, never a hang, never a request hidden in another. */
#include "unit.h"

#include <poll.h>
#include <string.h>
#include <strings.h>

#include "http_support.h"
#include "util/cleanup.h"
#include "util/clock.h"

enum { PATIENCE_MS = 10000 };

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
	check_refused(
		ask(post("", arena_printf(&arena, "%.*s=%s", MIB / 2, form, form + MIB / 2 + 1))),
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
	reply = ask(arena_printf(
		&arena, "GET /beside HTTP/1.1\r\n" HOST "X-Long: %s\r\n\r\n", filled(8000)));
	ck_assert_int_eq(reply.status, 200);
	check_refused(ask(arena_printf(&arena, "GET /beside HTTP/1.1\r\n" HOST "X-Long: %s\r\n\r\n",
			      filled(33000))),
		431, "RequestHeadersTooLarge");
	reply = ask(arena_printf(
		&arena, "GET /beside HTTP/1.1\r\n" HOST "X-Long: %s\r\n\r\n", filled(200000)));
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
	ck_assert_int_eq(ask(arena_printf(&arena, "GET /?Action=Count&%s HTTP/1.1\r\n" HOST "\r\n",
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
		check_refused(ask(post("", cases[i].form)), 400, cases[i].code);
	check_refused(ask(post("", arena_printf(&arena, "Action=Count&%s",
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
		"GET /beside HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
		"\x16\x03\x01\x02\x01\x01\xfc\x03\x03",
	};

	start_with(SHORT_MS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply reply = ask(cases[i]);

		ck_assert_msg(reply.status == 0 || (reply.status >= 400 && reply.status < 600),
			"case %zu: %d", i, reply.status);
	}
	ck_assert_int_eq(ask("GET /beside HTTP/1.1\r\n" HOST "\r\n").status, 200);
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

START_TEST(only_our_hosts_are_served)
{
	static const char *const good[] = { "127.0.0.1", "127.0.0.1:4566", "localhost:4566",
		"LOCALHOST", "10.1.2.3", "[::1]:4566", "[::1]", "understudy.test:80" };
	static const char *const bad[] = { "evil.example", "localhost.evil.example",
		"127.0.0.1.evil.example", "evil.example:4566", "localhost:x", "[::1", "[localhost",
		"" };

	start_with(0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(ask(arena_printf(&arena, "GET /beside HTTP/1.1\r\nHost: %s\r\n\r\n",
					  good[i]))
					      .status == 200,
			"%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(
			ask(arena_printf(&arena, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", bad[i])),
			421, "MisdirectedRequest");
	check_refused(ask("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"), 421,
		"MisdirectedRequest");
}
END_TEST

UNIT("http-hostile", tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_request_of_unclear_length_ends_the_connection);
	tcase_add_test(tcase, a_body_may_have_a_mebibyte);
	tcase_add_test(tcase, a_body_without_bounds_is_not_read);
	tcase_add_test(tcase, headers_have_a_limit);
	tcase_add_test(tcase, a_query_string_has_a_limit);
	tcase_add_test(tcase, bad_forms_are_refused);
	tcase_add_test(tcase, bytes_that_are_no_http_end_the_connection);
	tcase_add_test(tcase, slow_senders_are_cut);
	tcase_add_test(tcase, only_our_hosts_are_served);)
