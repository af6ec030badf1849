/*
 * Answers as XML, as the service writes them: no prolog, lists with named items, an empty list or
 * structure as an empty element, time with milliseconds.
 */
#pragma once

#include <jansson.h>

struct model_action;
struct text;

struct answer_error {
	int status;
	const char *code;
	const char *message; /* legal characters only */
};

void xml_result(struct text *text, const struct model_action *action, const json_t *out,
	const char *request_id);
void xml_error(struct text *text, const char *namespace, const struct answer_error *error,
	const char *request_id);
