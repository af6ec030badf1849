#include "http/connections.h"

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

struct connections {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* to wake the sweeper, which watches nothing, or who drains */
	pthread_t sweeper;
	LIST_HEAD(, connection) list;
	int64_t deadline; /* microseconds */
	int busy;
	bool asleep;   /* the sweeper, until it is woken */
	bool draining; /* somebody waits until nobody is busy */
	bool stopping;
};

static void unlock(pthread_mutex_t **lock)
{
	(void)pthread_mutex_unlock(*lock);
}

#define LOCKED(connections)                                             \
	_cleanup_(unlock) pthread_mutex_t *held = &(connections)->lock; \
	(void)pthread_mutex_lock(held)

/* Until a moment of the monotonic clock; 0: until something changes. */
static void wait_until(struct connections *connections, int64_t moment)
{
	const struct timespec until = {
		.tv_sec = moment / 1000000,
		.tv_nsec = moment % 1000000 * 1000,
	};

	if (moment)
		(void)pthread_cond_clockwait(
			&connections->changed, &connections->lock, CLOCK_MONOTONIC, &until);
	else
		(void)pthread_cond_wait(&connections->changed, &connections->lock);
}

/* Closes what is overdue. When to look again; 0: nothing is waited for. */
static int64_t sweep(struct connections *connections)
{
	int64_t now = clock_monotonic();
	int64_t next = 0;
	struct connection *connection;

	LIST_FOREACH(connection, &connections->list, entry)
	{
		int64_t due = connection->since + connections->deadline;

		if (connection->since == 0)
			continue;
		/* The server notices the end of its peer and closes the descriptor itself. */
		if (due <= now)
			(void)shutdown(connection->fd, SHUT_RDWR);
		else if (next == 0 || due < next)
			next = due;
	}
	/* Many deadlines are looked at together. */
	if (next && next < now + connections->deadline / 8)
		next = now + connections->deadline / 8;
	return next;
}

static void *sweep_forever(void *argument)
{
	struct connections *connections = argument;

	LOCKED(connections);
	while (!connections->stopping) {
		int64_t next = sweep(connections);

		connections->asleep = next == 0;
		wait_until(connections, next);
	}
	return NULL;
}

struct connections *connections_start(int deadline_ms, struct error *err)
{
	struct connections *connections = memory_alloc(sizeof(*connections));
	int failed;

	*connections = (struct connections){ .deadline = deadline_ms * INT64_C(1000) };
	(void)pthread_mutex_init(&connections->lock, NULL);
	(void)pthread_cond_init(&connections->changed, NULL);
	LIST_INIT(&connections->list);
	failed = pthread_create(&connections->sweeper, NULL, sweep_forever, connections);
	if (failed) {
		memory_free(connections);
		(void)fail_errno(err, failed, "cannot start a thread");
		return NULL;
	}
	return connections;
}

void connections_stop(struct connections *connections)
{
	{
		LOCKED(connections);
		connections->stopping = true;
		(void)pthread_cond_broadcast(&connections->changed);
	}
	(void)pthread_join(connections->sweeper, NULL);
	(void)pthread_cond_destroy(&connections->changed);
	(void)pthread_mutex_destroy(&connections->lock);
	memory_free(connections);
}

/* A deadline that is the first to watch wakes the sweeper; others it finds by itself in time. */
static void set_turn(
	struct connections *connections, struct connection *connection, int64_t since, bool busy)
{
	connections->busy += busy - connection->busy;
	connection->since = since;
	connection->busy = busy;
	if ((connections->asleep && since) || (connections->draining && connections->busy == 0))
		(void)pthread_cond_broadcast(&connections->changed);
}

struct connection *connections_add(struct connections *connections, int fd)
{
	struct connection *connection = memory_alloc(sizeof(*connection));

	*connection = (struct connection){ .fd = fd };
	LOCKED(connections);
	LIST_INSERT_HEAD(&connections->list, connection, entry);
	set_turn(connections, connection, clock_monotonic(), false);
	return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	{
		LOCKED(connections);
		set_turn(connections, connection, 0, false);
		LIST_REMOVE(connection, entry);
	}
	arena_done(&connection->arena);
	memory_free(connection);
}

void connections_await_request(struct connections *connections, struct connection *connection)
{
	LOCKED(connections);
	set_turn(connections, connection, clock_monotonic(), false);
}

void connections_serve(struct connections *connections, struct connection *connection)
{
	LOCKED(connections);
	set_turn(connections, connection, 0, true);
}

void connections_await_taking(struct connections *connections, struct connection *connection)
{
	LOCKED(connections);
	set_turn(connections, connection, clock_monotonic(), true);
}

void connections_drain(struct connections *connections, int milliseconds)
{
	int64_t until = clock_monotonic() + milliseconds * INT64_C(1000);

	LOCKED(connections);
	connections->draining = true;
	while (connections->busy > 0 && clock_monotonic() < until)
		wait_until(connections, until);
	connections->draining = false;
}
