/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments for tests of the flow table, one by one or from a line of text
 */
#include "segments.h"

#include <ctype.h>
#include <stdlib.h>

struct segment seg_make(const struct seg_ends *e, unsigned dir, int64_t ms,
			unsigned interface)
{
	struct segment s = {
		.time = {SEG_EPOCH + ms * NSEC_PER_MSEC},
		.number = 1,
		.interface = (uint16_t)interface,
		.sport = dir ? e->server_port : e->client_port,
		.dport = dir ? e->client_port : e->server_port,
		.wire_len = 74,
		.ttl = 60,
		.wscale = DECODE_NO_WSCALE,
		.has_mac = true,
		.src_mac = {2, 0, 0, 0, (uint8_t)interface, (uint8_t)dir},
		.dst_mac = {2, 0, 0, 0, (uint8_t)interface, (uint8_t)!dir},
	};

	if (!addr_parse(dir ? e->server : e->client, &s.src) ||
	    !addr_parse(dir ? e->client : e->server, &s.dst))
		abort();
	return s;
}

static struct segment with(struct segment s, unsigned flags, uint32_t seq,
			   uint32_t ack)
{
	s.flags = (uint16_t)flags;
	s.seq = seq;
	s.ack = ack;
	return s;
}

struct segment seg_syn(const struct seg_ends *e, int64_t ms, unsigned interface,
		       uint32_t isn)
{
	struct segment s = seg_make(e, 0, ms, interface);

	s.has_options = true;
	s.mss = 1460;
	s.wscale = 8;
	s.window = 64240;
	s.sack_permitted = true;
	return with(s, TCP_SYN, isn, 0);
}

struct segment seg_syn_ack(const struct seg_ends *e, int64_t ms,
			   unsigned interface, uint32_t isn,
			   uint32_t answer_isn)
{
	return with(seg_make(e, 1, ms, interface), TCP_SYN | TCP_ACK,
		    answer_isn, isn + 1);
}

struct segment seg_data(const struct seg_ends *e, unsigned dir, int64_t ms,
			unsigned interface, uint32_t seq, uint32_t ack,
			uint32_t payload)
{
	struct segment s = seg_make(e, dir, ms, interface);

	s.payload = payload;
	s.wire_len += payload;
	return with(s, TCP_ACK | TCP_PSH, seq, ack);
}

struct segment seg_ack(const struct seg_ends *e, unsigned dir, int64_t ms,
		       unsigned interface, uint32_t seq, uint32_t ack)
{
	return with(seg_make(e, dir, ms, interface), TCP_ACK, seq, ack);
}

struct segment seg_fin(const struct seg_ends *e, unsigned dir, int64_t ms,
		       unsigned interface, uint32_t seq, uint32_t ack)
{
	return with(seg_make(e, dir, ms, interface), TCP_FIN | TCP_ACK, seq,
		    ack);
}

struct segment seg_rst(const struct seg_ends *e, unsigned dir, int64_t ms,
		       unsigned interface, uint32_t seq, uint32_t ack)
{
	return with(seg_make(e, dir, ms, interface),
		    TCP_RST | (ack ? TCP_ACK : 0), seq, ack);
}

/* ---------------------------------------------------------------- scripts */

#define ATTEMPTS 10
#define PLACES	 8

/* A word of a script, taken apart. */
struct word {
	char kind;
	unsigned place[PLACES];
	unsigned places;
	unsigned ends;
	unsigned long ms, attempt, payload, resend;
	bool syn_only, stray;
};

/* The next sequence number of each side, by attempt. */
struct progress {
	uint32_t next[ATTEMPTS][2];
};

static unsigned long number(const char **p)
{
	char *end;
	unsigned long n = strtoul(*p + 1, &end, 10);

	*p = end;
	return n;
}

static bool read_word(const char **text, struct word *w)
{
	const char *p = *text;

	w->kind = *p++;
	while (*p && *p != ' ') {
		if (isdigit((unsigned char)*p) && w->places < PLACES)
			w->place[w->places++] = (unsigned)(*p++ - '0');
		else if (*p == '\'')
			w->ends++, p++;
		else if (*p == '-')
			w->syn_only = true, p++;
		else if (*p == '!')
			w->stray = true, p++;
		else if (*p == '@')
			w->ms = number(&p);
		else if (*p == '~')
			w->attempt = number(&p);
		else if (*p == '+')
			w->payload = number(&p);
		else if (*p == '^')
			w->resend = number(&p);
		else
			return false;
	}
	*text = p;
	return w->places && w->ends < SEG_TUPLES && w->attempt < ATTEMPTS;
}

static struct segment opening(const struct seg_cast *cast, const struct word *w,
			      struct progress *at)
{
	uint32_t *next = at->next[w->attempt];
	uint32_t shift = (uint32_t)w->attempt * SEG_ATTEMPT;
	uint32_t isn[2] = {cast->isn + shift, cast->answer_isn + shift};
	unsigned dir = w->kind == 'A' || w->kind == 'X';
	struct segment s = seg_make(&cast->ends[w->ends], dir, 0, 0);
	uint32_t stray = w->stray ? 5000 : 0;

	if (w->kind == 'A')
		isn[1] += (uint32_t)w->resend * 5000;
	if (w->kind == 'S' || w->kind == 'X') {
		s = seg_syn(&cast->ends[w->ends], 0, 0, isn[dir]);
		if (dir) {
			struct segment back =
				seg_make(&cast->ends[w->ends], 1, 0, 0);

			s.src = back.src;
			s.dst = back.dst;
			s.sport = back.sport;
			s.dport = back.dport;
		}
		s.payload = (uint32_t)w->payload;
		s.has_timestamps = cast->timestamps;
		s.ts_val = cast->timestamps ? 7000000 + shift +
						      1000 * (uint32_t)w->resend
					    : 0;
		next[dir] = isn[dir] + 1 + s.payload;
		return s;
	}
	next[dir] = isn[dir] + 1;
	if (!next[!dir])
		next[!dir] = isn[!dir] + 1;
	return with(s, TCP_SYN | TCP_ACK, isn[dir],
		    stray + (w->syn_only ? isn[!dir] + 1 : next[!dir]));
}

static struct segment later_on(const struct seg_cast *cast,
			       const struct word *w, struct progress *at)
{
	uint32_t *next = at->next[w->attempt];
	uint32_t shift = (uint32_t)w->attempt * SEG_ATTEMPT;
	unsigned dir = islower((unsigned char)w->kind) ? 1 : 0;
	struct segment s = seg_make(&cast->ends[w->ends], dir, 0, 0);
	bool answered = next[1];
	uint32_t ack;

	if (!next[0])
		next[0] = cast->isn + shift + 1;
	if (!answered)
		next[1] = cast->answer_isn + shift + 1;
	ack = next[!dir] + (w->stray ? 5000 : 0);
	if (w->syn_only)
		ack = (dir ? cast->isn : cast->answer_isn) + shift + 1;
	switch (toupper((unsigned char)w->kind)) {
	case 'D':
		s = with(s, TCP_ACK | TCP_PSH, next[dir], ack);
		s.payload = 100;
		break;
	case 'F':
		s = with(s, TCP_ACK | TCP_FIN, next[dir], ack);
		break;
	case 'R':
		if (dir) {
			s = with(s, TCP_RST | TCP_ACK, answered ? next[1] : 0,
				 ack);
			next[1] = answered ? next[1] : 0;
		} else {
			s = with(s, TCP_RST, next[0], 0);
		}
		break;
	default:
		s = with(s, TCP_ACK, next[dir], ack);
	}
	if (s.flags & TCP_FIN)
		next[dir]++;
	next[dir] += s.payload;
	return s;
}

size_t seg_script(const struct seg_cast *cast, const char *text,
		  struct segment *s, size_t max)
{
	struct progress at = {0};
	unsigned long ms = 0;
	size_t n = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		struct word w = {.ms = ms};
		struct segment one;

		if (!strchr("SAXYKkDdFfRr", *text) || !read_word(&text, &w) ||
		    w.places > max - n)
			return 0;
		one = strchr("SAXY", w.kind) ? opening(cast, &w, &at)
					     : later_on(cast, &w, &at);
		one.wire_len += one.payload;
		for (unsigned i = 0; i < w.places; i++) {
			one.time.ns =
				SEG_EPOCH + (int64_t)(w.ms + i) * NSEC_PER_MSEC;
			one.interface = (uint16_t)w.place[i];
			one.src_mac[4] = one.dst_mac[4] = (uint8_t)w.place[i];
			one.number = n + 1;
			s[n++] = one;
		}
		ms = w.ms + 10;
	}
	return n;
}
