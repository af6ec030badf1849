/* Tags of a resource, by its ARN. */
#pragma once

#include <stdbool.h>

struct error;
struct tx;

bool tag_set(struct tx *tx, const char *arn, const char *key, const char *value, struct error *err)
	__attribute__((warn_unused_result));
bool tag_delete_all(struct tx *tx, const char *arn, struct error *err)
	__attribute__((warn_unused_result));
