/*
 * `understudy status`: groups, shards, nodes, what is under way and what is broken, at a glance.
 */
#pragma once

int command_status(int argc, char **argv);
