/*
 * The real contract with handlers for tests: every action answers with a tree that has every member
 * its output type declares, its texts taken from the input. A text "fail:<Code>" in the input makes
 * it fail with that code, when the action declares it.
 */
#pragma once

struct arena;
struct error;
struct model;

struct model *echo_model(struct arena *arena, struct error *err);
