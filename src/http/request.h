/*
 * What is decided about a request before anybody answers it: which headers matter, whether its
 * length is clear, whether its host is ours. No libmicrohttpd, no state.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Filled by request_header(); values are borrowed. */
struct request_headers {
	const char *host, *authorization, *accept, *content_length, *transfer_encoding;
	int hosts, content_lengths, transfer_encodings;
};

void request_header(struct request_headers *headers, const char *name, const char *value);

/* Whether it is clear where the request ends: else another one could be hidden in it. */
bool request_check_length(const struct request_headers *headers, struct error *err)
	__attribute__((warn_unused_result));

/* Whether Host is an address, localhost or one of names (NULL, or ending with NULL): a page of the
 * web whose name was made to point here must not command us. */
bool request_check_host(const struct request_headers *headers, const char *const *names,
	struct error *err) __attribute__((warn_unused_result));

/* Whether a list of methods such as "GET, POST" has this one. */
bool request_allows(const char *list, const char *method);
