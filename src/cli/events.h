/*
 * `understudy events`: the events of the whole server, and those to come.
 */
#pragma once

int command_events(int argc, char **argv);
