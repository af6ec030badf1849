#include "protocol/gateway.h"

#include <stdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "api/call.h"
#include "api/dispatch.h"
#include "api/model.h"
#include "protocol/chars.h"
#include "protocol/json.h"
#include "protocol/query.h"
#include "protocol/scope.h"
#include "protocol/xml.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"
#include "util/tally.h"
#include "util/text.h"

enum { ANSWER_ROOM = 4000 };

static void release_json(json_t **json)
{
	json_decref(*json);
}

/* A random UUID, version 4. */
static const char *make_request_id(struct arena *arena)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[16];
	char *text = arena_alloc(arena, 37);
	char *out = text;

	/* At most 256 bytes come at once and whole, and the pool is ready long before we run. */
	(void)!getrandom(bytes, sizeof(bytes), 0);
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[bytes[i] >> 4];
		*out++ = hex[bytes[i] & 0xf];
	}
	return text;
}

static bool wants_json(const struct gateway_request *request, const struct query *query)
{
	const struct parameter *type = query_find(query, "ContentType");

	return (request->accept && strstr(request->accept, "application/json")) ||
	       (type && strcmp(type->value, "JSON") == 0);
}

/* An older date names the same operations; one that is none, or to come, names none of ours. */
static bool is_known_version(const char *version, const char *ours)
{
	static const char shape[] = "dddd-dd-dd";

	for (size_t i = 0; i < sizeof(shape); i++)
		if (shape[i] == 'd' ? version[i] < '0' || version[i] > '9' : version[i] != shape[i])
			return false;
	return strcmp(version, ours) <= 0;
}

static const struct model_action *find_action(
	const struct model *model, const struct query *query, struct error *err)
{
	const char *name = "", *version = model_version(model);
	const struct model_action *action;

	if (!query_single(query, "Action", &name, err) ||
		!query_single(query, "Version", &version, err))
		return NULL;
	if (!*name) {
		(void)fail(err, "MissingAction", "The request must contain the parameter Action.");
		return NULL;
	}
	action = model_action(model, name);
	if (!action || !is_known_version(version, model_version(model))) {
		(void)fail(err, "InvalidAction", "Could not find operation %s for version %s",
			query_quote(query->arena, name, strlen(name)),
			action ? query_quote(query->arena, version, strlen(version))
			       : model_version(model));
		return NULL;
	}
	return action;
}

/* The output tree, or NULL and *err. */
static json_t *run(const struct gateway *gateway, const struct gateway_request *request,
	const struct query *query, const struct model_action *action, const char *request_id,
	struct error *err)
{
	const struct parameter *credential = query_find(query, "X-Amz-Credential");
	struct scope scope = { gateway->account, gateway->region };
	_cleanup_(release_json) json_t *in = query_input(query, action->in, err);
	struct call call = {
		.service = gateway->service,
		.action = action,
		.arena = query->arena,
		.request_id = request_id,
		.in = in,
	};

	if (!in)
		return NULL;
	scope_read(query->arena, request->authorization, credential ? credential->value : NULL,
		&scope);
	call.account = scope.account;
	call.region = scope.region;
	return dispatch(gateway->model, &call, err);
}

static void write_error(const struct gateway *gateway, const struct error *err, bool as_json,
	struct text *text, struct gateway_response *ret)
{
	const struct model_error *declared = model_error(gateway->model, err->code);
	size_t legal = chars_legal(err->message, strlen(err->message));
	const struct answer_error error = {
		.status = declared ? declared->status : 500,
		.code = err->code,
		.message = arena_strndup(text->arena, err->message, legal),
	};

	ret->status = error.status;
	if (as_json)
		json_error(text, &error, ret->request_id);
	else
		xml_error(text, model_namespace(gateway->model), &error, ret->request_id);
}

static void finish(const struct text *text, bool as_json, struct gateway_response *ret)
{
	ret->content_type = as_json ? "application/json" : "text/xml";
	ret->body = text->data;
	ret->body_length = text->length;
}

static struct text new_answer(struct arena *arena, struct gateway_response *ret)
{
	*ret = (struct gateway_response){
		.status = 200,
		.request_id = make_request_id(arena),
	};
	return (struct text){
		.arena = arena,
		.data = arena_alloc(arena, ANSWER_ROOM),
		.capacity = ANSWER_ROOM,
	};
}

static void note_answer(const struct model_action *action, const struct gateway_response *response,
	const struct error *err, int64_t started)
{
	enum log_level level = action && !action->reads ? LOG_INFO : LOG_DEBUG;
	char labels[96];

	(void)snprintf(labels, sizeof(labels), "action=\"%.60s\",status=\"%d\"",
		action ? action->name : "unknown", response->status);
	tally_count("understudy_requests_total", labels);
	if (log_enabled(level))
		LOG_AT(level, "api", "answered", F("action", action ? action->name : ""),
			F("status", response->status), F("code", err->code ? err->code : "OK"),
			F("us", clock_monotonic() - started));
}

void gateway_answer(const struct gateway *gateway, const struct gateway_request *request,
	struct arena *arena, struct gateway_response *ret)
{
	int64_t started = clock_monotonic();
	struct text text = new_answer(arena, ret);
	struct query query = { .arena = arena };
	struct error err = { 0 };
	const struct model_action *action = NULL;
	_cleanup_(release_json) json_t *out = NULL;
	bool as_json;

	log_context_set("request", ret->request_id);
	if (query_parse(&query, request->query, request->body, request->body_length, &err))
		action = find_action(gateway->model, &query, &err);
	if (action)
		out = run(gateway, request, &query, action, ret->request_id, &err);
	as_json = wants_json(request, &query);
	if (!out)
		write_error(gateway, &err, as_json, &text, ret);
	else if (as_json)
		json_result(&text, action, out, ret->request_id);
	else
		xml_result(&text, action, out, ret->request_id);
	finish(&text, as_json, ret);
	note_answer(action, ret, &err, started);
	log_context_set(NULL, NULL);
}

void gateway_refuse(const struct gateway *gateway, const struct gateway_request *request,
	const struct error *err, struct arena *arena, struct gateway_response *ret)
{
	struct text text = new_answer(arena, ret);
	const struct query none = { .arena = arena };
	bool as_json = wants_json(request, &none);

	write_error(gateway, err, as_json, &text, ret);
	finish(&text, as_json, ret);
}
