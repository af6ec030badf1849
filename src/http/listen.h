/* A listening TCP socket. */
#pragma once

struct error;

/* On an address in numbers; port 0 is any free one, *ret_port says which. -1 and *err when the
 * address cannot be had. */
int listen_on(const char *address, int port, int *ret_port, struct error *err)
	__attribute__((warn_unused_result));
