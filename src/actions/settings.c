#include "actions/settings.h"

#include <string.h>

#include "api/call.h"
#include "domain/group.h"
#include "domain/names.h"
#include "domain/window.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

enum { RETENTION_MAX = 35 }; /* days */

#define VALUE "InvalidParameterValue"

static bool read_windows(const struct call *call, struct group *group, struct error *err)
{
	const char *maintenance = in_text(call, "PreferredMaintenanceWindow");
	const char *snapshot = in_text(call, "SnapshotWindow");

	if (maintenance) {
		maintenance = parse_maintenance_window(call->arena, maintenance, err);
		if (!maintenance)
			return false;
		group->maintenance_window = maintenance;
	}
	if (snapshot) {
		snapshot = parse_snapshot_window(call->arena, snapshot, err);
		if (!snapshot)
			return false;
		group->snapshot_window = snapshot;
	}
	return true;
}

static bool read_retention(const struct call *call, struct group *group, struct error *err)
{
	int64_t days = in_int(call, "SnapshotRetentionLimit", group->snapshot_retention);

	if (days < 0 || days > RETENTION_MAX)
		return fail(err, VALUE,
			"Invalid value for snapshot retention limit. Must be between 0 and %d",
			RETENTION_MAX);
	group->snapshot_retention = days;
	return true;
}

/* A blank topic takes the notification away. */
static bool read_topic(const struct call *call, struct group *group, struct error *err)
{
	const char *topic = in_text(call, "NotificationTopicArn");

	if (!topic)
		return true;
	if (*topic && !is_topic_arn(topic))
		return fail(err, VALUE, "Invalid notification topic ARN: %.255s", topic);
	group->topic_active = *topic != '\0';
	group->topic_arn = *topic ? topic : NULL;
	return true;
}

static bool is_security_group(const char *id)
{
	return text_starts_with(id, "sg-") &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(id);
}

static bool read_security_groups(const struct call *call, struct group *group, struct error *err)
{
	json_t *ids = in_list(call, "SecurityGroupIds"), *id;
	struct text joined = { .arena = call->arena };
	size_t i;

	if (!ids)
		return true;
	json_array_foreach(ids, i, id)
	{
		const char *text = json_string_value(id);

		if (!is_security_group(text))
			return fail(err, VALUE, "Invalid security group: %.255s", text);
		text_printf(&joined, "%s%s", i ? "," : "", text);
	}
	group->security_groups = joined.data;
	return true;
}

bool read_settings(const struct call *call, struct group *group, struct error *err)
{
	const char *description = in_text(call, "ReplicationGroupDescription");

	if (description)
		group->description = description;
	group->auto_minor_version_upgrade =
		in_bool(call, "AutoMinorVersionUpgrade", group->auto_minor_version_upgrade);
	return read_windows(call, group, err) && read_retention(call, group, err) &&
	       read_topic(call, group, err) && read_security_groups(call, group, err);
}
