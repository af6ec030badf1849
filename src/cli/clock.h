/*
 * `understudy clock`: calendar time of the server.
 */
#pragma once

int command_clock(int argc, char **argv);
