#include "http/operator.h"

#include <string.h>

#include "http/server.h"
#include "protocol/json.h"
#include "util/text.h"

/* With the members that tools written for LocalStack look for. */
static int answer_health(const struct http_options *options, struct text *text)
{
	struct http_health health = { .ready = true };

	if (options->health)
		options->health(options->context, text->arena, &health);
	text_printf(text, "{\"status\":\"%s\",\"version\":", health.ready ? "ready" : "starting");
	json_add_text(text, options->version);
	text_puts(text, ",\"engine\":");
	if (health.engine)
		json_add_text(text, health.engine);
	else
		text_puts(text, "null");
	text_printf(text, ",\"services\":{\"elasticache\":\"%s\"}}\n",
		health.ready ? "available" : "starting");
	return health.ready ? 200 : 503;
}

static int answer_version(const struct http_options *options, struct text *text)
{
	text_puts(text, "{\"name\":\"understudy\",\"version\":");
	json_add_text(text, options->version);
	text_puts(text, "}\n");
	return 200;
}

static const struct operator_route routes[] = {
	{ "/health", "GET, HEAD", answer_health },
	{ "/_localstack/health", "GET, HEAD", answer_health },
	{ "/version", "GET, HEAD", answer_version },
};

const struct operator_route *operator_route(const char *path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	return NULL;
}
