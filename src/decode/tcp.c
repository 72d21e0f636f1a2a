/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TCP header and the options of a SYN
 */
#include "walk.h"

#define FIXED_HEADER  20
#define THROUGH_FLAGS 14 /* all that a verdict needs */

enum tcp_option {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_WSCALE = 3,
	OPTION_SACK_PERMITTED = 4,
	OPTION_TIMESTAMPS = 8,
};

/**
 * set_option() - Note an option
 * @s:		Segment
 * @kind:	Which
 * @value:	Its value, @size bytes
 * @size:	As the option states it, without kind and length
 *
 * Return: false for a size that the kind cannot have
 */
static inline bool set_option(struct segment *s, uint8_t kind,
			      const uint8_t *value, size_t size)
{
	switch (kind) {
	case OPTION_MSS:
		if (size != 2)
			return false;
		s->mss = get_be16(value);
		return true;
	case OPTION_WSCALE:
		if (size != 1)
			return false;
		s->wscale = value[0];
		return true;
	case OPTION_SACK_PERMITTED:
		s->sack_permitted = size == 0;
		return size == 0;
	case OPTION_TIMESTAMPS:
		if (size != 8)
			return false;
		s->has_timestamps = true;
		s->ts_val = get_be32(value);
		s->ts_ecr = get_be32(value + 4);
		return true;
	default:
		return true;
	}
}

void tcp_options(const struct cur *at, struct segment *s)
{
	struct cur c = *at; /* in registers: @s may not change it */
	const uint8_t *p;

	while (c.wire) {
		uint8_t kind, len;

		if (!cur_view(&c, 1, &p))
			return;
		kind = *p;
		if (kind == OPTION_END)
			break;
		if (kind == OPTION_NOP)
			continue;
		if (!cur_view(&c, 1, &p))
			return;
		len = *p;
		if (len < 2 || !cur_view(&c, len - 2u, &p) ||
		    !set_option(s, kind, p, len - 2u))
			return;
	}
	s->has_options = true;
}

enum layer tcp_segment(struct walk *w)
{
	uint8_t h[THROUGH_FLAGS], window[2];
	struct segment *s = w->s;
	size_t hlen, rest, data;

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_TCP);
	hlen = (h[12] >> 4) * 4u;
	if (hlen < FIXED_HEADER)
		return walk_end(w, DECODE_BAD_TCP);
	rest = hlen - sizeof(h);
	data = w->c.wire + w->absent;
	if (rest > data && !w->fragmented)
		return walk_end(w, DECODE_BAD_TCP);

	s->sport = get_be16(h);
	s->dport = get_be16(h + 2);
	s->seq = get_be32(h + 4);
	s->ack = get_be32(h + 8);
	s->flags = get_be16(h + 12) & 0x01ff;
	if (cur_peek(&w->c, 0, window, sizeof(window)))
		s->window = get_be16(window);

	s->payload = data > rest ? (uint32_t)(data - rest) : 0;

	if (!cur_trim(&w->c, rest))
		w->c.wire = rest; /* sliced: as good as cut */
	if ((s->flags & TCP_SYN) &&
	    cur_skip(&w->c, FIXED_HEADER - THROUGH_FLAGS))
		tcp_options(&w->c, s);
	return walk_end(w, DECODE_TCP);
}
