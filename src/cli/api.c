#include "cli/api.h"

#include <curl/curl.h>
#include <string.h>

#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

enum { CONNECT_MS = 1000, ANSWER_MS = 30000 };

struct api {
	CURL *curl;
	struct curl_slist *headers;
	struct arena arena; /* the URL */
	const char *url;
	char failure[CURL_ERROR_SIZE];
};

struct api *api_open(const char *url)
{
	struct api *api = memory_alloc(sizeof(*api));
	size_t length = strlen(url);

	*api = (struct api){ .curl = curl_easy_init() };
	while (length > 0 && url[length - 1] == '/')
		length--;
	api->url = arena_strndup(&api->arena, url, length);
	api->headers = curl_slist_append(NULL, "Accept: application/json");
	return api;
}

void api_close(struct api *api)
{
	if (!api)
		return;
	curl_easy_cleanup(api->curl);
	curl_slist_free_all(api->headers);
	arena_done(&api->arena);
	memory_free(api);
}

static size_t collect(char *bytes, size_t size, size_t count, void *context)
{
	text_add(context, bytes, size * count);
	return size * count;
}

/* The body's tree, or NULL and *err when no JSON came. form NULL: a GET. */
static json_t *transfer(struct api *api, const char *url, const char *form, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct text body = { .arena = &arena };
	json_t *tree;

	text_puts(&body, "");
	curl_easy_reset(api->curl);
	(void)curl_easy_setopt(api->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(api->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(api->curl, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(api->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	(void)curl_easy_setopt(api->curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	(void)curl_easy_setopt(api->curl, CURLOPT_HTTPHEADER, api->headers);
	(void)curl_easy_setopt(api->curl, CURLOPT_ERRORBUFFER, api->failure);
	(void)curl_easy_setopt(api->curl, CURLOPT_WRITEFUNCTION, collect);
	(void)curl_easy_setopt(api->curl, CURLOPT_WRITEDATA, &body);
	if (form)
		(void)curl_easy_setopt(api->curl, CURLOPT_POSTFIELDS, form);
	if (curl_easy_perform(api->curl) != CURLE_OK) {
		(void)fail(err, ERROR_INTERNAL, "%s: %s", api->url, api->failure);
		return NULL;
	}
	tree = json_loadb(body.data, body.length, 0, NULL);
	if (!tree)
		(void)fail(err, ERROR_INTERNAL, "%s did not answer in JSON", api->url);
	return tree;
}

const char *json_text(const json_t *value, const char *member)
{
	const char *text = json_string_value(json_object_get(value, member));

	return text ? text : "";
}

static const char *encode_form(
	struct api *api, struct arena *arena, const char *action, const char *const *parameters)
{
	struct text form = { .arena = arena };

	text_printf(&form, "Action=%s&Version=2015-02-02", action);
	for (size_t i = 0; parameters[i]; i += 2) {
		char *value = curl_easy_escape(api->curl, parameters[i + 1], 0);

		text_printf(&form, "&%s=%s", parameters[i], value);
		curl_free(value);
	}
	return form.data;
}

static bool is_missing(const json_t *failure)
{
	return strstr(json_text(failure, "Code"), "NotFound") != NULL;
}

json_t *api_call(
	struct api *api, const char *action, const char *const *parameters, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	json_t *tree = transfer(api, api->url, encode_form(api, &arena, action, parameters), err);
	json_t *failure = json_object_get(tree, "Error"), *result;

	if (!tree)
		return NULL;
	result = json_object_get(json_object_get(tree, arena_printf(&arena, "%sResponse", action)),
		arena_printf(&arena, "%sResult", action));
	if (failure || !result)
		(void)fail(err, is_missing(failure) ? API_MISSING : ERROR_INTERNAL, "%s: %s",
			failure ? json_text(failure, "Code") : action,
			failure ? json_text(failure, "Message") : "no result came");
	else
		json_incref(result);
	json_decref(tree);
	return failure ? NULL : result;
}

static json_t *operate(struct api *api, const char *path, const char *body, struct error *err)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	json_t *answer = transfer(api, arena_printf(&arena, "%s%s", api->url, path), body, err);
	long status = 0;

	if (!answer)
		return NULL;
	(void)curl_easy_getinfo(api->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 400)
		return answer;
	(void)fail(
		err, status < 500 ? API_REFUSED : ERROR_INTERNAL, "%s", json_text(answer, "error"));
	json_decref(answer);
	return NULL;
}

json_t *api_get(struct api *api, const char *path, struct error *err)
{
	return operate(api, path, NULL, err);
}

json_t *api_post(struct api *api, const char *path, const json_t *body, struct error *err)
{
	char *text = json_dumps(body, JSON_COMPACT);
	json_t *answer = operate(api, path, text, err);

	memory_free(text);
	return answer;
}

const char *api_escape(struct api *api, struct arena *arena, const char *text)
{
	char *escaped = curl_easy_escape(api->curl, text, 0);
	const char *copy = arena_strdup(arena, escaped);

	curl_free(escaped);
	return copy;
}

bool api_is_ready(struct api *api)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct error ignored = { 0 };
	json_t *tree = transfer(api, arena_printf(&arena, "%s/health", api->url), NULL, &ignored);
	bool ready = strcmp(json_text(tree, "status"), "ready") == 0;

	json_decref(tree);
	return ready;
}
