/*
 * What calendar time makes due: pending changes of a group when its maintenance window opens, and
 * events and ended flows that are too old to be kept. One thread that looks once a second.
 */
#pragma once

struct calendar;
struct error;
struct store;

struct calendar *calendar_start(struct store *store, struct error *err);
void calendar_stop(struct calendar *calendar); /* accepts NULL */
