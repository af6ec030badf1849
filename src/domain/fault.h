/*
 * Faults that an operator injects: the ways in which a node fails, in the operator's words, and how
 * long something may last.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum fault_mode {
	FAULT_CRASH,  /* the process dies; its peers see a reset */
	FAULT_HANG,   /* the process stops; its peers are taken, never answered */
	FAULT_SILENT, /* the machine loses power: nothing answers, nothing is refused or reset */
};

const char *fault_mode_text(enum fault_mode mode);
bool fault_mode_parse(const char *text, enum fault_mode *ret) __attribute__((warn_unused_result));

/* Words of the database; abort on any other. */
enum fault_mode fault_mode_known(const char *text);

/* "250ms", "30s", "5m", "24h", or a bare number of seconds, as milliseconds within [min, max]; *ret
 * is untouched otherwise. */
bool duration_parse(const char *text, int64_t min, int64_t max, int64_t *ret)
	__attribute__((warn_unused_result));
