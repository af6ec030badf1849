#include "unit.h"

#include <string.h>

#include "domain/remedy.h"

/*
 * Each row is a shard of three in a few words: who lives (P: the primary, r, s: its replicas; a
 * dash: dead), how healthy the database thinks they are (i: in sync, l: lost, c: recovering, s:
 * stopped, n: new), which flows run, and what is to be done.
 */
static const struct row {
	const char *alive;
	const char *health;
	bool fails_over;
	bool shard_flow;
	const char *node_flows; /* x: one runs; b: one that reboots the node */
	enum remedy remedy;
	size_t node;
} rows[] = {
	{ "Prs", "iii", true, false, "...", REMEDY_NONE, 9 },
	{ "Prs", "iii", false, false, "...", REMEDY_NONE, 9 },
	/* G17, G18: the primary is gone */
	{ "-rs", "iii", true, false, "...", REMEDY_FAILOVER, 9 },
	{ "--s", "iii", true, false, "...", REMEDY_FAILOVER, 9 },
	{ "-r-", "iil", true, false, "..x", REMEDY_FAILOVER, 9 },
	/* G19: all are gone */
	{ "---", "iii", true, false, "...", REMEDY_RECREATE, 9 },
	{ "---", "iii", false, false, "...", REMEDY_RECREATE, 9 },
	/* G20: without automatic failover it comes back in its place */
	{ "-rs", "iii", false, false, "...", REMEDY_RECREATE, 9 },
	/* one thing at a time */
	{ "-rs", "iii", true, true, "...", REMEDY_NONE, 9 },
	{ "P-s", "iii", true, true, "...", REMEDY_NONE, 9 },
	/* replicas */
	{ "P-s", "iii", true, false, "...", REMEDY_REPLACE, 1 },
	{ "P-s", "iii", false, false, "...", REMEDY_REPLACE, 1 },
	{ "Pr-", "iii", true, false, "...", REMEDY_REPLACE, 2 },
	{ "P--", "iii", true, false, "...", REMEDY_REPLACE, 1 },
	{ "P--", "iii", true, false, ".x.", REMEDY_REPLACE, 2 },
	{ "P--", "ill", true, false, ".xx", REMEDY_NONE, 9 },
	{ "P-s", "ici", true, false, ".x.", REMEDY_NONE, 9 },
	/* a replacement that was given up half-way */
	{ "Prs", "ici", true, false, "...", REMEDY_REPLACE, 1 },
	{ "Prs", "iil", true, false, "...", REMEDY_REPLACE, 2 },
	{ "Prs", "iin", true, false, "...", REMEDY_REPLACE, 2 },
	/* G13: what its user reboots is not dead */
	{ "-rs", "cii", true, false, "b..", REMEDY_NONE, 9 },
	{ "-rs", "cii", false, false, "b..", REMEDY_NONE, 9 },
	{ "---", "cii", true, false, "b..", REMEDY_REPLACE, 1 },
	{ "-r-", "cii", true, false, "b..", REMEDY_REPLACE, 2 },
	{ "P-s", "ici", true, false, ".b.", REMEDY_NONE, 9 },
	{ "P--", "ici", true, false, ".b.", REMEDY_REPLACE, 2 },
	{ "--s", "ici", true, false, ".b.", REMEDY_FAILOVER, 9 },
	{ "-rs", "iii", true, false, "x..", REMEDY_FAILOVER, 9 },
	/* we stopped them */
	{ "---", "sss", true, false, "...", REMEDY_RESUME, 9 },
	{ "---", "sss", false, false, "...", REMEDY_RESUME, 9 },
	{ "---", "sis", true, false, "...", REMEDY_RESUME, 9 },
	{ "---", "sss", true, true, "...", REMEDY_NONE, 9 },
};

static enum health health_of(char letter)
{
	switch (letter) {
	case 'i': return HEALTH_IN_SYNC;
	case 'l': return HEALTH_LOST;
	case 'c': return HEALTH_RECOVERING;
	case 's': return HEALTH_STOPPED;
	case 'n': return HEALTH_NEW;
	}
	abort();
}

static enum remedy remedy_of(const struct row *row, enum status status, size_t *ret_node)
{
	struct node nodes[3] = { { .id = 11 }, { .id = 12 }, { .id = 13 } };
	struct shard shard = { .primary = 11, .node_count = 3, .nodes = nodes };
	struct group group = { .status = status, .shard_count = 1, .shards = &shard };
	struct remedy_facts facts = {
		.group = &group,
		.shard = &shard,
		.shard_flow = row->shard_flow,
	};

	group.automatic_failover = row->fails_over ? FAILOVER_ENABLED : FAILOVER_DISABLED;
	for (int i = 0; i < 3; i++) {
		nodes[i].health = health_of(row->health[i]);
		facts.alive[i] = row->alive[i] != '-';
		nodes[i].rebooting = row->node_flows[i] == 'b';
		facts.node_flow[i] = row->node_flows[i] != '.';
	}
	return choose_remedy(&facts, ret_node);
}

START_TEST(every_state_has_its_remedy)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t node = 9;
		enum remedy remedy = remedy_of(&rows[i], STATUS_AVAILABLE, &node);

		ck_assert_msg(remedy == rows[i].remedy && node == rows[i].node,
			"row %zu (%s %s): %d, node %zu", i, rows[i].alive, rows[i].health, remedy,
			node);
		node = 9;
		ck_assert_int_eq(remedy_of(&rows[i], STATUS_MODIFYING, &node), rows[i].remedy);
	}
}
END_TEST

START_TEST(a_group_that_comes_or_goes_is_left_alone)
{
	static const enum status others[] = { STATUS_CREATING, STATUS_CREATE_FAILED,
		STATUS_DELETING };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < 3; j++) {
			size_t node = 9;

			ck_assert_int_eq(remedy_of(&rows[i], others[j], &node), REMEDY_NONE);
		}
}
END_TEST

UNIT("remedy", {
	tcase_add_test(tcase, every_state_has_its_remedy);
	tcase_add_test(tcase, a_group_that_comes_or_goes_is_left_alone);
})
