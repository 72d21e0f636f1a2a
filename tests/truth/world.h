/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/world: a small site on paper, its packets, and what is true of them
 *
 * DOC: Theory of operation
 *
 * The site has three circuits.  Two have a tap on either side of their edge,
 * er-chicago has a tap on each of its two links, er-dallas has an outside tap
 * only.  A packet that passes an edge is seen on both of its sides, with the
 * addresses of that side; one that the edge eats is seen on the first alone.
 *
 * A kind (kinds_*.c) makes a connection, sends its packets one by one over
 * the circuits it likes, and then says what is true of it: judge() for the
 * connection, find() for each finding that it must raise.  files.c writes the
 * packets in every layout, json.c the truth.
 *
 * Nothing here uses asymcap: the two meet in compare.py alone.
 */
#ifndef TRUTH_WORLD_H
#define TRUTH_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USEC 1000LL
#define MSEC 1000000LL
#define SEC  1000000000LL

#define ARRAY_SIZE(a_) (sizeof(a_) / sizeof((a_)[0]))

enum circuit {
	INTERNET,
	CHICAGO,
	DALLAS,
	CIRCUITS,
	NO_CIRCUIT = -1,
};

#define BIT(circuit_) (1u << (circuit_))

enum tap {
	TAP_INTERNET,
	TAP_INTERNET_INSIDE,
	TAP_CHI_PRI,
	TAP_CHI_SEC,
	TAP_CHI_INSIDE,
	TAP_DALLAS,
	TAPS,
	NO_TAP = -1,
};

enum side {
	CLIENT,
	SERVER,
};

/** enum view - The addresses of which side of the edge */
enum view {
	OUTSIDE,
	INSIDE,
};

#define FIN 0x01u
#define SYN 0x02u
#define RST 0x04u
#define PSH 0x08u
#define ACK 0x10u

/** struct end - Address (4 or 16 bytes, network order) and port */
struct end {
	uint8_t addr[16];
	uint16_t port;
};

/**
 * struct packet - A packet at a tap
 * @time:	True time, ns
 * @order:	Breaks ties: as sent
 * @tap:	Where
 * @family:	4 or 6
 * @outward:	Leaves the site
 * @tagged:	Carries a tag of its own (not written on the trunk)
 * @bad_sum:	TCP checksum is wrong, as an offloading card leaves it
 * @plain:	A SYN without options
 * @md5:	A SYN with the MD5 option
 * @src, @dst, @seq, @ack, @flags, @payload, @ttl, @ts_val, @ts_ecr:
 *		as in the headers, numbers in host order
 */
struct packet {
	int64_t time;
	uint64_t order;
	enum tap tap;
	int family;
	bool outward;
	bool tagged;
	bool bad_sum;
	bool plain;
	bool md5;
	struct end src;
	struct end dst;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint8_t ttl;
	uint16_t payload;
	uint32_t ts_val;
	uint32_t ts_ecr;
};

enum class {
	SYMMETRIC,
	ASYMMETRIC,
	SAME_DOMAIN,
	REROUTED,
	MIXED,
	REFUSED,
	UNANSWERED,
	ORPHAN_SYN_ACK,
	MIDSTREAM,
	SIMULTANEOUS_OPEN,
	OUT_OF_SCOPE,
	INDETERMINATE,
	CLASSES
};

enum impact {
	UNKNOWN,
	WORKING,
	BROKEN,
};

/**
 * struct truth - What is true of one connection
 * @kind:	Name of the kind
 * @instance:	Which of its connections
 * @family:	4 or 6
 * @class:	Class
 * @impact:	Impact (4.4)
 * @inbound:	Direction
 * @ends:	Client and server as the outside tuple of the SYN has them
 * @isn:	The client's initial sequence number
 * @has_isn:	Whether it can be known
 * @syn, @answer: Bits: circuits of either
 */
struct truth {
	const char *kind;
	unsigned int instance;
	int family;
	enum class class;
	enum impact impact;
	bool inbound;
	struct end ends[2];
	uint32_t isn;
	bool has_isn;
	unsigned int syn;
	unsigned int answer;
};

/**
 * struct truth_finding - A finding that must be raised
 * @truth:	Index of the connection
 * @rule, @severity: As printed
 * @dropped_at:	Circuit, or NO_CIRCUIT
 * @reason:	snat-escape: as printed, else NULL
 * @phase:	snat-escape: as printed
 * @circuit:	snat-escape: where it left
 * @owner:	snat-escape: circuit whose pool it is, or NO_CIRCUIT
 * @escaped:	snat-escape: the address
 * @count:	snat-escape: packets
 */
struct truth_finding {
	size_t truth;
	const char *rule;
	const char *severity;
	int dropped_at;
	const char *reason;
	const char *phase;
	int circuit;
	int owner;
	uint8_t escaped[16];
	unsigned int count;
};

/**
 * struct world - Everything that was sent, and the truth
 * @shared_domain: er-chicago and er-dallas share their state
 * @rng:	State of the random numbers
 * @start:	Time at which the next connection begins
 * @end:	Time of the last packet
 * @serial:	Of the next connection: makes its ports unique
 * @kind, @instance, @family: Of the connections that are being made
 */
struct world {
	bool shared_domain;
	uint64_t rng;
	int64_t start;
	int64_t end;
	unsigned int serial;
	const char *kind;
	unsigned int instance;
	int family;
	struct packet *packet;
	size_t packets, packet_cap;
	struct truth *truth;
	size_t truths, truth_cap;
	struct truth_finding *finding;
	size_t findings, finding_cap;
};

/**
 * struct conn - A connection in the making; plain values, on the stack
 * @t:		Time of its next packet; moves on with each
 * @end:	[view][side]
 * @isn, @seq:	[side]: initial and next sequence number
 * @inbound:	The client is Microsoft
 * @link:	[side]: er-chicago: its packets take the secondary link
 * @rewrite:	The edge adds this to the client's sequence numbers
 * @no_inside:	Not seen on inside taps at all
 * @leak:	Packets leave without being translated
 * @span:	Each packet is mirrored twice, with small differences
 * @tagged:	What leaves carries a tag, what comes does not
 * @plain, @md5: As in struct packet
 * @ttl:	Of the sender, 0 for the usual
 * @left:	Packets of the client that left the site so far
 */
struct conn {
	struct world *w;
	int64_t t;
	struct end end[2][2];
	uint32_t isn[2];
	uint32_t seq[2];
	bool inbound;
	bool link[2];
	uint32_t rewrite;
	bool no_inside;
	bool leak;
	bool span;
	bool tagged;
	bool plain;
	bool md5;
	uint8_t ttl;
	unsigned int left;
	size_t truth;
};

/* ----------------------------------------------------------------- making */

/** draw() - 32 random bits */
uint32_t draw(struct world *w);

/**
 * host() - An address of a block, in the family that is being made
 * @w:		World
 * @v4, @v6:	First address of the block in either family, as text
 * @n:		Which address; at most 100 differ
 * @addr:	Result
 */
void host(const struct world *w, const char *v4, const char *v6, unsigned int n,
	  uint8_t *addr);

/** pool() - An address of a circuit's NAT pool */
void pool(const struct world *w, int circuit, unsigned int n, uint8_t *addr);

/** has_inside() - Whether a circuit has an inside tap */
bool has_inside(int circuit);

/**
 * conn_nat() - An outbound connection, translated into a circuit's pool
 * @c:		Result
 * @w:		World
 * @circuit:	Whose pool
 */
void conn_nat(struct conn *c, struct world *w, int circuit);

/**
 * conn_own() - An outbound connection from a public address of the site's own
 *
 * It is in no circuit's pool or advertisement, so it may leave anywhere.
 */
void conn_own(struct conn *c, struct world *w);

/**
 * conn_inbound() - A connection from Microsoft, its destination translated
 * @c:		Result
 * @w:		World
 * @circuit:	Whose published address is meant
 * @port:	Server port
 */
void conn_inbound(struct conn *c, struct world *w, int circuit, uint16_t port);

/**
 * conn_again() - Another connection on the same 5-tuple, with new numbers
 */
void conn_again(struct conn *c);

/* ---------------------------------------------------------------- sending */

/**
 * emit() - Send a packet over a circuit, past its edge
 * @c:		Connection
 * @side:	Who sends
 * @circuit:	Over which circuit
 * @flags:	TCP flags
 * @payload:	Bytes
 *
 * Sequence and acknowledgment numbers follow from what was sent before.
 */
void emit(struct conn *c, enum side side, int circuit, unsigned int flags,
	  unsigned int payload);

/** emit_eaten() - As emit(), but the edge does not let it pass */
void emit_eaten(struct conn *c, enum side side, int circuit, unsigned int flags,
		unsigned int payload);

/**
 * emit_raw() - Send with given numbers, which are not advanced
 * @eaten:	The edge does not let it pass
 */
void emit_raw(struct conn *c, enum side side, int circuit, unsigned int flags,
	      unsigned int payload, uint32_t seq, uint32_t ack, bool eaten);

/** emit_at() - As emit_raw(), seen at one tap alone, as a middlebox sends */
void emit_at(struct conn *c, enum side side, enum tap tap, unsigned int flags,
	     uint32_t seq, uint32_t ack);

/** resend_syn() - The SYN once more, as first sent */
void resend_syn(struct conn *c, int circuit);

/** resend_syn_ack() - The SYN-ACK once more */
void resend_syn_ack(struct conn *c, int circuit, bool eaten);

/** wait_for() - Let time pass, ns */
void wait_for(struct conn *c, int64_t ns);

/* Common pieces of conversation: client's packets over @out, server's over
 * @back.
 */
void handshake(struct conn *c, int out, int back);
void talk(struct conn *c, int out, int back);
void close_both(struct conn *c, int out, int back);
void whole(struct conn *c, int out, int back);

/* ---------------------------------------------------------------- judging */

/** judge() - What is true of the connection */
void judge(struct conn *c, enum class class, enum impact impact,
	   unsigned int syn, unsigned int answer);

/**
 * find() - A finding that the connection must raise, after judge()
 *
 * Return: to be filled further; valid until the next call
 */
struct truth_finding *find(struct conn *c, const char *rule,
			   const char *severity);

/** find_escape() - A snat-escape: reason, phase, circuit and packets */
struct truth_finding *find_escape(struct conn *c, const char *severity,
				  const char *reason, const char *phase,
				  int circuit, unsigned int count);

/**
 * judge_split() - SYN and answer have no circuit in common
 * @c:		Connection
 * @syn, @answer: Bits: circuits
 * @impact:	Impact
 * @dropped_at:	Circuit whose edge ate a packet, or NO_CIRCUIT
 *
 * Asymmetric, with its finding, unless all of it is one state domain.
 */
void judge_split(struct conn *c, unsigned int syn, unsigned int answer,
		 enum impact impact, int dropped_at);

/* ------------------------------------------------------------------ kinds */

/**
 * struct kind - A kind of connection
 * @name:	As printed
 * @make:	Makes instance @i; called for both families
 * @instances:	How many
 */
struct kind {
	const char *name;
	void (*make)(struct world *w, unsigned int i);
	unsigned int instances;
};

/* Each list ends with a NULL name. */
extern const struct kind kinds_handshake[];
extern const struct kind kinds_life[];
extern const struct kind kinds_nat[];
extern const struct kind kinds_edge[]; /* at the edge of the capture */

#endif /* TRUTH_WORLD_H */
