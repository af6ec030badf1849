/*
 * The decoder and the encoders as a program, for tests in Python: requests on stdin, a line each,
 * answers on stdout, a line of JSON each.
 *
 *   decode <Action> <form>   the input tree, or {"error": [code, message]}
 *   encode <Action> <tree>   {"xml": …, "json": …} of this output tree
 *   answer <form>            {"status": …, "body": …} of the whole way, with echoing handlers
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "echo.h"
#include "protocol/gateway.h"
#include "protocol/json.h"
#include "protocol/query.h"
#include "protocol/xml.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

#define REQUEST_ID "00000000-0000-4000-8000-000000000000"

static json_t *decode(const struct model_action *action, const char *form, struct arena *arena)
{
	struct query query = { .arena = arena };
	struct error err = { 0 };
	json_t *tree = NULL;

	if (query_parse(&query, NULL, form, strlen(form), &err))
		tree = query_input(&query, action->in, &err);
	return tree ? tree : json_pack("{s:[s,s]}", "error", err.code, err.message);
}

static json_t *encode(const struct model_action *action, const char *tree, struct arena *arena)
{
	struct text xml = { .arena = arena }, json = { .arena = arena };
	json_t *out = json_loads(tree, 0, NULL);
	json_t *both;

	if (!out)
		return json_pack("{s:s}", "error", "not JSON");
	xml_result(&xml, action, out, REQUEST_ID);
	json_result(&json, action, out, REQUEST_ID);
	both = json_pack("{s:s,s:s}", "xml", xml.data, "json", json.data);
	json_decref(out);
	return both;
}

static json_t *answer(const struct model *model, const char *form, struct arena *arena)
{
	const struct gateway gateway = {
		.model = model,
		.account = "000000000000",
		.region = "us-east-1",
	};
	const struct gateway_request request = {
		.method = "POST",
		.body = form,
		.body_length = strlen(form),
	};
	struct gateway_response response;

	gateway_answer(&gateway, &request, arena, &response);
	return json_pack("{s:i,s:s}", "status", response.status, "body", response.body);
}

static json_t *serve(const struct model *model, char *line, struct arena *arena)
{
	char *verb = strsep(&line, " ");
	const struct model_action *action;
	char *name;

	if (strcmp(verb, "answer") == 0 && line)
		return answer(model, line, arena);
	name = strsep(&line, " ");
	action = name ? model_action(model, name) : NULL;
	if (!action || !line)
		return json_pack("{s:s}", "error", "no such action");
	return strcmp(verb, "decode") == 0 ? decode(action, line, arena)
					   : encode(action, line, arena);
}

int main(void)
{
	_cleanup_(arena_done) struct arena arena = { 0 }, line_arena = { 0 };
	struct error err = { 0 };
	struct model *model = echo_model(&arena, &err);
	static char line[4 * 1024 * 1024];

	if (!model) {
		(void)fprintf(stderr, "%s\n", err.message);
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), stdin)) {
		json_t *reply;

		line[strcspn(line, "\n")] = '\0';
		reply = serve(model, line, &line_arena);
		(void)json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
		(void)puts("");
		(void)fflush(stdout);
		json_decref(reply);
		arena_reset(&line_arena);
	}
	model_free(model);
	return EXIT_SUCCESS;
}
