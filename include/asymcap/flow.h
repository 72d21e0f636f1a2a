/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flow: the table of TCP connections
 *
 * A flow is one attempt to connect on one 5-tuple.  A connection is one flow,
 * or several that a NAT made of one (same ISN, one end in common).  Segments
 * go in by the batch; connections are handed up when they are over: closed
 * for a while, silent for too long, evicted, or at the end of the input.
 *
 *  state       entered by                    legal next
 *  ----------  ----------------------------  -----------------------------
 *  HALF_OPEN   SYN without answer            ANSWERED REFUSED OVER
 *  ORPHAN      SYN-ACK without SYN           ANSWERED (SYN came late) OVER
 *  ANSWERED    SYN and SYN-ACK               OPEN CLOSED OVER
 *  OPEN        handshake completed           CLOSED OVER
 *  MIDSTREAM   neither was seen              CLOSED OVER
 *  REFUSED     SYN answered by RST           OVER
 *  CLOSED      RST, or FIN both ways         OVER
 */
#ifndef ASYMCAP_FLOW_H
#define ASYMCAP_FLOW_H

#include <asymcap/base.h>
#include <asymcap/decode.h>
#include <asymcap/finding.h>
#include <asymcap/topo.h>

#define FLOW_DEFAULT_MAX 1000000

/** struct escape - Packets of a connection that left with a wrong source */
struct escape {
	enum escape_reason reason;
	enum phase phase; /* of the gravest packet: SYN first */
	uint8_t circuit;
	uint8_t owner;
	struct addr address;
	bool told; /* by a notice */
	uint64_t count;
	struct sighting first;
};

#define CONNECTION_ESCAPES 2

/**
 * struct path_change - A direction of an open connection that moved
 * @from, @to:	Circuits
 * @dir:	0: from the client, 1: from the server
 * @has_data:	It has sent data since, or a FIN
 * @answered:	The other side has acknowledged some of that; if there was
 *		none, has sent anything at all
 * @seq:	Sequence number of the first of that data
 * @packets_after: By direction: packets since then
 * @at:		First packet on the new circuit
 * @back:	Last time that a packet came over the old one again
 */
struct path_change {
	uint8_t from;
	uint8_t to;
	uint8_t dir;
	bool has_data;
	bool answered;
	uint32_t seq;
	uint64_t packets_after[2];
	struct sighting at;
	struct timestamp back;
};

/**
 * struct connection - A connection that is over, as a value
 *
 * Built from the flows of a connection, borrowed for the time of the call.
 * @tuple:	[0] is the outside tuple of the SYN
 * @class, @impact, @direction: the judgement
 * @syn, @answer: where they were seen
 * @original_taps: Bit n: at tap n the SYN had a source in remote
 * @absent_taps: Bit n: tap n is declared and has shown no segment so far
 * @closed:	FIN was seen both ways
 * @answer_tuple: as it was seen first, client first
 * @rtt:	SYN to answer where both were seen at one tap, ns; -1 unknown
 * @packets:	[0] from the client, [1] from the server, all taps together
 * @path_taps:	Bit n: a packet of that direction was seen at tap n
 * @ended:	Time of its last packet
 * @evicted:	It had to leave before it was over
 * @icmp:	ICMP errors that quote its packets
 * @decided:	No later packet is going to change @class and @impact; not so
 *		in a notice of what else is certain
 * @told:	Bits that flow_sink.notice has returned for it
 */
struct connection {
	uint8_t tuples;
	struct tuple tuple[FINDING_TUPLES];
	struct tuple answer_tuple;
	enum conn_class class;
	enum impact impact;
	enum direction direction;
	enum confidence confidence;
	uint16_t service;
	bool answer_is_rst;
	bool evicted;
	bool reset;
	bool closed;
	bool completed;
	uint32_t isn;
	uint8_t dropped_at;
	struct timestamp first;
	struct timestamp ended;
	int64_t rtt;
	uint64_t syn_circuits;
	uint64_t answer_circuits;
	uint64_t original_taps;
	uint64_t absent_taps;
	struct sightings syn;
	struct sightings answer;
	uint64_t packets[2];
	uint64_t path_taps[2];
	struct escape escape[CONNECTION_ESCAPES];
	uint8_t escapes;
	bool moved;
	bool decided;
	uint32_t told;
	struct path_change change;
	struct icmp_errors icmp;
};

/** struct flow_counters - What the table has seen */
struct flow_counters {
	uint64_t connections[CLASSES];
	uint64_t evicted;
	uint64_t unmapped;	   /* segments that no tap matched */
	uint64_t duplicates;	   /* handshake packets copied at one tap */
	uint64_t late;		   /* segments of connections that had left */
	uint64_t unlinked;	   /* SYNs whose ISN too many others had, too */
	uint64_t icmp_matched;	   /* ICMP errors about a connection here */
	uint64_t icmp_unmatched;   /* about one that is not, or at no tap */
	uint64_t icmp_implausible; /* quoting what it cannot have sent */
	uint64_t flows;		   /* in the table now */
	uint64_t flows_peak;
	size_t bytes; /* memory of the table */
};

/**
 * struct flow_tap - What was seen at one tap
 * @segments:	TCP segments
 * @bytes:	Their bytes on the wire
 * @to_remote:	Segments leaving the site, as far as "remote" tells
 * @from_remote: Segments entering it
 * @duplicates:	Handshake packets that came twice
 * @one_sided:	Connections that went on although no tap saw one direction
 * @two_sided:	Connections of which this tap saw both directions
 * @offset:	This tap's clock less that of the first tap with a known one, ns
 * @offset_samples: Handshakes that say so; 0: unknown
 * @first, @last: Times of the earliest and latest segment
 */
struct flow_tap {
	uint64_t segments;
	uint64_t bytes;
	uint64_t syns;
	uint64_t syn_acks;
	uint64_t to_remote;
	uint64_t from_remote;
	uint64_t duplicates;
	uint64_t one_sided;
	uint64_t two_sided;
	int64_t offset;
	uint32_t offset_samples;
	struct timestamp first;
	struct timestamp last;
};

/* A set of circuits as a small number: none of them, several, or circuit n. */
enum circuit_slot {
	SLOT_NONE,
	SLOT_SEVERAL,
	SLOT_FIRST, /* circuit 0 */
	CIRCUIT_SLOTS = SLOT_FIRST + SITE_MAX_CIRCUITS,
};

/** circuit_slot_of() - The slot of a set of circuits (bits) */
static inline unsigned circuit_slot_of(uint64_t circuits)
{
	if (!circuits)
		return SLOT_NONE;
	if (circuits & (circuits - 1))
		return SLOT_SEVERAL;
	return SLOT_FIRST + (unsigned)__builtin_ctzll(circuits);
}

/* Upper bounds of round-trip times, ns; the last bucket has none. */
#define FLOW_RTT_BOUNDS	 15
#define FLOW_RTT_BUCKETS (FLOW_RTT_BOUNDS + 1)

extern const int64_t flow_rtt_bound[FLOW_RTT_BOUNDS];

/**
 * struct flow_rtt - Round-trip times of handshakes
 * @count:	How many were at most the bound, and more than the one before
 * @sum:	Of all, ns
 */
struct flow_rtt {
	uint64_t count[FLOW_RTT_BUCKETS];
	uint64_t sum;
};

/**
 * struct flow_stats - Connections that are over, the sound ones among them
 * @paths:	By class, impact, slot of the SYN and slot of the answer; sums
 *		over all but the class are flow_counters.connections
 * @rtt:	SYN to SYN-ACK, by circuit of the SYN if that is one
 */
struct flow_stats {
	uint64_t paths[CLASSES][IMPACT_BROKEN + 1][CIRCUIT_SLOTS]
		      [CIRCUIT_SLOTS];
	struct flow_rtt rtt[SITE_MAX_CIRCUITS];
};

/**
 * struct flow_sink - Who is handed the connections that are over
 * @connection:	Called for each that is not plainly sound; for every one if
 *		@all.  The value is borrowed for the call.
 * @notice:	Live, else NULL: called for one that goes on, when something
 *		about it is certain; maybe several times.  It is counted, and
 *		handed to @connection, when it is over all the same.
 *		Returns what shall come back in connection.told; bit
 *		NOTICE_ESCAPES + n says that escape n has been told
 * @counted:	Called once for each connection when it is counted, or NULL;
 *		while the site has services for the sound ones, too.  Borrowed
 * @arg:	Passed on
 * @all:	Hand up the sound ones too (--flows)
 * @stats:	Keep flow_table_stats()
 */
#define NOTICE_ESCAPES 30 /* the two highest bits */

struct flow_sink {
	void (*connection)(void *arg, const struct connection *c);
	uint32_t (*notice)(void *arg, const struct connection *c);
	void (*counted)(void *arg, const struct connection *c);
	void *arg;
	bool all;
	bool stats;
};

struct flow_table;

/**
 * flow_table_new() - An empty table
 * @topo:	Borrowed until flow_table_free()
 * @max_flows:	Bound; at it the oldest half-open flows leave first
 * @sink:	Copied
 *
 * Return: never NULL
 */
struct flow_table *flow_table_new(const struct topo *topo, size_t max_flows,
				  const struct flow_sink *sink);
void flow_table_free(struct flow_table *t);

/** flow_table_refresh() - The topology was refreshed; it is another one now */
void flow_table_refresh(struct flow_table *t);

/**
 * flow_table_take() - Take a batch of segments
 * @t:		Table
 * @s:		Segments, and what ICMP errors quote, in capture order
 * @count:	At most CAPTURE_BATCH
 */
void flow_table_take(struct flow_table *t, const struct segment *s,
		     size_t count);

/**
 * struct flow_mark - What can be known of a segment before its flow is found
 * @key4:	IPv4: its 5-tuple in canonical order, which both directions
 *		share: low end's address, high end's, low port, high port
 * @hash:	Keyed hash of the 5-tuple
 * @v6:		It is one of IPv6: the key is made of the segment when needed
 * @swapped:	The source is the high end
 * @tap:	Where it was seen, or TAP_NONE
 */
struct flow_mark {
	uint8_t key4[12];
	uint32_t hash;
	bool v6;
	bool swapped;
	uint8_t tap;
};

/**
 * flow_table_mark() - Mark a segment
 * @t:		Table
 * @s:		Segment
 * @tap:	Where it was seen, or TAP_NONE
 * @mark:	Result
 *
 * Reads what never changes, so that another thread than the table's may do it.
 */
void flow_table_mark(const struct flow_table *t, const struct segment *s,
		     uint8_t tap, struct flow_mark *mark);

/** flow_table_take_marked() - As flow_table_take(), marked, any number */
void flow_table_take_marked(struct flow_table *t, const struct segment *s,
			    const struct flow_mark *marks, size_t count);

/**
 * flow_table_advance() - Time goes on although no segment says so
 * @t:		Table
 * @now:	Packet time as it must be by now; ignored where it lies in the
 *		past, or no segment was seen yet
 */
void flow_table_advance(struct flow_table *t, struct timestamp now);

/**
 * flow_table_finish() - The input has ended: hand up all that is left
 * @t:		Table
 * @end:	Time of the last frame of any kind: until then there was time
 *		for an answer
 */
void flow_table_finish(struct flow_table *t, struct timestamp end);

const struct flow_counters *flow_table_counters(struct flow_table *t);

/** flow_table_stats() - What was counted so far; NULL unless sink.stats */
const struct flow_stats *flow_table_stats(const struct flow_table *t);

/** flow_table_overlap() - Handshake packets that two taps showed alike */
uint32_t flow_table_overlap(const struct flow_table *t, uint8_t a, uint8_t b);

/** flow_table_tap() - What was seen at a tap; tap < SITE_MAX_TAPS */
const struct flow_tap *flow_table_tap(const struct flow_table *t, uint8_t tap);

#endif /* ASYMCAP_FLOW_H */
