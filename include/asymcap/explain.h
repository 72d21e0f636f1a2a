/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain: which connection is meant, and what became of its packets
 *
 * A selector says which connections are asked for.  A trace takes the segments
 * between their ends and gives each connection its own; what comes out is a ladder a connection, as plain data: a row for each packet,
 * with every place where a copy of it was seen, and what is to be said of it.
 */
#ifndef ASYMCAP_EXPLAIN_H
#define ASYMCAP_EXPLAIN_H

#include <asymcap/base.h>
#include <asymcap/decode.h>
#include <asymcap/finding.h>
#include <asymcap/topo.h>

/* -------------------------------------------------------------- selector */

/**
 * struct select_end - One end of a connection, as far as it is told
 * @prefix:	Where its address lies; length 0: anywhere
 * @port:	Its port, or -1: any
 */
struct select_end {
	struct prefix prefix;
	int32_t port;
};

#define SELECT_PAIRS 4

/**
 * struct selector - Which connections are meant: all that is told must hold
 * @pair:	Two ends each, in either order
 * @pairs:	How many
 * @community_id: As other tools print it, or NULL; borrowed
 * @service:	Index of a service, or SERVICE_NONE
 *
 * Any of the names that a connection goes by may be the one that is meant.
 */
struct selector {
	struct select_end pair[SELECT_PAIRS][2];
	unsigned pairs;
	const char *community_id;
	uint16_t service;
};

/** selector_init() - A selector that means every connection */
void selector_init(struct selector *s);

/**
 * selector_add_flow() - Narrow it to connections between two ends
 * @s:		Selector; untouched on failure
 * @text:	"A:PORT-B:PORT", or as a report writes it, "A:PORT -> B:PORT".
 *		A port may be left out, an address may be a prefix or '*', the
 *		second end may be missing; an IPv6 address with a port stands
 *		in brackets
 *
 * Return: NULL, or why not, as a static string to print after the text
 */
const char *selector_add_flow(struct selector *s, const char *text);

/** selector_add_address() - As above, for one address or prefix, any port */
const char *selector_add_address(struct selector *s, const char *text);

/**
 * selector_add_community_id() - Narrow it to a Community ID, version 1
 * @text:	Borrowed
 *
 * Return: NULL, or why not
 */
const char *selector_add_community_id(struct selector *s, const char *text);

/**
 * selector_matches() - Whether a connection is meant
 * @s:		Selector
 * @t:		Its tuples
 * @tuples:	How many
 * @service:	Its service
 */
bool selector_matches(const struct selector *s, const struct tuple *t,
		      size_t tuples, uint16_t service);

/** enum select_differs - What is not as it was asked for, at one end */
enum select_differs {
	DIFFERS_NOT,
	DIFFERS_PORT,
	DIFFERS_HOST, /* the same /24 or /64 */
	DIFFERS_HOST_AND_PORT,
	DIFFERS_ALL,
};

/**
 * struct select_near - How near a connection comes to what was asked for
 * @score:	More is nearer; 0: not near
 * @differs:	By end of the first pair, as it was written
 */
struct select_near {
	unsigned score;
	enum select_differs differs[2];
};

/** selector_near() - How near any of the tuples comes to the first pair */
struct select_near selector_near(const struct selector *s,
				 const struct tuple *t, size_t tuples);

/* ---------------------------------------------------------------- ladder */

#define LADDER_SIGHTINGS 8

/**
 * struct ladder_sighting - A copy of a packet at a tap
 * @time:	Packet time, as captured
 * @number:	Position in its input
 * @interface:	Capture interface
 * @tap:	Tap
 * @tuple:	Which of the connection's tuples it had
 * @ttl:	TTL or hop limit
 */
struct ladder_sighting {
	struct timestamp time;
	uint64_t number;
	uint16_t interface;
	uint8_t tap;
	uint8_t tuple;
	uint8_t ttl;
};

/** What is to be said of a packet, as bits */
#define LADDER_RESENT	 0x001 /* all of it was sent before */
#define LADDER_LATE	 0x002 /* fills a gap: out of order, or lost before */
#define LADDER_GAP	 0x004 /* something before it was not seen */
#define LADDER_KEEPALIVE 0x008
#define LADDER_DUP_ACK	 0x010 /* says what was said before, no more */
#define LADDER_ZERO	 0x020 /* the window is closed */
#define LADDER_RESET	 0x040
#define LADDER_TWICE	 0x080 /* one tap shows it twice */
#define LADDER_MOVED	 0x100 /* the first of its direction on this circuit */
#define LADDER_LOST	 0x200 /* @missing is not empty */
#define LADDER_BORN	 0x400 /* @unborn is not empty */
#define LADDER_ICMP	 0x800 /* an ICMP error that quotes the connection */

/**
 * struct ladder_packet - One packet, however often it was seen
 * @time:	When it was seen first, clocks of taps brought together
 * @number:	Which packet of the connection it is, from 1
 * @dir:	0: from the client, 1: from the server.  An ICMP error: whose
 *		packet it quotes
 * @flags:	TCP_*
 * @seq, @ack:	Relative to the ISNs, or to what was seen first
 * @payload:	Bytes
 * @window:	As in the header, not scaled
 * @ip_id:	IPv4 identification of the first copy
 * @notes:	LADDER_*
 * @resend:	LADDER_RESENT: which resend it is, from 1; 0: not known
 * @since:	LADDER_RESENT: since it was sent first, ns; -1: not known
 * @taps:	Bit n: seen at tap n
 * @missing:	Bit n: went towards tap n, and is not to be seen there, nor on
 *		another circuit
 * @unborn:	Bit n: must have come by tap n, had the edge not made it
 * @again:	How often a tap showed it once more
 * @copy:	LADDER_TWICE: the first of these
 * @kept:	How many of @at are valid: the first at each tap, or of each name
 *		at a tap, in time order
 * @icmp:	LADDER_ICMP: enum icmp_kind
 * @mtu:	LADDER_ICMP: of the next link, or 0
 * @router:	LADDER_ICMP: who sent it
 */
struct ladder_packet {
	struct timestamp time;
	uint64_t number;
	uint64_t taps;
	uint64_t missing;
	uint64_t unborn;
	int64_t since;
	uint32_t seq;
	uint32_t ack;
	uint32_t payload;
	uint32_t notes;
	uint32_t resend;
	uint32_t again;
	uint32_t mtu;
	uint16_t flags;
	uint16_t window;
	uint16_t ip_id;
	uint8_t dir;
	uint8_t icmp;
	uint8_t kept;
	struct addr router;
	struct ladder_sighting copy;
	struct ladder_sighting at[LADDER_SIGHTINGS];
};

/**
 * struct ladder_left_out - Packets that have no row
 * @first, @last: When the first and the last was seen
 * @packets:	By direction
 * @bytes:	Payload, by direction
 * @resent:	LADDER_RESENT among them
 * @noted:	Others with something to be said of them
 */
struct ladder_left_out {
	struct timestamp first;
	struct timestamp last;
	uint64_t packets[2];
	uint64_t bytes[2];
	uint64_t resent;
	uint64_t noted;
};

/**
 * struct ladder_row - A packet, or those between two rows that are left out
 * @is_packet:	Which of the two
 */
struct ladder_row {
	bool is_packet;
	union {
		struct ladder_packet packet;
		struct ladder_left_out left_out;
	};
};

/**
 * struct ladder_where - Where packets of one kind were seen
 * @taps:	Bit n: at tap n
 * @missing:	Bit n: went towards tap n, none was ever seen there
 * @sent:	How many there were, resends among them
 */
struct ladder_where {
	uint64_t taps;
	uint64_t missing;
	uint64_t sent;
};

/**
 * struct ladder - What became of the packets of a connection
 * @row:	In time order
 * @rows:	How many
 * @packets:	By direction, those without a row included, ICMP errors not
 * @bytes:	Payload, by direction, resends included
 * @icmp:	ICMP errors that quote the connection
 * @sightings:	Copies at all taps together
 * @strangers:	Segments with the same ends that are another connection's
 * @first, @last: Of the packets; valid if there is a row
 * @client_inside: The client is on site: its side of an edge is the inside
 * @syn, @answer: Where the SYN and its answer were seen
 * @taps:	Bit n: any packet was seen at tap n
 */
struct ladder {
	struct ladder_row *row;
	size_t rows;
	uint64_t packets[2];
	uint64_t bytes[2];
	uint64_t icmp;
	uint64_t sightings;
	uint64_t strangers;
	struct timestamp first;
	struct timestamp last;
	bool client_inside;
	struct ladder_where syn;
	struct ladder_where answer;
	uint64_t taps;
};

/**
 * struct trace_how - What a trace must know of the run
 * @topo:	Borrowed
 * @rows:	Packets that have a row, about; more are left out
 * @watching:	Bit n: tap n shows all that passes, so that silence tells
 * @from, @to:	By tap: when it did
 * @offset:	By tap: its clock less the true one, ns
 */
struct trace_how {
	const struct topo *topo;
	size_t rows;
	uint64_t watching;
	struct timestamp from[SITE_MAX_TAPS];
	struct timestamp to[SITE_MAX_TAPS];
	int64_t offset[SITE_MAX_TAPS];
};

struct trace;

/**
 * trace_new() - To follow some connections
 * @how:	Copied
 * @about:	The connections: names, ISN, class and end of each count;
 *		borrowed until trace_free()
 * @count:	How many
 */
struct trace *trace_new(const struct trace_how *how,
			const struct finding *about, size_t count);
void trace_free(struct trace *t);

/* What still comes so long after the end of a connection is not its own. */
#define TRACE_LINGER (2 * NSEC_PER_SEC)

/**
 * trace_take() - Take a segment, or what an ICMP error quotes
 * @t:		Trace
 * @i:		Connection whose ends it has
 * @s:		Segment; in the order of the capture
 * @tap:	Where it was seen, or TAP_NONE
 */
void trace_take(struct trace *t, size_t i, const struct segment *s,
		uint8_t tap);

/** trace_finish() - There are no more */
void trace_finish(struct trace *t);

/**
 * trace_ladder() - What became of a connection, after trace_finish()
 *
 * Return: borrowed until trace_free()
 */
const struct ladder *trace_ladder(const struct trace *t, size_t i);

#endif /* ASYMCAP_EXPLAIN_H */
