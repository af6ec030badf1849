/*
 * Answers as JSON, for clients that ask for it: the tree of the XML, with lists as plain arrays.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct answer_error; /* protocol/xml.h */
struct model_action;
struct text;

void json_result(struct text *text, const struct model_action *action, const json_t *out,
	const char *request_id);
void json_error(struct text *text, const struct answer_error *error, const char *request_id);

/* Adds a text in quotes, escaped. */
void json_add_text(struct text *text, const char *string);
