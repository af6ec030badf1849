/*
 * From bytes to an answer: query string, form, Authorization and Accept, separated by lines. There
 * must always be an answer, of legal characters, with a status that fits.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "echo.h"
#include "fuzz.h"
#include "protocol/chars.h"
#include "protocol/gateway.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/log.h"

static struct gateway gateway = { .account = "000000000000", .region = "us-east-1" };

static void check(const struct gateway_response *response)
{
	json_t *json;

	if (response->status != 200 && (response->status < 400 || response->status > 500))
		abort();
	if (chars_legal(response->body, response->body_length) != response->body_length)
		abort();
	if (strcmp(response->content_type, "text/xml") == 0) {
		if (response->body[0] != '<' || response->body[response->body_length - 1] != '>')
			abort();
		return;
	}
	json = json_loadb(response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL);
	if (!json)
		abort();
	json_decref(json);
}

/* Takes a line of what is left of the text; NULL when it is empty. */
static const char *next_line(char **rest)
{
	char *line = strsep(rest, "\n");

	return line && *line ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena lasting, arena;
	struct error err = { 0 };
	struct gateway_request request = { .method = "POST" };
	struct gateway_response response;
	char *rest = arena_strndup(&arena, (const char *)data, size);

	if (!gateway.model) {
		log_setup(LOG_ERROR, LOG_LOGFMT);
		gateway.model = echo_model(&lasting, &err);
	}
	request.authorization = next_line(&rest);
	request.accept = next_line(&rest);
	request.query = next_line(&rest);
	request.body = rest;
	request.body_length = rest ? strlen(rest) : 0;
	gateway_answer(&gateway, &request, &arena, &response);
	check(&response);
	arena_reset(&arena);
	return 0;
}
