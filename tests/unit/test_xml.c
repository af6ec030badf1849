#include "unit.h"

#include <signal.h>
#include <string.h>

#include "api/model.h"
#include "protocol/json.h"
#include "protocol/xml.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

static const char contract[] =
	"{\"version\":\"2015-02-02\",\"namespace\":\"urn:x\",\"common\":{},\"errors\":{},"
	"\"actions\":{"
	"\"Act\":{\"in\":{},\"out\":{\"Name\":\"string\",\"Count\":\"int\",\"Flag\":\"bool\","
	"\"Ratio\":\"double\",\"When\":\"time\",\"Mode\":{\"enum\":[\"on\"]},"
	"\"Words\":[\"Word\",\"string\"],\"Inner\":\"Inner\","
	"\"Odd\":{\"as\":\"Renamed\",\"type\":[\"member\",\"Inner\"]}},\"errors\":[]},"
	"\"Quiet\":{\"in\":{},\"errors\":[]}},"
	"\"types\":{\"Inner\":{\"A\":\"string\"}}}";

#define HEAD "<ActResponse xmlns=\"urn:x\">"
#define TAIL "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ActResponse>"

static struct model *model;
static struct arena arena;

static void setup(void)
{
	struct error err = { 0 };

	model = model_load(contract, strlen(contract), NULL, &err);
	ck_assert_msg(model, "%s", err.message);
}

static void teardown(void)
{
	model_free(model);
	arena_done(&arena);
}

typedef void writer(struct text *text, const struct model_action *action, const json_t *out,
	const char *request_id);

static const char *write_with(writer *write, const char *action, json_t *out)
{
	struct text text = { .arena = &arena };

	ck_assert_ptr_nonnull(out);
	write(&text, model_action(model, action), out, "id");
	json_decref(out);
	return text.data;
}

START_TEST(every_kind_of_value_is_written)
{
	ck_assert_str_eq(write_with(xml_result, "Act",
				 json_pack("{s:s,s:i,s:b,s:f,s:I,s:s,s:[s,s],s:{s:s},s:[{s:s}]}",
					 "Name", "n", "Count", -5, "Flag", 1, "Ratio", 12.5, "When",
					 (json_int_t)1422901338202, "Mode", "on", "Words", "a", "b",
					 "Inner", "A", "x", "Odd", "A", "y")),
		HEAD
		"<ActResult><Name>n</Name><Count>-5</Count><Flag>true</Flag><Ratio>12.5</Ratio>"
		"<When>2015-02-02T18:22:18.202Z</When><Mode>on</Mode>"
		"<Words><Word>a</Word><Word>b</Word></Words><Inner><A>x</A></Inner>"
		"<Renamed><member><A>y</A></member></Renamed></ActResult>" TAIL);
}
END_TEST

START_TEST(empty_lists_and_structures_are_empty_elements)
{
	ck_assert_str_eq(write_with(xml_result, "Act",
				 json_pack("{s:s,s:[],s:{}}", "Name", "", "Words", "Inner")),
		HEAD "<ActResult><Name></Name><Words/><Inner/></ActResult>" TAIL);
	ck_assert_str_eq(write_with(xml_result, "Act", json_object()), HEAD "<ActResult/>" TAIL);
	ck_assert_str_eq(write_with(xml_result, "Act", json_pack("{s:n}", "Name")),
		HEAD "<ActResult></ActResult>" TAIL);
}
END_TEST

START_TEST(an_action_without_a_result_has_no_result_element)
{
	ck_assert_str_eq(write_with(xml_result, "Quiet", json_null()),
		"<QuietResponse xmlns=\"urn:x\"><ResponseMetadata><RequestId>id</RequestId>"
		"</ResponseMetadata></QuietResponse>");
	ck_assert_str_eq(write_with(json_result, "Quiet", json_null()),
		"{\"QuietResponse\":{\"ResponseMetadata\":{\"RequestId\":\"id\"}}}");
}
END_TEST

START_TEST(text_is_escaped)
{
	ck_assert_str_eq(write_with(xml_result, "Act",
				 json_pack("{s:s}", "Name", "<a b=\"c\">&\r\n\t\xe2\x82\xac")),
		HEAD "<ActResult><Name>&lt;a b=&quot;c&quot;&gt;&amp;&#xD;\n\t\xe2\x82\xac</Name>"
		     "</ActResult>" TAIL);
	ck_assert_str_eq(write_with(json_result, "Act",
				 json_pack("{s:s}", "Name", "\"\\\n\x01\xe2\x82\xac/")),
		"{\"ActResponse\":{\"ActResult\":{\"Name\":"
		"\"\\\"\\\\\\u000a\\u0001\xe2\x82\xac/\"},"
		"\"ResponseMetadata\":{\"RequestId\":\"id\"}}}");
}
END_TEST

START_TEST(json_is_the_same_tree)
{
	ck_assert_str_eq(write_with(json_result, "Act",
				 json_pack("{s:i,s:b,s:f,s:I,s:[s,s],s:[{s:s}],s:n}", "Count", 5,
					 "Flag", 0, "Ratio", 0.5, "When", (json_int_t)0, "Words",
					 "a", "b", "Odd", "A", "y", "Name")),
		"{\"ActResponse\":{\"ActResult\":{\"Count\":5,\"Flag\":false,\"Ratio\":0.5,"
		"\"When\":\"1970-01-01T00:00:00.000Z\",\"Words\":[\"a\",\"b\"],\"Odd\":[{\"A\":"
		"\"y\"}]},"
		"\"ResponseMetadata\":{\"RequestId\":\"id\"}}}");
}
END_TEST

START_TEST(errors_are_written_as_the_service_does)
{
	const struct answer_error sender = { 404, "NotFound", "<none> & nothing" };
	const struct answer_error receiver = { 500, "InternalFailure", "Oh." };
	struct text xml = { .arena = &arena }, json = { .arena = &arena };

	xml_error(&xml, "urn:x", &sender, "id");
	ck_assert_str_eq(xml.data,
		"<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type><Code>NotFound</Code>"
		"<Message>&lt;none&gt; &amp; nothing</Message></Error><RequestId>id</RequestId>"
		"</ErrorResponse>");
	json_error(&json, &receiver, "id");
	ck_assert_str_eq(json.data,
		"{\"Error\":{\"Code\":\"InternalFailure\",\"Message\":\"Oh.\",\"Type\":"
		"\"Receiver\"},"
		"\"RequestId\":\"id\"}");
}
END_TEST

/* Each is a mistake of a handler, and must not pass a test unseen. */
START_TEST(output_that_is_not_declared_aborts)
{
	json_t *const cases[] = {
		json_pack("{s:s}", "Surname", "x"),
		json_pack("{s:i}", "Name", 1),
		json_pack("{s:s}", "Count", "1"),
		json_pack("{s:s}", "Mode", "off"),
		json_pack("{s:s}", "Words", "a"),
		json_pack("{s:[i]}", "Words", 1),
		json_pack("{s:{s:s}}", "Inner", "B", "x"),
		json_pack("{s:[]}", "Inner"),
	};

	(void)write_with(_i < 8 ? xml_result : json_result, "Act", cases[_i % 8]);
}
END_TEST

UNIT("xml", tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_kind_of_value_is_written);
	tcase_add_test(tcase, empty_lists_and_structures_are_empty_elements);
	tcase_add_test(tcase, an_action_without_a_result_has_no_result_element);
	tcase_add_test(tcase, text_is_escaped); tcase_add_test(tcase, json_is_the_same_tree);
	tcase_add_test(tcase, errors_are_written_as_the_service_does);
	tcase_add_loop_test_raise_signal(
		tcase, output_that_is_not_declared_aborts, SIGABRT, 0, 16);)
