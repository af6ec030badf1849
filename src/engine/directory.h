/*
 * The directory of a node on disk: made with its parents, written, cleared, removed. Knows nothing
 * of processes; whoever calls sees to it that none uses it.
 */
#pragma once

#include <stdbool.h>

struct error;

/* A descriptor of <root>/<dir>; -1 with errno when there is none. */
int directory_open(int root, const char *dir);

/* The same, made first where it is missing; -1 on failure. */
int directory_make(int root, const char *dir, struct error *err)
	__attribute__((warn_unused_result));

/* Puts a file in place as a whole, readable by its owner only. */
bool directory_write(int directory, const char *name, const char *text, struct error *err)
	__attribute__((warn_unused_result));

/* Removes what is in it but the names of keep (ended by NULL). */
bool directory_clear(int directory, const char *const *keep, struct error *err)
	__attribute__((warn_unused_result));

/* Removes <root>/<dir>, which must be empty, and the directories above it that are empty then. */
bool directory_remove(int root, const char *dir, struct error *err)
	__attribute__((warn_unused_result));
