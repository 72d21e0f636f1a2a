/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments from the thread that reads to the thread that judges
 *
 * DOC: Theory of operation
 *
 * Reading and decoding want memory bandwidth; the flow table wants the cache.
 * So they run on two cores, with a small ring of loads between them: the
 * reader fills a load with segments (values, nothing borrowed) and sends it;
 * the judge takes loads in order.  What is found is the same as on one core,
 * since the order of the segments is.  Whatever both touch besides the ring
 * (taps that are bound late) is touched only after relay_drain(), when the
 * judge is idle.
 */
#include "relay.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Together they hold what a thread does in a millisecond: to put it to sleep
 * and to wake it takes a tenth of that.
 */
#define LOADS 32

struct relay {
	struct relay_load load[LOADS];
	void (*take)(void *arg, const struct relay_load *load);
	void *arg;
	bool threaded;
	pthread_t judge;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned long sent; /* under @lock from here on */
	unsigned long taken;
	bool over;
};

static void *judge_main(void *arg)
{
	struct relay *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		struct relay_load *load;

		while (r->taken == r->sent && !r->over)
			pthread_cond_wait(&r->changed, &r->lock);
		if (r->taken == r->sent)
			break;
		load = &r->load[r->taken % LOADS];
		pthread_mutex_unlock(&r->lock);
		r->take(r->arg, load);
		pthread_mutex_lock(&r->lock);
		load->count = 0;
		r->taken++;
		/* To wake the reader for one load costs more than the load. */
		if (r->sent - r->taken <= LOADS / 2)
			pthread_cond_signal(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct relay *relay_start(void (*take)(void *arg,
				       const struct relay_load *load),
			  void *arg, unsigned threads)
{
	struct relay *r = aligned_alloc(CACHE_LINE, sizeof(*r));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (!r)
		log_fatal("out of memory for %zu bytes", sizeof(*r));
	memset(r, 0, sizeof(*r));
	r->take = take;
	r->arg = arg;
	if (threads ? threads < 2 : cores < 2)
		return r;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	r->threaded = !pthread_create(&r->judge, NULL, judge_main, r);
	if (!r->threaded)
		log_warn("no second thread to be had: reading with one");
	return r;
}

struct relay_load *relay_load(struct relay *r)
{
	return &r->load[r->sent % LOADS];
}

void relay_send(struct relay *r)
{
	struct relay_load *load = relay_load(r);

	if (!load->count)
		return;
	if (!r->threaded) {
		r->take(r->arg, load);
		load->count = 0;
		return;
	}
	pthread_mutex_lock(&r->lock);
	r->sent++;
	pthread_cond_signal(&r->changed);
	while (r->sent - r->taken == LOADS)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

void relay_drain(struct relay *r)
{
	relay_send(r);
	if (!r->threaded)
		return;
	pthread_mutex_lock(&r->lock);
	while (r->sent != r->taken)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

void relay_stop(struct relay *r)
{
	relay_drain(r);
	if (r->threaded) {
		pthread_mutex_lock(&r->lock);
		r->over = true;
		pthread_cond_signal(&r->changed);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->judge, NULL);
		pthread_mutex_destroy(&r->lock);
		pthread_cond_destroy(&r->changed);
	}
	free(r);
}
