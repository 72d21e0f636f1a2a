/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * section: what a pcapng section says about itself: interfaces and their
 * clocks and statistics
 */
#include "pcapng.h"

#include <inttypes.h>
#include <stdlib.h>

/* Options that are read; numbers mean something else in each block. */
enum option_code {
	OPTION_END = 0,
	OPTION_IF_NAME = 2,
	OPTION_IF_DESCRIPTION = 3,
	OPTION_IF_DROP = 5,
	OPTION_OS_DROP = 7,
	OPTION_IF_RESOLUTION = 9,
	OPTION_IF_OFFSET = 14,
};

#define RESOLUTION_USEC 6    /* where nothing is said */
#define TEXT_MAX	1024 /* bytes kept of a name or description */

/**
 * struct option - One option of a block
 * @code:	enum option_code, or any other number
 * @size:	Bytes of @value
 * @value:	Borrowed
 */
struct option {
	uint16_t code;
	uint16_t size;
	const uint8_t *value;
};

/* Step to the next option.  Return whether there is one; *@ok is false where
 * the options contradict themselves.
 */
static bool option_next(struct cur *c, bool swapped, struct option *o, bool *ok)
{
	uint8_t head[4];
	size_t pad;

	*ok = true;
	if (c->cap == 0)
		return false;
	*ok = CUR_TAKE(c, head);
	if (!*ok)
		return false;
	o->code = file_u16(head, swapped);
	o->size = file_u16(head + 2, swapped);
	if (o->code == OPTION_END)
		return false;
	o->value = c->p;
	*ok = cur_skip(c, o->size);
	if (!*ok)
		return false;
	/* Writers were seen that leave out the last padding. */
	pad = -(size_t)o->size & 3;
	cur_skip(c, pad < c->cap ? pad : c->cap);
	return true;
}

static struct cur options_of(const struct block *b, uint32_t fixed)
{
	return (struct cur){
		.p = b->body + fixed,
		.cap = b->size - fixed,
		.wire = b->size - fixed,
	};
}

static bool options_damaged(struct input *in, const struct block *b)
{
	return block_damaged(in, b, "has an option that is longer than it");
}

bool section_begin(struct input *in, const struct block *b)
{
	struct pcapng_reader *r = &in->pcapng;
	struct option o;
	struct cur c;
	uint16_t major;
	bool ok;

	if (b->size < 16)
		return block_damaged(in, b, "is too short");
	major = file_u16(b->body + 4, r->swapped);
	if (major != 1) {
		input_end(in, CAPTURE_BAD,
			  "is of pcapng version %u.%u, only "
			  "1.x is known (%s %" PRIu64 "): write it again with "
			  "a current editcap",
			  major, file_u16(b->body + 6, r->swapped),
			  input_bytes(in), b->offset);
		return false;
	}
	c = options_of(b, 16);
	while (option_next(&c, r->swapped, &o, &ok))
		;
	if (!ok)
		return options_damaged(in, b);
	r->section += r->begun;
	r->begun = true;
	r->count = 0;
	return true;
}

/* ------------------------------------------------------------ interfaces */

static struct pcapng_interface *interface_room(struct pcapng_reader *r)
{
	if (r->count == r->room) {
		r->room = r->room ? 2 * r->room : 8;
		r->interface =
			xrealloc(r->interface, r->room, sizeof(*r->interface));
	}
	return &r->interface[r->count];
}

static char *option_text(const struct option *o)
{
	return xstrndup((const char *)o->value,
			o->size < TEXT_MAX ? o->size : TEXT_MAX);
}

static bool interface_options(struct input *in, const struct block *b,
			      struct capture_interface *pub, struct tick *t)
{
	const bool swapped = in->pcapng.swapped;
	uint8_t resolution = RESOLUTION_USEC;
	struct cur c = options_of(b, 8);
	int64_t offset_s = 0;
	struct option o;
	bool ok;

	while (option_next(&c, swapped, &o, &ok)) {
		if (o.code == OPTION_IF_NAME && !pub->name)
			pub->name = option_text(&o);
		else if (o.code == OPTION_IF_DESCRIPTION && !pub->description)
			pub->description = option_text(&o);
		else if (o.code == OPTION_IF_RESOLUTION && o.size == 1)
			resolution = o.value[0];
		else if (o.code == OPTION_IF_OFFSET && o.size == 8)
			offset_s = (int64_t)file_u64(o.value, swapped);
	}
	tick_set(t, resolution, offset_s);
	return ok || options_damaged(in, b);
}

bool interface_add(struct input *in, const struct block *b)
{
	struct pcapng_reader *r = &in->pcapng;
	struct pcapng_interface *i;
	struct capture_interface *pub;

	if (b->size < 8)
		return block_damaged(in, b, "is too short");
	i = interface_room(r);
	pub = input_add_interface(in, &i->index);
	if (!pub)
		return false;
	i->link_type = pub->link_type = file_u16(b->body, r->swapped);
	i->snaplen = pub->snaplen = file_u32(b->body + 4, r->swapped);
	pub->section = r->section;
	pub->id = r->count++;
	return interface_options(in, b, pub, &i->tick);
}

/* Interface Statistics Block: interface, time, options */
bool statistics_take(struct input *in, const struct block *b)
{
	const bool swapped = in->pcapng.swapped;
	struct capture_interface *pub;
	struct option o;
	struct cur c;
	uint64_t drops = 0;
	bool known = false;
	uint32_t id;
	bool ok;

	if (b->size < 12)
		return block_damaged(in, b, "is too short");
	id = file_u32(b->body, swapped);
	if (id >= in->pcapng.count) {
		in->pub.skipped++;
		return true;
	}
	c = options_of(b, 12);
	while (option_next(&c, swapped, &o, &ok)) {
		if ((o.code != OPTION_IF_DROP && o.code != OPTION_OS_DROP) ||
		    o.size != 8)
			continue;
		known = true;
		count_add(&drops, file_u64(o.value, swapped));
	}
	if (!ok)
		return options_damaged(in, b);
	if (known) {
		pub = &in->capture->interface[in->pcapng.interface[id].index];
		pub->drops = drops;
		pub->drops_known = true;
	}
	return true;
}

/* ---------------------------------------------------------------- clocks */

#define DIGITS_NS 9  /* decimal digits of a nanosecond */
#define DIGITS_64 19 /* powers of ten that fit in 64 bits */

static uint64_t power_of_10(unsigned n)
{
	uint64_t v = 1;

	while (n--)
		v *= 10;
	return v;
}

void tick_set(struct tick *t, uint8_t resolution, int64_t offset_s)
{
	const unsigned digits = resolution;

	*t = (struct tick){.mul = 1, .div = 1, .offset_s = offset_s};
	if (resolution & 0x80) {
		t->mul = (uint64_t)NSEC_PER_SEC;
		t->shift = resolution & 0x7f;
	} else if (digits <= DIGITS_NS) {
		t->mul = power_of_10(DIGITS_NS - digits);
	} else {
		t->div = digits - DIGITS_NS <= DIGITS_64
				 ? power_of_10(digits - DIGITS_NS)
				 : 0;
	}
}

int64_t tick_ns(const struct tick *t, uint64_t ticks)
{
	__int128 ns;

	if (t->shift)
		ns = (__int128)((unsigned __int128)ticks * t->mul >> t->shift);
	else if (t->div == 1)
		ns = (__int128)((unsigned __int128)ticks * t->mul);
	else
		ns = t->div ? ticks / t->div : 0;
	ns += (__int128)t->offset_s * NSEC_PER_SEC;
	if (ns < 0)
		return -1;
	return ns > FRAME_TIME_MAX ? INT64_MAX : (int64_t)ns;
}
