#include "actions/tags.h"

#include <string.h>

#include "api/call.h"
#include "store/tag.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

enum { TAGS_MAX = 50, KEY_MAX = 128, VALUE_MAX = 256 }; /* lengths in characters */

/* Characters of UTF-8. */
static size_t length_of(const char *text)
{
	size_t length = 0;

	for (; *text; text++)
		length += ((unsigned char)*text & 0xc0) != 0x80;
	return length;
}

static bool check_tag(
	const struct call *call, const char *key, const char *value, struct error *err)
{
	if (!key || !*key || length_of(key) > KEY_MAX)
		return fail(err, "InvalidParameterValue",
			"The key of a tag must have between 1 and %d characters.", KEY_MAX);
	if (value && length_of(value) > VALUE_MAX)
		return fail(err, "InvalidParameterValue",
			"The value of a tag cannot have more than %d characters.", VALUE_MAX);
	if (text_starts_with(text_lower(call->arena, key), "aws:"))
		return fail(err, "InvalidParameterValue",
			"The key of a tag cannot begin with aws:, which is reserved.");
	return true;
}

bool check_tags(const struct call *call, struct error *err)
{
	json_t *tags = in_list(call, "Tags"), *tag;
	size_t i;

	if (json_array_size(tags) > TAGS_MAX)
		return fail(err, "TagQuotaPerResourceExceeded",
			"A resource cannot have more than %d tags.", TAGS_MAX);
	json_array_foreach(tags, i, tag)
	{
		if (!check_tag(call, json_string_value(json_object_get(tag, "Key")),
			    json_string_value(json_object_get(tag, "Value")), err))
			return false;
	}
	return true;
}

bool save_tags(struct tx *tx, const struct call *call, const char *arn, struct error *err)
{
	json_t *tag;
	size_t i;

	json_array_foreach(in_list(call, "Tags"), i, tag)
	{
		const char *value = json_string_value(json_object_get(tag, "Value"));

		if (!tag_set(tx, arn, json_string_value(json_object_get(tag, "Key")),
			    value ? value : "", err))
			return false;
	}
	return true;
}
