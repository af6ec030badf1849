/* What the server is and how it does; with the members that tools written for LocalStack look for.
 */
#include "engine/engine.h"
#include "engine/sabotage.h"
#include "operator/operator.h"
#include "operator/routes.h"
#include "util/arena.h"

/* A server that answers is ready: it listens when all else is open. */
bool route_health(struct exchange *exchange, struct error *err)
{
	const struct operator* operator= exchange->operator;
	const char *no_silence = engine_no_silence(operator->engine);

	(void)err;
	return exchange_reply(exchange,
		json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:b, s:b, s:b, s:s?}}", "status", "ready",
			"version", operator->version, "engine",
			arena_printf(exchange->arena, "redis %s", engine_version(operator->engine)),
			"services", "elasticache", "available", "faults", "crash", 1, "hang", 1,
			"silent", !no_silence, "reason", no_silence));
}

bool route_version(struct exchange *exchange, struct error *err)
{
	(void)err;
	return exchange_reply(exchange, json_pack("{s:s, s:s}", "name", "understudy", "version",
						exchange->operator->version));
}
