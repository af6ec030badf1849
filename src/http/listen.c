#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

enum { BACKLOG = 1024 };

static void free_addresses(struct addrinfo **addresses)
{
	if (*addresses)
		freeaddrinfo(*addresses);
}

static struct addrinfo *resolve(const char *address, int port)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found;
	char service[16];

	(void)snprintf(service, sizeof(service), "%d", port);
	return getaddrinfo(address, service, &hints, &found) == 0 ? found : NULL;
}

static bool bind_and_listen(int fd, const struct addrinfo *where)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	       bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
}

static int bound_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char service[16];
	int64_t port = 0;

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
		getnameinfo((struct sockaddr *)&address, length, NULL, 0, service, sizeof(service),
			NI_NUMERICSERV) != 0 ||
		!text_to_int(service, 0, 65535, &port))
		return 0;
	return (int)port;
}

int listen_on(const char *address, int port, int *ret_port, struct error *err)
{
	_cleanup_(free_addresses) struct addrinfo *found = resolve(address, port);
	_cleanup_(close_fd) int fd = -1;
	int listening;

	if (port < 0 || port > 65535 || !found) {
		(void)fail(err, ERROR_INTERNAL,
			"cannot listen on %s:%d: not an IP address and a port", address, port);
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !bind_and_listen(fd, found)) {
		(void)fail_errno(err, errno, "cannot listen on %s:%d", address, port);
		return -1;
	}
	*ret_port = bound_port(fd);
	listening = fd;
	fd = -1;
	return listening;
}
