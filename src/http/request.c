#include "http/request.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "util/error.h"

void request_header(struct request_headers *headers, const char *name, const char *value)
{
	if (strcasecmp(name, "Host") == 0) {
		headers->host = value;
		headers->hosts++;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		headers->content_length = value;
		headers->content_lengths++;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		headers->transfer_encoding = value;
		headers->transfer_encodings++;
	} else if (strcasecmp(name, "Authorization") == 0) {
		headers->authorization = value;
	} else if (strcasecmp(name, "Accept") == 0) {
		headers->accept = value;
	}
}

bool request_check_length(const struct request_headers *headers, struct error *err)
{
	if (headers->content_lengths > 1)
		return fail(
			err, "MalformedRequest", "The request has more than one Content-Length.");
	if (headers->transfer_encodings == 0)
		return true;
	if (headers->content_lengths > 0)
		return fail(err, "MalformedRequest",
			"The request has both a Content-Length and a Transfer-Encoding.");
	if (headers->transfer_encodings > 1 ||
		strcasecmp(headers->transfer_encoding, "chunked") != 0)
		return fail(err, "MalformedRequest",
			"The only Transfer-Encoding that is understood is chunked.");
	return true;
}

/* Host without its port and, for an IPv6 address, without its brackets. */
static bool split_host(const char *host, char *name, size_t size)
{
	const char *end = *host == '[' ? strchr(host, ']') : strchr(host, ':');
	const char *port;
	size_t length;

	if (*host == '[') {
		if (!end)
			return false;
		host++;
		port = end + 1;
	} else {
		end = end ? end : host + strlen(host);
		port = end;
	}
	length = (size_t)(end - host);
	if (length >= size || (*port && (*port != ':' || port[1 + strspn(port + 1, "0123456789")])))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	return true;
}

static bool is_ours(const char *host, const char *const *names)
{
	unsigned char address[sizeof(struct in6_addr)];
	char name[256];

	if (!split_host(host, name, sizeof(name)))
		return false;
	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1 ||
		strcasecmp(name, "localhost") == 0)
		return true;
	for (; names && *names; names++)
		if (strcasecmp(name, *names) == 0)
			return true;
	return false;
}

bool request_check_host(
	const struct request_headers *headers, const char *const *names, struct error *err)
{
	if (headers->hosts == 1 && is_ours(headers->host, names))
		return true;
	return fail(err, "MisdirectedRequest",
		"The Host of the request is not a name of this server. "
		"Use its address or localhost.");
}

bool request_allows(const char *list, const char *method)
{
	size_t length = strlen(method);

	while (*list) {
		size_t word = strcspn(list, ", ");

		if (word == length && memcmp(list, method, length) == 0)
			return true;
		list += word;
		list += strspn(list, ", ");
	}
	return false;
}
