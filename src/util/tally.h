/*
 * Numbers for /metrics that are counted where things happen: counters and histograms of this life
 * of the process, by name and labels. Thread-safe; nothing is waited for.
 */
#pragma once

struct text;

/* labels: as Prometheus writes them, without the braces: workflow="failover",outcome="done". Values
 * must be words of ours. The name is a string constant that has a row in tally.c. */
void tally_count(const char *name, const char *labels);

/* Seconds. */
void tally_seconds(const char *name, const char *labels, double seconds);

/* Adds everything in Prometheus' text form. */
void tally_print(struct text *text);
