#include "unit.h"

#include "nodes.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"
#include "support.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

struct world world;

static struct arena arena;
static char root[64];

void nodes_make_root(void)
{
	(void)snprintf(root, sizeof(root), "/tmp/understudy-nodes-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	(void)signal(SIGPIPE, SIG_IGN);
}

const char *nodes_root(void)
{
	return root;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void make_group(void)
{
	struct group *group = support_group(&arena, "redis12", 1, WORLD_NODES);

	group->port = 10000 + getppid() % 20000;
	group->secret = "0123456789abcdef";
	world.group = group;
	world.shard = &group->shards[0];
	world.nodes = world.shard->nodes;
	for (int i = 0; i < WORLD_NODES; i++) {
		struct node *node = &world.nodes[i];

		node->id = i + 1;
		node->address = arena_printf(&arena, "127.51.%d.1", 32 + 32 * i);
		node->dir = arena_printf(&arena, "us-east-1/000000000000/%s", node->name);
	}
	world.shard->primary = world.shard->reader = world.nodes[0].id;
	world.shard->primary_address = "127.51.0.1";
	world.shard->reader_address = "127.51.0.2";
}

static void fence_all(void)
{
	for (int i = 0; i < WORLD_NODES; i++)
		fence(&world.nodes[i]);
}

struct engine *open_engine(void)
{
	struct error err;
	struct engine *engine = engine_open(root, "redis-server", &err);

	ck_assert_msg(engine != NULL, "%s", err.message);
	return engine;
}

/* What a test that failed has left behind goes first. */
void nodes_begin(void)
{
	make_group();
	world.engine = open_engine();
	fence_all();
	for (int i = 0; i < WORLD_NODES; i++) {
		struct error err;

		ck_assert_msg(
			engine_remove(world.engine, &world.nodes[i], &err), "%s", err.message);
	}
}

void nodes_end(void)
{
	fence_all();
	engine_close(world.engine);
	arena_done(&arena);
}

void nodes_clear(void)
{
	nodes_begin();
	nodes_end();
	(void)nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void start(struct node *node, const struct node *follow)
{
	struct error err;

	ck_assert_msg(
		engine_start(world.engine, world.group, node, follow, 0, &err), "%s", err.message);
}

void fence(struct node *node)
{
	struct error err;

	ck_assert_msg(engine_fence(world.engine, node, &err), "%s", err.message);
}

bool caught_up(const struct node *primary, const struct node *replica)
{
	struct engine_view view;
	struct error err;

	if (!engine_nudge(world.engine, world.group, replica, &err) ||
		!engine_observe(world.engine, world.group, primary, 1000, &view, &err))
		return false;
	for (size_t i = 0; i < view.replica_count; i++)
		if (strcmp(view.replicas[i].host, replica->address) == 0)
			return view.replicas[i].online &&
			       view.replicas[i].acknowledged == view.offset;
	return false;
}

void start_replica(struct node *node, const struct node *primary)
{
	start(node, primary);
	WAIT_FOR(caught_up(primary, node));
}

static redisReply *ask(redisContext *context, const char *format, va_list args)
{
	redisReply *reply;

	ck_assert_msg(context && !context->err, "%s", context ? context->errstr : "no memory");
	reply = redisvCommand(context, format, args);
	ck_assert_msg(reply != NULL, "%s: %s", format, context->errstr);
	redisFree(context);
	return reply;
}

redisReply *as_client(const char *address, const char *format, ...)
{
	redisContext *context = redisConnect(address, (int)world.group->port);
	redisReply *reply;
	va_list args;

	va_start(args, format);
	reply = ask(context, format, args);
	va_end(args);
	return reply;
}

redisReply *as_control(const struct node *node, const char *format, ...)
{
	char path[256];
	redisContext *context;
	redisReply *reply;
	va_list args;

	(void)snprintf(path, sizeof(path), "%s/%s/ctl.sock", root, node->dir);
	context = redisConnectUnix(path);
	ck_assert_msg(context && !context->err, "%s", path);
	freeReplyObject(redisCommand(context, "AUTH understudy %s", world.group->secret));
	va_start(args, format);
	reply = ask(context, format, args);
	va_end(args);
	return reply;
}

static void expect_no_error(redisReply *reply, const char *command)
{
	ck_assert_msg(reply->type != REDIS_REPLY_ERROR, "%s: %s", command, reply->str);
	freeReplyObject(reply);
}

void client_does(const char *address, const char *command)
{
	expect_no_error(as_client(address, command), command);
}

void control_does(const struct node *node, const char *command)
{
	expect_no_error(as_control(node, command), command);
}

int64_t keys(const struct node *node)
{
	redisReply *reply = as_control(node, "DBSIZE");
	int64_t count = reply->integer;

	freeReplyObject(reply);
	return count;
}

/* <root>/<dir>/<name> */
char *path_of(const struct node *node, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", nodes_root(), node->dir, name);
	return path;
}

bool lock_is_held(const struct node *node)
{
	_cleanup_(close_fd) int fd = open(path_of(node, "lock"), O_RDWR | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
}

struct engine_view view_of(const struct node *node)
{
	struct engine_view view;
	struct error err;

	ck_assert_msg(engine_observe(world.engine, world.group, node, 1000, &view, &err), "%s",
		err.message);
	return view;
}

void bind_to(struct node *node, const char *address)
{
	const char *const addresses[] = { node->address, address };
	struct error err;

	ck_assert_msg(
		engine_bind(world.engine, world.group, node, addresses, address ? 2 : 1, &err),
		"%s", err.message);
}

pid_t sleep_in(const char *directory)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (chdir(directory) || setsid() < 0 || dup2(open("/dev/null", O_RDONLY), 3) < 0)
			_exit(1);
		(void)execlp("sleep", "sleep", "60", NULL);
		_exit(1);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

void end_child(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

bool exists(pid_t pid)
{
	return kill(pid, 0) == 0;
}
