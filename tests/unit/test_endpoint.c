#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/endpoint.h"
#include "engine/client.h"
#include "engine/engine.h"
#include "nodes.h"
#include "util/clock.h"
#include "util/error.h"

static bool settle(struct node *node, struct error *err)
{
	return endpoint_settle(world.engine, world.group, world.shard, node, err);
}

static bool answers(const char *address)
{
	struct error err;
	struct client *client = client_open(address, world.group->port, 1000, &err);

	client_close(client);
	return client != NULL;
}

/* Whether the process that answers there is the node's. */
static bool is_answered_by(const char *address, const struct node *node)
{
	redisReply *asked = as_client(address, "INFO server");
	redisReply *own = as_control(node, "INFO server");
	const char *run_id = strstr(own->str, "run_id:");
	bool same = strncmp(strstr(asked->str, "run_id:"), run_id, strcspn(run_id, "\r")) == 0;

	freeReplyObject(asked);
	freeReplyObject(own);
	return same;
}

START_TEST(a_primary_alone_answers_everywhere)
{
	struct node *node = &world.nodes[0];
	struct error err;

	start(node, NULL);
	ck_assert(!answers(endpoint_primary(world.shard)));
	ck_assert(settle(node, &err));
	ck_assert(is_answered_by(endpoint_primary(world.shard), node));
	ck_assert(is_answered_by(endpoint_reader(world.shard), node));
	ck_assert(is_answered_by(endpoint_node(node), node));
	ck_assert(settle(node, &err));
}
END_TEST

START_TEST(an_endpoint_moves)
{
	struct node *old = &world.nodes[0], *new = &world.nodes[1];
	struct error err;

	start(old, NULL);
	start(new, NULL);
	ck_assert(settle(old, &err));
	world.shard->primary = new->id;
	ck_assert(!settle(new, &err)); /* it is still held */
	ck_assert(is_answered_by(endpoint_primary(world.shard), old));
	ck_assert(answers(endpoint_node(new)));
	ck_assert(settle(old, &err) && settle(new, &err));
	ck_assert(is_answered_by(endpoint_primary(world.shard), new));
	ck_assert(is_answered_by(endpoint_reader(world.shard), old));
	ck_assert(is_answered_by(endpoint_node(old), old));
}
END_TEST

START_TEST(a_stopped_holder_keeps_an_endpoint_until_it_is_fenced)
{
	struct node *old = &world.nodes[0], *new = &world.nodes[1];
	struct error err;

	start(old, NULL);
	start(new, NULL);
	ck_assert(settle(old, &err));
	ck_assert_int_eq(kill(engine_pid(world.engine, old), SIGSTOP), 0);
	world.shard->primary = world.shard->reader = new->id;
	ck_assert(!settle(new, &err));
	fence(old);
	ck_assert(settle(new, &err));
	ck_assert(is_answered_by(endpoint_primary(world.shard), new));
	ck_assert(is_answered_by(endpoint_reader(world.shard), new));
}
END_TEST

START_TEST(connections_survive_a_withdrawal_until_they_are_dropped)
{
	struct node *node = &world.nodes[0];
	struct client *client, *own;
	struct error err;

	start(node, NULL);
	ck_assert(settle(node, &err));
	client = client_open(endpoint_primary(world.shard), world.group->port, 1000, &err);
	own = client_open(endpoint_node(node), world.group->port, 1000, &err);
	world.shard->primary = 0;
	ck_assert(settle(node, &err));
	ck_assert(client_set(client, "a", "b", &err));
	ck_assert(engine_drop_clients(
		world.engine, world.group, node, endpoint_primary(world.shard), &err));
	ck_assert(!client_set(client, "a", "b", &err));
	ck_assert(client_set(own, "a", "b", &err));
	client_close(client);
	client_close(own);
}
END_TEST

UNIT("endpoint", NODES_FIXTURE(tcase); tcase_add_test(tcase, a_primary_alone_answers_everywhere);
	tcase_add_test(tcase, an_endpoint_moves);
	tcase_add_test(tcase, a_stopped_holder_keeps_an_endpoint_until_it_is_fenced);
	tcase_add_test(tcase, connections_survive_a_withdrawal_until_they_are_dropped);)
