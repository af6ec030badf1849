#include "protocol/scope.h"

#include <string.h>

#include "util/arena.h"

enum { ACCOUNT_LENGTH = 12, REGION_MAX = 32 };

static const char digits[] = "0123456789";

/* Credential=AKID/20261122/us-east-1/elasticache/aws4_request, from a header or alone. */
void scope_read(
	struct arena *arena, const char *authorization, const char *credential, struct scope *scope)
{
	const char *key = authorization ? strstr(authorization, "Credential=") : NULL;
	const char *date, *region;
	size_t key_length, region_length;

	key = key ? key + strlen("Credential=") : credential;
	if (!key)
		return;
	key_length = strcspn(key, "/, ");
	if (key[key_length] != '/')
		return;
	if (key_length == ACCOUNT_LENGTH && strspn(key, digits) == ACCOUNT_LENGTH)
		scope->account = arena_strndup(arena, key, key_length);
	date = key + key_length + 1;
	if (strspn(date, digits) != strlen("20261122") || date[strlen("20261122")] != '/')
		return;
	region = date + strlen("20261122/");
	region_length = strspn(region, "abcdefghijklmnopqrstuvwxyz-0123456789");
	if (region_length > 0 && region_length <= REGION_MAX && region[region_length] == '/')
		scope->region = arena_strndup(arena, region, region_length);
}
