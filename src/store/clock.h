/*
 * What the operator has done to calendar time, kept over restarts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/clock.h"

struct error;
struct tx;

bool clock_load(struct tx *tx, struct clock_setting *ret, struct error *err)
	__attribute__((warn_unused_result));
bool clock_save(struct tx *tx, const struct clock_setting *setting, struct error *err)
	__attribute__((warn_unused_result));
