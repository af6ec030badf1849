#include "unit.h"

#include "domain/remedy.h"
#include "support.h"
#include "util/arena.h"
#include "util/cleanup.h"

struct world {
	struct arena arena;
	struct group *group;
	struct remedy_facts facts;
};

/* An available group of three, all alive and in sync, failover on. */
static struct world healthy(void)
{
	struct world world = { 0 };

	world.group = support_group(&world.arena, "redis12", 1, 3);
	for (size_t i = 0; i < 3; i++) {
		world.group->shards[0].nodes[i].id = 11 + (int64_t)i;
		world.facts.alive[i] = true;
	}
	world.group->shards[0].primary = 11;
	world.facts.group = world.group;
	world.facts.shard = &world.group->shards[0];
	return world;
}

static void check(struct world *world, enum remedy expected, size_t node)
{
	size_t found = 99;

	ck_assert_int_eq(choose_remedy(&world->facts, &found), expected);
	ck_assert_uint_eq(found, expected == REMEDY_REPLACE ? node : 99);
	arena_done(&world->arena);
}

START_TEST(a_healthy_shard_needs_nothing)
{
	struct world world = healthy();

	check(&world, REMEDY_NONE, 0);
}
END_TEST

/* G17 */
START_TEST(a_dead_primary_is_failed_over)
{
	struct world world = healthy();

	world.facts.alive[0] = false;
	check(&world, REMEDY_FAILOVER, 0);
}
END_TEST

/* G18 */
START_TEST(a_dead_primary_goes_before_a_dead_replica)
{
	struct world world = healthy();

	world.facts.alive[0] = world.facts.alive[1] = false;
	check(&world, REMEDY_FAILOVER, 0);
}
END_TEST

/* G19 */
START_TEST(when_everything_is_dead_the_primary_is_recreated)
{
	struct world world = healthy();

	world.facts.alive[0] = world.facts.alive[1] = world.facts.alive[2] = false;
	check(&world, REMEDY_RECREATE, 0);
}
END_TEST

/* G20 */
START_TEST(without_failover_a_dead_primary_is_recreated)
{
	struct world world = healthy();

	world.group->automatic_failover = FAILOVER_DISABLED;
	world.facts.alive[0] = false;
	check(&world, REMEDY_RECREATE, 0);
	world = healthy();
	world.group->automatic_failover = FAILOVER_ENABLING;
	world.facts.alive[0] = false;
	check(&world, REMEDY_RECREATE, 0);
}
END_TEST

START_TEST(a_dead_replica_is_replaced_once)
{
	struct world world = healthy();

	world.facts.alive[2] = false;
	check(&world, REMEDY_REPLACE, 2);
	world = healthy();
	world.facts.alive[2] = false;
	world.facts.node_flow[2] = true;
	check(&world, REMEDY_NONE, 0);
}
END_TEST

START_TEST(a_replacement_that_was_given_up_is_begun_again)
{
	struct world world = healthy();

	world.group->shards[0].nodes[1].health = HEALTH_RECOVERING;
	check(&world, REMEDY_REPLACE, 1);
}
END_TEST

START_TEST(a_primary_dies_while_a_replica_is_replaced)
{
	struct world world = healthy();

	world.facts.node_flow[1] = true;
	world.facts.alive[0] = false;
	check(&world, REMEDY_FAILOVER, 0);
}
END_TEST

START_TEST(a_shard_at_work_is_left_alone)
{
	struct world world = healthy();

	world.facts.shard_flow = true;
	world.facts.alive[0] = world.facts.alive[1] = false;
	check(&world, REMEDY_NONE, 0);
}
END_TEST

START_TEST(groups_that_come_or_go_are_left_alone)
{
	static const enum status statuses[] = { STATUS_CREATING, STATUS_CREATE_FAILED,
		STATUS_DELETING };

	for (size_t i = 0; i < 3; i++) {
		struct world world = healthy();

		world.group->status = statuses[i];
		world.facts.alive[0] = false;
		check(&world, REMEDY_NONE, 0);
	}
}
END_TEST

START_TEST(a_group_that_is_modified_is_mended_all_the_same)
{
	struct world world = healthy();

	world.group->status = STATUS_MODIFYING;
	world.facts.alive[0] = false;
	check(&world, REMEDY_FAILOVER, 0);
}
END_TEST

START_TEST(what_we_stopped_is_resumed_not_failed_over)
{
	struct world world = healthy();

	for (size_t i = 0; i < 3; i++) {
		world.facts.alive[i] = false;
		world.group->shards[0].nodes[i].health = HEALTH_STOPPED;
	}
	check(&world, REMEDY_RESUME, 0);
}
END_TEST

UNIT("remedy", tcase_add_test(tcase, a_healthy_shard_needs_nothing);
	tcase_add_test(tcase, a_dead_primary_is_failed_over);
	tcase_add_test(tcase, a_dead_primary_goes_before_a_dead_replica);
	tcase_add_test(tcase, when_everything_is_dead_the_primary_is_recreated);
	tcase_add_test(tcase, without_failover_a_dead_primary_is_recreated);
	tcase_add_test(tcase, a_dead_replica_is_replaced_once);
	tcase_add_test(tcase, a_replacement_that_was_given_up_is_begun_again);
	tcase_add_test(tcase, a_primary_dies_while_a_replica_is_replaced);
	tcase_add_test(tcase, a_shard_at_work_is_left_alone);
	tcase_add_test(tcase, groups_that_come_or_go_are_left_alone);
	tcase_add_test(tcase, a_group_that_is_modified_is_mended_all_the_same);
	tcase_add_test(tcase, what_we_stopped_is_resumed_not_failed_over);)
