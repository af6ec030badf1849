#include "domain/names.h"

#include <stddef.h>
#include <string.h>

#include "domain/group.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_identifier(const char *name)
{
	if (!is_letter(name[0]) || strstr(name, "--") || name[strlen(name) - 1] == '-')
		return false;
	for (const char *c = name; *c; c++)
		if (!is_letter(*c) && !is_digit(*c) && *c != '-')
			return false;
	return true;
}

bool may_name_group(const char *name, struct error *err)
{
	if (strlen(name) > GROUP_NAME_MAX)
		return fail(err, "InvalidParameterValue",
			"Replication Group ID cannot be longer than %d characters.",
			GROUP_NAME_MAX);
	if (!is_identifier(name))
		return fail(err, "InvalidParameterValue",
			"The parameter ReplicationGroupIdentifier is not a valid identifier. "
			"Identifiers must begin with a letter; must contain only ASCII letters, "
			"digits, and hyphens; and must not end with a hyphen or contain two "
			"consecutive hyphens.");
	return true;
}

const char *node_name(struct arena *arena, const char *group, int number)
{
	return arena_printf(arena, "%s-%03d", group, number);
}

const char *shard_name(struct arena *arena, int number)
{
	return arena_printf(arena, "%04d", number);
}

const char *shard_name_of(const char *node_group_id, const char *group)
{
	size_t length = strlen(group);

	if (strncmp(node_group_id, group, length) == 0 && node_group_id[length] == '-')
		node_group_id += length + 1;
	if (strlen(node_group_id) != 4)
		return NULL;
	for (const char *c = node_group_id; *c; c++)
		if (!is_digit(*c))
			return NULL;
	return node_group_id;
}

static const char *partition(const char *region)
{
	if (text_starts_with(region, "cn-"))
		return "aws-cn";
	return text_starts_with(region, "us-gov-") ? "aws-us-gov" : "aws";
}

static const char *arn(
	struct arena *arena, const struct group *group, const char *type, const char *name)
{
	return arena_printf(arena, "arn:%s:elasticache:%s:%s:%s:%s", partition(group->region),
		group->region, group->account, type, name);
}

const char *arn_group(struct arena *arena, const struct group *group)
{
	return arn(arena, group, "replicationgroup", group->name);
}

const char *arn_node(struct arena *arena, const struct group *group, const struct node *node)
{
	return arn(arena, group, "cluster", node->name);
}

/* arn:<partition>:sns:<region>:<account>:<name> */
bool is_topic_arn(const char *text)
{
	const char *part = text;
	int parts = 1;

	if (!text_starts_with(text, "arn:aws"))
		return false;
	for (; (part = strchr(part, ':')); parts++) {
		part++;
		if (parts == 2 && !text_starts_with(part, "sns:"))
			return false;
		if (*part == ':' || !*part)
			return false;
	}
	return parts == 6;
}
