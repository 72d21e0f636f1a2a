/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * finding: what asymcap has to say, as values
 *
 * A finding owns nothing and points at nothing that a packet can change:
 * names of taps, circuits and services are numbers into the site.  Detectors
 * fill it; reports render it.
 */
#ifndef ASYMCAP_FINDING_H
#define ASYMCAP_FINDING_H

#include <asymcap/base.h>

enum severity {
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
	SEVERITIES
};

const char *severity_name(enum severity s);

/** severity_parse() - false if @text is no severity */
bool severity_parse(const char *text, enum severity *s);

/** enum rule - design: one detector file each */
enum rule {
	RULE_ASYMMETRIC_HANDSHAKE,
	RULE_ASYMMETRIC_FLOW,
	RULE_PATH_CHANGE,
	RULE_SNAT_ESCAPE,
	RULE_INBOUND_SNAT_MISSING,
	RULE_UNANSWERED,
	RULE_ORPHAN_SYN_ACK,
	RULE_OFF_PLAN,
	RULE_NAT_OFF_PLAN,
	RULE_TAP_ONE_WAY,
	RULE_TAP_OVERLAP,
	RULE_TAP_LOSS,
	RULE_TAP_UNMAPPED,
	RULE_TAP_SILENT,
	RULE_TAP_APART,
	RULES
};

/** rule_name() - "asymmetric-handshake", ... */
const char *rule_name(enum rule r);

/** enum conn_class - The class of a connection */
enum conn_class {
	CLASS_SYMMETRIC,
	CLASS_ASYMMETRIC,
	CLASS_SAME_DOMAIN,
	CLASS_REROUTED,
	CLASS_MIXED,
	CLASS_REFUSED,
	CLASS_UNANSWERED,
	CLASS_ORPHAN_SYN_ACK,
	CLASS_MIDSTREAM,
	CLASS_SIMULTANEOUS_OPEN,
	CLASS_OUT_OF_SCOPE,
	CLASS_INDETERMINATE,
	CLASSES
};

/** class_name() - "same-domain"; class_key() - "same_domain" */
const char *class_name(enum conn_class c);
const char *class_key(enum conn_class c);

enum impact {
	IMPACT_UNKNOWN,
	IMPACT_WORKING,
	IMPACT_BROKEN,
};

const char *impact_name(enum impact i);

enum direction {
	DIRECTION_UNKNOWN,
	DIRECTION_OUTBOUND,
	DIRECTION_INBOUND,
};

const char *direction_name(enum direction d);

/** enum confidence - How flows of a connection were linked */
enum confidence {
	CONFIDENCE_CERTAIN, /* same tuple, or same ISN and same end */
	CONFIDENCE_LIKELY,  /* sequence numbers rewritten: options and time */
};

const char *confidence_name(enum confidence c);

enum escape_reason {
	ESCAPE_NONE,
	ESCAPE_PRIVATE,
	ESCAPE_WRONG_POOL,
	ESCAPE_UNKNOWN,
};

const char *escape_reason_name(enum escape_reason r);

enum phase {
	PHASE_SYN,
	PHASE_SYN_ACK,
	PHASE_DATA,
	PHASE_CLOSE,
};

const char *phase_name(enum phase p);

#define TAP_NONE	  0xff
#define CIRCUIT_NONE	  0xff
#define SERVICE_NONE	  0xffff
#define FINDING_SIGHTINGS 6
#define FINDING_TUPLES	  4

/**
 * struct sighting - One copy of one packet at one tap
 * @time:	Packet time
 * @number:	Position in its input
 * @interface:	Capture interface
 * @tap:	Tap number
 * @has_mac:	Whether the MACs are valid
 * @ttl:	TTL or hop limit
 * @mark:	Equal for copies of one packet at one tap
 * @resent:	Not the first of its kind (retransmission)
 */
struct sighting {
	struct timestamp time;
	uint64_t number;
	uint16_t interface;
	uint8_t tap;
	bool has_mac;
	bool resent;
	uint8_t ttl;
	uint32_t mark;
	uint8_t src_mac[6];
	uint8_t dst_mac[6];
};

/**
 * struct sightings - The sightings that are kept of one kind of packet
 * @taps:	Bit n: seen at tap n
 * @kept:	How many of @at are valid: the first at each tap, then resends
 * @count:	How many there were in all
 */
struct sightings {
	uint64_t taps;
	uint32_t count;
	uint8_t kept;
	struct sighting at[FINDING_SIGHTINGS];
};

#define FINDING_ICMP 2

/**
 * struct icmp_error - What a router said of a packet of the connection
 * @at:		Where the error was seen
 * @router:	Who sent it
 * @count:	How many were alike in kind, router and end
 * @mtu:	Of the next link, bytes; 0 if not told
 * @kind:	enum icmp_kind of decode
 * @of_server:	The packet was one of the server's, else one of the client's
 */
struct icmp_error {
	struct sighting at;
	struct addr router;
	uint64_t count;
	uint32_t mtu;
	uint8_t kind;
	bool of_server;
};

/**
 * struct icmp_errors - The ICMP errors about a connection
 * @more:	How many there were of kinds that are not kept
 * @kept:	How many of @at are valid: the first of each, in time order
 */
struct icmp_errors {
	uint64_t more;
	uint8_t kept;
	struct icmp_error at[FINDING_ICMP];
};

/** struct tuple - Both ends of a flow, client first, ports in host order */
struct tuple {
	struct addr client;
	struct addr server;
	uint16_t client_port;
	uint16_t server_port;
};

#define COMMUNITY_ID_TEXT 31 /* "1:", 28 of base64, NUL */

/**
 * community_id() - Community ID version 1, seed 0, of a TCP connection
 * @t:		Its ends; either may be the client, the result is the same
 * @buf:	At least COMMUNITY_ID_TEXT bytes
 *
 * Return: @buf, e.g. "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
 */
char *community_id(const struct tuple *t, char *buf);

/**
 * struct finding - One thing to tell the engineer
 * @time:	When it happened: the packet that it begins with
 * @last:	When it was last seen
 * @rule:	Which rule
 * @severity:	How bad
 * @impact:	Whether the connection works
 * @class:	Class of the connection
 * @direction:	Who opened it
 * @confidence:	How sure the link between its halves is
 * @service:	Index into the site's services, or SERVICE_NONE
 * @has_tuple:	Whether it is about a connection (tap rules are not)
 * @tuple:	[0] names the connection (the outside tuple of its SYN); the
 *		others are its translations
 * @tuples:	How many
 * @isn:	The client's initial sequence number
 * @syn_circuits: Bit n: the SYN was seen on circuit n
 * @answer_circuits: Bit n: the answer was
 * @answer_is_rst: The answer is a RST, not a SYN-ACK
 * @answer:	Tuple of the answer, if it differs from [0]
 * @dropped_at:	Circuit whose edge ate a packet, or CIRCUIT_NONE
 * @syn:	Sightings of the SYN
 * @syn_ack:	Sightings of the answer
 * @reason:	snat-escape: why
 * @phase:	snat-escape: of the first such packet
 * @circuit:	The circuit it is about, or CIRCUIT_NONE
 * @owner:	snat-escape, wrong-pool: whose pool it is, or CIRCUIT_NONE
 * @escaped:	snat-escape: the address; nat-off-plan: what it was made of
 * @count:	Packets (snat-escape), else 1
 * @tap:	tap rules: the tap, or TAP_NONE
 * @other_tap:	tap-overlap: the second tap
 * @taps_missing: Bit n: packets that tap n may have lost would decide
 * @cause:	Number of the cause text (detect owns the list)
 * @icmp:	ICMP errors that quote its packets
 */
struct finding {
	struct timestamp time;
	struct timestamp last;
	enum rule rule;
	enum severity severity;
	enum impact impact;
	enum conn_class class;
	enum direction direction;
	enum confidence confidence;
	uint16_t service;
	bool has_tuple;
	uint8_t tuples;
	struct tuple tuple[FINDING_TUPLES];
	uint32_t isn;
	uint64_t syn_circuits;
	uint64_t answer_circuits;
	bool answer_is_rst;
	struct tuple answer;
	uint8_t dropped_at;
	struct sightings syn;
	struct sightings syn_ack;
	enum escape_reason reason;
	enum phase phase;
	uint8_t circuit;
	uint8_t owner;
	struct addr escaped;
	uint64_t count;
	uint8_t tap;
	uint8_t other_tap;
	uint64_t taps_missing;
	uint16_t cause;
	struct icmp_errors icmp;
};

/**
 * finding_cmp() - Order findings for a report: time, then rule, then tuple
 *
 * Independent of the order in which files were named.
 */
int finding_cmp(const struct finding *a, const struct finding *b);

#endif /* ASYMCAP_FINDING_H */
