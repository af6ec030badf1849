#include "engine/replication.h"

#include <stdio.h>
#include <string.h>

#include "engine/engine.h"
#include "util/text.h"

/* What has_data is made of. */
struct traces {
	bool backlog;
	int64_t own_offset, replica_offset;
};

static void set_text(char *field, size_t size, const char *value)
{
	(void)snprintf(field, size, "%s", value);
}

static int64_t number(const char *value)
{
	int64_t parsed = 0;

	return text_to_int(value, INT64_MIN, INT64_MAX, &parsed) ? parsed : 0;
}

/* slave0:ip=127.42.64.1,port=6379,state=online,offset=14,lag=1 */
static void add_replica(struct engine_view *view, char *value)
{
	const size_t most = sizeof(view->replicas) / sizeof(view->replicas[0]);
	char *rest = NULL;

	if (view->replica_count == most)
		return;
	for (char *part = strtok_r(value, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
		if (text_starts_with(part, "ip="))
			set_text(view->replicas[view->replica_count].host,
				sizeof(view->replicas[0].host), part + 3);
		else if (text_starts_with(part, "state="))
			view->replicas[view->replica_count].online = text_equal(part + 6, "online");
		else if (text_starts_with(part, "offset="))
			view->replicas[view->replica_count].acknowledged = number(part + 7);
		else if (text_starts_with(part, "lag="))
			view->replicas[view->replica_count].lag = number(part + 4);
	}
	view->replica_count++;
}

static void take_replica_field(
	struct engine_view *view, struct traces *traces, const char *key, const char *value)
{
	if (text_equal(key, "master_host"))
		set_text(view->primary_host, sizeof(view->primary_host), value);
	else if (text_equal(key, "master_port"))
		view->primary_port = number(value);
	else if (text_equal(key, "master_link_status"))
		view->link_up = text_equal(value, "up");
	else if (text_equal(key, "master_sync_in_progress"))
		view->sync_in_progress = text_equal(value, "1");
	else if (text_equal(key, "slave_repl_offset"))
		traces->replica_offset = number(value);
}

static void take_field(
	struct engine_view *view, struct traces *traces, const char *key, char *value)
{
	if (text_equal(key, "role"))
		view->is_primary = text_equal(value, "master");
	else if (text_equal(key, "master_replid"))
		set_text(view->replication_id, sizeof(view->replication_id), value);
	else if (text_equal(key, "master_repl_offset"))
		traces->own_offset = number(value);
	else if (text_equal(key, "repl_backlog_active"))
		traces->backlog = text_equal(value, "1");
	else if (text_starts_with(key, "slave") && key[5] >= '0' && key[5] <= '9')
		add_replica(view, value);
	else
		take_replica_field(view, traces, key, value);
}

static void take_line(
	struct engine_view *view, struct traces *traces, const char *line, size_t length)
{
	char copy[512];
	char *colon;

	if (length >= sizeof(copy))
		return; /* none that we look for is so long */
	memcpy(copy, line, length);
	copy[length] = '\0';
	colon = strchr(copy, ':');
	if (!colon)
		return;
	*colon = '\0';
	take_field(view, traces, copy, colon + 1);
}

void replication_parse(const char *info, struct engine_view *ret)
{
	struct engine_view view = { 0 };
	struct traces traces = { 0 };

	while (*info) {
		size_t length = strcspn(info, "\r\n");

		take_line(&view, &traces, info, length);
		info += length;
		info += strspn(info, "\r\n");
	}
	view.offset = view.is_primary ? traces.own_offset : traces.replica_offset;
	view.has_data = !view.is_primary && (traces.backlog || traces.replica_offset > 1);
	*ret = view;
}
