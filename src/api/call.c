#include "api/call.h"

#include <assert.h>
#include <string.h>

#include "api/model.h"

/* A name that the model does not have is a mistake of the handler, found by its first test. */
static json_t *get(const struct call *call, const char *member, unsigned kinds)
{
	const struct model_member *declared =
		model_member(call->action->in, member, strlen(member));

	assert(declared && !declared->alias_of);
	assert(1U << declared->type->kind & kinds);
	return json_object_getn(call->in, member, declared->name_length);
}

bool in_has(const struct call *call, const char *member)
{
	return get(call, member, ~0U);
}

const char *in_text(const struct call *call, const char *member)
{
	return json_string_value(get(call, member, 1U << MODEL_STRING | 1U << MODEL_ENUM));
}

bool in_bool(const struct call *call, const char *member, bool otherwise)
{
	const json_t *value = get(call, member, 1U << MODEL_BOOL);

	return value ? json_is_true(value) : otherwise;
}

int64_t in_int(const struct call *call, const char *member, int64_t otherwise)
{
	const json_t *value = get(call, member, 1U << MODEL_INT);

	return value ? json_integer_value(value) : otherwise;
}

int64_t in_time(const struct call *call, const char *member, int64_t otherwise)
{
	const json_t *value = get(call, member, 1U << MODEL_TIME);

	return value ? json_integer_value(value) : otherwise;
}

json_t *in_list(const struct call *call, const char *member)
{
	return get(call, member, 1U << MODEL_LIST);
}
