#include "util/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

static enum log_level threshold = LOG_INFO;
static enum log_format layout = LOG_LOGFMT;
static _Thread_local const char *context_key, *context_id;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_setup(enum log_level level, enum log_format format)
{
	threshold = level;
	layout = format;
}

bool log_enabled(enum log_level level)
{
	return level >= threshold;
}

void log_context_set(const char *key, const char *id)
{
	context_key = key;
	context_id = id;
}

static void add_quoted(struct text *line, const char *value)
{
	text_puts(line, "\"");
	for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_printf(line, "\\%c", *c);
		else if (*c < 0x20 || *c == 0x7f)
			text_printf(line, "\\u%04x", *c);
		else
			text_add(line, (const char *)c, 1);
	}
	text_puts(line, "\"");
}

static bool is_bare(const char *value)
{
	for (const char *c = value; *c; c++)
		if (*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 0x7f)
			return false;
	return *value != '\0';
}

static void add_field(struct text *line, const char *key, const char *value)
{
	if (layout == LOG_JSON) {
		text_printf(line, "%s\"%s\":", line->length > 1 ? "," : "", key);
		add_quoted(line, value);
	} else {
		text_printf(line, "%s%s=", line->length ? " " : "", key);
		if (is_bare(value))
			text_puts(line, value);
		else
			add_quoted(line, value);
	}
}

static void add_number(struct text *line, const char *key, int64_t number)
{
	text_printf(line, layout == LOG_JSON ? ",\"%s\":%lld" : " %s=%lld", key, (long long)number);
}

void log_write(enum log_level level, const char *module, const char *message,
	const struct log_field *fields, unsigned long count)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct text line = { .arena = &arena };

	if (!log_enabled(level))
		return;
	if (layout == LOG_JSON)
		text_puts(&line, "{");
	add_field(&line, "time", clock_format(&arena, clock_wall()));
	add_field(&line, "level", level_names[level]);
	add_field(&line, "module", module);
	add_field(&line, "msg", message);
	for (unsigned long i = 1; i <= count; i++) {
		if (fields[i].text)
			add_field(&line, fields[i].key, fields[i].text);
		else
			add_number(&line, fields[i].key, fields[i].number);
	}
	if (context_key)
		add_field(&line, context_key, context_id);
	text_puts(&line, layout == LOG_JSON ? "}\n" : "\n");
	if (write(STDERR_FILENO, line.data, line.length) < 0)
		return; /* nobody is left to be told */
}
