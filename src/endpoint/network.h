/*
 * The /16 of loopback addresses that a server owns: endpoints in its first 32 blocks of 256
 * addresses, then 32 blocks for each zone. One server at a time has it.
 */
#pragma once

struct error;

/* Claims the network ("127.42": its first two octets) for as long as the returned descriptor is
 * open, or this process lives; -1 and *err when another server has it. */
int network_claim(const char *network, struct error *err);
