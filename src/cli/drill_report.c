#include "cli/drill_report.h"

#include <stdarg.h>
#include <string.h>

#include "cli/api.h"
#include "util/arena.h"
#include "util/clock.h"
#include "util/text.h"

void progress(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
}

static const char *copy_text(struct arena *arena, const json_t *value, const char *member)
{
	return arena_strdup(arena, json_text(value, member));
}

void report_topology(struct drill_report *report, struct arena *arena, const json_t *group,
	struct drill_topology *ret)
{
	const json_t *shard = json_array_get(json_object_get(group, "NodeGroups"), 0);
	const json_t *endpoint = json_object_get(shard, "PrimaryEndpoint");
	const json_t *members = json_object_get(shard, "NodeGroupMembers");
	size_t i;
	json_t *member;

	(void)report;
	ret->count = 0;
	ret->endpoint = copy_text(arena, endpoint, "Address");
	ret->port = json_integer_value(json_object_get(endpoint, "Port"));
	json_array_foreach(members, i, member)
	{
		if (i >= DRILL_MEMBERS)
			break;
		ret->members[i].name = copy_text(arena, member, "CacheClusterId");
		ret->members[i].role = copy_text(arena, member, "CurrentRole");
		ret->members[i].zone = copy_text(arena, member, "PreferredAvailabilityZone");
		ret->members[i].address =
			copy_text(arena, json_object_get(member, "ReadEndpoint"), "Address");
		ret->count++;
	}
}

const char *report_zones(const struct drill_topology *topology, struct arena *arena)
{
	struct text line = { .arena = arena };

	for (int i = 0; i < topology->count; i++)
		text_printf(&line, "%s%s %s in %s", i ? ", " : "", topology->members[i].name,
			topology->members[i].role, topology->members[i].zone);
	return line.data ? line.data : "";
}

static bool is_known(const struct drill_report *report, const json_t *event)
{
	for (int i = 0; i < report->event_count; i++) {
		const struct drill_event *known = &report->events[i];

		if (strcmp(known->date, json_text(event, "Date")) == 0 &&
			strcmp(known->source, json_text(event, "SourceIdentifier")) == 0 &&
			strcmp(known->message, json_text(event, "Message")) == 0)
			return true;
	}
	return false;
}

/* Dates are ISO 8601 in UTC: they compare as text. */
static bool is_ours(const struct drill_report *report, struct arena *arena, const char *group,
	const json_t *event)
{
	const char *source = json_text(event, "SourceIdentifier");
	size_t length = strlen(group);

	return strncmp(source, group, length) == 0 && (!source[length] || source[length] == '-') &&
	       report->called_at &&
	       strcmp(json_text(event, "Date"), clock_format(arena, report->called_at)) >= 0;
}

void report_events(
	struct drill_report *report, struct arena *arena, const char *group, const json_t *events)
{
	for (size_t i = json_array_size(events); i-- > 0;) {
		const json_t *event = json_array_get(events, i);
		struct drill_event *next = &report->events[report->event_count];

		if (report->event_count == DRILL_EVENTS || is_known(report, event) ||
			!is_ours(report, arena, group, event))
			continue;
		next->type = copy_text(arena, event, "SourceType");
		next->source = copy_text(arena, event, "SourceIdentifier");
		next->message = copy_text(arena, event, "Message");
		next->date = copy_text(arena, event, "Date");
		report->event_count++;
		progress("  %d  %s  %-17s %-16s %s", report->event_count, next->date, next->type,
			next->source, next->message);
	}
}

static const char *primary_of(const struct drill_topology *topology)
{
	for (int i = 0; i < topology->count; i++)
		if (strcmp(topology->members[i].role, "primary") == 0)
			return topology->members[i].name;
	return "";
}

/* The documented events, in their order (user guide, Multi-AZ: testing). */
static bool events_in_order(const struct drill_report *report)
{
	static const struct {
		const char *type, *begin;
	} expected[] = {
		{ "replication-group", "Test Failover API called for node group 0001" },
		{ "cache-cluster", "Failover from master node " },
		{ "replication-group", "Failover from master node " },
		{ "cache-cluster", "Recovering cache nodes 0001" },
		{ "cache-cluster", "Finished recovery for cache nodes 0001" },
	};
	const int count = sizeof(expected) / sizeof(expected[0]);

	for (int i = 0; i < count; i++)
		if (report->event_count != count ||
			strcmp(report->events[i].type, expected[i].type) != 0 ||
			!text_starts_with(report->events[i].message, expected[i].begin))
			return false;
	return true;
}

/* Same endpoint, same members in the same places; another primary. */
static bool topology_held(const struct drill_report *report)
{
	const struct drill_topology *before = &report->before, *after = &report->after;

	if (before->count != after->count || strcmp(before->endpoint, after->endpoint) != 0 ||
		strcmp(primary_of(before), primary_of(after)) == 0)
		return false;
	for (int i = 0; i < before->count; i++)
		if (strcmp(before->members[i].name, after->members[i].name) != 0 ||
			strcmp(before->members[i].zone, after->members[i].zone) != 0 ||
			strcmp(before->members[i].address, after->members[i].address) != 0)
			return false;
	return true;
}

bool report_verdict(const struct drill_report *report)
{
	return events_in_order(report) && topology_held(report) && report->stayed_available &&
	       report->lost == 0;
}

static void print_topology(const char *title, const struct drill_topology *topology, FILE *out)
{
	(void)fprintf(out, "%s  primary endpoint %s:%lld\n", title, topology->endpoint,
		(long long)topology->port);
	for (int i = 0; i < topology->count; i++)
		(void)fprintf(out, "  %-18s %-8s %-12s %s\n", topology->members[i].name,
			topology->members[i].role, topology->members[i].zone,
			topology->members[i].address);
}

static const char *yes(bool held)
{
	return held ? "yes" : "NO";
}

void report_text(const struct drill_report *report, FILE *out)
{
	print_topology("before", &report->before, out);
	print_topology("after ", &report->after, out);
	(void)fprintf(out, "five events in order        %s\n", yes(events_in_order(report)));
	(void)fprintf(out, "same endpoint and places    %s\n", yes(topology_held(report)));
	(void)fprintf(out, "status stayed available     %s\n", yes(report->stayed_available));
	(void)fprintf(
		out, "write gap                   %.1f ms\n", (double)report->writes.gap_us / 1000);
	(void)fprintf(
		out, "writes acknowledged         %lld\n", (long long)report->writes.acknowledged);
	(void)fprintf(out, "writes lost                 %lld\n", (long long)report->lost);
}

static json_t *topology_json(const struct drill_topology *topology)
{
	json_t *members = json_array();

	for (int i = 0; i < topology->count; i++)
		(void)json_array_append_new(members,
			json_pack("{s:s, s:s, s:s, s:s}", "CacheClusterId",
				topology->members[i].name, "CurrentRole", topology->members[i].role,
				"PreferredAvailabilityZone", topology->members[i].zone, "Address",
				topology->members[i].address));
	return json_pack("{s:s, s:I, s:o}", "PrimaryEndpoint", topology->endpoint, "Port",
		(json_int_t)topology->port, "Members", members);
}

static json_t *events_json(const struct drill_report *report)
{
	json_t *events = json_array();

	for (int i = 0; i < report->event_count; i++)
		(void)json_array_append_new(events,
			json_pack("{s:s, s:s, s:s, s:s}", "Date", report->events[i].date,
				"SourceType", report->events[i].type, "SourceIdentifier",
				report->events[i].source, "Message", report->events[i].message));
	return events;
}

void report_json(const struct drill_report *report, FILE *out)
{
	json_t *tree = json_pack("{s:s, s:b, s:o, s:o, s:o, s:b, s:b, s:b, s:f, s:I, s:I, s:I}",
		"ReplicationGroupId", report->group, "held", report_verdict(report), "before",
		topology_json(&report->before), "after", topology_json(&report->after), "events",
		events_json(report), "events_in_order", events_in_order(report), "topology_held",
		topology_held(report), "stayed_available", report->stayed_available, "write_gap_ms",
		(double)report->writes.gap_us / 1000, "writes_acknowledged",
		(json_int_t)report->writes.acknowledged, "writes_retried",
		(json_int_t)report->writes.failed, "writes_lost", (json_int_t)report->lost);

	(void)json_dumpf(tree, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	(void)fputc('\n', out);
	json_decref(tree);
}
