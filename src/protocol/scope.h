/*
 * Whom a request is for: account and region, from the scope of its credentials. Signatures are not
 * looked at; an access key id of twelve digits is an account.
 */
#pragma once

struct arena;

struct scope {
	const char *account;
	const char *region;
};

/* From an Authorization header, or the value of X-Amz-Credential (either may be NULL). What they do
 * not say, or say badly, stays as it is in *scope. */
void scope_read(struct arena *arena, const char *authorization, const char *credential,
	struct scope *scope);
