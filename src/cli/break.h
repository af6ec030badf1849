/*
 * `understudy fail`, `zone`, `lag` and `heal`: failures on request.
 */
#pragma once

int command_fail(int argc, char **argv);
int command_zone(int argc, char **argv);
int command_lag(int argc, char **argv);
int command_heal(int argc, char **argv);
