#include "fake_engine.h"

#include <stdio.h>
#include <string.h>

#include "domain/group.h"
#include "endpoint/endpoint.h"
#include "engine/engine.h"
#include "util/error.h"

struct fake_node fake_nodes[FAKE_NODES];
void (*fake_before)(const char *verb, int64_t node);

static const struct group *latest_group; /* to find a node by its address */

void fake_reset(void)
{
	memset(fake_nodes, 0, sizeof(fake_nodes));
	fake_before = NULL;
	latest_group = NULL;
}

static struct fake_node *enter(const char *verb, const struct node *node)
{
	if (fake_before)
		fake_before(verb, node->id);
	return &fake_nodes[node->id];
}

static struct fake_node *enter_running(const char *verb, const struct node *node, struct error *err)
{
	struct fake_node *fake = enter(verb, node);

	if (fake->alive && !fake->hung)
		return fake;
	(void)fail(err, ERROR_INTERNAL, "%s: %s does not answer", verb, node->name);
	return NULL;
}

static void copy(char *to, const char *from)
{
	(void)snprintf(to, 41, "%s", from);
}

bool engine_find(struct engine *engine, const struct node *node)
{
	(void)engine;
	return enter("find", node)->alive;
}

static struct fake_node *primary_at(const char *address)
{
	for (size_t i = 0; latest_group && i < latest_group->shards[0].node_count; i++) {
		const struct node *node = &latest_group->shards[0].nodes[i];

		if (strcmp(node->address, address) == 0)
			return &fake_nodes[node->id];
	}
	return NULL;
}

static void copy_data(struct fake_node *fake)
{
	const struct fake_node *primary = primary_at(fake->follows);

	fake->link_up = primary && primary->alive && !primary->hung;
	if (!fake->link_up)
		return;
	fake->has_data = true;
	fake->offset = primary->offset;
	copy(fake->replication_id, primary->replication_id);
}

bool engine_start(struct engine *engine, const struct group *group, const struct node *node,
	const struct node *follow, int64_t maxmemory, struct error *err)
{
	struct fake_node *fake = enter("start", node);

	(void)engine;
	(void)maxmemory;
	latest_group = group;
	if (fake->alive)
		return true;
	if (fake->start_fails)
		return fail(err, ERROR_INTERNAL, "%s ended", node->name);
	fake->alive = true;
	fake->hung = false;
	fake->is_primary = !follow;
	fake->starts++;
	copy(fake->follows, follow ? follow->address : "");
	(void)snprintf(fake->replication_id, 41, "new-%d-%d", (int)node->id, fake->starts);
	if (follow)
		copy_data(fake);
	return true;
}

bool engine_fence(struct engine *engine, const struct node *node, struct error *err)
{
	struct fake_node *fake = enter("fence", node);

	(void)engine;
	(void)err;
	fake->kills += fake->alive;
	fake->alive = fake->hung = fake->stopped = false;
	memset(fake->bound, 0, sizeof(fake->bound));
	return true;
}

bool engine_stop(struct engine *engine, const struct group *group, const struct node *node,
	bool keep_data, struct error *err)
{
	(void)group;
	(void)keep_data;
	return engine_fence(engine, node, err);
}

bool engine_wipe(struct engine *engine, const struct node *node, struct error *err)
{
	struct fake_node *fake = enter("wipe", node);

	(void)engine;
	if (fake->alive)
		return fail(err, ERROR_INTERNAL, "%s runs", node->name);
	fake->wipes++;
	fake->has_data = false;
	fake->offset = 0;
	return true;
}

bool engine_remove(struct engine *engine, const struct node *node, struct error *err)
{
	return engine_wipe(engine, node, err);
}

static bool follows_live(const struct fake_node *fake)
{
	const struct fake_node *primary = primary_at(fake->follows);

	return primary && primary->alive && !primary->hung;
}

bool engine_observe(struct engine *engine, const struct group *group, const struct node *node,
	int timeout_ms, struct engine_view *ret, struct error *err)
{
	struct fake_node *fake = enter_running("observe", node, err);

	(void)engine;
	(void)timeout_ms;
	latest_group = group;
	if (!fake)
		return false;
	if (fake->unread > 0 && fake->unread-- > 0)
		fake->offset += 10;
	*ret = (struct engine_view){ .is_primary = fake->is_primary,
		.offset = fake->offset,
		.link_up = fake->unread > 0 || (!fake->is_primary && follows_live(fake)),
		.has_data = fake->has_data,
		.primary_port = group->port };
	copy(ret->replication_id, fake->replication_id);
	copy(ret->primary_host, fake->follows);
	for (size_t i = 0; i < group->shards[0].node_count && fake->is_primary; i++) {
		const struct node *other = &group->shards[0].nodes[i];

		if (!fake_nodes[other->id].alive ||
			strcmp(fake_nodes[other->id].follows, node->address) != 0)
			continue;
		copy(ret->replicas[ret->replica_count].host, other->address);
		ret->replicas[ret->replica_count].online = true;
		ret->replicas[ret->replica_count++].acknowledged = fake_nodes[other->id].offset;
	}
	return true;
}

bool engine_promote(struct engine *engine, const struct group *group, const struct node *node,
	struct error *err)
{
	struct fake_node *fake = enter_running("promote", node, err);

	(void)engine;
	(void)group;
	if (!fake)
		return false;
	if (!fake->is_primary)
		(void)snprintf(fake->replication_id, 41, "promoted-%d", (int)node->id);
	fake->promotions += !fake->is_primary;
	fake->is_primary = true;
	fake->follows[0] = '\0';
	return true;
}

bool engine_follow(struct engine *engine, const struct group *group, const struct node *node,
	const struct node *primary, struct error *err)
{
	struct fake_node *fake = enter_running("follow", node, err);

	(void)engine;
	latest_group = group;
	if (!fake)
		return false;
	fake->is_primary = false;
	copy(fake->follows, primary->address);
	copy_data(fake);
	return true;
}

bool engine_drop_clients(struct engine *engine, const struct group *group, const struct node *node,
	const char *address, struct error *err)
{
	(void)engine;
	(void)group;
	(void)address;
	return enter_running("drop", node, err) != NULL;
}

bool engine_nudge(struct engine *engine, const struct group *group, const struct node *node,
	struct error *err)
{
	(void)engine;
	(void)group;
	return enter_running("nudge", node, err) != NULL;
}

bool engine_hand_over(struct engine *engine, const struct group *group, const struct node *primary,
	const struct node *replica, int timeout_ms, struct error *err)
{
	(void)timeout_ms;
	return enter_running("hand-over", primary, err) &&
	       engine_promote(engine, group, replica, err) &&
	       engine_follow(engine, group, primary, replica, err);
}

int engine_pid(struct engine *engine, const struct node *node)
{
	return engine_find(engine, node) ? (int)node->id : 0;
}

int engine_watch(struct engine *engine, const struct node *node)
{
	(void)engine;
	(void)node;
	return -1;
}

static bool holds(const struct fake_node *fake, const char *address)
{
	for (int i = 0; i < 3; i++)
		if (strcmp(fake->bound[i], address) == 0)
			return true;
	return false;
}

/* As the kernel does: an address has one holder. */
static bool is_free(const struct shard *shard, const struct node *node, const char *address)
{
	for (size_t i = 0; i < shard->node_count; i++)
		if (&shard->nodes[i] != node && fake_nodes[shard->nodes[i].id].alive &&
			holds(&fake_nodes[shard->nodes[i].id], address))
			return false;
	return true;
}

bool endpoint_settle(struct engine *engine, const struct group *group, const struct shard *shard,
	const struct node *node, struct error *err)
{
	struct fake_node *fake = enter_running("settle", node, err);
	bool primary = node->id == shard->primary, reader = node->id == shard->reader;

	(void)engine;
	(void)group;
	if (!fake)
		return false;
	if ((primary && !is_free(shard, node, shard->primary_address)) ||
		(reader && !is_free(shard, node, shard->reader_address)))
		return fail(err, ERROR_INTERNAL, "an address of %s is taken", node->name);
	copy(fake->bound[0], primary ? shard->primary_address : "");
	copy(fake->bound[1], reader ? shard->reader_address : "");
	return true;
}

const char *endpoint_primary(const struct shard *shard)
{
	return shard->primary_address;
}

const char *endpoint_reader(const struct shard *shard)
{
	return shard->reader_address;
}

const char *endpoint_node(const struct node *node)
{
	return node->address;
}

bool engine_forget_replica(struct engine *engine, const struct group *group,
	const struct node *primary, const struct node *replica, struct error *err)
{
	(void)engine;
	(void)group;
	(void)replica;
	return enter_running("forget", primary, err);
}

bool engine_relink(struct engine *engine, const struct group *group, const struct node *replica,
	struct error *err)
{
	(void)engine;
	(void)group;
	return enter_running("relink", replica, err);
}

bool engine_is_stopped(struct engine *engine, const struct node *node)
{
	(void)engine;
	return enter("is_stopped", node)->stopped;
}

bool engine_last_offset(
	struct engine *engine, const struct node *node, int64_t *ret_offset, int64_t *ret_age_us)
{
	const struct fake_node *fake = enter("last_offset", node);

	(void)engine;
	*ret_offset = fake->last_offset;
	*ret_age_us = 70000;
	return fake->last_offset > 0;
}
