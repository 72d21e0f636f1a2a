/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode: from the bytes of a frame to the facts of a TCP segment
 *
 * One pass, top to bottom, through the bounded cursor: link layer, VLAN tags,
 * tunnels, IP, TCP.  The innermost TCP header is the segment.  A frame that
 * gives no segment gives the reason, and every reason has a name and a
 * counter: packets = segments + the sum of all reasons, always.
 */
#ifndef ASYMCAP_DECODE_H
#define ASYMCAP_DECODE_H

#include <asymcap/base.h>
#include <asymcap/capture.h>

/** enum decode_result - A segment, or why there is none */
enum decode_result {
	DECODE_TCP, /* a segment: the only success */
	DECODE_ARP,
	DECODE_ICMP,	   /* ICMP and ICMPv6 */
	DECODE_ICMP_ERROR, /* an ICMP error that quotes a TCP header */
	DECODE_UDP,
	DECODE_OTHER_IP,       /* an IP protocol that is not looked into */
	DECODE_OTHER_LINK,     /* an ethertype or LLC that is not IP */
	DECODE_LATER_FRAGMENT, /* its TCP header is in another fragment */
	DECODE_CUT,	       /* the snap length cut before the TCP flags */
	DECODE_BAD_LINK,       /* link layer, tag or label contradicts itself */
	DECODE_BAD_IP,	       /* so does an IP, extension or UDP header */
	DECODE_BAD_TCP,	       /* so does the TCP header */
	DECODE_BAD_TUNNEL,     /* so does a tunnel's header */
	DECODE_TOO_DEEP,  /* more tags, tunnels or headers than the limit */
	DECODE_LINK_TYPE, /* a link type that decode does not know */
	DECODE_MACSEC,	  /* encrypted at layer 2 */
	DECODE_FABRICPATH,
	DECODE_ESP, /* encrypted at layer 3 */
	DECODE_RESULTS
};

/** decode_result_name() - Machine name: "tcp", "arp", "later-fragment" ... */
const char *decode_result_name(enum decode_result r);

/* TCP flags as in the header (RFC 9293; AE, CWR and ECE: RFC 3168, 9768) */
#define TCP_FIN 0x001
#define TCP_SYN 0x002
#define TCP_RST 0x004
#define TCP_PSH 0x008
#define TCP_ACK 0x010
#define TCP_URG 0x020
#define TCP_ECE 0x040
#define TCP_CWR 0x080
#define TCP_AE	0x100

/* No flag of TCP: the segment is one that an ICMP error quotes */
#define SEGMENT_QUOTED 0x8000

#define DECODE_MAX_VLANS 4
#define DECODE_NO_WSCALE 0xff

/**
 * enum tunnel - What the segment was wrapped in
 *
 * Of several tunnels the innermost that carries an identifier counts.  One
 * that carries none (IP in IP, ERSPAN type I, GRE without a key) counts only
 * where no other of the frame carries one, then again the innermost; its id
 * is 0.
 */
enum tunnel {
	TUNNEL_NONE,
	TUNNEL_ERSPAN, /* id: session, 0 for type I */
	TUNNEL_VXLAN,  /* id: VNI */
	TUNNEL_GENEVE, /* id: VNI */
	TUNNEL_GRE,    /* id: key (PPTP: call), or 0 */
	TUNNEL_GTPU,   /* id: TEID */
	TUNNEL_MPLS,   /* id: bottom label */
	TUNNEL_PPPOE,  /* id: session */
	TUNNEL_IPIP,   /* id: 0 */
	TUNNELS
};

/** tunnel_name() - Machine name: "none", "erspan", "vxlan", ... */
const char *tunnel_name(enum tunnel t);

/**
 * enum icmp_kind - What an ICMP or ICMPv6 error says of the packet it quotes
 *
 * RFC 792, 1122 3.2.2.1, 1812 5.2.7, 4443 3.
 */
enum icmp_kind {
	ICMP_NET_UNREACHABLE,  /* no route */
	ICMP_HOST_UNREACHABLE, /* nobody answers on the last link */
	ICMP_PORT_UNREACHABLE, /* what a filter on the host mostly says */
	ICMP_ADMIN_PROHIBITED, /* a filter, or a source that is not allowed */
	ICMP_FRAG_NEEDED,      /* larger than the next link, "packet too big" */
	ICMP_TIME_EXCEEDED,    /* out of hops, or of fragments */
	ICMP_OTHER,
	ICMP_KINDS
};

/** icmp_kind_name() - Machine name: "net-unreachable", "frag-needed", ... */
const char *icmp_kind_name(enum icmp_kind k);

/**
 * struct segment - The facts of one TCP segment
 * @time:	Packet time
 * @number:	Position in its input
 * @interface:	Capture interface
 * @src:	Source address (innermost IP header)
 * @dst:	Destination address
 * @sport:	Source port, host byte order, as all numbers below
 * @dport:	Destination port
 * @seq:	Sequence number
 * @ack:	Acknowledgment number, if TCP_ACK
 * @payload:	Bytes of TCP payload on the wire (not only the captured ones);
 *		of a first fragment, those in the fragment
 * @flags:	TCP_*
 * @window:	Window field, not scaled; 0 if cut
 * @ip_id:	IPv4 identification, 0 for IPv6
 * @ttl:	TTL or hop limit
 * @wire_len:	Length of the whole frame on the wire, bytes
 * @has_mac:	Whether the MACs are valid (Linux cooked has no destination)
 * @src_mac:	Of the innermost Ethernet header
 * @dst_mac:	Of the innermost Ethernet header
 * @vlan_count:	How many tags @vlan holds
 * @vlan:	VLAN identifiers (12 bits), outermost first, of the innermost
 *		Ethernet header that has tags: an Ethernet header inside a
 *		tunnel replaces the outer tags only if it has any itself.
 *		Tags beyond DECODE_MAX_VLANS are skipped, unused entries are 0
 * @tunnel:	enum tunnel
 * @tunnel_id:	Its identifier
 * @erspan:	ERSPAN session, whatever else the mirrored frame was wrapped in
 * @has_erspan:	Whether there was one
 * @has_options: Whether the TCP options were captured whole and are well
 *		formed (only looked at with TCP_SYN); if not, those below are
 *		what was read before the cut or the damage
 * @mss:	MSS option, 0 if absent
 * @wscale:	Window scale option, DECODE_NO_WSCALE if absent
 * @sack_permitted: SACK-permitted option
 * @has_timestamps: Timestamps option
 * @ts_val:	Its TSval
 * @ts_ecr:	Its TSecr
 *
 * Of DECODE_ICMP_ERROR it is the segment that the error quotes, as far as that
 * was quoted: @src, @dst, @sport, @dport and @seq are those of the quote, and
 * @flags is SEGMENT_QUOTED.  Time, MACs, tags, tunnel, @ip_id and @ttl are
 * those of the frame that carries the error.  And then there are, in the place
 * of what no error tells:
 * @icmp:	enum icmp_kind
 * @mtu:	Of the next link, if it says so (ICMP_FRAG_NEEDED), else 0
 * @router:	Who sent the error
 *
 * Most segments carry data on a known connection, and what is done with these
 * needs the first 64 bytes alone: a line of the cache that need not change
 * cores is time.
 */
struct segment {
	struct timestamp time;
	uint64_t number;
	uint32_t seq;
	union {
		uint32_t ack;
		uint32_t mtu;
	};
	uint32_t payload;
	uint32_t wire_len;
	uint16_t sport;
	uint16_t dport;
	uint16_t flags;
	union {
		uint16_t window;
		uint16_t icmp;
	};
	uint16_t ip_id;
	uint16_t interface;
	uint8_t ttl;
	uint8_t vlan_count;
	uint8_t tunnel;
	bool has_mac;
	uint16_t vlan[DECODE_MAX_VLANS];
	uint16_t erspan;
	uint16_t mss;
	bool has_erspan;
	uint8_t wscale;
	bool has_options;
	bool sack_permitted;

	struct addr src;
	struct addr dst;
	uint8_t src_mac[6];
	uint8_t dst_mac[6];
	uint32_t tunnel_id;
	union {
		struct {
			bool has_timestamps;
			uint32_t ts_val;
			uint32_t ts_ecr;
		};
		struct addr router;
	};
};
static_assert(offsetof(struct segment, src) == 64, "see above");
static_assert(sizeof(struct segment) == 128, "two lines of the cache");

/**
 * decode() - Read a frame down to its TCP segment
 * @f:		Frame
 * @s:		Result.  Every field is set if DECODE_TCP is returned, those
 *		said above if DECODE_ICMP_ERROR; else those read on the way
 *		(tags, tunnel, addresses), the others are 0
 *
 * A frame whose snap length cut it is never called bad for that: either what
 * is there suffices (14 bytes of the TCP header do), or it is DECODE_CUT.  An
 * IP length beyond the end of an uncut frame is forgiven as long as the same
 * 14 bytes are there, because mirrors and packet brokers slice frames;
 * @payload then counts what the length promised.
 *
 * An ICMP error that quotes no TCP header, or not its first eight bytes, is
 * DECODE_ICMP as any other ICMP: routers quote as little as they like.
 *
 * Return: DECODE_TCP, or why not
 */
enum decode_result decode(const struct frame *f, struct segment *s);

#endif /* ASYMCAP_DECODE_H */
