#include "support.h"

#include <check.h>
#undef fail
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/db.h"
#include "util/arena.h"
#include "util/clock.h"
#include "util/error.h"

static char directory[64];

struct store *support_store(void)
{
	struct error err = { 0 };
	struct store *store;

	(void)snprintf(directory, sizeof(directory), "/tmp/understudy-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	store = store_open(directory, &err);
	ck_assert_msg(store != NULL, "%s", err.message);
	return store;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void support_store_done(struct store *store)
{
	store_close(store);
	(void)nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *support_directory(void)
{
	return directory;
}

static void fill_shard(struct arena *arena, struct group *group, int number, int nodes)
{
	struct shard *shard = group->shards;

	*shard = (struct shard){
		.name = "0001",
		.status = STATUS_AVAILABLE,
		.primary_address = arena_printf(arena, "127.42.0.%d", 2 * number),
		.reader_address = arena_printf(arena, "127.42.0.%d", 2 * number + 1),
		.node_count = (size_t)nodes,
		.nodes = arena_array(arena, NODES_MAX, sizeof(struct node)),
	};
	for (int i = 0; i < nodes; i++)
		shard->nodes[i] = (struct node){
			.name = arena_printf(arena, "%s-%03d", group->name, i + 1),
			.zone = arena_printf(arena, "us-east-1%c", 'a' + i),
			.address = arena_printf(arena, "127.42.%d.%d", 32 * (i + 1), number),
			.status = STATUS_AVAILABLE,
			.health = HEALTH_IN_SYNC,
			.created_at = clock_now(),
		};
}

struct group *support_group(struct arena *arena, const char *name, int number, int nodes)
{
	struct group *group = arena_alloc(arena, sizeof(*group));

	*group = (struct group){
		.account = "000000000000",
		.region = "us-east-1",
		.name = name,
		.description = "a test",
		.status = STATUS_AVAILABLE,
		.automatic_failover = FAILOVER_ENABLED,
		.auto_minor_version_upgrade = true,
		.node_type = "cache.m5.large",
		.engine_version = "7.0.7",
		.parameter_group = "default.redis7",
		.security_groups = "",
		.port = 6379,
		.snapshot_window = "05:00-06:00",
		.maintenance_window = "sun:05:00-sun:06:00",
		.secret = "secret",
		.created_at = clock_now(),
		.shard_count = 1,
		.shards = arena_array(arena, SHARDS_MAX, sizeof(struct shard)),
	};
	fill_shard(arena, group, number, nodes);
	return group;
}
