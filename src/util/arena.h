/*
 * Memory of one unit of work (a request, a step, a tick): what is loaded or formatted lives in the
 * unit's arena and dies with it. Not thread-safe: an arena belongs to the thread doing the work.
 * Allocation never fails: a process that cannot get a kilobyte aborts, restarts and resumes.
 */
#pragma once

#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t used;                /* bytes used of the newest chunk */
};

/* Zeroed memory, aligned for any object. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* Zeroed array of count elements; aborts when count * size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

/* Copies; a NULL string stays NULL. */
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length);

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* Forgets everything but keeps the newest chunk, for the next unit of work. */
void arena_reset(struct arena *arena);

/* Destructor for _cleanup_: releases everything; the arena is empty and usable again. */
void arena_done(struct arena *arena);

/* malloc and free for libraries that let us provide them; aborts instead of returning NULL. */
void *memory_alloc(size_t size);
void *memory_realloc(void *memory, size_t size);
void memory_free(void *memory);
