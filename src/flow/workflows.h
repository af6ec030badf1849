/* The workflows, one file each but for replace, which ends what failover begins, and reboots. */
#pragma once

#include "flow/flow.h"

extern const struct workflow workflow_create;   /* a group: first nodes, endpoints */
extern const struct workflow workflow_failover; /* a shard: its primary is gone */
extern const struct workflow workflow_replace;  /* a node: lost, comes back as a replica */
extern const struct workflow workflow_recreate; /* a shard: its primary comes back, empty */
extern const struct workflow workflow_promote;  /* a shard: another primary, nothing fails */
extern const struct workflow workflow_modify;   /* a group: pending changes become real */
extern const struct workflow workflow_resume;   /* a shard: stopped by us, starts with its data */
extern const struct workflow workflow_delete;   /* a group */

/* A node restarts as its user asked: the primary, which comes back empty, or a replica. */
extern const struct workflow workflow_reboot_primary;
extern const struct workflow workflow_reboot_replica;
