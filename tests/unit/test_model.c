#include "unit.h"

#include <string.h>

#include "api/model.h"
#include "embed.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

/* A whole model, as small as it can be, with one place to write something else at. */
#define MODEL(errors, in, out, action_errors, types)                                       \
	"{\"version\":\"2015-02-02\",\"namespace\":\"urn:x\",\"common\":{\"Common\":400}," \
	"\"errors\":{" errors "},\"actions\":{\"Act\":{\"in\":{" in "},\"out\":{" out      \
	"},\"errors\":[" action_errors "]}},\"types\":{" types "}}"

static void release_model(struct model **model)
{
	model_free(*model);
}

static struct model *load(const char *json, struct error *err)
{
	return model_load(json, strlen(json), NULL, err);
}

START_TEST(the_embedded_contract_is_consistent)
{
	const struct embedded_file *file = embedded_api;
	struct error err = { 0 };
	_cleanup_(release_model) struct model *model = NULL;
	const struct model_action *action;
	size_t count;

	while (strcmp(file->name, "elasticache.json") != 0)
		file++;
	model = model_load(file->text, file->length, NULL, &err);
	ck_assert_msg(model, "%s", err.message);
	ck_assert_str_eq(model_version(model), "2015-02-02");
	ck_assert_str_eq(model_actions(model, &count)[0].name, "CreateReplicationGroup");
	ck_assert_uint_ge(count, 7);
	action = model_action(model, "TestFailover");
	ck_assert_ptr_nonnull(action);
	ck_assert(!action->reads);
	ck_assert(model_action(model, "DescribeEvents")->reads);
	ck_assert_ptr_null(model_action(model, "testfailover"));
	ck_assert(model_may_fail(model, action, "NodeGroupNotFoundFault"));
	ck_assert(model_may_fail(model, action, "InvalidParameterValue"));
	ck_assert(!model_may_fail(model, action, "CacheClusterNotFound"));
	ck_assert_int_eq(model_error(model, "ReplicationGroupNotFoundFault")->status, 404);
	ck_assert_int_eq(model_error(model, "CacheSubnetGroupNotFoundFault")->status, 400);
}
END_TEST

START_TEST(types_are_resolved_and_rendered)
{
	struct error err = { 0 };
	_cleanup_(release_model) struct model *model =
		load(MODEL("\"E\":404", "\"Id!\":\"string\",\"Old\":{\"alias\":\"Id\"}",
			     "\"Items\":[\"Item\"],\"Words\":{\"as\":\"Text\",\"type\":[\"member\","
			     "\"string\"]}",
			     "\"E\"", "\"Item\":{\"Mode\":{\"enum\":[\"on\",\"off\"]}}"),
			&err);
	const struct model_action *action;
	const struct model_member *id, *old, *items, *words;

	ck_assert_msg(model, "%s", err.message);
	action = model_action(model, "Act");
	id = model_member(action->in, "Id", 2);
	old = model_member(action->in, "Old", 3);
	ck_assert(id->required && !old->required);
	ck_assert_ptr_eq(old->alias_of, id);
	ck_assert_ptr_eq(old->type, id->type);
	items = model_member(action->out, "Items", 5);
	ck_assert_int_eq(items->type->kind, MODEL_LIST);
	ck_assert_str_eq(items->type->item_tag.open, "<Item>");
	ck_assert_str_eq(items->type->item->members[0].type->values[1], "off");
	words = model_member(action->out, "Words", 5);
	ck_assert_str_eq(words->tag.open, "<Text>");
	ck_assert_str_eq(words->type->item_tag.close, "</member>");
	ck_assert_str_eq(action->response.open, "<ActResponse xmlns=\"urn:x\">");
}
END_TEST

START_TEST(nonsense_is_refused_with_its_place)
{
	static const struct {
		const char *json;
		const char *reason;
	} cases[] = {
		{ "", "line 1" },
		{ "[]", "not an object" },
		{ "{\"version\":\"x\"}", "'namespace' is missing" },
		{ MODEL("", "\"A\":\"string\",\"A\":\"int\"", "", "", ""), "duplicate" },
		{ MODEL("", "\"A\":\"string\",\"A!\":\"int\"", "", "", ""),
			"Act.A: declared twice" },
		{ MODEL("", "\"A\":\"text\"", "", "", ""), "Act.A: unknown type 'text'" },
		{ MODEL("", "\"A\":7", "", "", ""), "Act.A: not a type" },
		{ MODEL("", "\"A\":[]", "", "", ""), "Act.A: a list is" },
		{ MODEL("", "\"A\":[\"B\"]", "", "", ""), "Act.A: unknown type 'B'" },
		{ MODEL("", "\"A\":[\"B c\",\"string\"]", "", "", ""),
			"'B c' is not a legal name" },
		{ MODEL("", "\"A<\":\"string\"", "", "", ""), "'A<' is not a legal name" },
		{ MODEL("", "\"!\":\"string\"", "", "", ""), "'' is not a legal name" },
		{ MODEL("", "\"A\":{\"enum\":[]}", "", "", ""), "Act.A: an enum is" },
		{ MODEL("", "\"A\":{\"enum\":[\"a\"],\"max\":3}", "", "", ""),
			"Act.A: not a type" },
		{ MODEL("", "\"A\":{\"alias\":\"B\"}", "", "", ""), "Act.A: alias of no member" },
		{ MODEL("", "\"A\":{\"alias\":\"A\"}", "", "", ""), "Act.A: alias of no member" },
		{ MODEL("", "", "", "\"Nope\"", ""), "Act: undeclared error 'Nope'" },
		{ MODEL("", "", "", "\"Common\"", ""), "error Common is declared twice" },
		{ MODEL("\"E\":404", "", "", "", ""), "error E is not used" },
		{ MODEL("\"E\":200", "", "", "\"E\"", ""), "error E: not a status" },
		{ MODEL("\"Common\":400", "", "", "", ""), "error Common: declared twice" },
		{ MODEL("", "", "", "", "\"T\":{\"A\":\"string\"}"), "type 'T' is not used" },
		{ MODEL("", "", "\"A\":\"T\"", "", "\"T\":{\"B\":[\"T\"]}"), "contains itself" },
		{ MODEL("", "", "\"A\":\"T\"", "", "\"T\":\"string\""), "T: a type is" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };
		struct model *model = load(cases[i].json, &err);

		ck_assert_msg(!model, "accepted: %s", cases[i].json);
		ck_assert_msg(strstr(err.message, cases[i].reason), "'%s' instead of '%s'",
			err.message, cases[i].reason);
	}
}
END_TEST

static json_t *act(struct call *call, struct error *err)
{
	(void)call;
	(void)err;
	return json_object();
}

START_TEST(handlers_and_actions_match_one_to_one)
{
	static const char json[] = MODEL("", "", "", "", "");
	static const struct handler none[] = { { 0 } };
	static const struct handler right[] = { { "Act", act }, { 0 } };
	static const struct handler surplus[] = { { "Act", act }, { "Bct", act }, { 0 } };
	static const struct handler twice[] = { { "Act", act }, { "Act", act }, { 0 } };
	struct error err = { 0 };
	_cleanup_(release_model) struct model *model = model_load(json, strlen(json), right, &err);

	ck_assert_ptr_nonnull(model);
	ck_assert(model_action(model, "Act")->run == act);
	ck_assert_ptr_null(model_load(json, strlen(json), none, &err));
	ck_assert_str_eq(err.message, "action Act: no handler");
	ck_assert_ptr_null(model_load(json, strlen(json), surplus, &err));
	ck_assert_str_eq(err.message, "handler Bct: no such action");
	ck_assert_ptr_null(model_load(json, strlen(json), twice, &err));
	ck_assert_str_eq(err.message, "action Act: two handlers");
}
END_TEST

UNIT("model", tcase_add_test(tcase, the_embedded_contract_is_consistent);
	tcase_add_test(tcase, types_are_resolved_and_rendered);
	tcase_add_test(tcase, nonsense_is_refused_with_its_place);
	tcase_add_test(tcase, handlers_and_actions_match_one_to_one);)
