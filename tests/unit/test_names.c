#include "unit.h"

#include "domain/addresses.h"
#include "domain/group.h"
#include "domain/names.h"
#include "domain/placement.h"
#include "util/arena.h"
#include "util/cleanup.h"
#include "util/error.h"

#define NOT_AN_IDENTIFIER                                                                          \
	"The parameter ReplicationGroupIdentifier is not a valid identifier. Identifiers must "    \
	"begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not " \
	"end with a hyphen or contain two consecutive hyphens."

START_TEST(legal_identifiers)
{
	static const struct {
		const char *name;
		const char *message; /* NULL: legal */
	} cases[] = {
		{ "redis12", NULL },
		{ "a", NULL },
		{ "My-RG", NULL },
		{ "a1234567890123456789012345678901234567-9", NULL },
		{ "a12345678901234567890123456789012345678-0",
			"Replication Group ID cannot be longer than 40 characters." },
		{ "", NOT_AN_IDENTIFIER },
		{ "1a", NOT_AN_IDENTIFIER },
		{ "-a", NOT_AN_IDENTIFIER },
		{ "a-", NOT_AN_IDENTIFIER },
		{ "a--b", NOT_AN_IDENTIFIER },
		{ "a_b", NOT_AN_IDENTIFIER },
		{ "a b", NOT_AN_IDENTIFIER },
		{ "a.b", NOT_AN_IDENTIFIER },
		{ "a/../b", NOT_AN_IDENTIFIER },
		{ "r\xc3\xa9", NOT_AN_IDENTIFIER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };
		bool legal = may_name_group(cases[i].name, &err);

		ck_assert_msg(legal == !cases[i].message, "'%s'", cases[i].name);
		if (legal)
			continue;
		ck_assert_str_eq(err.code, "InvalidParameterValue");
		ck_assert_str_eq(err.message, cases[i].message);
	}
}
END_TEST

/* G32 */
START_TEST(a_node_group_id_may_carry_the_group)
{
	ck_assert_str_eq(shard_name_of("0003", "redis00"), "0003");
	ck_assert_str_eq(shard_name_of("redis00-0003", "redis00"), "0003");
	ck_assert_ptr_null(shard_name_of("redis01-0003", "redis00"));
	ck_assert_ptr_null(shard_name_of("redis00-", "redis00"));
	ck_assert_ptr_null(shard_name_of("-0003", "redis00"));
	ck_assert_ptr_null(shard_name_of("3", "redis00"));
	ck_assert_ptr_null(shard_name_of("00003", "redis00"));
	ck_assert_ptr_null(shard_name_of("000x", "redis00"));
	ck_assert_ptr_null(shard_name_of("", "redis00"));
}
END_TEST

START_TEST(parts_have_names_and_arns)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct group group = {
		.name = "redis12", .region = "us-east-1", .account = "123456789012"
	};
	struct node node = { .name = "redis12-001" };

	ck_assert_str_eq(node_name(&arena, "redis12", 1), "redis12-001");
	ck_assert_str_eq(shard_name(&arena, 12), "0012");
	ck_assert_str_eq(arn_group(&arena, &group),
		"arn:aws:elasticache:us-east-1:123456789012:replicationgroup:redis12");
	ck_assert_str_eq(arn_node(&arena, &group, &node),
		"arn:aws:elasticache:us-east-1:123456789012:cluster:redis12-001");
	group.region = "cn-north-1";
	ck_assert_str_eq(arn_group(&arena, &group),
		"arn:aws-cn:elasticache:cn-north-1:123456789012:replicationgroup:redis12");
}
END_TEST

START_TEST(topics_have_arns)
{
	ck_assert(is_topic_arn("arn:aws:sns:us-east-1:123456789012:topic"));
	ck_assert(is_topic_arn("arn:aws-cn:sns:cn-north-1:123456789012:topic"));
	ck_assert(!is_topic_arn("arn:aws:sqs:us-east-1:123456789012:queue"));
	ck_assert(!is_topic_arn("arn:aws:sns:us-east-1:123456789012"));
	ck_assert(!is_topic_arn("arn:aws:sns:us-east-1:123456789012:"));
	ck_assert(!is_topic_arn("arn:aws:sns:us-east-1:123456789012:a:b"));
	ck_assert(!is_topic_arn("topic"));
	ck_assert(!is_topic_arn(""));
}
END_TEST

START_TEST(an_address_shows_its_zone)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	const char *used[] = { "127.42.0.1", "127.42.32.1", "127.42.32.3", "127.9.64.1" };
	struct addresses *addresses = addresses_new(&arena, "127.42", used, 4);

	ck_assert_str_eq(address_take(addresses, ADDRESS_ENDPOINTS), "127.42.0.2");
	ck_assert_str_eq(address_take(addresses, ADDRESS_ENDPOINTS), "127.42.0.3");
	ck_assert_str_eq(address_take(addresses, 0), "127.42.32.2");
	ck_assert_str_eq(address_take(addresses, 0), "127.42.32.4");
	ck_assert_str_eq(address_take(addresses, 1), "127.42.64.1");
	ck_assert_str_eq(address_take(addresses, 6), "127.42.224.1");
}
END_TEST

START_TEST(addresses_run_out)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct addresses *addresses = addresses_new(&arena, "127.42", NULL, 0);
	const char *last = NULL, *next;
	int count = 0;

	while ((next = address_take(addresses, 6))) {
		last = next;
		count++;
	}
	ck_assert_int_eq(count, 32 * 254);
	ck_assert_str_eq(last, "127.42.255.254");
	ck_assert_str_eq(address_take(addresses, 5), "127.42.192.1");
}
END_TEST

/* G12 */
START_TEST(nodes_are_spread_over_zones)
{
	const bool closed[3] = { 0 };
	int used[3] = { 0 }, zones[5];

	ck_assert(choose_zones(used, closed, 3, 5, zones));
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(zones[i], i % 3);
	ck_assert_int_eq(used[0], 2);
	ck_assert_int_eq(used[2], 1);
	ck_assert(choose_zones(used, closed, 3, 1, zones));
	ck_assert_int_eq(zones[0], 2);
}
END_TEST

/* G12 */
START_TEST(nothing_is_placed_in_a_closed_zone)
{
	bool closed[3] = { true, false, false };
	int used[3] = { 0 }, zones[4];

	ck_assert(choose_zones(used, closed, 3, 4, zones));
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(zones[i], 1 + i % 2);
	closed[1] = closed[2] = true;
	ck_assert(!choose_zones(used, closed, 3, 1, zones));
}
END_TEST

START_TEST(a_zone_is_shared_only_when_none_is_free)
{
	const bool closed[4] = { 0 };
	int used[4] = { 1, 0, 2, 0 }, zones[3];

	ck_assert(choose_zones(used, closed, 4, 3, zones));
	ck_assert_int_eq(zones[0], 1);
	ck_assert_int_eq(zones[1], 3);
	ck_assert_int_eq(zones[2], 0);
}
END_TEST

UNIT("names", {
	tcase_add_test(tcase, legal_identifiers);
	tcase_add_test(tcase, a_node_group_id_may_carry_the_group);
	tcase_add_test(tcase, parts_have_names_and_arns);
	tcase_add_test(tcase, topics_have_arns);
	tcase_add_test(tcase, an_address_shows_its_zone);
	tcase_add_test(tcase, addresses_run_out);
	tcase_add_test(tcase, nodes_are_spread_over_zones);
	tcase_add_test(tcase, nothing_is_placed_in_a_closed_zone);
	tcase_add_test(tcase, a_zone_is_shared_only_when_none_is_free);
})
