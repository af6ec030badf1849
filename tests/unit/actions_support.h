/*
 * Actions without HTTP: the real contract, catalogue and store, inputs by hand. Inputs are JSON
 * with ' for ". Every answer is encoded as XML, too, which checks it against the contract.
 */
#pragma once

#include <jansson.h>

struct store;

/* A checked fixture of the test case: a new store for each test. */
void actions_setup(void);
void actions_teardown(void);

struct store *actions_store(void);

/* From here on requests are of this region. */
void actions_region(const char *region);
void actions_quota(int test_failovers);

/* The answer, which lives as long as the test; the action must not fail. */
json_t *ask(const char *action, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The action must fail with this code and message. */
void refuse(const char *action, const char *input, const char *code, const char *message);

/* A value of a tree as text, NULL when it is not there: at(out, "NodeGroups.0.Status"). */
const char *at(const json_t *tree, const char *path);

/* Ends the flows of a group as if all had gone well: what was begun is done. */
void finish_work(const char *group);

/* The workflow that runs for a group; NULL when none does. */
const char *workflow_of(const char *group);
