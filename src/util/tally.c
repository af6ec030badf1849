#include "util/tally.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "util/arena.h"
#include "util/text.h"

static const double bounds[] = { 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
	60 };

enum { BOUNDS = sizeof(bounds) / sizeof(bounds[0]), LABELS_MAX = 96 };

static const struct metric {
	const char *name;
	const char *help;
	bool histogram;
} metrics[] = {
	{ "understudy_requests_total", "Requests of the API, by action and HTTP status.", false },
	{ "understudy_flows_total", "Flows that ended, by workflow and how.", false },
	{ "understudy_flow_duration_seconds", "From the first step of a flow to its end.", true },
	{ "understudy_failovers_total", "Failovers that promoted a replica, by cause.", false },
	{ "understudy_write_gap_seconds",
		"From the moment that a primary was found to have failed until its successor was "
		"published.",
		true },
};

enum { METRICS = sizeof(metrics) / sizeof(metrics[0]) };

/* One metric with one set of labels. */
struct series {
	struct series *next;
	char labels[LABELS_MAX];
	uint64_t count;
	uint64_t within[BOUNDS]; /* each bound alone, not cumulative */
	double sum;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct series *all[METRICS]; /* in order of labels; never freed, their number is bounded */

static size_t find_metric(const char *name)
{
	size_t i = 0;

	while (i < METRICS && strcmp(metrics[i].name, name) != 0)
		i++;
	assert(i < METRICS);
	return i;
}

/* With the lock held. */
static struct series *find_series(size_t metric, const char *labels)
{
	struct series **link = &all[metric], *series;

	while (*link && strcmp((*link)->labels, labels) < 0)
		link = &(*link)->next;
	if (*link && strcmp((*link)->labels, labels) == 0)
		return *link;
	series = memory_alloc(sizeof(*series));
	*series = (struct series){ .next = *link };
	(void)snprintf(series->labels, sizeof(series->labels), "%s", labels);
	*link = series;
	return series;
}

void tally_count(const char *name, const char *labels)
{
	size_t metric = find_metric(name);

	assert(!metrics[metric].histogram);
	(void)pthread_mutex_lock(&lock);
	find_series(metric, labels)->count++;
	(void)pthread_mutex_unlock(&lock);
}

void tally_seconds(const char *name, const char *labels, double seconds)
{
	size_t metric = find_metric(name), bound = 0;
	struct series *series;

	assert(metrics[metric].histogram);
	while (bound < BOUNDS && seconds > bounds[bound])
		bound++;
	(void)pthread_mutex_lock(&lock);
	series = find_series(metric, labels);
	series->count++;
	series->sum += seconds;
	if (bound < BOUNDS)
		series->within[bound]++;
	(void)pthread_mutex_unlock(&lock);
}

static void print_histogram(struct text *text, const char *name, const struct series *series)
{
	const char *comma = *series->labels ? "," : "";
	unsigned long long so_far = 0;

	for (size_t i = 0; i < BOUNDS; i++) {
		so_far += series->within[i];
		text_printf(text, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, series->labels, comma,
			bounds[i], so_far);
	}
	text_printf(text, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, series->labels, comma,
		(unsigned long long)series->count);
	text_printf(text, "%s_sum{%s} %.6f\n%s_count{%s} %llu\n", name, series->labels, series->sum,
		name, series->labels, (unsigned long long)series->count);
}

void tally_print(struct text *text)
{
	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < METRICS; i++) {
		text_printf(text, "# HELP %s %s\n# TYPE %s %s\n", metrics[i].name, metrics[i].help,
			metrics[i].name, metrics[i].histogram ? "histogram" : "counter");
		for (const struct series *series = all[i]; series; series = series->next) {
			if (metrics[i].histogram)
				print_histogram(text, metrics[i].name, series);
			else
				text_printf(text, "%s{%s} %llu\n", metrics[i].name, series->labels,
					(unsigned long long)series->count);
		}
	}
	(void)pthread_mutex_unlock(&lock);
}
