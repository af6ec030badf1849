#include "endpoint/network.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/cleanup.h"
#include "util/error.h"

/* An abstract Unix socket is known in exactly the network namespace whose loopback addresses these
 * are, and goes with its process. */
int network_claim(const char *network, struct error *err)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length = snprintf(
		name.sun_path + 1, sizeof(name.sun_path) - 1, "understudy/%s.0.0/16", network);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	int claimed;

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, size) < 0) {
		if (errno == EADDRINUSE)
			(void)fail(err, ERROR_INTERNAL,
				"the network %s.0.0/16 is in use by another server: choose one with "
				"--network",
				network);
		else
			(void)fail_errno(err, errno, "cannot claim the network %s.0.0/16", network);
		return -1;
	}
	claimed = fd;
	fd = -1;
	return claimed;
}
