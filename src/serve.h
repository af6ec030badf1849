/*
 * `understudy serve`: opens the modules in order, serves until a signal, closes them in reverse.
 */
#pragma once

/* Returns the exit status. */
int serve(int argc, char **argv);
