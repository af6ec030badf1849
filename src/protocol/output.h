/*
 * What the encoders share: the promise that a handler's output tree is of the type that the model
 * declares. A tree that is not is a mistake in the program and aborts it, with the place in the
 * log.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct model_member;
struct model_type;

/* The member's value; NULL when the tree leaves it out. */
json_t *output_member(const json_t *object, const struct model_member *member);

/* To be called for every value, and for every structure with the number of its members found. */
void output_check(const struct model_type *type, const json_t *value);
void output_check_members(const struct model_type *type, const json_t *object, size_t found);
