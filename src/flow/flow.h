/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of the flow table, shared by the files of this layer
 *
 * take.c	segments in, by the batch: prefetch, lookup
 * track.c	a segment meets its flow (meet.h lists the files for that)
 * table.c	the hash table and the memory of flows
 * wait.c	packet time, queues, expiry
 * over.c	a flow that is over, and its connection
 * room.c	who leaves at the cap
 * icmp.c	an ICMP error meets the flow that it quotes
 * gone.c	what has just left the table
 * link.c	flows that a NAT made of one connection
 * clock.c	how taps stand to each other
 * live.c	what is certain of a connection before it is over
 * ring.c	what the flows of one connection say together
 * judge.c	class and impact of a connection that is over
 * stats.c	what is counted of connections for who asks for it
 */
#ifndef FLOW_PRIVATE_H
#define FLOW_PRIVATE_H

#include <asymcap/flow.h>

#include <string.h>
#include <sys/queue.h>

/* HASH_INITIAL_NUM_BUCKETS is defined without #ifndef, so it is replaced
 * after the include; the macros expand where they are used.  Buckets come
 * from flow_alloc(), zeroed, on huge pages where there are any.
 */
#define HASH_KEYCMP(a_, b_, n_) flow_key_differs(a_, b_, n_)
#define uthash_malloc(size_)	flow_alloc(size_)
#define uthash_free(p_, size_)	flow_release(p_, size_)
#define uthash_bzero(p_, size_) ((void)(p_))
/* Keys have few lengths; a call to memcmp() would cost more than the rest. */
static inline int flow_key_differs(const void *a, const void *b, size_t n)
{
	uint64_t a8, b8;
	uint32_t a4, b4;

	if (n != 12)
		return memcmp(a, b, n);
	memcpy(&a8, a, 8);
	memcpy(&b8, b, 8);
	memcpy(&a4, (const uint8_t *)a + 8, 4);
	memcpy(&b4, (const uint8_t *)b + 8, 4);
	return a8 != b8 || a4 != b4;
}

#include <uthash.h>

void *flow_alloc(size_t size);
void flow_release(void *p, size_t size);

/* Coarse time for queues: ticks of 2^26 ns (67 ms) since the first segment. */
#define TICK_SHIFT 26
#define TICKS(ms_) ((uint32_t)(((ms_)*NSEC_PER_MSEC) >> TICK_SHIFT))

/* Ticks of which a flow knows when it was queued: 39 hours, where none waits
 * for more than one.
 */
#define QUEUED_BITS 21

#define SECONDS(s_) ((s_)*NSEC_PER_SEC)

/* Nothing for so long means that nothing will come. */
#define GIVE_UP SECONDS(25)

/* A copy of a handshake packet at the same tap sooner than this is SPAN's
 * doing; no stack resends a SYN or SYN-ACK within 100 ms (RFC 6298: 1 s, and
 * 200 ms where it has been tuned down).
 */
#define COPY_WINDOW (100 * NSEC_PER_MSEC)

/* So near to an end of the input, the other half may lie beyond it. */
#define EDGE SECONDS(1)

/* Clocks of taps are not farther apart than this, queues included: so long
 * after its SYN a connection need not be kept for copies at other taps.
 */
#define SKEW (250 * NSEC_PER_MSEC)

/* Closed flows are taken out after so many segments at the latest. */
#define LEAVE_EVERY 32

/* Attempts that are kept at once on one 5-tuple. */
#define MAX_ATTEMPTS 8

/* Flows that may be linked to one connection. */
#define MAX_RING 8

/**
 * enum queue_id - The queue that a flow waits in, each with one timeout
 *
 * A flow is only moved when its state changes, or when it is at the head and
 * had traffic since it came in; packets leave the queue alone.
 */
enum queue_id {
	QUEUE_YOUNG,	 /* every flow for its first second */
	QUEUE_CLOSED,	 /* lingers for late copies */
	QUEUE_HALF_OPEN, /* half-open and orphans */
	QUEUE_ANSWERED,	 /* the client does not acknowledge the answer */
	QUEUE_MIDSTREAM,
	QUEUE_OPEN,	/* settled: found sound, evidence dropped */
	QUEUE_SETTLING, /* answered, evidence kept */
	QUEUE_UNSOUND,	/* open, evidence kept: looked at again now and then */
	QUEUES
};

enum flow_state {
	FLOW_HALF_OPEN,
	FLOW_ORPHAN,
	FLOW_ANSWERED,
	FLOW_OPEN,
	FLOW_MIDSTREAM,
	FLOW_REFUSED,
	FLOW_CLOSED,
	FLOW_NO_STATE,
};
static_assert(QUEUES <= 8 && FLOW_NO_STATE < 8, "three bits each");

/* What has been seen of a flow */
#define SEEN_SYN	0x0001
#define SEEN_ANSWER	0x0002 /* SYN-ACK */
#define SEEN_RST_ANSWER 0x0004 /* RST that acknowledges the SYN */
#define SEEN_ACK_CLIENT 0x0008 /* acked[0] is valid */
#define SEEN_ACK_SERVER 0x0010 /* acked[1] is valid */
#define SEEN_FIN_CLIENT 0x0020
#define SEEN_FIN_SERVER 0x0040
#define SEEN_RST	0x0080
#define COMPLETED	0x0100
#define SIMULTANEOUS	0x0200
#define EVICTED		0x0400
#define COUNTED		0x0800 /* its connection is in the counters */
#define IN_TABLE	0x1000 /* is the hash item of its tuple */
#define REMOTE_CLIENT	0x2000 /* the client's end lies in remote */
#define REMOTE_SERVER	0x4000
#define SYN_DATA	0x8000 /* Fast Open: hs->syn_payload counts */

/* Of a direction: SEEN_ACK_CLIENT << dir */
static_assert(SEEN_ACK_SERVER == SEEN_ACK_CLIENT << 1, "by direction");
static_assert(SEEN_FIN_SERVER == SEEN_FIN_CLIENT << 1, "by direction");

struct handshake;

/**
 * struct flow_extra - What few flows have: escapes, path changes, ICMP errors
 */
struct flow_extra {
	struct escape escape[CONNECTION_ESCAPES];
	uint8_t escapes;
	bool moved;
	uint32_t told; /* flow_sink.notice, where there is no handshake */
	struct path_change change;
	uint64_t lost_escapes;
	struct icmp_errors icmp;
};

/**
 * struct flow_rare - What a flow without it saves the room of
 * @older:	Attempt before this one on the same tuple
 */
struct flow_rare {
	struct flow *older;
	struct flow_extra *extra;
};

#define KEY_V4 12
#define KEY_V6 36

/**
 * struct flow - One attempt to connect on one 5-tuple
 * @wait:	In the queue @queue
 * @hh:		In the table, if IN_TABLE
 * @hs:		Evidence of the handshake, NULL once settled and for midstream
 * @rare:	What few flows have: NULL, or valid as far as @has_extra and
 *		@has_older say; see flow_extra() and flow_older()
 * @dir_taps:	Bit n: a packet of that direction was seen at tap n
 * @isn:	Initial sequence numbers; midstream: the lowest seen
 * @acked:	Latest acknowledgment that the direction sent
 * @packets:	By direction
 * @ended:	Time of the last packet
 * @last:	Its tick
 * @queued:	Tick when it came into its queue, as far as it fits
 * @seen:	SEEN_* and so on
 * @state:	enum flow_state
 * @queue:	enum queue_id
 * @client:	Which end of the key is the client: 0 or 1
 * @v6:		Key is the long one
 * @last_tap:	By direction: tap of the last packet that is no SYN, of taps
 *		with a circuit
 * @has_extra:	It has a struct flow_extra (without a look at its line)
 * @has_older:	There is an attempt before this one on the same tuple
 * @leaving:	In the table's list of those that are about to leave
 * @key4:	IPv4: both ends in canonical order: addresses, then ports
 * @key6:	IPv6: the same; only flows of the second slab have room for it
 *
 * Directions: 0 is client to server.  The links stand first, since neighbours
 * that come and go touch them together; then, from the hash value on, what
 * every segment needs; the rest is touched when a flow begins, changes or
 * ends.
 */
struct flow {
	TAILQ_ENTRY(flow) wait;
	UT_hash_handle hh;
	uint16_t seen;
	uint8_t last_tap[2];
	uint32_t queued : QUEUED_BITS;
	uint32_t state : 3;
	uint32_t queue : 3;
	uint32_t client : 1;
	uint32_t v6 : 1;
	uint32_t has_extra : 1;
	uint32_t has_older : 1;
	uint32_t leaving : 1;
	uint8_t key4[KEY_V4];
	uint32_t last;
	uint32_t acked[2];
	uint32_t packets[2];
	struct timestamp ended;
	struct handshake *hs;

	uint32_t isn[2];
	uint64_t dir_taps[2];
	struct flow_rare *rare;
	uint8_t key6[];
};
static_assert(sizeof(struct flow) == 160, "there may be millions");
static_assert(
	offsetof(struct flow, isn) - offsetof(struct flow, hh.hashv) <= 68,
	"what every segment touches lies in two lines, wherever they begin");

/** flow_older() - The attempt before this one on the same tuple, or NULL */
static inline struct flow *flow_older(const struct flow *f)
{
	return f->has_older ? f->rare->older : NULL;
}

/** flow_extra() - Escapes, path changes and ICMP errors, or NULL */
static inline struct flow_extra *flow_extra(const struct flow *f)
{
	return f->has_extra ? f->rare->extra : NULL;
}

/** flow_key_of() - The key of a flow, of KEY_V4 or KEY_V6 bytes */
static inline const uint8_t *flow_key_of(const struct flow *f)
{
	return f->v6 ? f->key6 : f->key4;
}

/** flow_key_size() - How many */
static inline size_t flow_key_size(const struct flow *f)
{
	return f->v6 ? KEY_V6 : KEY_V4;
}

#define MORE_SIGHTINGS (FINDING_SIGHTINGS - 1)

/**
 * struct seen_packets - Sightings of one kind of packet, in little room
 * @taps:	Bit n: seen at tap n
 * @more:	All but the first, or NULL; most packets are seen once
 * @count:	How many in all, copies at one tap not counted
 * @kept:	How many of @first and @more are valid
 */
struct seen_packets {
	uint64_t taps;
	struct sighting *more;
	uint32_t count;
	uint8_t kept;
	struct sighting first;
};

/**
 * struct handshake - Evidence of one attempt, while it is undecided
 * @free_link:	Where the slab links free items; @live tells these apart
 * @isn:	The client's ISN; an orphan's is its ack - 1
 * @flow:	Whose it is
 * @live:	Not freed; the window of links may point to freed ones
 * @indexed:	In the window of links
 * @ring:	Next flow of the connection, circular
 * @last_syn:	Time of the last SYN
 * @last_answer: Time of the last answer
 * @started:	Time of the first packet
 * @likely_key:	Hash of the remote end and the SYN's options
 * @acked_at:	When, and @acked_tap where, the client's ACK completed it
 * @over:	The flow has ended and waits for the others of its ring
 * @watched:	Live: in a slot of live.c; @hurried: to be looked at now
 * @given_up:	Live: the class that says that nothing came, if it was told;
 *		what comes now is too late
 * @told:	Live: what flow_sink.notice has returned
 */
struct handshake {
	void *free_link;
	uint32_t isn;
	uint32_t ts_val;
	struct flow *flow;
	struct handshake *ring;
	struct timestamp started;
	struct timestamp last_syn;
	struct timestamp last_answer;
	uint32_t syn_payload;
	uint32_t answer_isn; /* first server ISN; flow->isn[1] is the last */
	uint32_t likely_key;
	struct timestamp acked_at;
	uint16_t mss;
	uint16_t window;
	uint8_t acked_tap;
	uint8_t wscale;
	bool has_ts;
	bool sack;
	bool live;
	bool indexed;
	bool over;
	bool syn_resent;
	bool answer_resent;
	bool watched;
	bool hurried;
	uint8_t given_up;
	uint8_t confidence;
	uint32_t told;
	struct seen_packets syn;
	struct seen_packets answer;
};

/** seen_at() - A sighting that is kept, i < kept */
static inline struct sighting *seen_at(struct seen_packets *g, unsigned i)
{
	return i ? &g->more[i - 1] : &g->first;
}

TAILQ_HEAD(flow_queue, flow);

struct flow_table {
	const struct topo *topo;
	struct flow_sink sink;
	struct flow *items;    /* uthash head */
	struct flow *sentinel; /* so that uthash never frees the table */
	struct flow *leaving[LEAVE_EVERY];
	struct timestamp leaving_at[LEAVE_EVERY];
	size_t leaving_count;
	struct gone_window *gone;
	struct link_window *links;
	struct link_window *likely; /* only where there are inside taps */
	struct clocks *clocks;
	struct live *live;	  /* NULL: nobody waits for notices */
	struct flow_stats *stats; /* NULL: nobody asks for them */
	struct flow_queue queue[QUEUES];
	size_t waiting[QUEUES]; /* flows in each queue */
	struct reserve *reserve;
	struct slab flow_slab[2]; /* v4, v6 */
	struct slab hs_slab;
	struct slab more_slab;
	struct slab rare_slab;
	struct slab extra_slab;
	struct hash_key key;
	size_t max_flows;
	size_t flows;
	uint64_t inside;
	uint64_t seen_taps; /* taps with a segment so far */
	bool has_remote;
	bool judges_nat;
	uint8_t plain_state;	   /* whose plain segments take the short cut */
	struct timestamp origin;   /* first packet time */
	struct timestamp base;	   /* tick 0 */
	struct timestamp now;	   /* latest packet time believed */
	struct timestamp tick_end; /* from here on the tick may change */
	struct timestamp jump;	   /* a leap that waits for a second witness */
	uint32_t behind;	   /* packets in a row from long before @now */
	bool started;
	bool overdue; /* not all has expired that is due */
	bool finishing;
	uint32_t tick;
	uint32_t touch; /* tick that the present segment counts as */
	uint8_t tap_circuit[SITE_MAX_TAPS];
	struct flow_counters counters;
	struct flow_tap tap[SITE_MAX_TAPS];
	uint32_t overlap[SITE_MAX_TAPS][SITE_MAX_TAPS];
};

/* gcc takes a function that does nothing but prefetch for one that does
 * nothing, and drops the call, unless it is inlined before it is looked at.
 */
#define PREFETCH static inline __attribute__((always_inline))

/* ---- table.c */

/** flow_table_no_short_cut() - Every segment goes all the way, for tests */
void flow_table_no_short_cut(struct flow_table *t);

/**
 * flow_create() - A new attempt on a tuple; becomes its item in the table
 * @mark:	Of the segment that begins it
 * @key:	Its key, KEY_V4 or KEY_V6 bytes
 * @older:	The attempt before it, or NULL
 * @client:	Which end of the key is the client
 */
struct flow *flow_create(struct flow_table *t, const struct flow_mark *mark,
			 const uint8_t *key, struct flow *older,
			 uint8_t client);

/** flow_attach() - Give a flow its evidence; NULL when memory ran out */
struct handshake *flow_attach(struct flow_table *t, struct flow *f,
			      struct timestamp now);

/** flow_extra_get() - The extras of a flow, made if need be; may be NULL */
struct flow_extra *flow_extra_get(struct flow_table *t, struct flow *f);

/** flow_leave_tuple() - Take a flow off its tuple; the attempt before it follows */
void flow_leave_tuple(struct flow_table *t, struct flow *f);

/** flow_free_evidence() - Free what a flow knows of its handshake, if anything */
void flow_free_evidence(struct flow_table *t, struct flow *f);

/** flow_free() - Free a flow that is in no queue and on no tuple any more */
void flow_free(struct flow_table *t, struct flow *f);

/**
 * flow_prefetch_next() - Fetch what follows in the queue of a flow
 *
 * What expires or is evicted lies in the order of its arrival, all over the
 * memory.
 */
PREFETCH void flow_prefetch_next(const struct flow *f)
{
	const struct flow *next = TAILQ_NEXT(f, wait);
	const char *hs;

	if (!next)
		return;
	hs = (const char *)next->hs;
	if (hs) {
		__builtin_prefetch(hs);
		__builtin_prefetch(hs + 64);
		__builtin_prefetch(hs + offsetof(struct handshake, answer));
	}
	next = TAILQ_NEXT(next, wait);
	if (!next)
		return;
	__builtin_prefetch(next);
	__builtin_prefetch((const char *)next + 64);
	__builtin_prefetch((const char *)next + 128);
}

/* ---- wait.c */

/** flow_queued() - Let a flow have been queued at a tick */
static inline void flow_queued(struct flow *f, uint32_t tick)
{
	f->queued = tick & ((1u << QUEUED_BITS) - 1);
}

/** flow_wait() - Put a flow into a queue, out of the one it is in */
void flow_wait(struct flow_table *t, struct flow *f, enum queue_id queue);

/** flow_advance() - Move packet time on to that of a segment, as far as believed */
void flow_advance(struct flow_table *t, struct timestamp when);

/* ---- room.c */

/** flow_make_room() - Let flows go until there is room for one more */
void flow_make_room(struct flow_table *t);

/* ---- over.c */

/** flow_leave() - Take a flow out of its queue and off its tuple: it is over */
void flow_leave(struct flow_table *t, struct flow *f);

/** flow_ring_over() - All flows of a connection are over: judge and free them */
void flow_ring_over(struct flow_table *t, struct handshake *hs);

/**
 * flow_settle() - Count a connection that is open and sound, keep bare flows
 *
 * Return: false if there is something to be said against it
 */
bool flow_settle(struct flow_table *t, struct handshake *hs);

/** flow_over() - A flow has ended: judge its connection if it was the last */
void flow_over(struct flow_table *t, struct flow *f);

/**
 * flow_leave_early() - Let a flow go at its close, if nobody needs it longer
 *
 * It goes some segments later, but before anything could tell.
 *
 * flow_leave_pending() - All of these go now
 */
void flow_leave_early(struct flow_table *t, struct flow *f);
void flow_leave_pending(struct flow_table *t);

/** flow_note_segment() - What every segment of a flow leaves behind */
static inline void flow_note_segment(struct flow_table *t, struct flow *f,
				     uint8_t tap, unsigned dir)
{
	f->packets[dir]++;
	f->last = t->touch;
	if (f->seen & (REMOTE_CLIENT | REMOTE_SERVER)) {
		bool from = f->seen & (dir ? REMOTE_SERVER : REMOTE_CLIENT);
		bool to = f->seen & (dir ? REMOTE_CLIENT : REMOTE_SERVER);

		t->tap[tap].from_remote += from && !to;
		t->tap[tap].to_remote += to && !from;
	}
}

/* ---- gone.c */

/** gone_init() - Make the window of what has left; gone_clear() - free it */
void gone_init(struct flow_table *t);
void gone_clear(struct flow_table *t);
size_t gone_bytes(void);

/** gone_add() - Remember the hash of a tuple that leaves */
void gone_add(struct flow_table *t, uint32_t hash);

/** gone_prefetch() - Fetch what gone_add() will want */
void gone_prefetch(const struct flow_table *t, uint32_t hash);

/** gone_has() - Whether a tuple with that hash has left just now */
bool gone_has(const struct flow_table *t, uint32_t hash);

/* ---- track.c */

/**
 * track_segment() - A segment meets the attempts on its tuple
 * @t:		Table
 * @head:	Newest attempt, or NULL
 * @mark:	Mark of the segment
 * @key:	Its key, KEY_V4 or KEY_V6 bytes
 * @s:		Segment
 */
void track_segment(struct flow_table *t, struct flow *head,
		   const struct flow_mark *mark, const uint8_t *key,
		   const struct segment *s);

/* ---- icmp.c */

/**
 * icmp_take() - An ICMP error meets the attempts on the tuple that it quotes
 * @t:		Table
 * @head:	Newest attempt, or NULL
 * @mark:	Mark of the quoted segment
 * @s:		Quoted segment
 */
void icmp_take(struct flow_table *t, struct flow *head,
	       const struct flow_mark *mark, const struct segment *s);

/** icmp_merge() - Add what is known of one flow to what is known of another */
void icmp_merge(struct icmp_errors *into, const struct icmp_errors *from);

/* ---- link.c */

/** link_init() - Make the window of recent handshakes; link_clear() - free it */
void link_init(struct flow_table *t);
void link_clear(struct flow_table *t);

/**
 * link_look() - Link a flow to those with its ISN, and make it known
 *
 * May be called again when the flow has learnt more of itself.
 */
void link_look(struct flow_table *t, struct handshake *hs, uint32_t isn);

/**
 * link_remember_likely() - Make a SYN known by its remote end and options
 * link_likely() - Link a flow that found no other of its ISN by these
 */
void link_remember_likely(struct flow_table *t, struct handshake *hs);
void link_likely(struct flow_table *t, struct handshake *hs);

/** link_prefetch() - Fetch what link_look() will want for a SYN or SYN-ACK */
void link_prefetch(const struct flow_table *t, const struct segment *s);

/** link_bytes() - Memory of the window */
size_t link_bytes(void);

/* ---- clock.c */

/** clock_new() - No clock is known; clock_free() - forget them */
void clock_new(struct flow_table *t);
void clock_free(struct flow_table *t);

/** clock_learn() - What a handshake says of the clocks of its taps */
void clock_learn(struct flow_table *t, struct handshake *hs);

/** overlap_learn() - Whether taps of two circuits show the same frames */
void overlap_learn(struct flow_table *t, struct handshake *hs);

/**
 * clock_between() - How far the clock of tap @b is ahead of that of tap @a
 * @offset:	Result, ns
 * @error:	Result: what it may be wrong by, ns
 *
 * Return: false if handshakes do not say
 */
bool clock_between(const struct flow_table *t, uint8_t a, uint8_t b,
		   int64_t *offset, int64_t *error);

/** clock_publish() - Write the offsets into the counters of the taps */
void clock_publish(struct flow_table *t);

/* ---- live.c */

/** live_new() - Begin to give notices; live_free() - NULL is fine */
struct live *live_new(void);
void live_free(struct live *l);
size_t live_bytes(const struct live *l);

/** live_grown() - A flow has been there for a second: look, and watch it */
void live_grown(struct flow_table *t, struct flow *f);

/** live_event() - Something was seen that may decide: look at the next tick */
void live_event(struct flow_table *t, struct handshake *hs);

/** live_run() - The tick has changed: look at those whose time it is */
void live_run(struct flow_table *t);

/* ---- ring.c */

/** flow_tuple() - Both ends of a flow, client first */
struct tuple flow_tuple(const struct flow *f);

/* ---- judge.c */

/** judge_ring() - Build the connection that the flows of a ring make */
void judge_ring(const struct flow_table *t, struct handshake *hs,
		struct connection *c);

/**
 * judge_plainly_sound() - Whether a connection is symmetric, working and as
 * planned at a glance, so that nobody needs to be told
 */
bool judge_plainly_sound(const struct flow_table *t,
			 const struct handshake *hs);

/** judge_midstream() - Build the connection of a flow without a handshake */
void judge_midstream(const struct flow_table *t, const struct flow *f,
		     struct connection *c);

/** judge_sound() - Whether nothing can ever be said against a connection */
bool judge_sound(const struct flow_table *t, const struct connection *c);

/* ---- stats.c */

/** stats_take() - Count a connection that was judged */
void stats_take(struct flow_table *t, const struct connection *c);

/** stats_take_plain() - Count one that judge_plainly_sound() let pass */
void stats_take_plain(struct flow_table *t, struct handshake *hs);

static inline int64_t time_diff(struct timestamp a, struct timestamp b)
{
	int64_t d;

	if (__builtin_sub_overflow(a.ns, b.ns, &d))
		return a.ns < b.ns ? INT64_MIN : INT64_MAX;
	return d;
}

#endif /* FLOW_PRIVATE_H */
