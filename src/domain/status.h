/*
 * The words of the API and of the database for states, each spelled here and nowhere else.
 */
#pragma once

#include <stdbool.h>

/* Of groups, node groups and nodes; not every one applies to each. */
enum status {
	STATUS_CREATING,
	STATUS_AVAILABLE,
	STATUS_MODIFYING,
	STATUS_DELETING,
	STATUS_CREATE_FAILED,
};

/* Of a node, as the control plane knows it. The API's status may go on saying available. */
enum health {
	HEALTH_NEW,        /* never served yet */
	HEALTH_IN_SYNC,    /* serves; a replica's offset was acknowledged by its primary */
	HEALTH_LOST,       /* dead or fenced; to be replaced */
	HEALTH_RECOVERING, /* being replaced or rebooted, not in sync yet */
	HEALTH_STOPPED,    /* stopped by us with its data kept, to be started again */
};

enum failover_mode {
	FAILOVER_DISABLED,
	FAILOVER_ENABLING,
	FAILOVER_ENABLED,
	FAILOVER_DISABLING,
};

enum role { ROLE_UNKNOWN, ROLE_PRIMARY, ROLE_REPLICA };

const char *status_text(enum status status);
/* Of a cache cluster and of its cache node: rebooting goes before what the database has. */
const char *cluster_status_text(enum status status, bool rebooting);
const char *cache_node_status_text(enum status status, bool rebooting);

const char *health_text(enum health health);
const char *failover_mode_text(enum failover_mode mode);
const char *role_text(enum role role);

/* Abort on a word that is none of ours: the database's CHECK has refused it before. */
enum status status_parse(const char *text);
enum health health_parse(const char *text);
enum failover_mode failover_mode_parse(const char *text);

/* Whether a group may go from one status to the other; asserted on every write. */
bool status_may_become(enum status from, enum status to);
