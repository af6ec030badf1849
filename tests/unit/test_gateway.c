#include "unit.h"

#include <signal.h>
#include <string.h>

#include "api/call.h"
#include "api/model.h"
#include "protocol/chars.h"
#include "protocol/gateway.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"

static const char contract[] =
	"{\"version\":\"2015-02-02\",\"namespace\":\"urn:x\",\"common\":{\"InvalidAction\":400,"
	"\"MissingAction\":400,\"MalformedQueryString\":400,\"InvalidParameterValue\":400,"
	"\"InvalidParameterCombination\":400,\"InternalFailure\":500,\"NotFound\":404},"
	"\"errors\":{\"Declared\":404,\"Elsewhere\":400},\"actions\":{"
	"\"Whoami\":{\"reads\":true,\"in\":{\"Name\":\"string\",\"Flag\":\"bool\",\"Count\":"
	"\"int\","
	"\"When\":\"time\",\"Names\":[\"Name\",\"string\"]},\"out\":{\"Account\":\"string\","
	"\"Region\":\"string\",\"Id\":\"string\",\"Seen\":\"string\"},\"errors\":[\"Elsewhere\"]},"
	"\"Break\":{\"in\":{\"How!\":\"string\"},\"errors\":[\"Declared\"]}},\"types\":{}}";

/* What a request looked like from within. */
static json_t *whoami(struct call *call, struct error *err)
{
	const char *seen = arena_printf(call->arena, "%s %d %d %lld %lld %zu",
		in_text(call, "Name") ? in_text(call, "Name") : "-", in_has(call, "Flag"),
		in_bool(call, "Flag", true), (long long)in_int(call, "Count", 7),
		(long long)in_time(call, "When", -1), json_array_size(in_list(call, "Names")));

	(void)err;
	return json_pack("{s:s,s:s,s:s,s:s}", "Account", call->account, "Region", call->region,
		"Id", call->request_id, "Seen", seen);
}

static json_t *break_down(struct call *call, struct error *err)
{
	const char *how = in_text(call, "How");

	if (strcmp(how, "declared") == 0)
		(void)fail(err, "Declared", "It is <declared>.");
	else if (strcmp(how, "internal") == 0)
		(void)fail(err, ERROR_INTERNAL, "the disk is at /secret");
	else if (strcmp(how, "undeclared") == 0)
		(void)fail(err, "Elsewhere", "not mine");
	else if (strcmp(how, "nameless") == 0)
		(void)in_text(call, "Name");
	else if (strcmp(how, "mistyped") == 0)
		(void)in_int(call, "How", 0);
	else
		(void)fail(err, "Declared", "%.397s\xe2\x82\xac", how);
	return NULL;
}

static const struct handler table[] = {
	{ "Whoami", whoami },
	{ "Break", break_down },
	{ 0 },
};

static struct gateway gateway = { .account = "000000000000", .region = "us-east-1" };
static struct model *model;
static struct arena arena;

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
	model_free(model);
	arena_done(&arena);
}

static struct gateway_response ask(struct gateway_request request)
{
	struct gateway_response response;

	request.method = "POST";
	request.body_length = request.body ? strlen(request.body) : 0;
	gateway_answer(&gateway, &request, &arena, &response);
	ck_assert_uint_eq(strlen(response.body), response.body_length);
	ck_assert_uint_eq(chars_legal(response.body, response.body_length), response.body_length);
	ck_assert_ptr_nonnull(strstr(response.body, response.request_id));
	return response;
}

#define ASK(...) ask((struct gateway_request){ __VA_ARGS__ })

static void check_refusal(const char *form, int status, const char *code, const char *message)
{
	struct gateway_response response = ASK(.body = form);

	ck_assert_int_eq(response.status, status);
	ck_assert_str_eq(response.content_type, "text/xml");
	ck_assert_str_eq(response.body,
		arena_printf(&arena,
			"<ErrorResponse xmlns=\"urn:x\"><Error><Type>%s</Type><Code>%s</Code>"
			"<Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
			status < 500 ? "Sender" : "Receiver", code, message, response.request_id));
}

START_TEST(a_handler_sees_typed_input)
{
	struct gateway_response response = ASK(.query = "Action=Whoami&Count=12",
		.body = "Name=n&Flag=False&When=1970-01-01T00:00:01Z&Names.1=a&Names.2=b");

	ck_assert_int_eq(response.status, 200);
	ck_assert_ptr_nonnull(strstr(response.body, "<Seen>n 1 0 12 1000 2</Seen>"));
	response = ASK(.query = "Action=Whoami");
	ck_assert_ptr_nonnull(strstr(response.body, "<Seen>- 0 1 7 -1 0</Seen>"));
}
END_TEST

START_TEST(every_answer_has_an_id_of_its_own)
{
	struct gateway_response first = ASK(.query = "Action=Whoami");
	struct gateway_response second = ASK(.query = "Action=Whoami");

	ck_assert_uint_eq(strlen(first.request_id), 36);
	ck_assert_int_eq(first.request_id[14], '4');
	ck_assert_str_ne(first.request_id, second.request_id);
	ck_assert_ptr_nonnull(
		strstr(first.body, arena_printf(&arena, "<Id>%s</Id>", first.request_id)));
}
END_TEST

#define SIGNED "AWS4-HMAC-SHA256 Credential="

START_TEST(credentials_name_account_and_region)
{
	static const struct {
		const char *authorization;
		const char *query;
		const char *account, *region;
	} cases[] = {
		{ NULL, "", "000000000000", "us-east-1" },
		{ SIGNED "AKIDEXAMPLE/20261122/eu-west-1/elasticache/aws4_request, "
			 "SignedHeaders=host",
			"", "000000000000", "eu-west-1" },
		{ SIGNED "123456789012/20261122/us-west-2/elasticache/aws4_request, Signature=0",
			"", "123456789012", "us-west-2" },
		{ SIGNED "1234567890123/20261122/us-west-2/elasticache/aws4_request", "",
			"000000000000", "us-west-2" },
		{ NULL,
			"&X-Amz-Credential=123456789012%2F20261122%2F"
			"ap-south-1%2Felasticache%2Faws4_request",
			"123456789012", "ap-south-1" },
		{ NULL, "&X-Amz-Credential=<credential>", "000000000000", "us-east-1" },
		{ SIGNED "a/b/c", "", "000000000000", "us-east-1" },
		{ SIGNED "a/20261122/", "", "000000000000", "us-east-1" },
		{ SIGNED "a/20261122/US_EAST/x/y", "", "000000000000", "us-east-1" },
		{ SIGNED "a/20261122/us-east-1-and-a-name-that-is-much-too-long/x/y", "",
			"000000000000", "us-east-1" },
		{ SIGNED, "", "000000000000", "us-east-1" },
		{ "Basic Zm9vOmJhcg==", "", "000000000000", "us-east-1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gateway_response response =
			ASK(.query = arena_printf(&arena, "Action=Whoami%s", cases[i].query),
				.authorization = cases[i].authorization);
		const char *expected =
			arena_printf(&arena, "<Account>%s</Account><Region>%s</Region>",
				cases[i].account, cases[i].region);

		ck_assert_msg(strstr(response.body, expected), "case %zu: %s", i, response.body);
	}
}
END_TEST

START_TEST(requests_without_a_known_action_are_refused)
{
	check_refusal("", 400, "MissingAction", "The request must contain the parameter Action.");
	check_refusal("Action=&Version=2015-02-02", 400, "MissingAction",
		"The request must contain the parameter Action.");
	check_refusal("Action=DescribeDBInstances&Version=2014-10-31", 400, "InvalidAction",
		"Could not find operation DescribeDBInstances for version 2015-02-02");
	check_refusal("Action=%3Cb%3E%26", 400, "InvalidAction",
		"Could not find operation &lt;b&gt;&amp; for version 2015-02-02");
	check_refusal("Action=whoami", 400, "InvalidAction",
		"Could not find operation whoami for version 2015-02-02");
	check_refusal("Action=Whoami&Action=Whoami", 400, "InvalidParameterCombination",
		"The parameter Action was given more than once.");
	check_refusal("Action=Whoami&Version=2015-02-02&Version=2015-02-02", 400,
		"InvalidParameterCombination", "The parameter Version was given more than once.");
	check_refusal("Action=Whoami&Name=%", 400, "MalformedQueryString",
		"The request has a broken percent-encoding.");
}
END_TEST

START_TEST(versions_up_to_ours_are_known)
{
	static const char *const good[] = { "2015-02-02", "2014-12-01", "2010-01-01" };
	static const char *const bad[] = { "2015-02-03", "2024-01-01", "1", "2015-2-2",
		"2015-02-02x", "latest", "" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_int_eq(
			ASK(.query = arena_printf(&arena, "Action=Whoami&Version=%s", good[i]))
				.status,
			200);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refusal(arena_printf(&arena, "Action=Whoami&Version=%s", bad[i]), 400,
			"InvalidAction",
			arena_printf(
				&arena, "Could not find operation Whoami for version %s", bad[i]));
}
END_TEST

START_TEST(errors_have_the_status_of_the_model)
{
	check_refusal("Action=Break&How=declared", 404, "Declared", "It is &lt;declared&gt;.");
	check_refusal("Action=Break", 400, "InvalidParameterValue",
		"The parameter How must be provided and must not be null.");
}
END_TEST

START_TEST(what_broke_inside_is_not_told)
{
	check_refusal("Action=Break&How=internal", 500, "InternalFailure",
		"The request processing has failed because of an unknown error, exception or "
		"failure.");
}
END_TEST

START_TEST(a_message_cut_within_a_character_stays_legal)
{
	char how[398];

	memset(how, 'x', sizeof(how) - 1);
	how[sizeof(how) - 1] = '\0';
	check_refusal(arena_printf(&arena, "Action=Break&How=%s", how), 404, "Declared", how);
}
END_TEST

START_TEST(json_is_given_to_who_asks)
{
	struct gateway_response by_header =
		ASK(.query = "Action=Whoami", .accept = "application/json");
	struct gateway_response by_parameter = ASK(.body = "Action=Whoami&ContentType=JSON");
	struct gateway_response error =
		ASK(.query = "Action=Break&How=declared", .accept = "application/json");
	struct gateway_response broken = ASK(.query = "Action=%", .accept = "application/json");

	ck_assert_str_eq(by_header.content_type, "application/json");
	ck_assert_ptr_nonnull(strstr(
		by_header.body, "{\"WhoamiResponse\":{\"WhoamiResult\":{\"Account\":\"0000"));
	ck_assert_str_eq(by_parameter.content_type, "application/json");
	ck_assert_int_eq(error.status, 404);
	ck_assert_str_eq(error.body,
		arena_printf(&arena,
			"{\"Error\":{\"Code\":\"Declared\",\"Message\":\"It is <declared>.\","
			"\"Type\":\"Sender\"},\"RequestId\":\"%s\"}",
			error.request_id));
	ck_assert_str_eq(broken.content_type, "application/json");
	ck_assert_str_eq(ASK(.query = "Action=Whoami", .accept = "*/*").content_type, "text/xml");
}
END_TEST

START_TEST(a_refusal_from_outside_is_an_answer_too)
{
	const struct gateway_request request = { .accept = "application/json" };
	struct gateway_response response;
	struct error err = { 0 };

	(void)fail(&err, "NotFound", "Nothing here.");
	gateway_refuse(&gateway, &request, &err, &arena, &response);
	ck_assert_int_eq(response.status, 404);
	ck_assert_ptr_nonnull(strstr(response.body, "\"Code\":\"NotFound\""));
}
END_TEST

/* Mistakes of a handler must not pass a test unseen. */
START_TEST(a_handler_that_strays_from_the_contract_aborts)
{
	static const char *const how[] = { "undeclared", "nameless", "mistyped" };

	(void)ASK(.body = arena_printf(&arena, "Action=Break&How=%s", how[_i]));
}
END_TEST

UNIT("gateway", tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_handler_sees_typed_input);
	tcase_add_test(tcase, every_answer_has_an_id_of_its_own);
	tcase_add_test(tcase, credentials_name_account_and_region);
	tcase_add_test(tcase, requests_without_a_known_action_are_refused);
	tcase_add_test(tcase, versions_up_to_ours_are_known);
	tcase_add_test(tcase, errors_have_the_status_of_the_model);
	tcase_add_test(tcase, what_broke_inside_is_not_told);
	tcase_add_test(tcase, a_message_cut_within_a_character_stays_legal);
	tcase_add_test(tcase, json_is_given_to_who_asks);
	tcase_add_test(tcase, a_refusal_from_outside_is_an_answer_too);
	tcase_add_loop_test_raise_signal(
		tcase, a_handler_that_strays_from_the_contract_aborts, SIGABRT, 0, 3);)
