#include "domain/status.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const statuses[] = {
	[STATUS_CREATING] = "creating",
	[STATUS_AVAILABLE] = "available",
	[STATUS_MODIFYING] = "modifying",
	[STATUS_DELETING] = "deleting",
	[STATUS_CREATE_FAILED] = "create-failed",
};

static const char *const healths[] = {
	[HEALTH_NEW] = "new",
	[HEALTH_IN_SYNC] = "in-sync",
	[HEALTH_LOST] = "lost",
	[HEALTH_RECOVERING] = "recovering",
	[HEALTH_STOPPED] = "stopped",
};

static const char *const failover_modes[] = {
	[FAILOVER_DISABLED] = "disabled",
	[FAILOVER_ENABLING] = "enabling",
	[FAILOVER_ENABLED] = "enabled",
	[FAILOVER_DISABLING] = "disabling",
};

static const char *const roles[] = {
	[ROLE_UNKNOWN] = "unknown",
	[ROLE_PRIMARY] = "primary",
	[ROLE_REPLICA] = "replica",
};

#define BIT(status) (1u << (status))

static const unsigned successors[] = {
	[STATUS_CREATING] =
		BIT(STATUS_AVAILABLE) | BIT(STATUS_CREATE_FAILED) | BIT(STATUS_DELETING),
	[STATUS_AVAILABLE] = BIT(STATUS_MODIFYING) | BIT(STATUS_DELETING),
	[STATUS_MODIFYING] = BIT(STATUS_AVAILABLE) | BIT(STATUS_DELETING),
	[STATUS_DELETING] = 0,
	[STATUS_CREATE_FAILED] = BIT(STATUS_DELETING),
};

static int find(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	abort();
}

#define FIND(words, word) find(words, sizeof(words) / sizeof((words)[0]), word)

const char *status_text(enum status status)
{
	return statuses[status];
}

const char *cluster_status_text(enum status status, bool rebooting)
{
	return rebooting ? "rebooting cache cluster nodes" : statuses[status];
}

const char *cache_node_status_text(enum status status, bool rebooting)
{
	return rebooting ? "rebooting" : statuses[status];
}

const char *health_text(enum health health)
{
	return healths[health];
}

const char *failover_mode_text(enum failover_mode mode)
{
	return failover_modes[mode];
}

const char *role_text(enum role role)
{
	return roles[role];
}

enum status status_parse(const char *text)
{
	return (enum status)FIND(statuses, text);
}

enum health health_parse(const char *text)
{
	return (enum health)FIND(healths, text);
}

enum failover_mode failover_mode_parse(const char *text)
{
	return (enum failover_mode)FIND(failover_modes, text);
}

bool status_may_become(enum status from, enum status to)
{
	return from == to || (successors[from] & BIT(to));
}
