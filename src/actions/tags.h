/* The tags that come with a request. */
#pragma once

#include <stdbool.h>

struct call;
struct error;
struct tx;

bool check_tags(const struct call *call, struct error *err) __attribute__((warn_unused_result));

/* Gives them to a resource. They have been checked. */
bool save_tags(struct tx *tx, const struct call *call, const char *arn, struct error *err)
	__attribute__((warn_unused_result));
