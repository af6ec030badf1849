/*
 * Text: strict parsing of numbers, comparison without regard to case, and a growing string in an
 * arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* The whole string as a decimal number within [min, max]; *ret untouched otherwise. */
bool text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret)
	__attribute__((warn_unused_result));

/* A copy with A-Z folded to a-z. */
char *text_lower(struct arena *arena, const char *text);

bool text_equal(const char *a, const char *b); /* two NULLs are equal */
bool text_starts_with(const char *text, const char *prefix);

/* A string that grows in an arena. Zero-initialise but for the arena. data is NUL-terminated. */
struct text {
	struct arena *arena;
	char *data;
	size_t length;
	size_t capacity;
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
