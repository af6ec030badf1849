#include "protocol/query.h"

#include <string.h>

#include "protocol/chars.h"
#include "util/arena.h"
#include "util/error.h"

enum { QUOTE_MAX = 64 };

#define MALFORMED "MalformedQueryString"

const char *query_quote(struct arena *arena, const char *text, size_t length)
{
	size_t shown = chars_legal(text, length < QUOTE_MAX ? length : QUOTE_MAX);
	char *quote = arena_printf(arena, "%.*s%s", (int)shown, text, shown < length ? "..." : "");

	for (char *c = quote; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return quote;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes [text, end) in place. The length of the result; -1 when the encoding is broken. */
static ssize_t decode(char *text, const char *end)
{
	char *out = text;

	for (const char *in = text; in < end; in++) {
		int high, low;

		if (*in != '%') {
			*out++ = *in == '+' ? ' ' : *in;
			continue;
		}
		high = end - in > 2 ? hex_digit(in[1]) : -1;
		low = high >= 0 ? hex_digit(in[2]) : -1;
		if (low < 0)
			return -1;
		*out++ = (char)(high << 4 | low);
		in += 2;
	}
	*out = '\0';
	return out - text;
}

static bool check(const struct query *query, const struct parameter *parameter, struct error *err)
{
	const char *name = query_quote(query->arena, parameter->name, parameter->name_length);

	if (chars_legal(parameter->name, parameter->name_length) < parameter->name_length)
		return fail(err, MALFORMED, "The name of a parameter must be text in UTF-8.");
	if (parameter->value_length > QUERY_VALUE_MAX)
		return fail(err, "InvalidParameterValue",
			"The value of the parameter %s is longer than %d bytes.", name,
			QUERY_VALUE_MAX);
	return fail(err, "InvalidParameterValue",
		"The value of the parameter %s must be text in UTF-8 without control characters.",
		name);
}

/* One name=value in [text, end), where end may be overwritten. */
static bool add_pair(struct query *query, char *text, char *end, struct error *err)
{
	char *equals = memchr(text, '=', (size_t)(end - text));
	char *name_end = equals ? equals : end;
	char *value = equals ? equals + 1 : end;
	ssize_t value_length = decode(value, end);
	ssize_t name_length = decode(text, name_end);
	struct parameter *parameter = &query->parameters[query->count];

	if (name_length < 0 || value_length < 0)
		return fail(err, MALFORMED, "The request has a broken percent-encoding.");
	*parameter = (struct parameter){ text, value, (size_t)name_length, (size_t)value_length };
	if (parameter->value_length > QUERY_VALUE_MAX ||
		chars_legal(text, parameter->name_length) < parameter->name_length ||
		chars_legal(value, parameter->value_length) < parameter->value_length)
		return check(query, parameter, err);
	if (++query->count > QUERY_PARAMETERS_MAX)
		return fail(err, MALFORMED, "A request may have at most %d parameters.",
			QUERY_PARAMETERS_MAX);
	return true;
}

static bool add_all(struct query *query, const char *source, size_t length, struct error *err)
{
	char *text = arena_strndup(query->arena, source, length);
	char *end = text + length;

	while (text < end) {
		char *stop = memchr(text, '&', (size_t)(end - text));

		if (!stop)
			stop = end;
		if (stop > text && !add_pair(query, text, stop, err))
			return false;
		text = stop + 1;
	}
	return true;
}

/* No more than these, and one to notice that there are more. */
static size_t count_pairs(const char *text, size_t length)
{
	size_t count = length ? 1 : 0;

	for (size_t i = 0; i < length && count <= QUERY_PARAMETERS_MAX; i++)
		count += text[i] == '&';
	return count;
}

bool query_parse(struct query *query, const char *string, const char *body, size_t body_length,
	struct error *err)
{
	size_t length = string ? strlen(string) : 0;
	size_t room;

	if (!body)
		body_length = 0;
	room = count_pairs(string, length) + count_pairs(body, body_length);
	query->count = 0;
	query->parameters = arena_array(query->arena, room + 1, sizeof(*query->parameters));
	return add_all(query, string ? string : "", length, err) &&
	       add_all(query, body ? body : "", body_length, err);
}

const struct parameter *query_find(const struct query *query, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < query->count; i++) {
		const struct parameter *parameter = &query->parameters[i];

		if (parameter->name_length == length && memcmp(parameter->name, name, length) == 0)
			return parameter;
	}
	return NULL;
}

bool query_single(const struct query *query, const char *name, const char **ret, struct error *err)
{
	const struct parameter *first = query_find(query, name);
	struct query rest;

	if (!first)
		return true;
	rest = (struct query){
		.count = query->count - (size_t)(first - query->parameters) - 1,
		.parameters = query->parameters + (first - query->parameters) + 1,
	};
	if (query_find(&rest, name))
		return fail(err, "InvalidParameterCombination",
			"The parameter %s was given more than once.", name);
	*ret = first->value;
	return true;
}
