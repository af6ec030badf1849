#include "util/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 8192 };

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
	alignas(max_align_t) char data[];
};

void *memory_alloc(size_t size)
{
	return memory_realloc(NULL, size);
}

void *memory_realloc(void *memory, size_t size)
{
	void *grown = realloc(memory, size ? size : 1);

	if (!grown) {
		(void)fputs("understudy: out of memory\n", stderr);
		abort();
	}
	return grown;
}

void memory_free(void *memory)
{
	free(memory);
}

static void add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = memory_alloc(sizeof(*chunk) + size);

	chunk->older = arena->chunks;
	chunk->size = size;
	arena->chunks = chunk;
	arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	size_t rounded = (size + align - 1) / align * align;
	void *memory;

	if (rounded < size)
		abort();
	if (!arena->chunks || arena->chunks->size - arena->used < rounded)
		add_chunk(arena, rounded > CHUNK_SIZE ? rounded : CHUNK_SIZE);
	memory = arena->chunks->data + arena->used;
	arena->used += rounded;
	return memset(memory, 0, rounded);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return arena_alloc(arena, bytes);
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, string, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return string ? arena_strndup(arena, string, strlen(string)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		abort();
	text = arena_alloc(arena, (size_t)length + 1);
	(void)vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

static void free_chunks(struct arena_chunk *chunk)
{
	while (chunk) {
		struct arena_chunk *older = chunk->older;

		memory_free(chunk);
		chunk = older;
	}
}

void arena_reset(struct arena *arena)
{
	if (!arena->chunks)
		return;
	free_chunks(arena->chunks->older);
	arena->chunks->older = NULL;
	arena->used = 0;
}

void arena_done(struct arena *arena)
{
	free_chunks(arena->chunks);
	*arena = (struct arena){ 0 };
}
