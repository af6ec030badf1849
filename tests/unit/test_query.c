#include "unit.h"

#include <string.h>

#include "api/model.h"
#include "protocol/chars.h"
#include "protocol/query.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

#define INVALID "InvalidParameterValue"
#define TWICE "InvalidParameterCombination"
#define MALFORMED "MalformedQueryString"

static const char contract[] =
	"{\"version\":\"2015-02-02\",\"namespace\":\"urn:x\",\"common\":{},\"errors\":{},"
	"\"actions\":{"
	"\"Act\":{\"in\":{\"Id\":\"string\",\"OldId\":{\"alias\":\"Id\"},\"Flag\":\"bool\","
	"\"Count\":\"int\",\"Ratio\":\"double\",\"When\":\"time\",\"Mode\":{\"enum\":[\"on\","
	"\"off\"]},"
	"\"Names\":[\"Name\",\"string\"],\"Tags\":[\"Tag\"],\"Place\":\"Place\"},\"errors\":[]},"
	"\"Need\":{\"in\":{\"Id!\":\"string\",\"Tags\":[\"Strict\"]},\"errors\":[]}},"
	"\"types\":{\"Tag\":{\"Key\":\"string\",\"Value\":\"string\"},"
	"\"Strict\":{\"Key!\":\"string\"},"
	"\"Place\":{\"Zone\":\"string\",\"Racks\":[\"Rack\",\"int\"]}}}";

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

static json_t *decode(const char *action, const char *string, const char *body, struct error *err)
{
	struct query query = { .arena = &arena };

	if (!query_parse(&query, string, body, body ? strlen(body) : 0, err))
		return NULL;
	return query_input(&query, model_action(model, action)->in, err);
}

/* The tree as JSON, or the code of the error. */
static const char *decoded(const char *form)
{
	struct error err = { 0 };
	json_t *tree = decode("Act", NULL, form, &err);
	char *text;

	if (!tree)
		return err.code;
	text = json_dumps(tree, JSON_COMPACT);
	json_decref(tree);
	ck_assert_ptr_nonnull(text);
	form = arena_strdup(&arena, text);
	memory_free(text);
	return form;
}

struct decoding {
	const char *form;
	const char *result;
};

static void check_all(const struct decoding *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(strcmp(decoded(cases[i].form), cases[i].result) == 0,
			"'%s' gave %s instead of %s", cases[i].form, decoded(cases[i].form),
			cases[i].result);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof((cases)[0]))

START_TEST(a_form_is_decoded_strictly)
{
	static const struct decoding cases[] = {
		{ "", "{}" },
		{ "&&&", "{}" },
		{ "Id=a+b%2Bc%26%3d%c3%A9", "{\"Id\":\"a b+c&=\xc3\xa9\"}" },
		{ "Id=a=b", "{\"Id\":\"a=b\"}" },
		{ "Id", "{\"Id\":\"\"}" },
		{ "I%64=x", "{\"Id\":\"x\"}" },
		{ "=x&Id=y&", "{\"Id\":\"y\"}" },
		{ "Id=%09%0A%0d", "{\"Id\":\"\\t\\n\\r\"}" },
		{ "id=x&ID=y&Unknown=z&Unknown=z&Id.x.y=", INVALID },
		{ "id=x&ID=y&Unknown=z&Unknown=z&Deep.a.b.c.1=", "{}" },
		{ "Id=%", MALFORMED },
		{ "Id=%4", MALFORMED },
		{ "Id=%4&Flag=true", MALFORMED },
		{ "Id=%zz", MALFORMED },
		{ "Id=%u0041", MALFORMED },
		{ "%=x", MALFORMED },
		{ "Id=%00", INVALID },
		{ "Id=%01", INVALID },
		{ "Id=%1f", INVALID },
		{ "Id=%80", INVALID },
		{ "Id=%c3", INVALID },
		{ "Id=%c0%80", INVALID },
		{ "Id=%ed%a0%80", INVALID },
		{ "Id=%ef%bf%bf", INVALID },
		{ "Id=%f4%90%80%80", INVALID },
		{ "Unknown=%ff", INVALID },
		{ "I%ff=x", MALFORMED },
		{ "Id=a&Id=b", TWICE },
		{ "Id=a&OldId=b", TWICE },
		{ "OldId=b", "{\"Id\":\"b\"}" },
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(values_have_the_type_of_their_member)
{
	static const struct decoding cases[] = {
		{ "Flag=true", "{\"Flag\":true}" },
		{ "Flag=FALSE", "{\"Flag\":false}" },
		{ "Flag=", INVALID },
		{ "Flag=1", INVALID },
		{ "Flag=true+", INVALID },
		{ "Count=0", "{\"Count\":0}" },
		{ "Count=-2147483648", "{\"Count\":-2147483648}" },
		{ "Count=2147483648", INVALID },
		{ "Count=99999999999999999999999999", INVALID },
		{ "Count=", INVALID },
		{ "Count=+5", INVALID },
		{ "Count=1.0", INVALID },
		{ "Count=0x10", INVALID },
		{ "Ratio=0.5", "{\"Ratio\":0.5}" },
		{ "Ratio=inf", INVALID },
		{ "Ratio=1x", INVALID },
		{ "Mode=on", "{\"Mode\":\"on\"}" },
		{ "Mode=On", INVALID },
		{ "Mode=", INVALID },
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(time_is_iso_8601)
{
	static const struct decoding cases[] = {
		{ "When=1970-01-01T00:00:00Z", "{\"When\":0}" },
		{ "When=2014-04-01T19:23:17Z", "{\"When\":1396380197000}" },
		{ "When=20140401T192317Z", "{\"When\":1396380197000}" },
		{ "When=20140401T1923Z", "{\"When\":1396380180000}" },
		{ "When=2014-04-01T19:23Z", "{\"When\":1396380180000}" },
		{ "When=2014-04-01", "{\"When\":1396310400000}" },
		{ "When=2014-04-01T19:23:17", "{\"When\":1396380197000}" },
		{ "When=2014-04-01T19:23:17.5Z", "{\"When\":1396380197500}" },
		{ "When=2014-04-01T19:23:17.123456789Z", "{\"When\":1396380197123}" },
		{ "When=2014-04-01T21:23:17%2B02:00", "{\"When\":1396380197000}" },
		{ "When=2014-04-01T15:53:17-0330", "{\"When\":1396380197000}" },
		{ "When=2016-02-29T00:00:00Z", "{\"When\":1456704000000}" },
		{ "When=2016-12-31T23:59:60Z", "{\"When\":1483228800000}" },
		{ "When=9999-12-31T23:59:59.999Z", "{\"When\":253402300799999}" },
		{ "When=2015-02-29T00:00:00Z", INVALID },
		{ "When=2014-13-01T00:00:00Z", INVALID },
		{ "When=2014-00-01T00:00:00Z", INVALID },
		{ "When=2014-04-31T00:00:00Z", INVALID },
		{ "When=2014-04-01T24:00:00Z", INVALID },
		{ "When=2014-04-01T00:60:00Z", INVALID },
		{ "When=2014-04-01T00:00:61Z", INVALID },
		{ "When=2014-04-01T00:00:00.Z", INVALID },
		{ "When=2014-04-01T00:00:00ZZ", INVALID },
		{ "When=2014-04-01T00:00:00%2B99:00", INVALID },
		{ "When=2014-04-01T", INVALID },
		{ "When=1969-12-31T23:59:59Z", INVALID },
		{ "When=0000-00-00", INVALID },
		{ "When=99999-01-01", INVALID },
		{ "When=yesterday", INVALID },
		{ "When=1396380197", INVALID },
		{ "When=", INVALID },
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(lists_are_read_as_they_are_meant)
{
	static const struct decoding cases[] = {
		{ "Names.Name.1=a&Names.Name.2=b", "{\"Names\":[\"a\",\"b\"]}" },
		{ "Names.2=b&Names.1=a", "{\"Names\":[\"a\",\"b\"]}" },
		{ "Names.member.10=b&Names.member.9=a", "{\"Names\":[\"a\",\"b\"]}" },
		{ "Names.member.1000=b&Names.7=a", "{\"Names\":[\"a\",\"b\"]}" },
		{ "Names=", "{}" },
		{ "Names=&Names.1=a", "{\"Names\":[\"a\"]}" },
		{ "Names.1=", "{\"Names\":[\"\"]}" },
		{ "Names=a", INVALID },
		{ "Names.0=a", INVALID },
		{ "Names.0.1=a", INVALID },
		{ "Names.1001=a", INVALID },
		{ "Names.99999999999999999999=a", INVALID },
		{ "Names.-1=a", INVALID },
		{ "Names.1x=a", INVALID },
		{ "Names.Name=a", INVALID },
		{ "Names.Name.Name.1=a", INVALID },
		{ "Names.=a", INVALID },
		{ "Names.1.x=a", INVALID },
		{ "Names.1=a&Names.member.1=b", TWICE },
		{ "Names.1=a&Names.01=b", TWICE },
		{ "Tags.Tag.2.Key=c&Tags.Tag.1.Value=b&Tags.Tag.1.Key=a",
			"{\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"},{\"Key\":\"c\"}]}" },
		{ "Tags.1.Key=a&Tags.1.Colour=red", "{\"Tags\":[{\"Key\":\"a\"}]}" },
		{ "Tags.Tag.1=", "{}" },
		{ "Tags.Tag.1=a", INVALID },
		{ "Tags.Key=a", INVALID },
		{ "Place.Zone=a&Place.Racks.Rack.1=7",
			"{\"Place\":{\"Zone\":\"a\",\"Racks\":[7]}}" },
		{ "Place.Racks.1=x", INVALID },
		{ "Place=", "{}" },
		{ "Place=a", INVALID },
		{ "Id.1=a", INVALID },
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(what_is_required_must_be_given)
{
	static const struct {
		const char *form;
		const char *message;
	} cases[] = {
		{ "", "The parameter Id must be provided and must not be null." },
		{ "id=x", "The parameter Id must be provided and must not be null." },
		{ "Id=", "The parameter Id must be provided and must not be blank." },
		{ "Id=x&Tags.Strict.1.Value=y",
			"The parameter Tags.Strict.1.Key must be provided and must not be null." },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };

		ck_assert_ptr_null(decode("Need", NULL, cases[i].form, &err));
		ck_assert_str_eq(err.code, INVALID);
		ck_assert_str_eq(err.message, cases[i].message);
	}
}
END_TEST

START_TEST(a_refusal_says_what_is_wrong)
{
	struct error err = { 0 };

	ck_assert_ptr_null(decode("Act", NULL, "Count=many%0Aa", &err));
	ck_assert_str_eq(err.message,
		"The value many a of the parameter Count is not an integer within -2147483648 "
		"and 2147483647.");
	ck_assert_ptr_null(decode("Act", NULL, "Mode=maybe", &err));
	ck_assert_str_eq(
		err.message, "The value maybe of the parameter Mode is not one of on, off.");
	ck_assert_ptr_null(decode("Act", NULL, "Names=a", &err));
	ck_assert_str_eq(
		err.message, "The parameter Names is a list and cannot have a value of its own.");
	ck_assert_ptr_null(decode("Act", NULL, "Tags.Key=a", &err));
	ck_assert_str_eq(err.message,
		"The parameter Tags.Key is not an item of a list. Items are numbered from 1 to "
		"1000, as in Tags.Tag.1.");
}
END_TEST

START_TEST(both_sources_count_together)
{
	struct error err = { 0 };
	json_t *tree = decode("Act", "Id=a&Count=1", "Flag=true", &err);

	ck_assert_ptr_nonnull(tree);
	ck_assert_uint_eq(json_object_size(tree), 3);
	json_decref(tree);
	ck_assert_ptr_null(decode("Act", "Id=a", "Id=a", &err));
	ck_assert_str_eq(err.code, TWICE);
}
END_TEST

/* "<part>" repeated, with every # replaced by the number. */
static const char *repeat(const char *part, int count)
{
	struct text form = { .arena = &arena };

	for (int i = 1; i <= count; i++) {
		for (const char *c = part; *c; c++) {
			if (*c == '#')
				text_printf(&form, "%d", i);
			else
				text_add(&form, c, 1);
		}
	}
	return form.data;
}

START_TEST(there_are_limits)
{
	struct error err = { 0 };
	json_t *tree = decode("Act", NULL, repeat("Names.member.#=x&", 1000), &err);

	ck_assert_uint_eq(json_array_size(json_object_get(tree, "Names")), 1000);
	json_decref(tree);
	tree = decode("Act", NULL, repeat("Other#=x&", QUERY_PARAMETERS_MAX), &err);
	ck_assert_ptr_nonnull(tree);
	json_decref(tree);
	ck_assert_str_eq(decoded(repeat("Names.member.#=x&", 1001)), INVALID);
	ck_assert_str_eq(decoded(repeat("Names.member.#=x&", 10000)), MALFORMED);
	ck_assert_str_eq(decoded(repeat("Other#=x&", QUERY_PARAMETERS_MAX + 1)), MALFORMED);
	ck_assert_str_eq(
		decoded(arena_printf(&arena, "Id=%s", repeat("x", QUERY_VALUE_MAX + 1))), INVALID);
	tree = decode(
		"Act", NULL, arena_printf(&arena, "Id=%s", repeat("x", QUERY_VALUE_MAX)), &err);
	ck_assert_ptr_nonnull(tree);
	json_decref(tree);
	ck_assert_str_eq(
		decoded(arena_printf(&arena, "Names.1%s=x", repeat(".1", 10000))), INVALID);
}
END_TEST

START_TEST(quotes_are_short_and_end_between_characters)
{
	const char *quote = query_quote(&arena, repeat("\xe2\x82\xac", 100), 300);

	ck_assert_uint_eq(strlen(quote), 63 + 3);
	ck_assert_uint_eq(chars_legal(quote, strlen(quote)), strlen(quote));
}
END_TEST

UNIT("query", tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_form_is_decoded_strictly);
	tcase_add_test(tcase, values_have_the_type_of_their_member);
	tcase_add_test(tcase, time_is_iso_8601);
	tcase_add_test(tcase, lists_are_read_as_they_are_meant);
	tcase_add_test(tcase, what_is_required_must_be_given);
	tcase_add_test(tcase, a_refusal_says_what_is_wrong);
	tcase_add_test(tcase, both_sources_count_together); tcase_add_test(tcase, there_are_limits);
	tcase_add_test(tcase, quotes_are_short_and_end_between_characters);)
