/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/feed: a flow table, and segments to feed it with
 */
#include "feed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t feed_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static void ignore_connection(void *arg, const struct connection *c)
{
	(void)arg;
	(void)c;
}

void feed_start(struct feed *b, size_t max_flows)
{
	const struct flow_sink sink = {.connection = ignore_connection};

	*b = (struct feed){.now = FEED_EPOCH, .site = site_new()};
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "b" : "a";

		site_add_tap(b->site, name, site_add_circuit(b->site, name));
	}
	b->topo = topo_new(b->site);
	b->flows = flow_table_new(b->topo, max_flows, &sink);
}

void feed_end(struct feed *b)
{
	flow_table_free(b->flows);
	topo_free(b->topo);
	site_free(b->site);
}

static void note_pause(struct pauses *p, uint64_t wall, uint64_t cpu)
{
	p->wall[p->count] = wall < UINT32_MAX ? (uint32_t)wall : UINT32_MAX;
	p->cpu[p->count++] = cpu < UINT32_MAX ? (uint32_t)cpu : UINT32_MAX;
}

void feed_flush(struct feed *b)
{
	uint64_t cpu = b->pauses ? feed_clock(CLOCK_THREAD_CPUTIME_ID) : 0;
	uint64_t began = feed_clock(CLOCK_MONOTONIC), ns;

	for (size_t i = 0; i < b->count && !b->pauses; i++)
		flow_table_mark(b->flows, &b->segment[i], 0, &b->mark[i]);
	flow_table_take_marked(b->flows, b->segment, b->mark, b->count);
	ns = feed_clock(CLOCK_MONOTONIC) - began;
	if (b->pauses)
		note_pause(b->pauses, ns,
			   feed_clock(CLOCK_THREAD_CPUTIME_ID) - cpu);
	b->ns += ns;
	b->taken += b->count;
	b->count = 0;
}

void feed_put(struct feed *b, uint32_t id, unsigned turn, int dir,
	      unsigned flags, unsigned payload)
{
	struct segment *s = &b->segment[b->count++];
	struct addr client, server = addr_from_v4((uint8_t[]){40, 96, 0, 1});
	uint16_t port = (uint16_t)(1024 + (id >> 20) + turn % 3000 * 16);
	uint32_t isn[2] = {id * 2654435761u + turn * 7919, ~id};

	client = addr_from_v4((uint8_t[]){20, (uint8_t)(id >> 16 & 15),
					  (uint8_t)(id >> 8), (uint8_t)id});
	*s = (struct segment){
		.time = {b->now},
		.number = b->taken + b->count,
		.src = dir ? server : client,
		.dst = dir ? client : server,
		.sport = dir ? 443 : port,
		.dport = dir ? port : 443,
		.seq = isn[dir] + !(flags & TCP_SYN),
		.ack = flags & TCP_ACK ? isn[!dir] + 1 : 0,
		.payload = payload,
		.wire_len = 66 + payload,
		.flags = (uint16_t)flags,
		.ttl = 60,
		.has_options = flags & TCP_SYN,
		.wscale = DECODE_NO_WSCALE,
	};
	if (b->pauses)
		flow_table_mark(b->flows, s, 0, &b->mark[b->count - 1]);
	if (b->count == FEED_BATCH)
		feed_flush(b);
}

void feed_open(struct feed *b, size_t count, int64_t pace)
{
	for (uint32_t id = 0; id < count; id++) {
		feed_put(b, id, 0, 0, TCP_SYN, 0);
		feed_put(b, id, 0, 1, TCP_SYN | TCP_ACK, 0);
		feed_put(b, id, 0, 0, TCP_ACK, 0);
		b->now += pace;
	}
	feed_flush(b);
}

void feed_syns(struct feed *b, size_t count)
{
	for (uint32_t id = 0; id < count; id++) {
		feed_put(b, id, 0, 0, TCP_SYN, 0);
		b->now += 500; /* less than a second for a million */
	}
	feed_flush(b);
}

void feed_reset(struct feed *b)
{
	b->ns = 0;
	b->taken = 0;
}

void feed_pass(struct feed *b, int64_t ns)
{
	b->now += ns;
	for (int i = 0; i < 2; i++) { /* a leap wants a second witness */
		feed_put(b, 0, 7, 0, TCP_ACK, 0);
		feed_flush(b);
	}
}

void feed_more(struct feed *b, size_t count)
{
	while (count--)
		feed_put(b, 0, 7, 0, TCP_ACK, 0);
	feed_flush(b);
}
