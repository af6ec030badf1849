#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "api/model.h"
#include "protocol/query.h"
#include "util/error.h"
#include "util/text.h"

/* As many digits as asked for. */
static bool digits(const char **at, int count, int *ret)
{
	int value = 0;

	for (; count > 0; count--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	*ret = value;
	return true;
}

static bool skip(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* 2014-04-01, or 20140401. */
static bool parse_date(const char **at, bool *ret_basic, struct tm *tm)
{
	if (!digits(at, 4, &tm->tm_year))
		return false;
	*ret_basic = !skip(at, '-');
	if (!digits(at, 2, &tm->tm_mon) || (!*ret_basic && !skip(at, '-')) ||
		!digits(at, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return true;
}

/* 19:23[:17[.202]], or 1923[17[.202]]. Of a fraction, milliseconds count. */
static bool parse_clock(const char **at, bool basic, struct tm *tm, int *ret_milliseconds)
{
	int weight = 100;

	if (!digits(at, 2, &tm->tm_hour) || (!basic && !skip(at, ':')) ||
		!digits(at, 2, &tm->tm_min))
		return false;
	if (basic ? **at < '0' || **at > '9' : !skip(at, ':'))
		return true;
	if (!digits(at, 2, &tm->tm_sec))
		return false;
	if (!skip(at, '.'))
		return true;
	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++, weight /= 10)
		*ret_milliseconds += (**at - '0') * weight;
	return true;
}

/* Z, +01:00, -0130; nothing means UTC. */
static bool parse_zone(const char **at, int *ret_minutes)
{
	int sign = **at == '-' ? -1 : 1;
	int hours, minutes;

	if (**at == '\0' || skip(at, 'Z') || skip(at, 'z'))
		return true;
	if (!skip(at, '+') && !skip(at, '-'))
		return false;
	if (!digits(at, 2, &hours))
		return false;
	(void)skip(at, ':');
	if (!digits(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_minutes = sign * (hours * 60 + minutes);
	return true;
}

/* timegm makes the first of March of the thirtieth of February; such a date is none. */
static bool is_date(const struct tm *given, const struct tm *made)
{
	return given->tm_mon == made->tm_mon && given->tm_mday == made->tm_mday &&
	       given->tm_hour == made->tm_hour && given->tm_min == made->tm_min;
}

static bool parse_time(const char *text, int64_t *ret)
{
	struct tm tm = { 0 }, given;
	int milliseconds = 0, zone = 0, second;
	bool basic;
	int64_t seconds;

	if (!parse_date(&text, &basic, &tm))
		return false;
	if (*text && (!skip(&text, 'T') || !parse_clock(&text, basic, &tm, &milliseconds) ||
			     !parse_zone(&text, &zone)))
		return false;
	second = tm.tm_sec; /* 60 when one is inserted */
	tm.tm_sec = 0;
	given = tm;
	seconds = timegm(&tm) + second - zone * 60;
	if (*text || second > 60 || !is_date(&given, &tm) || seconds < 0)
		return false;
	*ret = seconds * 1000 + milliseconds;
	return true;
}

static json_t *refuse(const struct query *query, const struct parameter *parameter,
	const char *expected, struct error *err)
{
	(void)fail(err, "InvalidParameterValue", "The value %s of the parameter %s is not %s.",
		query_quote(query->arena, parameter->value, parameter->value_length),
		query_quote(query->arena, parameter->name, parameter->name_length), expected);
	return NULL;
}

static json_t *refuse_word(const struct query *query, const struct model_type *type,
	const struct parameter *parameter, struct error *err)
{
	struct text expected = { .arena = query->arena };

	text_puts(&expected, "one of ");
	for (size_t i = 0; i < type->value_count; i++)
		text_printf(&expected, "%s%s", i ? ", " : "", type->values[i]);
	return refuse(query, parameter, expected.data, err);
}

static json_t *word(const struct query *query, const struct model_type *type,
	const struct parameter *parameter, struct error *err)
{
	for (size_t i = 0; i < type->value_count; i++)
		if (strcmp(type->values[i], parameter->value) == 0)
			return json_stringn_nocheck(parameter->value, parameter->value_length);
	return refuse_word(query, type, parameter, err);
}

static json_t *boolean(
	const struct query *query, const struct parameter *parameter, struct error *err)
{
	bool is_true = strcasecmp(parameter->value, "true") == 0;

	if (!is_true && strcasecmp(parameter->value, "false") != 0)
		return refuse(query, parameter, "a boolean, true or false", err);
	return json_boolean(is_true);
}

static json_t *integer(
	const struct query *query, const struct parameter *parameter, struct error *err)
{
	int64_t value;

	if (!text_to_int(parameter->value, INT32_MIN, INT32_MAX, &value))
		return refuse(
			query, parameter, "an integer within -2147483648 and 2147483647", err);
	return json_integer(value);
}

static json_t *number(
	const struct query *query, const struct parameter *parameter, struct error *err)
{
	char *end;
	double value = strtod(parameter->value, &end);

	if (end == parameter->value || *end || !isfinite(value))
		return refuse(query, parameter, "a number", err);
	return json_real(value);
}

static json_t *moment(
	const struct query *query, const struct parameter *parameter, struct error *err)
{
	int64_t value;

	if (!parse_time(parameter->value, &value))
		return refuse(query, parameter,
			"a time since 1970 in ISO 8601 format, such as 2015-02-02T18:22:18Z", err);
	return json_integer(value);
}

json_t *query_scalar(const struct query *query, const struct model_type *type,
	const struct parameter *parameter, struct error *err)
{
	switch (type->kind) {
	case MODEL_STRING: return json_stringn_nocheck(parameter->value, parameter->value_length);
	case MODEL_ENUM: return word(query, type, parameter, err);
	case MODEL_INT: return integer(query, parameter, err);
	case MODEL_DOUBLE: return number(query, parameter, err);
	case MODEL_BOOL: return boolean(query, parameter, err);
	case MODEL_TIME: return moment(query, parameter, err);
	case MODEL_LIST:
	case MODEL_STRUCT: break;
	}
	abort();
}
