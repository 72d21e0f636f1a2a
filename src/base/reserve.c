/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chunks of memory that were touched before they are needed
 *
 * DOC: Theory of operation
 *
 * The first touch of a huge page makes the system find and clear 2 MiB, and
 * on a virtual machine the host as well: up to some milliseconds, in which
 * packets wait.  So a thread of its own touches the next chunk while the
 * present one is being used up, and some more at the beginning, when several
 * slabs grow at once.  It starts when a chunk is first asked for, which small
 * captures never do, and sleeps otherwise.  Who comes before one is ready gets
 * small pages, which come a few at a time.
 */
#include <asymcap/base.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

/* So many chunks are the beginning, of which so many are kept ready. */
#define EARLY	    16
#define EARLY_READY 4

struct reserve {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void *ready[EARLY_READY];
	unsigned count; /* of @ready */
	unsigned taken;
	bool started;
	bool asked;
	bool ending;
};

static void *chunk_huge(void)
{
	void *chunk = aligned_alloc(RESERVE_CHUNK, RESERVE_CHUNK);

	if (!chunk)
		return NULL;
	madvise(chunk, RESERVE_CHUNK, MADV_HUGEPAGE);
	reserve_touch(chunk, RESERVE_CHUNK);
	return chunk;
}

static unsigned wanted(const struct reserve *r)
{
	return r->taken < EARLY ? EARLY_READY : 1;
}

void reserve_touch(void *p, size_t size)
{
	volatile uint8_t *at = p;

	for (size_t i = 0; i < size; i += 4096)
		at[i] |= 0;
}

static void *reserve_main(void *arg)
{
	struct reserve *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->ending) {
		void *chunk;

		if (!r->asked || r->count >= wanted(r)) {
			r->asked = false;
			pthread_cond_wait(&r->changed, &r->lock);
			continue;
		}
		pthread_mutex_unlock(&r->lock);
		chunk = chunk_huge();
		pthread_mutex_lock(&r->lock);
		if (chunk)
			r->ready[r->count++] = chunk;
		else
			r->asked = false;
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Signals are for those threads that have been there before. */
static bool start(struct reserve *r)
{
	sigset_t all, before;
	bool good;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	good = !pthread_create(&r->thread, NULL, reserve_main, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

struct reserve *reserve_new(void)
{
	struct reserve *r = xcalloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	return r;
}

void reserve_free(struct reserve *r)
{
	if (!r)
		return;
	if (r->started) {
		pthread_mutex_lock(&r->lock);
		r->ending = true;
		pthread_cond_signal(&r->changed);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->thread, NULL);
	}
	while (r->count)
		free(r->ready[--r->count]);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->changed);
	free(r);
}

void reserve_ask(struct reserve *r)
{
	pthread_mutex_lock(&r->lock);
	if (!r->started)
		r->started = start(r);
	r->asked = true;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void *reserve_take(struct reserve *r)
{
	void *chunk = NULL;
	bool first;

	pthread_mutex_lock(&r->lock);
	first = !r->started;
	r->taken++;
	if (r->count)
		chunk = r->ready[--r->count];
	pthread_mutex_unlock(&r->lock);
	if (chunk)
		return chunk;
	return first ? chunk_huge()
		     : aligned_alloc(RESERVE_CHUNK, RESERVE_CHUNK);
}

size_t reserve_bytes(struct reserve *r)
{
	size_t bytes;

	pthread_mutex_lock(&r->lock);
	bytes = r->count * (size_t)RESERVE_CHUNK;
	pthread_mutex_unlock(&r->lock);
	return bytes;
}
