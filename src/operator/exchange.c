#include "operator/exchange.h"

#include <inttypes.h>
#include <string.h>

#include "domain/fault.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

bool exchange_reply(struct exchange *exchange, json_t *tree)
{
	size_t size = json_dumpb(tree, NULL, 0, JSON_COMPACT);
	char *text = arena_alloc(exchange->arena, size + 2);

	(void)json_dumpb(tree, text, size, JSON_COMPACT);
	json_decref(tree);
	text[size] = '\n';
	exchange->content_type = "application/json";
	exchange->body = text;
	exchange->body_length = size + 1;
	return true;
}

bool exchange_text(const struct exchange *exchange, const char *member, const char *otherwise,
	const char **ret, struct error *err)
{
	const json_t *value = json_object_get(exchange->in, member);

	*ret = value ? json_string_value(value) : otherwise;
	if (value && !*ret)
		return fail(err, OPERATOR_BAD, "'%s' must be a text.", member);
	return true;
}

bool exchange_need(
	const struct exchange *exchange, const char *member, const char **ret, struct error *err)
{
	if (!exchange_text(exchange, member, NULL, ret, err))
		return false;
	return *ret || fail(err, OPERATOR_BAD, "'%s' must be given.", member);
}

static const char *duration_words(struct arena *arena, int64_t ms)
{
	if (ms % 3600000 == 0 && ms)
		return arena_printf(arena, "%" PRId64 "h", ms / 3600000);
	if (ms % 1000 == 0 && ms)
		return arena_printf(arena, "%" PRId64 "s", ms / 1000);
	return arena_printf(arena, "%" PRId64 "ms", ms);
}

bool exchange_duration(const struct exchange *exchange, const char *member, int64_t otherwise,
	int64_t min, int64_t max, int64_t *ret, struct error *err)
{
	const json_t *value = json_object_get(exchange->in, member);
	int64_t number = json_integer_value(value);

	*ret = otherwise;
	if (!value)
		return true;
	if (json_is_integer(value) && number >= min && number <= max) {
		*ret = number;
		return true;
	}
	if (json_is_string(value) && duration_parse(json_string_value(value), min, max, ret))
		return true;
	return fail(err, OPERATOR_BAD,
		"'%s' must be a duration from %s to %s, such as 30s or 5m; a bare number in JSON is "
		"milliseconds.",
		member, duration_words(exchange->arena, min), duration_words(exchange->arena, max));
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c | 0x20) : NULL;

	return found ? (int)(found - digits) : -1;
}

static const char *decode(struct arena *arena, const char *text, size_t length)
{
	char *out = arena_strndup(arena, text, length), *to = out;

	for (const char *from = out; *from; from++) {
		if (*from == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
			*to++ = (char)(hex(from[1]) * 16 + hex(from[2]));
			from += 2;
		} else {
			*to++ = *from == '+' ? ' ' : *from;
		}
	}
	*to = '\0';
	return out;
}

const char *exchange_query(const struct exchange *exchange, const char *name)
{
	const char *part = exchange->query;
	size_t length = strlen(name);

	while (part && *part) {
		size_t size = strcspn(part, "&");

		if (size > length && strncmp(part, name, length) == 0 && part[length] == '=')
			return decode(exchange->arena, part + length + 1, size - length - 1);
		part += size + (part[size] == '&');
	}
	return NULL;
}
