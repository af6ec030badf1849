#include "operator/routes.h"

#include <string.h>

#include "operator/operator.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

/* In a path, {…} stands for one part, which the function gets. members: those that the body may
 * have, ended by NULL. */
static const struct route {
	const char *method;
	const char *path;
	exchange_fn *answer;
	const char *members[6];
} routes[] = {
	{ "GET", "/health", route_health, { 0 } },
	{ "GET", "/_localstack/health", route_health, { 0 } },
	{ "GET", "/version", route_version, { 0 } },
	{ "GET", "/metrics", route_metrics, { 0 } },
	{ "GET", "/_understudy", route_index, { 0 } },
	{ "GET", "/_understudy/state", route_state, { 0 } },
	{ "GET", "/_understudy/events", route_events, { 0 } },
	{ "GET", "/_understudy/clock", route_clock, { 0 } },
	{ "POST", "/_understudy/clock/advance", route_clock_advance, { "by" } },
	{ "POST", "/_understudy/clock/freeze", route_clock_freeze, { 0 } },
	{ "POST", "/_understudy/clock/resume", route_clock_resume, { 0 } },
	{ "GET", "/_understudy/zones", route_zones, { 0 } },
	{ "POST", "/_understudy/zones/{zone}/down", route_zone_down, { "how", "silence" } },
	{ "POST", "/_understudy/zones/{zone}/up", route_zone_up, { 0 } },
	{ "POST", "/_understudy/zones/{zone}/close", route_zone_close, { 0 } },
	{ "POST", "/_understudy/zones/{zone}/open", route_zone_open, { 0 } },
	{ "POST", "/_understudy/fail/{what}", route_fail,
		{ "name", "shard", "how", "hold", "silence" } },
	{ "POST", "/_understudy/lag", route_lag, { "node", "for" } },
	{ "POST", "/_understudy/fail-step", route_fail_step, { "workflow", "step" } },
	{ "POST", "/_understudy/heal", route_heal, { 0 } },
};

enum { ROUTES = sizeof(routes) / sizeof(routes[0]) };

bool route_index(struct exchange *exchange, struct error *err)
{
	json_t *list = json_array();

	(void)err;
	for (size_t i = 0; i < ROUTES; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s}", "method", routes[i].method, "path",
				      routes[i].path));
	return exchange_reply(exchange, json_pack("{s:o}", "routes", list));
}

static bool path_matches(
	const char *pattern, const char *path, struct arena *arena, const char **ret_parameter)
{
	size_t before = strcspn(pattern, "{"), length;
	const char *after;

	if (!pattern[before])
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, before) != 0)
		return false;
	after = strchr(pattern, '}') + 1;
	length = strcspn(path + before, "/");
	if (length == 0 || strcmp(path + before + length, after) != 0)
		return false;
	*ret_parameter = arena_strndup(arena, path + before, length);
	return true;
}

/* HEAD is answered as GET; libmicrohttpd leaves the body out. */
static bool method_matches(const struct route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static int status_of(const struct error *err)
{
	static const struct {
		const char *code;
		int status;
	} statuses[] = { { OPERATOR_BAD, 400 }, { OPERATOR_MISSING, 404 },
		{ OPERATOR_CONFLICT, 409 }, { "MethodNotAllowed", 405 },
		{ "MisdirectedRequest", 421 }, { "RequestEntityTooLarge", 413 } };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (error_is(err, statuses[i].code))
			return statuses[i].status;
	return 500;
}

static void refuse(struct exchange *exchange, const struct error *err)
{
	exchange->status = status_of(err);
	if (exchange->status == 500)
		log_error("operator", err->message);
	(void)exchange_reply(
		exchange, json_pack("{s:s}", "error",
				  exchange->status == 500
					  ? "An internal error has occurred; the log says more."
					  : err->message));
}

static bool is_known(const struct route *route, const char *member)
{
	for (size_t i = 0; i < sizeof(route->members) / sizeof(route->members[0]); i++)
		if (text_equal(route->members[i], member))
			return true;
	return false;
}

/* No body is an empty object. */
static bool read_body(struct exchange *exchange, const struct route *route,
	const struct route_request *request, struct error *err)
{
	const char *member;
	json_t *value;

	exchange->in = request->body_length ? json_loadb(request->body, request->body_length,
						      JSON_REJECT_DUPLICATES, NULL)
					    : json_object();
	if (!json_is_object(exchange->in))
		return fail(err, OPERATOR_BAD, "The body must be an object in JSON.");
	json_object_foreach(exchange->in, member, value)
	{
		if (!is_known(route, member))
			return fail(err, OPERATOR_BAD, "There is no '%.40s' here.", member);
	}
	return true;
}

static bool serve(struct exchange *exchange, const struct route *route,
	const struct route_request *request, const struct error *refused, struct error *err)
{
	if (refused->code)
		*err = *refused;
	return !refused->code && read_body(exchange, route, request, err) &&
	       route->answer(exchange, err);
}

static const char *allowed(struct arena *arena, const char *path)
{
	struct text list = { .arena = arena };
	const char *ignored;

	for (size_t i = 0; i < ROUTES; i++)
		if (path_matches(routes[i].path, path, arena, &ignored))
			text_printf(&list, "%s%s", list.length ? ", " : "",
				strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD"
								     : routes[i].method);
	return list.data;
}

static const struct route *find(struct exchange *exchange, const struct route_request *request)
{
	for (size_t i = 0; i < ROUTES; i++)
		if (method_matches(&routes[i], request->method) &&
			path_matches(routes[i].path, request->path, exchange->arena,
				&exchange->parameter))
			return &routes[i];
	return NULL;
}

bool operator_answer(void *context, const struct route_request *request,
	const struct error *refused, struct arena *arena, struct route_answer *ret)
{
	struct exchange exchange = {
		.operator= context, .arena = arena, .query = request->query, .status = 200
	};
	const struct route *route = find(&exchange, request);
	const char *allow = route ? NULL : allowed(arena, request->path);
	struct error err = { 0 };

	if (!route && !allow && !text_starts_with(request->path, "/_understudy/"))
		return false;
	if (!route && allow)
		(void)fail(&err, "MethodNotAllowed", "The method must be one of: %s.", allow);
	else if (!route)
		(void)fail(&err, OPERATOR_MISSING, "There is nothing at this path.");
	if (!route || !serve(&exchange, route, request, refused, &err))
		refuse(&exchange, &err);
	json_decref(exchange.in);
	*ret = (struct route_answer){ exchange.status, exchange.content_type, allow, exchange.body,
		exchange.body_length };
	return true;
}
