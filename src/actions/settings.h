/*
 * The settings that a request may give when a group is created and change at any time after, and
 * that take effect at once: description, windows, snapshots, notification, security groups.
 */
#pragma once

#include <stdbool.h>

struct call;
struct error;
struct group;

/* Puts those that are given into the group. Nothing is saved. */
bool read_settings(const struct call *call, struct group *group, struct error *err)
	__attribute__((warn_unused_result));
