#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "domain/catalog.h"
#include "domain/group.h"
#include "fake_engine.h"
#include "flow/runner.h"
#include "flow/sabotage.h"
#include "flow/shutdown.h"
#include "store/db.h"
#include "store/event.h"
#include "store/fault.h"
#include "store/flow.h"
#include "store/group.h"
#include "support.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

#define OK(expression) ck_assert_msg(expression, "%s", err.message)

static struct arena arena;
static struct store *store;
static int64_t group_id, shard_id;
static struct progress progress[64]; /* by flow */

static bool never(void *context)
{
	(void)context;
	return false;
}

static struct group *load(void)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };

	OK(tx_begin_read(store, &tx, &err));
	return group_load_id(&tx, &arena, group_id, &err);
}

static struct shard *shard(void)
{
	return load()->shards;
}

/* A group in this status, its nodes not running. */
static void create(enum status status, int nodes)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };
	struct group *group;

	fake_reset();
	memset(progress, 0, sizeof(progress));
	arena = (struct arena){ 0 };
	store = support_store();
	group = support_group(&arena, "redis12", 1, nodes);
	group->status = status;
	for (int i = 0; i < nodes && status == STATUS_CREATING; i++)
		group->shards[0].nodes[i].health = HEALTH_NEW;
	OK(tx_begin(store, &tx, &err));
	OK(group_insert(&tx, group, &err));
	OK(tx_commit(&tx, &err));
	group_id = group->id;
	shard_id = group->shards[0].id;
}

static void destroy(void)
{
	support_store_done(store);
	arena_done(&arena);
}

/* Every step has been tried for eleven seconds by now. */
static void age(void)
{
	for (size_t i = 0; i < 64; i++)
		progress[i].since -= 11000000;
}

/* Runs every running flow until it ends or has waited so often. Returns how many still run. */
static size_t run_all(int most)
{
	size_t count = 1;

	for (int i = 0; i < most && count; i++) {
		struct runner runner = { store, NULL, &(struct catalog){ 0 } };
		struct error err = { 0 };
		struct flow_row *rows;
		_cleanup_(tx_end) struct tx tx = { 0 };

		OK(tx_begin_read(store, &tx, &err));
		rows = flow_list(&tx, &arena, 0, &count, &err);
		OK(rows);
		tx_end(&tx);
		for (size_t j = 0; j < count; j++)
			(void)runner_run(&runner, rows[j].id, &progress[rows[j].id], never, NULL);
	}
	return count;
}

static void start(const char *workflow, int64_t in_shard, int64_t node, const char *cause)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };
	bool started = false;

	OK(tx_begin(store, &tx, &err));
	OK(flow_start(&tx, workflow, group_id, in_shard, node, cause, &started, &err));
	OK(tx_commit(&tx, &err));
	ck_assert(started);
}

/* A group of so many nodes that was created and lives. */
static void create_alive(int nodes)
{
	create(STATUS_CREATING, nodes);
	start("create", 0, 0, "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(load()->status, STATUS_AVAILABLE);
	for (size_t i = 0; i < shard()->node_count; i++)
		fake_nodes[shard()->nodes[i].id].has_data = true;
}

static int64_t id_of(int index)
{
	return shard()->nodes[index].id;
}

static struct fake_node *fake(int index)
{
	return &fake_nodes[id_of(index)];
}

/* The group's events after the first `skip`, oldest first, as "source: message" lines. */
static const char *events(size_t skip)
{
	static char text[4096];
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct event_query query = {
		.account = "000000000000", .region = "us-east-1", .to = INT64_MAX, .limit = 100
	};
	struct error err = { 0 };
	struct event *list;
	size_t count;

	OK(tx_begin_read(store, &tx, &err));
	list = event_list(&tx, &arena, &query, &count, &err);
	text[0] = '\0';
	for (size_t i = count - skip; i-- > 0;)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s: %s\n",
			list[i].source, list[i].message);
	return text;
}

enum { EVENTS_OF_CREATE = 8 }; /* with three nodes: two each, created, failover on */

START_TEST(a_group_is_created_with_its_endpoints)
{
	create_alive(3);
	ck_assert_int_eq(load()->automatic_failover, FAILOVER_ENABLED);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert_int_eq(shard()->reader, id_of(1));
	ck_assert_str_eq(fake(0)->bound[0], shard()->primary_address);
	ck_assert_str_eq(fake(1)->bound[1], shard()->reader_address);
	ck_assert_str_eq(fake(2)->bound[0], "");
	destroy();
}
END_TEST

/* G17, G29 */
START_TEST(a_failover_tells_the_five_events_in_order)
{
	create_alive(3);
	fake(1)->offset = 10;
	fake(2)->offset = 20;
	start("failover", shard_id, 0, "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(2));
	ck_assert_str_eq(events(EVENTS_OF_CREATE),
		"redis12: Test Failover API called for node group 0001\n"
		"redis12-001: Failover from master node redis12-001 to replica node redis12-003 "
		"completed\n"
		"redis12: Failover from master node redis12-001 to replica node redis12-003 "
		"completed\n"
		"redis12-001: Recovering cache nodes 0001\n"
		"redis12-001: Finished recovery for cache nodes 0001\n");
	ck_assert_str_eq(fake(2)->bound[0], shard()->primary_address);
	ck_assert_str_eq(fake(0)->follows, shard()->nodes[2].address);
	ck_assert_str_eq(fake(1)->follows, shard()->nodes[2].address);
	ck_assert_int_eq(fake(0)->wipes, 1);
	destroy();
}
END_TEST

/* What the newest flow has decided under this name; "" when nothing. */
static const char *decided(const char *name)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };
	struct flow_row_value *values;
	size_t count;

	OK(tx_begin_read(store, &tx, &err));
	values = flow_values(
		&tx, &arena, flow_newest(&tx, shard_id, "failover", &err), &count, &err);
	OK(values);
	for (size_t i = 0; i < count; i++)
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	return "";
}

static bool committed_first;

static void look_at_the_choice(const char *verb, int64_t node)
{
	if (strcmp(verb, "promote") == 0 && fake_nodes[node].promotions == 0)
		committed_first = *decided("candidate");
}

START_TEST(the_choice_is_committed_before_the_promotion)
{
	create_alive(3);
	fake(1)->offset = 10;
	fake_before = look_at_the_choice;
	start("failover", shard_id, 0, "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert(committed_first);
	destroy();
}
END_TEST

/* G07, G08 */
START_TEST(a_failover_records_the_offsets_and_the_loss)
{
	create_alive(3);
	fake(1)->offset = 1000;
	fake(2)->offset = 900;
	fake(0)->last_offset = 1234;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_str_eq(decided("offsets"), "redis12-002=1000 redis12-003=900");
	ck_assert_str_eq(decided("primary_offset"), "1234");
	ck_assert_str_eq(decided("primary_seen_ms"), "70");
	ck_assert_str_eq(decided("lost_bytes"), "234");
	destroy();
}
END_TEST

START_TEST(what_came_after_the_last_look_is_no_negative_loss)
{
	create_alive(2);
	fake(1)->offset = 1000;
	fake(0)->last_offset = 900;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_str_eq(decided("lost_bytes"), "0");
	destroy();
}
END_TEST

START_TEST(a_loss_that_nobody_saw_is_unknown)
{
	create_alive(2);
	fake(1)->offset = 1000;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_str_eq(decided("offsets"), "redis12-002=1000");
	ck_assert_str_eq(decided("primary_offset"), "");
	ck_assert_str_eq(decided("lost_bytes"), "");
	destroy();
}
END_TEST

static void die_before_promotion(const char *verb, int64_t node)
{
	if (strcmp(verb, "promote") == 0 && fake_nodes[node].alive && node != id_of(1)) {
		fake_nodes[node].alive = false;
		memset(fake_nodes[node].bound, 0, sizeof(fake_nodes[node].bound));
	}
}

static void hang_before_promotion(const char *verb, int64_t node)
{
	if (strcmp(verb, "promote") == 0)
		fake_nodes[node].hung = true;
}

START_TEST(a_candidate_that_dies_is_chosen_anew)
{
	create_alive(3);
	fake(1)->offset = 10;
	fake(2)->offset = 20;
	fake(0)->alive = false;
	fake_before = die_before_promotion;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(0)); /* not decided: the flow was abandoned */
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(1));
	ck_assert_int_eq(fake(1)->promotions, 1);
	ck_assert_int_eq(fake(2)->promotions, 0);
	destroy();
}
END_TEST

/* G19 */
START_TEST(without_any_copy_the_primary_is_recreated_empty)
{
	create_alive(2);
	fake(0)->alive = fake(1)->alive = false;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert(fake(0)->alive && fake(0)->is_primary);
	ck_assert_int_eq(fake(0)->wipes, 1);
	destroy();
}
END_TEST

START_TEST(a_live_copy_is_never_wiped_by_a_recreation)
{
	create_alive(2);
	fake(0)->alive = false;
	start("recreate", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(fake(0)->starts, 1);
	ck_assert_int_eq(fake(0)->wipes, 0);
	ck_assert(fake(1)->has_data);
	destroy();
}
END_TEST

START_TEST(a_silent_copy_is_waited_for_before_a_recreation)
{
	create_alive(2);
	fake(0)->alive = false;
	fake(1)->hung = true;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(5), 1);
	ck_assert_int_eq(fake(0)->wipes, 0);
	fake(1)->hung = false;
	ck_assert_uint_eq(run_all(5), 0); /* it gives way to a failover */
	ck_assert_int_eq(fake(0)->wipes, 0);
	ck_assert(fake(1)->has_data);
	destroy();
}
END_TEST

START_TEST(a_candidate_that_does_not_answer_is_killed_before_another_is_chosen)
{
	create_alive(3);
	fake(0)->alive = false;
	fake(1)->offset = 20;
	fake(2)->offset = 10;
	fake_before = hang_before_promotion;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(10), 0);
	ck_assert(!fake(1)->alive);
	fake_before = NULL;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(2));
	destroy();
}
END_TEST

START_TEST(a_node_that_was_promoted_meanwhile_is_not_replaced)
{
	create_alive(2);
	start("replace", shard_id, id_of(0), "died"); /* it is the primary */
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert(fake(0)->alive);
	ck_assert_int_eq(fake(0)->wipes, 0);
	destroy();
}
END_TEST

START_TEST(a_replacement_waits_for_a_primary)
{
	create_alive(3);
	fake(0)->alive = fake(2)->alive = false;
	start("replace", shard_id, id_of(2), "died");
	ck_assert_uint_eq(run_all(5), 1);
	ck_assert(!fake(2)->alive);
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(1));
	ck_assert_str_eq(fake(2)->follows, shard()->nodes[1].address);
	destroy();
}
END_TEST

START_TEST(the_reader_endpoint_leaves_a_lost_replica)
{
	create_alive(3);
	fake(1)->alive = false;
	memset(fake(1)->bound, 0, sizeof(fake(1)->bound));
	start("replace", shard_id, id_of(1), "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->reader, id_of(2));
	ck_assert_str_eq(fake(2)->bound[1], shard()->reader_address);
	destroy();
}
END_TEST

START_TEST(a_single_replica_takes_the_reader_endpoint_back)
{
	create_alive(2);
	start("failover", shard_id, 0, "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(1));
	ck_assert_int_eq(shard()->reader, id_of(0));
	ck_assert_str_eq(fake(0)->bound[1], shard()->reader_address);
	ck_assert_str_eq(fake(1)->bound[1], "");
	destroy();
}
END_TEST

/* Offsets are final only when every replica has read what the dead primary had sent. */
START_TEST(replicas_drain_before_one_is_chosen)
{
	create_alive(3);
	fake(0)->alive = false;
	fake(1)->offset = 20;
	fake(2)->offset = 10;
	fake(2)->unread = 3;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(2));
	destroy();
}
END_TEST

static void silent_to_follow(const char *verb, int64_t node)
{
	if (strcmp(verb, "follow") == 0 && node == id_of(2))
		fake_nodes[node].hung = true;
}

START_TEST(a_replica_that_cannot_be_repointed_is_lost)
{
	create_alive(3);
	fake(0)->alive = false;
	fake(1)->offset = 20;
	fake_before = silent_to_follow;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(
		run_all(50), 1); /* the old primary waits for the silent one to be killed */
	ck_assert_int_eq(shard()->primary, id_of(1));
	ck_assert_int_eq(shard()->nodes[2].health, HEALTH_LOST);
	destroy();
}
END_TEST

START_TEST(a_stopped_replica_is_lost_at_once)
{
	create_alive(3);
	fake(0)->alive = false;
	fake(2)->hung = fake(2)->stopped = true;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_le(run_all(2), 1); /* the replacement of the first */
	ck_assert_int_eq(shard()->nodes[2].health, HEALTH_LOST);
	ck_assert(!fake(2)->alive); /* it must not wake up */
	destroy();
}
END_TEST

START_TEST(a_silent_replica_does_not_hold_a_recreation_up_for_ever)
{
	create_alive(2);
	fake(0)->alive = false;
	fake(1)->has_data = false;
	start("recreate", shard_id, 0, "died");
	fake_before = NULL;
	ck_assert_uint_eq(run_all(0), 1);
	fake(1)->hung = true;
	ck_assert_uint_eq(run_all(5), 1);
	age();
	ck_assert_uint_eq(run_all(5), 0);
	ck_assert(fake(0)->alive && fake(0)->is_primary);
	ck_assert(!fake(1)->alive); /* killed: it must not wake with what it has */
	destroy();
}
END_TEST

/* A shard that was created, lived, and was stopped in order. */
static void create_stopped(int nodes)
{
	struct error err = { 0 };

	create_alive(nodes);
	OK(shutdown_nodes(store, NULL, &err));
	ck_assert_int_eq(shard()->nodes[0].health, HEALTH_STOPPED);
	ck_assert(!fake(0)->alive);
}

START_TEST(what_was_stopped_starts_again_as_it_was)
{
	create_stopped(2);
	start("resume", shard_id, 0, "start");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert_int_eq(shard()->nodes[1].health, HEALTH_IN_SYNC);
	ck_assert_str_eq(fake(0)->bound[0], shard()->primary_address);
	ck_assert_int_eq(fake(0)->wipes + fake(1)->wipes, 0);
	destroy();
}
END_TEST

static void die_after_publishing(const char *verb, int64_t node)
{
	if (strcmp(verb, "follow") == 0 && node == id_of(1))
		fake_nodes[id_of(0)].alive = false;
}

START_TEST(a_primary_that_dies_while_its_shard_resumes_is_not_resumed_again)
{
	create_stopped(2);
	fake_before = die_after_publishing;
	start("resume", shard_id, 0, "start");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->nodes[0].health, HEALTH_IN_SYNC); /* so its death is a death */
	ck_assert_int_eq(shard()->nodes[1].health, HEALTH_IN_SYNC);
	destroy();
}
END_TEST

START_TEST(a_primary_that_does_not_start_again_gives_way_to_a_replica)
{
	create_stopped(2);
	fake(0)->start_fails = true;
	start("resume", shard_id, 0, "start");
	ck_assert_uint_eq(run_all(3), 1);
	ck_assert_int_eq(shard()->primary, id_of(0));
	age();
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(1));
	ck_assert_int_eq(fake(1)->wipes, 0);
	ck_assert_int_eq(shard()->nodes[0].health, HEALTH_LOST);
	destroy();
}
END_TEST

START_TEST(a_shard_that_has_lost_its_primary_is_not_stopped)
{
	struct error err = { 0 };

	create_alive(2);
	fake(0)->alive = false;
	OK(shutdown_nodes(store, NULL, &err));
	ck_assert(fake(1)->alive);
	ck_assert_int_eq(shard()->nodes[1].health, HEALTH_IN_SYNC);
	destroy();
}
END_TEST

START_TEST(a_deleted_group_ends_the_flows_that_ran)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };

	create_alive(2);
	start("replace", shard_id, id_of(1), "died");
	OK(tx_begin(store, &tx, &err));
	OK(flow_abandon_all(&tx, group_id, &err));
	OK(tx_commit(&tx, &err));
	start("delete", 0, 0, "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_ptr_null(load());
	destroy();
}
END_TEST

static void set_zone(const char *zone, bool down)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };
	bool was_down;

	OK(tx_begin(store, &tx, &err));
	OK(down ? zone_set_down(&tx, zone, FAULT_CRASH, &err)
		: zone_set_up(&tx, zone, &was_down, &err));
	OK(tx_commit(&tx, &err));
}

static void set_closed(const char *zone, bool closed)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };

	OK(tx_begin(store, &tx, &err));
	OK(zone_set_closed(&tx, zone, closed, &err));
	OK(tx_commit(&tx, &err));
}

/* G12 */
START_TEST(a_replacement_waits_for_its_zone_and_the_failover_does_not)
{
	const char *zone;

	create_alive(3);
	zone = shard()->nodes[0].zone;
	set_zone(zone, true);
	fake(0)->alive = false;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 1);
	ck_assert_int_ne(shard()->primary, id_of(0));
	ck_assert(!fake(0)->alive);
	set_closed(zone, true);
	set_zone(zone, false);
	ck_assert_uint_eq(run_all(50), 1); /* up, but it takes no nodes */
	ck_assert(!fake(0)->alive);
	set_closed(zone, false);
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert(fake(0)->alive);
	destroy();
}
END_TEST

/* G12, G19 */
START_TEST(a_primary_whose_zone_is_down_is_recreated_when_it_is_up)
{
	create_alive(2);
	set_zone(shard()->nodes[0].zone, true);
	set_zone(shard()->nodes[1].zone, true);
	fake(0)->alive = fake(1)->alive = false;
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 1);
	ck_assert_int_eq(fake(0)->starts, 1);
	set_zone(shard()->nodes[0].zone, false);
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert(fake(0)->alive && fake(0)->is_primary);
	ck_assert_int_eq(fake(0)->starts, 2);
	destroy();
}
END_TEST

START_TEST(a_node_that_goes_down_with_its_zone_does_not_stand_for_election)
{
	create_alive(3);
	fake(1)->offset = 10;
	fake(2)->offset = 20;
	set_zone(shard()->nodes[0].zone, true);
	set_zone(shard()->nodes[2].zone, true);
	fake(0)->alive = false; /* the other one of them is about to be hit */
	start("failover", shard_id, 0, "died");
	(void)run_all(50);
	ck_assert_int_eq(shard()->primary, id_of(1));
	destroy();
}
END_TEST

START_TEST(a_node_that_is_held_down_is_replaced_later)
{
	_cleanup_(tx_end) struct tx tx = { 0 };
	struct error err = { 0 };

	create_alive(2);
	OK(tx_begin(store, &tx, &err));
	OK(fault_set(&tx, id_of(1), FAULT_HOLD, 3600000, &err));
	OK(tx_commit(&tx, &err));
	fake(1)->alive = false;
	start("replace", shard_id, id_of(1), "died");
	ck_assert_uint_eq(run_all(50), 1);
	ck_assert(!fake(1)->alive);
	OK(tx_begin(store, &tx, &err));
	OK(fault_clear(&tx, id_of(1), FAULT_HOLD, &err));
	OK(tx_commit(&tx, &err));
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert(fake(1)->alive);
	destroy();
}
END_TEST

START_TEST(a_step_that_is_made_to_fail_fails_once)
{
	const char *workflow, *step;
	int times;

	create_alive(2);
	ck_assert(!sabotage_knows("failover", "nothing"));
	sabotage_arm("failover", "promote-replica");
	sabotage_arm("failover", "promote-replica");
	ck_assert(sabotage_list(0, &workflow, &step, &times));
	ck_assert_str_eq(step, "promote-replica");
	ck_assert_int_eq(times, 2);
	ck_assert(!sabotage_list(1, &workflow, &step, &times));
	start("failover", shard_id, 0, "api");
	ck_assert_uint_eq(run_all(2), 1);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert(!sabotage_list(0, &workflow, &step, &times));
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(1));
	sabotage_arm("failover", "announce");
	sabotage_disarm_all();
	ck_assert(!sabotage_takes("failover", "announce"));
	destroy();
}
END_TEST

/* G13, G14 */
START_TEST(a_rebooted_primary_comes_back_empty_in_its_place)
{
	create_alive(3);
	start("reboot-primary", shard_id, id_of(0), "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert_int_eq(shard()->nodes[0].health, HEALTH_IN_SYNC);
	ck_assert_int_eq(fake(0)->kills, 1);
	ck_assert_int_eq(fake(0)->wipes, 1);
	ck_assert(!fake(0)->has_data && fake(0)->is_primary);
	ck_assert_str_eq(fake(0)->bound[0], shard()->primary_address);
	ck_assert_str_eq(shard()->lineage, fake(0)->replication_id);
	ck_assert_ptr_null(shard()->older_lineage);
	for (int i = 1; i < 3; i++) {
		ck_assert_str_eq(fake(i)->replication_id, fake(0)->replication_id);
		ck_assert_int_eq(fake(i)->kills + fake(i)->promotions, 0);
	}
	ck_assert_str_eq(events(EVENTS_OF_CREATE), "redis12-001: Cache node 0001 restarted\n");
	destroy();
}
END_TEST

START_TEST(a_rebooted_replica_synchronises_anew)
{
	create_alive(3);
	start("reboot-replica", shard_id, id_of(1), "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert_int_eq(shard()->nodes[1].health, HEALTH_IN_SYNC);
	ck_assert_int_eq(fake(1)->kills, 1);
	ck_assert_int_eq(fake(1)->wipes, 1);
	ck_assert_str_eq(fake(1)->follows, shard()->nodes[0].address);
	ck_assert_int_eq(fake(0)->kills + fake(2)->kills, 0);
	ck_assert_int_eq(shard()->reader, id_of(2));
	ck_assert_str_eq(fake(2)->bound[1], shard()->reader_address);
	ck_assert_str_eq(events(EVENTS_OF_CREATE), "redis12-002: Cache node 0001 restarted\n");
	destroy();
}
END_TEST

START_TEST(a_primary_that_dies_before_its_reboot_is_rebooted_all_the_same)
{
	create_alive(2);
	fake(0)->alive = false;
	start("reboot-primary", shard_id, id_of(0), "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert(fake(0)->alive);
	ck_assert_int_eq(fake(0)->wipes, 1);
	ck_assert_int_eq(fake(1)->promotions, 0);
	ck_assert_str_eq(events(EVENTS_OF_CREATE - 2), "redis12-001: Cache node 0001 restarted\n");
	destroy();
}
END_TEST

START_TEST(a_rebooted_primary_that_does_not_start_is_tried_again)
{
	create_alive(2);
	fake(0)->start_fails = true;
	start("reboot-primary", shard_id, id_of(0), "api");
	ck_assert_uint_eq(run_all(5), 1);
	age();
	ck_assert_uint_eq(run_all(5), 1);
	ck_assert(fake(1)->has_data);
	ck_assert_int_eq(fake(1)->promotions, 0);
	ck_assert_str_eq(events(EVENTS_OF_CREATE - 2), "");
	fake(0)->start_fails = false;
	ck_assert_uint_eq(run_all(5), 0);
	ck_assert_int_eq(shard()->primary, id_of(0));
	ck_assert_str_eq(events(EVENTS_OF_CREATE - 2), "redis12-001: Cache node 0001 restarted\n");
	destroy();
}
END_TEST

static void silent_once_started(const char *verb, int64_t node)
{
	if (strcmp(verb, "observe") == 0 && node == id_of(0) && fake_nodes[node].starts == 2)
		fake_nodes[node].hung = true;
}

START_TEST(a_rebooted_primary_that_is_silent_is_started_once_more)
{
	create_alive(2);
	fake_before = silent_once_started;
	start("reboot-primary", shard_id, id_of(0), "api");
	ck_assert_uint_eq(run_all(5), 1);
	ck_assert_int_eq(fake(0)->kills, 1);
	age();
	ck_assert_uint_eq(run_all(5), 0);
	ck_assert_int_eq(fake(0)->kills, 2);
	ck_assert_int_eq(fake(0)->starts, 3);
	ck_assert_str_eq(shard()->lineage, fake(0)->replication_id);
	destroy();
}
END_TEST

static const char *dies_before;

static void die_once_back(const char *verb, int64_t node)
{
	if (strcmp(verb, dies_before) == 0 && node == id_of(dies_before[0] == 's' ? 0 : 1))
		fake_nodes[id_of(0)].alive = false;
}

/* The monitor fails over then; the event is told, once. */
START_TEST(a_primary_that_dies_once_it_is_back_has_been_rebooted)
{
	static const char *const moments[] = { "settle", "follow", "nudge" };

	for (size_t i = 0; i < 3; i++) {
		create_alive(2);
		fake_before = die_once_back;
		dies_before = moments[i];
		start("reboot-primary", shard_id, id_of(0), "api");
		ck_assert_uint_eq(run_all(50), 0);
		ck_assert(!fake(0)->alive && fake(1)->alive);
		ck_assert_int_eq(fake(0)->starts, 2);
		ck_assert_str_eq(shard()->lineage, fake(0)->replication_id);
		ck_assert_str_eq(
			events(EVENTS_OF_CREATE - 2), "redis12-001: Cache node 0001 restarted\n");
		destroy();
	}
}
END_TEST

static void primary_hangs_after_following(const char *verb, int64_t node)
{
	if (strcmp(verb, "nudge") == 0 && node == id_of(1))
		fake_nodes[id_of(0)].hung = true;
}

/* Its replica cannot tell: its link is down, and that is no error. */
START_TEST(a_primary_that_hangs_while_replicas_synchronise_is_left_to_the_monitor)
{
	static const char *const those[] = { "recreate", "reboot-primary" };

	for (int i = 0; i < 2; i++) {
		create_alive(2);
		fake(0)->alive = i;
		fake(1)->has_data = false;
		fake_before = primary_hangs_after_following;
		start(those[i], shard_id, i ? id_of(0) : 0, "api");
		ck_assert_uint_eq(run_all(5), 1);
		age();
		ck_assert_uint_eq(run_all(5), 0);
		ck_assert(fake(0)->alive && fake(0)->hung);
		destroy();
	}
}
END_TEST

START_TEST(a_copy_that_has_not_seen_the_empty_primary_is_better_than_nothing)
{
	create_alive(2);
	fake_before = die_once_back;
	dies_before = "settle";
	start("reboot-primary", shard_id, id_of(0), "api");
	ck_assert_uint_eq(run_all(50), 0);
	fake_before = NULL;
	ck_assert(fake(1)->has_data);
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(1));
	ck_assert_int_eq(fake(1)->wipes, 0);
	destroy();
}
END_TEST

START_TEST(what_has_changed_its_role_is_not_rebooted)
{
	create_alive(2);
	start("reboot-replica", shard_id, id_of(0), "api");
	start("reboot-primary", shard_id, id_of(1), "api");
	ck_assert_uint_eq(run_all(5), 0);
	ck_assert_int_eq(fake(0)->kills + fake(1)->kills, 0);
	ck_assert_str_eq(events(EVENTS_OF_CREATE - 2), "");
	destroy();
}
END_TEST

static void die_while_synchronising(const char *verb, int64_t node)
{
	if (strcmp(verb, "follow") == 0 && node == id_of(1))
		fake_nodes[node].alive = false;
}

START_TEST(a_replica_that_dies_once_it_is_back_has_been_rebooted)
{
	create_alive(2);
	fake_before = die_while_synchronising;
	start("reboot-replica", shard_id, id_of(1), "api");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->nodes[1].health, HEALTH_RECOVERING); /* so it is replaced */
	ck_assert_int_eq(shard()->reader, id_of(0));
	ck_assert_str_eq(events(EVENTS_OF_CREATE - 2), "redis12-002: Cache node 0001 restarted\n");
	destroy();
}
END_TEST

static void hang_while_synchronising(const char *verb, int64_t node)
{
	if (strcmp(verb, "follow") == 0 && node == id_of(1))
		fake_nodes[node].hung = true;
}

START_TEST(a_replica_that_hangs_once_it_is_back_is_killed_for_the_monitor_to_replace)
{
	create_alive(2);
	fake_before = hang_while_synchronising;
	start("reboot-replica", shard_id, id_of(1), "api");
	ck_assert_uint_eq(run_all(5), 1);
	age();
	ck_assert_uint_eq(run_all(5), 0);
	ck_assert(!fake(1)->alive);
	ck_assert_int_eq(shard()->nodes[1].health, HEALTH_RECOVERING);
	ck_assert_str_eq(events(EVENTS_OF_CREATE - 2), "redis12-002: Cache node 0001 restarted\n");
	destroy();
}
END_TEST

START_TEST(a_rebooted_replica_follows_who_was_promoted_meanwhile)
{
	create_alive(3);
	fake(0)->alive = false;
	start("reboot-replica", shard_id, id_of(1), "api");
	ck_assert_uint_eq(run_all(5), 1);
	ck_assert(!fake(1)->alive);
	start("failover", shard_id, 0, "died");
	ck_assert_uint_eq(run_all(50), 0);
	ck_assert_int_eq(shard()->primary, id_of(2));
	ck_assert_str_eq(fake(1)->follows, shard()->nodes[2].address);
	ck_assert_int_eq(shard()->nodes[1].health, HEALTH_IN_SYNC);
	destroy();
}
END_TEST

UNIT("flow", tcase_add_test(tcase, a_group_is_created_with_its_endpoints);
	tcase_add_test(tcase, a_failover_tells_the_five_events_in_order);
	tcase_add_test(tcase, the_choice_is_committed_before_the_promotion);
	tcase_add_test(tcase, a_failover_records_the_offsets_and_the_loss);
	tcase_add_test(tcase, what_came_after_the_last_look_is_no_negative_loss);
	tcase_add_test(tcase, a_loss_that_nobody_saw_is_unknown);
	tcase_add_test(tcase, a_candidate_that_dies_is_chosen_anew);
	tcase_add_test(tcase, without_any_copy_the_primary_is_recreated_empty);
	tcase_add_test(tcase, a_live_copy_is_never_wiped_by_a_recreation);
	tcase_add_test(tcase, a_silent_copy_is_waited_for_before_a_recreation);
	tcase_add_test(tcase, a_candidate_that_does_not_answer_is_killed_before_another_is_chosen);
	tcase_add_test(tcase, a_node_that_was_promoted_meanwhile_is_not_replaced);
	tcase_add_test(tcase, a_replacement_waits_for_a_primary);
	tcase_add_test(tcase, the_reader_endpoint_leaves_a_lost_replica);
	tcase_add_test(tcase, a_single_replica_takes_the_reader_endpoint_back);
	tcase_add_test(tcase, replicas_drain_before_one_is_chosen);
	tcase_add_test(tcase, a_replica_that_cannot_be_repointed_is_lost);
	tcase_add_test(tcase, a_stopped_replica_is_lost_at_once);
	tcase_add_test(tcase, a_silent_replica_does_not_hold_a_recreation_up_for_ever);
	tcase_add_test(tcase, what_was_stopped_starts_again_as_it_was);
	tcase_add_test(tcase, a_primary_that_dies_while_its_shard_resumes_is_not_resumed_again);
	tcase_add_test(tcase, a_primary_that_does_not_start_again_gives_way_to_a_replica);
	tcase_add_test(tcase, a_shard_that_has_lost_its_primary_is_not_stopped);
	tcase_add_test(tcase, a_deleted_group_ends_the_flows_that_ran);
	tcase_add_test(tcase, a_replacement_waits_for_its_zone_and_the_failover_does_not);
	tcase_add_test(tcase, a_primary_whose_zone_is_down_is_recreated_when_it_is_up);
	tcase_add_test(tcase, a_node_that_goes_down_with_its_zone_does_not_stand_for_election);
	tcase_add_test(tcase, a_node_that_is_held_down_is_replaced_later);
	tcase_add_test(tcase, a_step_that_is_made_to_fail_fails_once);
	tcase_add_test(tcase, a_rebooted_primary_comes_back_empty_in_its_place);
	tcase_add_test(tcase, a_rebooted_replica_synchronises_anew);
	tcase_add_test(tcase, a_primary_that_dies_before_its_reboot_is_rebooted_all_the_same);
	tcase_add_test(tcase, a_rebooted_primary_that_does_not_start_is_tried_again);
	tcase_add_test(tcase, a_rebooted_primary_that_is_silent_is_started_once_more);
	tcase_add_test(tcase, a_primary_that_dies_once_it_is_back_has_been_rebooted);
	tcase_add_test(tcase, a_copy_that_has_not_seen_the_empty_primary_is_better_than_nothing);
	tcase_add_test(
		tcase, a_primary_that_hangs_while_replicas_synchronise_is_left_to_the_monitor);
	tcase_add_test(tcase, what_has_changed_its_role_is_not_rebooted);
	tcase_add_test(tcase, a_replica_that_dies_once_it_is_back_has_been_rebooted);
	tcase_add_test(
		tcase, a_replica_that_hangs_once_it_is_back_is_killed_for_the_monitor_to_replace);
	tcase_add_test(tcase, a_rebooted_replica_follows_who_was_promoted_meanwhile);)
