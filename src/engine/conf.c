#include "engine/conf.h"

#include <ctype.h>
#include <inttypes.h>

#include "domain/group.h"
#include "util/arena.h"
#include "util/text.h"

/*
 * What the documentation lists as restricted, then what would let a client out of its role or at
 * the machine: further ways to change roles, to load code, to read other processes' files. CLIENT
 * KILL and CLIENT PAUSE are a client's right in ElastiCache: whoever is hit by them reconnects.
 * A command taken away by name is taken away from EVAL, functions and MULTI as well.
 */
const char *const conf_withheld[] = {
	"acl|deluser",
	"acl|load",
	"acl|save",
	"acl|setuser",
	"bgrewriteaof",
	"bgsave",
	"cluster|addslots",
	"cluster|addslotsrange",
	"cluster|bumpepoch",
	"cluster|delslots",
	"cluster|delslotsrange",
	"cluster|failover",
	"cluster|flushslots",
	"cluster|forget",
	"cluster|links",
	"cluster|meet",
	"cluster|setslot",
	"config",
	"debug",
	"migrate",
	"psync",
	"replicaof",
	"save",
	"slaveof",
	"shutdown",
	"sync",

	"cluster|replicate",
	"cluster|reset",
	"cluster|saveconfig",
	"cluster|set-config-epoch",
	"failover",
	"module",
	"pfdebug",
	"pfselftest",
	"replconf",
	"restore-asking",
	NULL,
};

/*
 * Memory only: nothing is saved unless the control plane asks for it, and no dump of a received
 * copy stays behind to be loaded by a later, empty start. The primary streams its copy without a
 * file and at once. The replica takes it through a file all the same: loading straight from the
 * socket leaves it deaf for as long as the primary is slow, which would look like a hang.
 */
static const char fixed[] = "daemonize no\n"
			    "dir .\n"
			    "unixsocket ctl.sock\n"
			    "unixsocketperm 700\n"
			    "pidfile redis.pid\n"
			    "logfile redis.log\n"
			    "loglevel notice\n"
			    "dbfilename dump.rdb\n"
			    "save \"\"\n"
			    "appendonly no\n"
			    "rdb-del-sync-files yes\n"
			    "repl-diskless-sync yes\n"
			    "repl-diskless-sync-delay 0\n"
			    "repl-diskless-load disabled\n"
			    "repl-backlog-size 16mb\n"
			    "maxmemory-policy volatile-lru\n"
			    "maxclients 65000\n"
			    "protected-mode no\n"
			    "tcp-keepalive 300\n"
			    "hz 10\n";

/* A quoted string of redis.conf, whatever the bytes. */
static void add_quoted(struct text *conf, const char *prefix, const char *value)
{
	text_printf(conf, "\"%s", prefix);
	for (const char *c = value; *c; c++)
		text_printf(conf, isalnum((unsigned char)*c) ? "%c" : "\\x%02x", (unsigned char)*c);
	text_puts(conf, "\"");
}

static void add_users(struct text *conf, const char *secret)
{
	text_puts(conf, "user default reset on nopass ~* &* +@all");
	for (const char *const *name = conf_withheld; *name; name++)
		text_printf(conf, " -%s", *name);
	text_puts(conf, "\nuser " CONF_USER " reset on ");
	add_quoted(conf, ">", secret);
	text_puts(conf, " ~* &* +@all\nuser replication reset on ");
	add_quoted(conf, ">", secret);
	text_puts(conf, " +psync +replconf +ping\nmasteruser replication\nmasterauth ");
	add_quoted(conf, "", secret);
	text_puts(conf, "\n");
}

char *conf_render(struct arena *arena, const struct group *group, const struct node *node,
	const struct node *follow, int64_t maxmemory)
{
	struct text conf = { .arena = arena };

	text_printf(&conf, "port %" PRId64 "\nbind %s\n", group->port, node->address);
	text_printf(&conf, "bind-source-addr %s\nreplica-announce-ip %s\n", node->address,
		node->address);
	text_puts(&conf, fixed);
	text_printf(&conf, "maxmemory %" PRId64 "\n", maxmemory);
	add_users(&conf, group->secret);
	if (follow)
		text_printf(&conf, "replicaof %s %" PRId64 "\n", follow->address, group->port);
	return conf.data;
}
