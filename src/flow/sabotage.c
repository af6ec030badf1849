#include "flow/sabotage.h"

#include <stdatomic.h>
#include <string.h>

#include "flow/flow.h"

enum {
	WORKFLOWS_MAX = 32,
	STEPS_MAX = sizeof(((struct workflow *)0)->steps) / sizeof(struct step)
};

static atomic_int armed[WORKFLOWS_MAX][STEPS_MAX];
static atomic_int total; /* so that a step usually looks at one number */

static atomic_int *find(const char *workflow, const char *step)
{
	for (size_t i = 0; workflows[i] && i < WORKFLOWS_MAX; i++)
		for (size_t j = 0; workflows[i]->steps[j].name; j++)
			if (strcmp(workflows[i]->name, workflow) == 0 &&
				strcmp(workflows[i]->steps[j].name, step) == 0)
				return &armed[i][j];
	return NULL;
}

bool sabotage_knows(const char *workflow, const char *step)
{
	return find(workflow, step) != NULL;
}

void sabotage_arm(const char *workflow, const char *step)
{
	atomic_int *times = find(workflow, step);

	if (!times)
		return;
	(void)atomic_fetch_add(times, 1);
	(void)atomic_fetch_add(&total, 1);
}

static bool take_one(atomic_int *times)
{
	int seen = atomic_load(times);

	while (seen > 0)
		if (atomic_compare_exchange_weak(times, &seen, seen - 1)) {
			(void)atomic_fetch_sub(&total, 1);
			return true;
		}
	return false;
}

bool sabotage_takes(const char *workflow, const char *step)
{
	atomic_int *times = atomic_load(&total) > 0 ? find(workflow, step) : NULL;

	return times && take_one(times);
}

bool sabotage_list(size_t index, const char **ret_workflow, const char **ret_step, int *ret_times)
{
	for (size_t i = 0; workflows[i] && i < WORKFLOWS_MAX; i++)
		for (size_t j = 0; workflows[i]->steps[j].name; j++) {
			*ret_times = atomic_load(&armed[i][j]);
			if (*ret_times == 0 || index-- > 0)
				continue;
			*ret_workflow = workflows[i]->name;
			*ret_step = workflows[i]->steps[j].name;
			return true;
		}
	return false;
}

void sabotage_disarm_all(void)
{
	for (size_t i = 0; i < WORKFLOWS_MAX; i++)
		for (size_t j = 0; j < STEPS_MAX; j++)
			while (take_one(&armed[i][j]))
				;
}
