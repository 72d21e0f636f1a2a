/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe: ask the network with a SYN
 *
 * An attempt is one 5-tuple that is tried: a SYN, sent again as a real stack
 * does until something answers or patience ends.  A trace is an attempt whose
 * SYNs have a growing TTL.  This layer sends, and hears what comes back to
 * this host; what the taps saw of it is for others to say.
 */
#ifndef ASYMCAP_PROBE_H
#define ASYMCAP_PROBE_H

#include <asymcap/base.h>
#include <asymcap/capture.h>
#include <asymcap/decode.h>

#define PROBE_PACKET_MAX   128	/* bytes of a SYN, IP header first */
#define PROBE_TRIES	   3	/* SYNs of an attempt, unless told otherwise */
#define PROBE_TRIES_MAX	   6	/* 0, 1, 3, 7, 15 and 31 s; given up at 63 s */
#define PROBE_RATE	   10	/* SYNs a second, unless told otherwise */
#define PROBE_RATE_MAX	   100	/* whatever is told */
#define PROBE_ATTEMPTS_MAX 4096 /* of a run */
#define PROBE_HOPS	   30	/* of a trace */

/** enum probe_answer - What came back to this host */
enum probe_answer {
	PROBE_NO_ANSWER,
	PROBE_SYN_ACK,
	PROBE_RST,
	PROBE_ICMP, /* an ICMP error that quotes a SYN */
	PROBE_ANSWERS
};

/** probe_answer_name() - "syn-ack", "rst", "icmp"; NULL for no answer */
const char *probe_answer_name(enum probe_answer a);

/** enum probe_outcome - What became of an attempt, taps and host together */
enum probe_outcome {
	PROBE_CONNECTED,  /* answered by a SYN-ACK, over the SYN's circuit */
	PROBE_ASYMMETRIC, /* ... or seen to be, over another circuit */
	PROBE_ESCAPED,	  /* left with a source that is not the circuit's */
	PROBE_DROPPED,	  /* a tap of a circuit saw it that the next did not */
	PROBE_REFUSED,	  /* RST */
	PROBE_FILTERED,	  /* an ICMP error */
	PROBE_SILENT,	  /* nothing came back */
	PROBE_NOT_SENT,	  /* the kernel would not send it */
	PROBE_OUTCOMES
};

/** probe_outcome_name() - "connected", "asymmetric", "dropped", ... */
const char *probe_outcome_name(enum probe_outcome o);

/**
 * struct probe_hop - One TTL of a trace
 * @tries:	SYNs sent with it
 * @sent:	When the last of them was
 * @answer:	What came back: PROBE_ICMP of a router, else of the target
 * @icmp:	enum icmp_kind, with PROBE_ICMP
 * @router:	Who sent it
 * @rtt:	ns; -1: unknown
 */
struct probe_hop {
	unsigned tries;
	struct timestamp sent;
	enum probe_answer answer;
	uint8_t icmp;
	struct addr router;
	int64_t rtt;
};

/**
 * struct probe_attempt - One 5-tuple that is tried, and what came of it
 * @src, @dst:	Addresses, both of one family
 * @sport:	Source port; 0: any that is free, filled in when it is sent
 * @dport:	Destination port
 * @isn:	Initial sequence number; connect(): as observed, if @isn_known
 * @ts_base:	TSval of the first SYN
 * @ip_id:	IPv4 identification of the first SYN
 * @mss:	What the SYN offers
 * @start:	When it begins: ns after the run does
 * @trace:	Its SYNs have a growing TTL
 * @sent:	SYNs sent so far
 * @sent_at:	When each was
 * @answer:	The first answer
 * @icmp:	enum icmp_kind, with PROBE_ICMP
 * @router:	Who sent the ICMP error
 * @answered:	When the answer came
 * @rtt:	SYN to answer at this host, ns; -1: unknown, e.g. since it cannot
 *		be told which SYN was answered
 * @error:	errno with which the kernel refused to send; 0
 * @over:	Nothing more is going to be sent or heard
 * @target_hop:	Trace: the first TTL that reached the target, or 0
 * @answers:	Trace: how often the target answered
 * @hop:	Trace: by TTL - 1
 * @due, @socket, @next: Of the run
 */
struct probe_attempt {
	struct addr src;
	struct addr dst;
	uint16_t sport;
	uint16_t dport;
	uint32_t isn;
	uint32_t ts_base;
	uint16_t ip_id;
	uint16_t mss;
	int64_t start;
	bool isn_known;
	bool trace;
	unsigned sent;
	struct timestamp sent_at[PROBE_TRIES_MAX];
	enum probe_answer answer;
	uint8_t icmp;
	struct addr router;
	struct timestamp answered;
	int64_t rtt;
	int error;
	bool over;
	unsigned target_hop;
	unsigned answers;
	struct probe_hop hop[PROBE_HOPS];
	int64_t due;
	int socket;
	int32_t next;
};

/* ---------------------------------------------------------------- target.c */

/**
 * probe_split() - Take HOST:PORT apart
 * @text:	"mail.example:25", "192.0.2.1:25", "[2001:db8::1]:25"
 * @host:	Result, to be freed; NULL on failure
 * @port:	Result
 *
 * Return: false if it is none
 */
bool probe_split(const char *text, char **host, uint16_t *port);

/**
 * probe_resolve() - The address that connect() would try first
 * @host:	Name or address
 * @family:	AF_INET, AF_INET6, or AF_UNSPEC for either
 * @addr:	Result
 * @why:	On failure: why not, appended
 */
bool probe_resolve(const char *host, int family, struct addr *addr,
		   struct str *why);

/** enum probe_way - Whether there is one to an address */
enum probe_way {
	PROBE_WAY_FOUND,
	PROBE_WAY_NONE,
	PROBE_WAY_BROADCAST, /* to all of a subnet of this host: never taken */
};

/**
 * probe_route() - Where a packet to an address would leave from
 * @a:		Attempt with @dst; @src if one is wanted, else all zero.
 *		Filled in: @src, @mss
 * @interface:	Interface that it must leave by, or NULL
 * @why:	On failure: why not, appended
 *
 * Nothing is sent: a UDP socket is connected and asked.
 *
 * Return: whether there is a way; on failure which one there is not
 */
enum probe_way probe_route(struct probe_attempt *a, const char *interface,
			   struct str *why);

/**
 * probe_forbidden() - Whether an address is none that may ever be probed
 *
 * Return: why not ("is a multicast address"), or NULL
 */
const char *probe_forbidden(const struct addr *a);

/**
 * probe_own_address() - An address of this host
 * @fits:	Whether it is one that is wanted
 * @arg:	Passed on
 * @addr:	Result
 *
 * Return: false if none is
 */
bool probe_own_address(bool (*fits)(void *arg, const struct addr *a), void *arg,
		       struct addr *addr);

/**
 * probe_take_port() - Find a source port that is free now
 * @a:		Attempt with @src; @sport is filled in
 *
 * Return: false, errno
 */
bool probe_take_port(struct probe_attempt *a);

/* ---------------------------------------------------------------- packet.c */

struct probe_packets;

/** probe_packets_new() - A packet factory; NULL when libnet cannot begin */
struct probe_packets *probe_packets_new(void);
void probe_packets_free(struct probe_packets *p);

/** probe_draw() - Draw a fresh ISN, TSval and IP identification */
void probe_draw(struct probe_attempt *a);

/**
 * probe_packet() - Build a SYN, as a Linux host of today would send it
 * @p:		Factory
 * @a:		Attempt
 * @n:		Which of its SYNs, from 0; of a trace: the TTL
 * @out:	Result, from the IP header on, checksums filled in
 *
 * Return: its bytes, or 0 when libnet failed
 */
size_t probe_packet(struct probe_packets *p, const struct probe_attempt *a,
		    unsigned n, uint8_t out[PROBE_PACKET_MAX]);

/** probe_token() - TSval of SYN @n less @ts_base: tells which one is answered */
uint32_t probe_token(const struct probe_attempt *a, unsigned n);

/* -------------------------------------------------------------- schedule.c */

/** probe_backoff() - When SYN @n goes after the first, ns: 0, 1 s, 3 s, 7 s */
int64_t probe_backoff(unsigned n);

/**
 * struct probe_pace - No two SYNs are closer than this allows
 * @gap:	ns
 * @free_at:	Earliest time of the next, ns of any clock
 */
struct probe_pace {
	int64_t gap;
	int64_t free_at;
};

/** probe_pace_take() - A SYN may go at @now: if so, the next one later */
bool probe_pace_take(struct probe_pace *p, int64_t now);

/* So long an answer is waited for before its SYN is sent again, or no more */
#define PROBE_HOP_WAIT NSEC_PER_SEC

/**
 * probe_next_hop() - Which TTL of a trace is to be tried next
 * @a:		Attempt
 * @now:	As @a->hop[].sent
 *
 * First each once, until the target has answered; then again those that were
 * silent and have an answer behind them.
 *
 * Return: a TTL, or 0 if there is none for now
 */
unsigned probe_next_hop(const struct probe_attempt *a, struct timestamp now);

/** probe_trace_finish() - The trace is over: at which hop is the target */
void probe_trace_finish(struct probe_attempt *a);

/* ----------------------------------------------------------------- reply.c */

struct probe_replies;

/**
 * probe_replies_new() - Who waits for answers
 * @a, @count:	Attempts, borrowed
 */
struct probe_replies *probe_replies_new(struct probe_attempt *a, size_t count);
void probe_replies_free(struct probe_replies *r);

/** probe_replies_has() - Whether an attempt had the 5-tuple of @a before */
bool probe_replies_has(const struct probe_replies *r,
		       const struct probe_attempt *a);

/** probe_replies_add() - Attempt @i has its source port now */
void probe_replies_add(struct probe_replies *r, size_t i);

/**
 * probe_replies_take() - A packet that this host sent or was sent
 * @r:		Who waits
 * @f:		Packet, LINK_RAW
 * @outgoing:	This host sent it
 */
void probe_replies_take(struct probe_replies *r, const struct frame *f,
			bool outgoing);

/* ------------------------------------------------------------------- run.c */

/**
 * struct probe_how - How to send
 * @connect:	By connect() of the kernel, not as raw packets
 * @tries:	SYNs of an attempt, 1 .. PROBE_TRIES_MAX
 * @rate:	SYNs a second, 1 .. PROBE_RATE_MAX, retransmissions included
 * @interface:	Interface to leave by, or NULL
 * @told:	Called by probe_run() when an attempt is over, or NULL
 * @arg:	Passed on
 */
struct probe_how {
	bool connect;
	unsigned tries;
	unsigned rate;
	const char *interface;
	void (*told)(void *arg, const struct probe_attempt *a);
	void *arg;
};

struct probe;

/**
 * probe_open() - Open what is needed to send and to hear; sends nothing
 *
 * Return: NULL after @why was appended to
 */
struct probe *probe_open(const struct probe_how *how, struct str *why);

/** probe_run() - Send, and hear, until each attempt is over; waits */
void probe_run(struct probe *p, struct probe_attempt *a, size_t count);

/** probe_stop() - Let probe_run() return soon; async-signal-safe */
void probe_stop(struct probe *p);
void probe_close(struct probe *p);

#endif /* ASYMCAP_PROBE_H */
