#include "api/dispatch.h"

#include <assert.h>

#include "api/call.h"
#include "util/error.h"
#include "util/log.h"

json_t *dispatch(const struct model *model, struct call *call, struct error *err)
{
	json_t *out = call->action->run(call, err);
	bool declared;

	if (out)
		return out;
	declared = err->code && model_may_fail(model, call->action, err->code);
	if (!declared)
		log_error("api", "undeclared error", F("action", call->action->name),
			F("code", err->code ? err->code : "none"), F("text", err->message));
	assert(declared);
	if (error_is(err, ERROR_INTERNAL)) {
		log_error("api", "action failed inside", F("action", call->action->name),
			F("reason", err->message));
		(void)fail(err, ERROR_INTERNAL,
			"The request processing has failed because of an unknown error, "
			"exception or failure.");
	}
	return NULL;
}
