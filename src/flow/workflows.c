#include "flow/workflows.h"

#include <stddef.h>

const struct workflow *const workflows[] = {
	&workflow_create,
	&workflow_failover,
	&workflow_replace,
	&workflow_recreate,
	&workflow_promote,
	&workflow_modify,
	&workflow_resume,
	&workflow_delete,
	NULL,
};
