/*
 * One line a record on stderr: time, level, module, message, fields; as logfmt or JSON. The id of
 * the request or flow that a thread is working on is added by the thread (log_context_set).
 * Library code reports errors to its caller and does not log them: whoever handles one logs it.
 *
 * log_info("flow", "replica promoted", F("node", node->name), F("offset", offset));
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
	const char *key;
	const char *text; /* NULL: the number counts */
	int64_t number;
};

static inline struct log_field log_field_text(const char *key, const char *text)
{
	return (struct log_field){ key, text ? text : "", 0 };
}

static inline struct log_field log_field_number(const char *key, int64_t number)
{
	return (struct log_field){ key, 0, number };
}

#define F(key, value) \
	_Generic((value), char * : log_field_text, const char * : log_field_text, default          \
		 : log_field_number)(key, value)

#define LOG_AT(level, module, message, ...)                                                   \
	log_write(level, module, message, (const struct log_field[]){ { 0 }, ##__VA_ARGS__ }, \
		sizeof((const struct log_field[]){ { 0 }, ##__VA_ARGS__ }) /                  \
				sizeof(struct log_field) -                                    \
			1)

#define log_debug(...) LOG_AT(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_warn(...) LOG_AT(LOG_WARN, __VA_ARGS__)
#define log_error(...) LOG_AT(LOG_ERROR, __VA_ARGS__)

/* Before threads start. Without a call: info, logfmt. */
void log_setup(enum log_level level, enum log_format format);
bool log_enabled(enum log_level level);

/* fields[0] is a placeholder; count does not include it. Use the macros. */
void log_write(enum log_level level, const char *module, const char *message,
	const struct log_field *fields, unsigned long count);

/* This thread's work from here on, "request" or "flow" and its id; NULL key: none. Both strings
 * must live until the next call. */
void log_context_set(const char *key, const char *id);
