#include "operator/find.h"

#include <string.h>

#include "domain/catalog.h"
#include "domain/group.h"
#include "operator/operator.h"
#include "store/db.h"
#include "store/group.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

static struct group **load_groups(struct exchange *exchange, size_t *ret_count, struct error *err)
{
	_cleanup_(tx_end) struct tx tx = { 0 };

	if (!tx_begin_read(exchange->operator->store, &tx, err))
		return NULL;
	return group_list_all(&tx, exchange->arena, ret_count, err);
}

/* region/account/name, or the name alone. */
static bool is_named(
	struct exchange *exchange, const struct group *group, const char *own, const char *name)
{
	return text_equal(own, name) || text_equal(arena_printf(exchange->arena, "%s/%s/%s",
							   group->region, group->account, own),
						name);
}

static bool one_found(int found, const char *what, const char *name, struct error *err)
{
	if (found == 0)
		return fail(err, OPERATOR_MISSING, "There is no %s %.120s.", what, name);
	return found == 1 ||
	       fail(err, OPERATOR_CONFLICT,
		       "There are several called %.120s: say which as REGION/ACCOUNT/%.120s.", name,
		       name);
}

/* How often the name names something of the group, and what the last time. */
typedef int match_fn(
	struct exchange *exchange, struct group *group, const char *name, struct place *ret);

static int match_nodes(
	struct exchange *exchange, struct group *group, const char *name, struct place *ret)
{
	int found = 0;

	for (size_t i = 0; i < group->shard_count; i++)
		for (size_t j = 0; j < group->shards[i].node_count; j++) {
			struct node *node = &group->shards[i].nodes[j];

			if (!is_named(exchange, group, node->name, name))
				continue;
			*ret = (struct place){ group, &group->shards[i], node };
			found++;
		}
	return found;
}

static int match_group(
	struct exchange *exchange, struct group *group, const char *name, struct place *ret)
{
	if (!is_named(exchange, group, group->name, name))
		return 0;
	*ret = (struct place){ group, NULL, NULL };
	return 1;
}

static bool find(struct exchange *exchange, const char *what, match_fn *match, const char *name,
	struct place *ret, struct error *err)
{
	const char *lower = text_lower(exchange->arena, name);
	size_t count = 0;
	struct group **groups = load_groups(exchange, &count, err);
	int found = 0;

	if (!groups)
		return false;
	for (size_t i = 0; i < count; i++)
		found += match(exchange, groups[i], lower, ret);
	return one_found(found, what, name, err);
}

bool find_node(struct exchange *exchange, const char *name, struct place *ret, struct error *err)
{
	return find(exchange, "node", match_nodes, name, ret, err);
}

bool find_group(struct exchange *exchange, const char *name, struct place *ret, struct error *err)
{
	return find(exchange, "replication group", match_group, name, ret, err);
}

/* Regions that the catalogue does not know have the zones that their groups use. */
static bool is_used(struct exchange *exchange, const char *zone, struct error *err)
{
	size_t count = 0;
	struct group **groups = load_groups(exchange, &count, err);

	for (size_t i = 0; groups && i < count; i++)
		for (size_t j = 0; j < groups[i]->shard_count; j++)
			for (size_t k = 0; k < groups[i]->shards[j].node_count; k++)
				if (text_equal(groups[i]->shards[j].nodes[k].zone, zone))
					return true;
	return false;
}

bool find_zone(struct exchange *exchange, const char *name, struct error *err)
{
	size_t length = strlen(name);
	const char *region = length > 1 ? arena_strndup(exchange->arena, name, length - 1) : "";
	const struct region *entry = catalog_region(exchange->operator->catalog, region);
	struct text zones = { .arena = exchange->arena };
	bool known = strcmp(entry->name, "*") != 0;

	if (known ? region_zone(entry, region, name) >= 0 : is_used(exchange, name, err))
		return true;
	if (!known)
		return !err->code &&
		       fail(err, OPERATOR_MISSING,
			       "There is no zone %.64s: a zone is a region and a letter, "
			       "such as us-east-1a.",
			       name);
	for (const char *letter = entry->zones; *letter; letter++)
		text_printf(&zones, "%s%s%c", zones.length ? ", " : "", region, *letter);
	return fail(
		err, OPERATOR_MISSING, "There is no zone %.64s: there are %s.", name, zones.data);
}
