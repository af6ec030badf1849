#include "cli/writer.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "engine/client.h"
#include "util/arena.h"
#include "util/clock.h"
#include "util/error.h"

enum { TIMEOUT_MS = 1000, RETRY_NS = 500000 };

struct writer {
	struct arena arena; /* address */
	const char *address;
	int64_t port;
	pthread_t thread;
	pthread_mutex_t lock;
	struct writer_result result;
	int64_t last_us; /* the last acknowledgement; 0: none yet */
	bool stopping;
};

static void count(struct writer *writer, bool acknowledged)
{
	int64_t now = clock_monotonic();

	(void)pthread_mutex_lock(&writer->lock);
	if (!acknowledged) {
		writer->result.failed++;
	} else {
		if (writer->last_us && now - writer->last_us > writer->result.gap_us)
			writer->result.gap_us = now - writer->last_us;
		writer->last_us = now;
		writer->result.acknowledged++;
	}
	(void)pthread_mutex_unlock(&writer->lock);
}

static bool is_stopping(struct writer *writer)
{
	bool stopping;

	(void)pthread_mutex_lock(&writer->lock);
	stopping = writer->stopping;
	(void)pthread_mutex_unlock(&writer->lock);
	return stopping;
}

/* A write that was not acknowledged is tried again under the same name: it counts once. */
static bool write_next(struct client *client, int64_t number)
{
	struct error ignored = { 0 };
	char key[40], value[24];

	(void)snprintf(key, sizeof(key), WRITER_PREFIX "%lld", (long long)number);
	(void)snprintf(value, sizeof(value), "%lld", (long long)number);
	return client && client_set(client, key, value, &ignored);
}

static void *run(void *context)
{
	const struct timespec retry = { .tv_nsec = RETRY_NS };
	struct writer *writer = context;
	struct client *client = NULL;
	struct error ignored = { 0 };
	int64_t number = 0;

	while (!is_stopping(writer)) {
		bool acknowledged;

		if (!client)
			client = client_open(writer->address, writer->port, TIMEOUT_MS, &ignored);
		acknowledged = write_next(client, number);
		count(writer, acknowledged);
		number += acknowledged;
		if (!acknowledged) {
			client_close(client);
			client = NULL;
			(void)ppoll(NULL, 0, &retry, NULL);
		}
	}
	client_close(client);
	return NULL;
}

struct writer *writer_start(const char *address, int64_t port, struct error *err)
{
	struct writer *writer = memory_alloc(sizeof(*writer));
	int failed;

	*writer = (struct writer){ .port = port };
	writer->address = arena_strdup(&writer->arena, address);
	(void)pthread_mutex_init(&writer->lock, NULL);
	failed = pthread_create(&writer->thread, NULL, run, writer);
	if (!failed)
		return writer;
	(void)fail_errno(err, failed, "cannot start a thread");
	arena_done(&writer->arena);
	memory_free(writer);
	return NULL;
}

struct writer_result writer_look(struct writer *writer)
{
	struct writer_result result;

	(void)pthread_mutex_lock(&writer->lock);
	result = writer->result;
	(void)pthread_mutex_unlock(&writer->lock);
	return result;
}

struct writer_result writer_stop(struct writer *writer)
{
	struct writer_result result;

	(void)pthread_mutex_lock(&writer->lock);
	writer->stopping = true;
	(void)pthread_mutex_unlock(&writer->lock);
	(void)pthread_join(writer->thread, NULL);
	result = writer->result;
	(void)pthread_mutex_destroy(&writer->lock);
	arena_done(&writer->arena);
	memory_free(writer);
	return result;
}
