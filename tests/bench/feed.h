/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/feed: a flow table, and segments to feed it with
 *
 * Segments are gathered in a batch, which is handed over when it is full; the
 * clock runs for that alone.
 */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include <asymcap/flow.h>
#include <asymcap/site.h>
#include <asymcap/topo.h>

#include <time.h>

#define FEED_BATCH 256 /* segments, as the relay hands them over */
#define FEED_EPOCH (1767225600ll * NSEC_PER_SEC) /* 2026-01-01T00:00:00Z */

/** struct pauses - How long each batch took, ns */
struct pauses {
	uint32_t *wall;
	uint32_t *cpu;
	size_t count;
};

/**
 * struct feed - A flow table, and the batch that it is handed next
 * @now:	Packet time, ns since 1970
 * @ns:		Spent in the table so far
 * @taken:	Segments it took
 * @count:	Segments in the batch
 * @pauses:	Where to note each batch, or NULL
 */
struct feed {
	struct site *site;
	struct topo *topo;
	struct flow_table *flows;
	int64_t now;
	uint64_t ns;
	uint64_t taken;
	size_t count;
	struct pauses *pauses;
	struct segment segment[FEED_BATCH];
	struct flow_mark mark[FEED_BATCH];
};

/** feed_clock() - A clock of clock_gettime(), ns */
uint64_t feed_clock(clockid_t id);

/** feed_start() - An empty table of two circuits; feed_end() - free it */
void feed_start(struct feed *b, size_t max_flows);
void feed_end(struct feed *b);

/** feed_flush() - Hand over what there is of a batch */
void feed_flush(struct feed *b);

/** feed_reset() - Count from here on */
void feed_reset(struct feed *b);

/**
 * feed_put() - Add a segment to the batch
 * @b:		Feed
 * @id:		Connection, 0 .. 16777215
 * @turn:	Which of its lives; each has a client port of its own
 * @dir:	0: from the client, 1: from the server
 * @flags:	TCP_*
 * @payload:	Bytes
 *
 * Sequence numbers are those of the handshake or right after it: data comes
 * again and again.
 */
void feed_put(struct feed *b, uint32_t id, unsigned turn, int dir,
	      unsigned flags, unsigned payload);

/** feed_syns() - A SYN each of connections 0 .. @count - 1, 500 ns apart */
void feed_syns(struct feed *b, size_t count);

/** feed_open() - A handshake each of them, @pace ns apart */
void feed_open(struct feed *b, size_t count, int64_t pace);

/** feed_pass() - Let @ns pass, as a packet of another connection shows it */
void feed_pass(struct feed *b, int64_t ns);

/**
 * feed_more() - Go on with that packet, at the same time
 * @count:	So many: what is due goes bit by bit, with each segment
 */
void feed_more(struct feed *b, size_t count);

#endif /* BENCH_FEED_H */
