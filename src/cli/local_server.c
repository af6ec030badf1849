#include "cli/local_server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

enum { FIRST_NETWORK = 43, NETWORKS = 20 };

extern char **environ;

static const char greeting[] = "export AWS_ENDPOINT_URL_ELASTICACHE=";

/* Its path, not /proc/self/exe: run by another program (valgrind, say), that is another one. */
static const char *own_program(struct arena *arena)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path));

	return length > 0 ? arena_strndup(arena, path, (size_t)length) : "/proc/self/exe";
}

static bool spawn(struct local_server *server, const char *network, int out, struct error *err)
{
	struct arena *arena = &server->arena;
	char *argv[] = { arena_strdup(arena, "understudy"), arena_strdup(arena, "serve"),
		arena_strdup(arena, "--listen=127.0.0.1:0"),
		arena_printf(arena, "--data-dir=%s/data", server->dir),
		arena_printf(arena, "--network=%s", network), NULL };
	const char *log = arena_printf(arena, "%s/log", server->dir);
	posix_spawn_file_actions_t actions;
	int failed;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(
		&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	failed = posix_spawn(&server->pid, own_program(arena), &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return !failed || fail_errno(err, failed, "cannot start a server");
}

/* The address from the server's greeting; NULL when it ended without one. */
static const char *read_url(struct local_server *server, int in)
{
	FILE *lines = fdopen(in, "r");
	const char *url = NULL;
	char line[512];

	while (lines && !url && fgets(line, sizeof(line), lines)) {
		line[strcspn(line, "\n")] = '\0';
		if (text_starts_with(line, greeting))
			url = arena_strdup(&server->arena, line + strlen(greeting));
	}
	if (lines)
		(void)fclose(lines);
	return url;
}

/* What it wrote last before it ended is why. */
static bool explain(struct local_server *server, struct error *err)
{
	FILE *log = fopen(arena_printf(&server->arena, "%s/log", server->dir), "re");
	char line[384] = "no reason given";

	while (log && fgets(line, sizeof(line), log))
		line[strcspn(line, "\n")] = '\0';
	if (log)
		(void)fclose(log);
	return fail(err, ERROR_INTERNAL, "the server did not start: %s", line);
}

static void await_end(struct local_server *server)
{
	if (server->pid)
		(void)waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

static bool try_network(struct local_server *server, int number, struct error *err)
{
	const char *network = arena_printf(&server->arena, "127.%d.0.0/16", number);
	int ends[2];
	bool spawned;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, errno, "cannot start a server");
	spawned = spawn(server, network, ends[1], err);
	(void)close(ends[1]);
	server->url = read_url(server, ends[0]);
	if (!spawned || server->url)
		return spawned;
	await_end(server);
	return explain(server, err);
}

bool local_server_start(struct local_server *server, struct error *err)
{
	char template[] = "/tmp/understudy-XXXXXX";
	bool started = false;

	*server = (struct local_server){ 0 };
	if (!mkdtemp(template))
		return fail_errno(err, errno, "cannot make a temporary directory");
	server->dir = arena_strdup(&server->arena, template);
	for (int i = 0; i < NETWORKS && !started; i++) {
		started = try_network(server, FIRST_NETWORK + i, err);
		if (!started && !strstr(err->message, "in use"))
			break;
	}
	if (!started)
		local_server_stop(server);
	return started;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

void local_server_stop(struct local_server *server)
{
	if (server->pid)
		(void)kill(server->pid, SIGTERM);
	await_end(server);
	if (server->dir)
		(void)nftw(server->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	arena_done(&server->arena);
	*server = (struct local_server){ 0 };
}
