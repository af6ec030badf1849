#include "flow/workflows.h"

#include <stddef.h>

const struct workflow *const workflows[] = {
	&workflow_create,
	&workflow_failover,
	&workflow_replace,
	&workflow_recreate,
	&workflow_reboot_primary,
	&workflow_reboot_replica,
	&workflow_promote,
	&workflow_modify,
	&workflow_resume,
	&workflow_delete,
	NULL,
};
