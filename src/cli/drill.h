/*
 * `understudy drill`: what a failover looks like, on a terminal. Starts a server if none answers,
 * makes a group of a primary and two replicas in three zones, writes through the primary endpoint
 * without a pause, calls TestFailover, and shows each event as it appears, the longest gap between
 * two acknowledged writes, and what was lost. Takes down what it put up.
 */
#pragma once

/* The exit status: 0 only if every promise was held, 2 for a wrong option. */
int drill(int argc, char **argv);
