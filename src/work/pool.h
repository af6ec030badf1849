/*
 * The worker pool: threads that run the flows that are due. What is to be run is read from the
 * database; the pool remembers only who is at work and when to try again. Flows of one shard take
 * turns, a flow of a whole group has the group to itself, everything else runs side by side;
 * promotions go first.
 */
#pragma once

struct error;
struct pool;
struct runner;

/* Starts the workers. The runner is copied. NULL when threads cannot be had. */
struct pool *pool_start(const struct runner *runner, int workers, struct error *err);

/* Something may be due: new flows were committed. Any thread; does not wait. */
void pool_wake(struct pool *pool);

/* Waits until no failover, and nothing as urgent, is under way, at most so long. */
void pool_drain(struct pool *pool, int milliseconds);

/* Lets every worker finish the step that it is in, and ends. What is left stays in the database. */
void pool_stop(struct pool *pool);
