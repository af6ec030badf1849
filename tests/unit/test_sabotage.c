#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "domain/fault.h"
#include "engine/sabotage.h"
#include "nodes.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

enum { QUIET_MS = 150, MINUTE_MS = 60000 };

static struct node *primary, *replica;

static void begin(void)
{
	primary = &world.nodes[0];
	replica = &world.nodes[1];
}

static struct engine_failure fail_node(struct node *node, enum fault_mode mode)
{
	struct engine_failure failure;
	struct error err = { 0 };

	ck_assert_msg(engine_fail(world.engine, node, mode, MINUTE_MS, &failure, &err), "%s",
		err.message);
	return failure;
}

/* A connection as a client has one, with nobody's library in between. */
static int dial(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)world.group->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(inet_pton(AF_INET, address, &to.sin_addr), 1);
	(void)!connect(fd, (struct sockaddr *)&to, sizeof(to));
	return fd;
}

/* What has come of a connection after a while: "silent", "answered", "closed" or an errno's name.
 */
static const char *hear(int fd, int milliseconds)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char byte;

	if (poll(&wait, 1, milliseconds) == 0)
		return "silent";
	switch (recv(fd, &byte, 1, MSG_DONTWAIT)) {
	case 1: return "answered";
	case 0: return "closed";
	default: return errno == ECONNREFUSED ? "refused" : errno == ECONNRESET ? "reset" : "?";
	}
}

static int dial_and_ping(const char *address)
{
	int fd = dial(address);

	WAIT_FOR(send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6);
	ck_assert_str_eq(hear(fd, STRICT_MS), "answered");
	while (recv(fd, (char[16]){ 0 }, 16, MSG_DONTWAIT) > 0)
		;
	return fd;
}

START_TEST(a_crash_is_told_to_clients)
{
	_cleanup_(close_fd) int old = -1, new = -1;

	begin();
	start(primary, NULL);
	old = dial_and_ping(primary->address);
	ck_assert_int_gt(fail_node(primary, FAULT_CRASH).pid, 0);
	WAIT_FOR(!engine_find(world.engine, primary));
	ck_assert_str_ne(hear(old, STRICT_MS), "silent");
	new = dial(primary->address);
	ck_assert_str_eq(hear(new, STRICT_MS), "refused");
}
END_TEST

START_TEST(a_process_that_hangs_takes_connections_and_does_not_answer)
{
	_cleanup_(close_fd) int new = -1;

	begin();
	start(primary, NULL);
	(void)fail_node(primary, FAULT_HANG);
	WAIT_FOR(engine_is_stopped(world.engine, primary));
	ck_assert(engine_find(world.engine, primary));
	new = dial(primary->address);
	WAIT_FOR(send(new, "PING\r\n", 6, MSG_NOSIGNAL) == 6);
	ck_assert_str_eq(hear(new, QUIET_MS), "silent");
	engine_heal(world.engine, primary);
	ck_assert_str_eq(hear(new, STRICT_MS), "answered");
}
END_TEST

START_TEST(power_loss_is_told_to_nobody_until_it_is_over)
{
	_cleanup_(close_fd) int old = -1, new = -1, late = -1;
	struct engine_failure failure;

	begin();
	ck_assert_ptr_null(engine_no_silence(world.engine));
	start(primary, NULL);
	old = dial_and_ping(primary->address);
	failure = fail_node(primary, FAULT_SILENT);
	ck_assert_int_eq(failure.mode, FAULT_SILENT);
	ck_assert_uint_eq(failure.missed, 0);
	ck_assert_uint_ge(failure.silent, 2); /* the client's and the listener */
	WAIT_FOR(!engine_find(world.engine, primary));
	ck_assert_uint_eq(engine_silent(world.engine, primary), failure.silent);
	new = dial(primary->address);
	(void)send(old, "PING\r\n", 6, MSG_NOSIGNAL);
	ck_assert_str_eq(hear(old, QUIET_MS), "silent");
	ck_assert_str_eq(hear(new, QUIET_MS), "silent");
	engine_heal(world.engine, primary);
	ck_assert_str_eq(hear(old, STRICT_MS), "reset");
	late = dial(primary->address);
	ck_assert_str_eq(hear(late, STRICT_MS), "refused");
	ck_assert_uint_eq(engine_silent(world.engine, primary), 0);
}
END_TEST

START_TEST(silence_has_an_end)
{
	_cleanup_(close_fd) int old = -1;
	struct engine_failure failure;
	struct error err = { 0 };

	begin();
	start(primary, NULL);
	old = dial_and_ping(primary->address);
	ck_assert(engine_fail(world.engine, primary, FAULT_SILENT, 1, &failure, &err));
	WAIT_FOR(engine_end_silence(world.engine) == INT64_MAX);
	ck_assert_str_eq(hear(old, STRICT_MS), "reset");
}
END_TEST

/* An endpoint that is silent moves to the node that takes it over; so does its own address. */
START_TEST(silent_addresses_can_be_taken)
{
	_cleanup_(close_fd) int old = -1;
	char endpoint[46];

	begin();
	(void)snprintf(endpoint, sizeof(endpoint), "%s", world.shard->primary_address);
	start(primary, NULL);
	start(replica, primary);
	bind_to(primary, endpoint);
	old = dial_and_ping(endpoint);
	(void)fail_node(primary, FAULT_SILENT);
	WAIT_FOR(!engine_find(world.engine, primary));
	bind_to(replica, endpoint);
	client_does(endpoint, "PING");
	fence(primary);
	start(primary, NULL);
	client_does(primary->address, "PING");
	ck_assert_str_eq(hear(old, QUIET_MS), "silent");
}
END_TEST

START_TEST(a_deaf_link_makes_a_replica_lag_until_it_is_opened)
{
	struct error err = { 0 };
	int64_t before;

	begin();
	start(primary, NULL);
	start_replica(replica, primary);
	before = view_of(replica).offset;
	ck_assert_msg(engine_lag(world.engine, world.group, replica, primary, true, &err), "%s",
		err.message);
	client_does(primary->address, "SET k v");
	(void)poll(NULL, 0, QUIET_MS);
	ck_assert_int_eq(view_of(replica).offset, before);
	ck_assert(view_of(replica).link_up);
	ck_assert_int_eq(keys(replica), 0);
	ck_assert_msg(engine_lag(world.engine, world.group, replica, primary, false, &err), "%s",
		err.message);
	WAIT_FOR(keys(replica) == 1);
	ck_assert(engine_lag(world.engine, world.group, replica, primary, false, &err));
	ck_assert(view_of(replica).link_up); /* one that hears is left alone */
}
END_TEST

START_TEST(only_what_runs_can_fail)
{
	struct engine_failure failure;
	struct error err = { 0 };

	begin();
	start(primary, NULL);
	ck_assert(!engine_fail(world.engine, replica, FAULT_CRASH, 0, &failure, &err));
	ck_assert_ptr_nonnull(strstr(err.message, "does not run"));
	ck_assert(!engine_lag(world.engine, world.group, replica, primary, true, &err));
	(void)fail_node(primary, FAULT_CRASH);
	ck_assert(!engine_fail(world.engine, primary, FAULT_CRASH, 0, &failure, &err));
}
END_TEST

START_TEST(a_primary_forgets_a_replica_s_connections)
{
	struct error err = { 0 };

	begin();
	start(primary, NULL);
	start_replica(replica, primary);
	(void)fail_node(replica, FAULT_SILENT);
	WAIT_FOR(!engine_find(world.engine, replica));
	ck_assert_uint_eq(view_of(primary).replica_count, 1); /* it has heard nothing */
	ck_assert_msg(engine_forget_replica(world.engine, world.group, primary, replica, &err),
		"%s", err.message);
	WAIT_FOR(view_of(primary).replica_count == 0);
}
END_TEST

START_TEST(durations_have_units_and_bounds)
{
	int64_t ms = -7;

	ck_assert(duration_parse("250ms", 0, 1000, &ms) && ms == 250);
	ck_assert(duration_parse("30s", 0, 30000, &ms) && ms == 30000);
	ck_assert(duration_parse("5", 0, 30000, &ms) && ms == 5000);
	ck_assert(duration_parse("2m", 0, INT64_MAX, &ms) && ms == 120000);
	ck_assert(duration_parse("24h", 0, INT64_MAX, &ms) && ms == 86400000);
	ck_assert(duration_parse("14d", 0, INT64_MAX, &ms) && ms == INT64_C(1209600000));
	ck_assert(duration_parse("0", 0, 1, &ms) && ms == 0);
	ms = -7;
	for (const char *const *bad = (const char *const[]){ "", "-1s", "+1s", "1.5s", "s", "1 s",
		     "1S", "1w", "31s", "99999999999999999999", "9223372036854775807d", " 1s",
		     "1s ", "0x1s", NULL };
		*bad; bad++)
		ck_assert_msg(!duration_parse(*bad, 0, 30000, &ms), "%s", *bad);
	ck_assert(!duration_parse("1ms", 2, 30000, &ms));
	ck_assert_int_eq(ms, -7);
}
END_TEST

UNIT("sabotage", NODES_FIXTURE(tcase); tcase_add_test(tcase, a_crash_is_told_to_clients);
	tcase_add_test(tcase, a_process_that_hangs_takes_connections_and_does_not_answer);
	tcase_add_test(tcase, power_loss_is_told_to_nobody_until_it_is_over);
	tcase_add_test(tcase, silence_has_an_end);
	tcase_add_test(tcase, silent_addresses_can_be_taken);
	tcase_add_test(tcase, a_deaf_link_makes_a_replica_lag_until_it_is_opened);
	tcase_add_test(tcase, only_what_runs_can_fail);
	tcase_add_test(tcase, a_primary_forgets_a_replica_s_connections);
	tcase_add_test(tcase, durations_have_units_and_bounds);)
