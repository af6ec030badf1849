#include "util/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

bool text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char *end;
	long long value;

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end || value < min || value > max)
		return false;
	*ret = value;
	return true;
}

char *text_lower(struct arena *arena, const char *text)
{
	char *lower = arena_strdup(arena, text);

	for (char *c = lower; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return lower;
}

bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void reserve(struct text *text, size_t more)
{
	size_t wanted = text->length + more + 1;
	size_t capacity = text->capacity ? text->capacity : 256;
	char *grown;

	if (wanted <= text->capacity)
		return;
	while (capacity < wanted)
		capacity *= 2;
	grown = arena_alloc(text->arena, capacity);
	if (text->length)
		memcpy(grown, text->data, text->length);
	text->data = grown;
	text->capacity = capacity;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
	reserve(text, length);
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_puts(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length > 0) {
		reserve(text, (size_t)length);
		(void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
		text->length += (size_t)length;
	}
	va_end(again);
}
