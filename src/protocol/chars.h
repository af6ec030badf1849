/*
 * Which bytes a text may hold on the wire: UTF-8 of characters that XML 1.0 can carry. So no NUL,
 * no control characters but tab, newline and carriage return, no surrogates, no U+FFFE and U+FFFF.
 */
#pragma once

#include <stddef.h>

/* The length of the longest such beginning; equal to length when all of it is. */
size_t chars_legal(const char *text, size_t length);
