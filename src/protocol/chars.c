#include "protocol/chars.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the character that begins here, from its first byte; 0: none does. */
static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

static bool is_legal(uint32_t character, size_t length)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (character < smallest[length] || character > 0x10ffff)
		return false;
	if (character < ' ')
		return character == '\t' || character == '\n' || character == '\r';
	return !(character >= 0xd800 && character <= 0xdfff) && character != 0xfffe &&
	       character != 0xffff;
}

/* The length of the legal character that begins at text; 0 when there is none. */
static size_t one(const unsigned char *text, size_t left)
{
	size_t length = sequence_length(*text);
	uint32_t character;

	if (length == 0 || length > left)
		return 0;
	character = length == 1 ? *text : *text & (0xffU >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (text[i] & 0x3f);
	}
	return is_legal(character, length) ? length : 0;
}

size_t chars_legal(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t at = 0;

	while (at < length) {
		size_t step =
			bytes[at] >= ' ' && bytes[at] < 0x7f ? 1 : one(bytes + at, length - at);

		if (step == 0)
			break;
		at += step;
	}
	return at;
}
