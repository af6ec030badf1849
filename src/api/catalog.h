/*
 * Reads api/catalog.json into the structs that the domain works with. Strict: a catalogue that
 * contradicts itself stops the program at start. What is read belongs to the arena.
 */
#pragma once

#include <stddef.h>

struct arena;
struct catalog;
struct error;

/* The one in the program. */
const struct catalog *catalog_load(struct arena *arena, struct error *err)
	__attribute__((warn_unused_result));

const struct catalog *catalog_parse(struct arena *arena, const char *json, size_t length,
	struct error *err) __attribute__((warn_unused_result));
