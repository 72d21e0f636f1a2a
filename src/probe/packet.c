/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet: the SYN, built by libnet
 *
 * DOC: Theory of operation
 *
 * A probe should be treated as the users' connections are, so its SYN is that
 * of a Linux host of today: MSS, SACK, timestamps and window scale in the
 * order that Linux has, a window of 64240, don't-fragment.  Sent again it has
 * the same sequence number and a later time stamp, which the server echoes:
 * thereby the answer says which SYN it means, and the round-trip time is known
 * though a SYN was lost.
 *
 * The SYNs of a trace differ in nothing that a router hashes or a firewall
 * compares.  Which one a router complains of is told by what its complaint
 * quotes: IP identification, or time stamp where the quote is long enough.
 *
 * libnet is a factory here: LIBNET_NONE opens no socket, looks at no interface
 * and needs no privilege.  It is met in this file alone.
 */
#include <asymcap/probe.h>

#include <libnet.h>
#include <stdlib.h>
#include <sys/random.h>

#define OPTIONS_SIZE 20
#define WINDOW	     64240
#define WINDOW_SCALE 7
#define HOPS	     64

struct probe_packets {
	libnet_t *libnet;
};

struct probe_packets *probe_packets_new(void)
{
	char error[LIBNET_ERRBUF_SIZE] = "";
	libnet_t *l = libnet_init(LIBNET_NONE, NULL, error);
	struct probe_packets *p;

	if (!l)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->libnet = l;
	return p;
}

void probe_packets_free(struct probe_packets *p)
{
	if (!p)
		return;
	libnet_destroy(p->libnet);
	free(p);
}

void probe_draw(struct probe_attempt *a)
{
	uint32_t word[3];

	if (getrandom(word, sizeof(word), 0) != (ssize_t)sizeof(word))
		log_fatal("no random numbers from the kernel");
	a->isn = word[0];
	a->isn_known = true;
	a->ts_base = word[1];
	a->ip_id = (uint16_t)word[2];
}

uint32_t probe_token(const struct probe_attempt *a, unsigned n)
{
	return a->trace ? n : (uint32_t)(probe_backoff(n) / NSEC_PER_MSEC);
}

static void put_be16(uint8_t *p, uint16_t n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
}

static void put_be32(uint8_t *p, uint32_t n)
{
	put_be16(p, (uint16_t)(n >> 16));
	put_be16(p + 2, (uint16_t)n);
}

static bool build_tcp(libnet_t *l, const struct probe_attempt *a, unsigned n)
{
	uint8_t option[OPTIONS_SIZE] = {
		[0] = 2,  [1] = 4,  /* MSS */
		[4] = 4,  [5] = 2,  /* SACK permitted */
		[6] = 8,  [7] = 10, /* timestamps */
		[16] = 1,	    /* padding */
		[17] = 3, [18] = 3, [19] = WINDOW_SCALE,
	};

	put_be16(option + 2, a->mss);
	put_be32(option + 8, a->ts_base + probe_token(a, n));
	return libnet_build_tcp_options(option, sizeof(option), l, 0) >= 0 &&
	       libnet_build_tcp(a->sport, a->dport, a->isn, 0, TH_SYN, WINDOW,
				0, 0, LIBNET_TCP_H + sizeof(option), NULL, 0, l,
				0) >= 0;
}

static bool build_ip(libnet_t *l, const struct probe_attempt *a, unsigned n)
{
	uint8_t ttl = (uint8_t)(a->trace ? n : HOPS);
	const uint16_t size = LIBNET_TCP_H + OPTIONS_SIZE;
	struct libnet_in6_addr src6, dst6;
	uint32_t src, dst;

	if (addr_is_v4(&a->dst)) {
		memcpy(&src, a->src.b + 12, sizeof(src));
		memcpy(&dst, a->dst.b + 12, sizeof(dst));
		return libnet_build_ipv4(LIBNET_IPV4_H + size, 0,
					 (uint16_t)(a->ip_id + n), IP_DF, ttl,
					 IPPROTO_TCP, 0, src, dst, NULL, 0, l,
					 0) >= 0;
	}
	memcpy(&src6, a->src.b, sizeof(src6));
	memcpy(&dst6, a->dst.b, sizeof(dst6));
	return libnet_build_ipv6(0, 0, size, IPPROTO_TCP, ttl, src6, dst6, NULL,
				 0, l, 0) >= 0;
}

size_t probe_packet(struct probe_packets *p, const struct probe_attempt *a,
		    unsigned n, uint8_t out[PROBE_PACKET_MAX])
{
	libnet_t *l = p->libnet;
	uint8_t *packet = NULL;
	uint32_t size = 0;

	libnet_clear_packet(l);
	if (!build_tcp(l, a, n) || !build_ip(l, a, n) ||
	    libnet_pblock_coalesce(l, &packet, &size) != 1)
		return 0;
	if (size > PROBE_PACKET_MAX)
		size = 0;
	memcpy(out, packet, size);
	/* What libnet hands out begins so many bytes into its allocation. */
	free(packet - l->aligner);
	return size;
}
