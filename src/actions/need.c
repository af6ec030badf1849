#include "actions/need.h"

#include <string.h>

#include "actions/service.h"
#include "api/call.h"
#include "domain/group.h"
#include "domain/names.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

enum { PAGE_MIN = 20, PAGE_MAX = 100 };

struct group *need_group(struct tx *tx, const struct call *call, struct error *err)
{
	const char *name = text_lower(call->arena, in_text(call, "ReplicationGroupId"));
	struct group *group = group_load(tx, call->arena, call->account, call->region, name, err);

	if (!group && !err->code)
		(void)fail(err, "ReplicationGroupNotFoundFault",
			"ReplicationGroup %.255s not found.", name);
	return group;
}

struct shard *need_shard(const struct group *group, const struct call *call, struct error *err)
{
	const char *id = text_lower(call->arena, in_text(call, "NodeGroupId"));
	const char *name = shard_name_of(id, group->name);
	struct shard *shard = name ? group_shard_named(group, name) : NULL;

	if (!shard)
		(void)fail(err, "NodeGroupNotFoundFault", "NodeGroup %.255s not found.", id);
	return shard;
}

static bool is_harmless(const json_t *value, const char *harmless)
{
	if (!harmless)
		return false;
	if (json_is_boolean(value))
		return json_is_true(value) == (strcmp(harmless, "true") == 0);
	return json_is_string(value) && strcmp(json_string_value(value), harmless) == 0;
}

bool refuse_unsupported(const struct call *call, const struct refusal *refusals, struct error *err)
{
	for (; refusals->member; refusals++)
		if (in_has(call, refusals->member) &&
			!is_harmless(
				json_object_get(call->in, refusals->member), refusals->harmless))
			return fail(err, refusals->code, "%s", refusals->message);
	return true;
}

bool check_engine(const struct call *call, struct error *err)
{
	const char *engine = in_text(call, "Engine");

	if (engine && strcmp(text_lower(call->arena, engine), "redis") != 0)
		return fail(err, "InvalidParameterValue",
			"The engine %.64s is not supported. Use redis.", engine);
	return true;
}

bool read_page_size(const struct call *call, size_t *ret, struct error *err)
{
	int64_t size = in_int(call, "MaxRecords", PAGE_MAX);

	if (size < PAGE_MIN || size > PAGE_MAX)
		return fail(err, "InvalidParameterValue",
			"Invalid value for max records. Must be between %d and %d", PAGE_MIN,
			PAGE_MAX);
	*ret = (size_t)size;
	return true;
}

const char *make_marker(struct arena *arena, const char *list, const char *position)
{
	struct text marker = { .arena = arena };

	for (const char *c = arena_printf(arena, "%s %s", list, position); *c; c++)
		text_printf(&marker, "%02x", (unsigned char)*c);
	return marker.data;
}

/* The value of a hexadecimal digit, -1 when it is none. */
static int digit(char c)
{
	const char *digits = "0123456789abcdef", *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* NULL when it is not hexadecimal. */
static const char *decode(struct arena *arena, const char *marker)
{
	size_t length = strlen(marker);
	char *text = arena_alloc(arena, length / 2 + 1);

	if (length % 2)
		return NULL;
	for (size_t i = 0; i < length; i += 2) {
		int high = digit(marker[i]), low = digit(marker[i + 1]);

		if (high < 0 || low < 0)
			return NULL;
		text[i / 2] = (char)(high * 16 + low);
	}
	return text;
}

bool read_marker(const struct call *call, const char *list, const char **ret, struct error *err)
{
	const char *marker = in_text(call, "Marker");
	const char *text = marker && *marker ? decode(call->arena, marker) : NULL;
	size_t length = strlen(list);

	if (marker && *marker && (!text || strncmp(text, list, length) != 0 || text[length] != ' '))
		return fail(err, "InvalidParameterValue", "Invalid marker.");
	*ret = text ? text + length + 1 : NULL;
	return true;
}
