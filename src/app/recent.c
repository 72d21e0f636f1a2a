/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recent: the packets of the last moments, by flow
 *
 * DOC: Theory of operation
 *
 * What is found live is found after its packets went by.  So they are copied
 * into a ring of bytes, one behind the other, and the oldest make room.  A
 * place is the number of bytes that ever went in before, so it grows for ever,
 * and a place that lies before the tail is gone, whoever still names it.
 *
 * Each record names the record before it of the same bucket, by its place, and
 * a bucket the newest.  To forget the oldest packet nothing has to be taken out
 * of any list: a chain ends at the first place that is gone.
 */
#include "recent.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_A_BUCKET 128 /* a handshake packet and its record */
#define ALIGN	       8

/**
 * struct record - A packet in the ring
 * @size:	With its bytes, a multiple of ALIGN; 0: the rest up to the end
 *		of the ring is not used
 * @before:	1 + place of the record before it in its bucket, 0: none
 */
struct record {
	uint32_t size;
	uint32_t hash;
	uint64_t before;
	struct timestamp time;
	uint64_t number;
	uint32_t caplen;
	uint32_t len;
	uint16_t interface;
	uint16_t link_type;
	uint8_t tap;
};
static_assert(sizeof(struct record) % ALIGN == 0, "records are aligned");

/**
 * struct recent - The ring
 * @size:	Bytes, a multiple of ALIGN
 * @head:	Place of the next record
 * @tail:	Place of the oldest
 * @bucket:	1 + place of the newest record, 0: none
 * @gone:	Packets that made room
 */
struct recent {
	uint8_t *ring;
	size_t size;
	uint64_t head;
	uint64_t tail;
	uint64_t *bucket;
	unsigned bits;
	uint64_t gone;
	struct timestamp latest_gone;
};

struct recent *recent_new(size_t bytes)
{
	struct recent *r = xcalloc(1, sizeof(*r));

	r->size = bytes & ~(size_t)(ALIGN - 1);
	r->ring = xcalloc(1, r->size);
	for (r->bits = 1; (size_t)BYTES_A_BUCKET << r->bits < bytes; r->bits++)
		;
	r->bucket = xcalloc((size_t)1 << r->bits, sizeof(*r->bucket));
	return r;
}

void recent_free(struct recent *r)
{
	if (!r)
		return;
	free(r->ring);
	free(r->bucket);
	free(r);
}

static struct record *record_at(const struct recent *r, uint64_t place)
{
	return (struct record *)(void *)(r->ring + place % r->size);
}

static void forget_oldest(struct recent *r)
{
	const struct record *old = record_at(r, r->tail);

	if (!old->size) {
		r->tail += r->size - r->tail % r->size;
		return;
	}
	if (!r->gone++ || old->time.ns > r->latest_gone.ns)
		r->latest_gone = old->time;
	r->tail += old->size;
}

/* Room for @need bytes in one piece at the head. */
static void make_room(struct recent *r, size_t need)
{
	size_t left = r->size - r->head % r->size;
	size_t skip = left < need ? left : 0;

	while (r->head + skip + need - r->tail > r->size)
		forget_oldest(r);
	if (skip) {
		record_at(r, r->head)->size = 0;
		r->head += skip;
	}
}

void recent_put(struct recent *r, const struct frame *f, uint8_t tap,
		uint32_t hash)
{
	uint64_t *bucket = &r->bucket[hash >> (32 - r->bits)];
	size_t need = sizeof(struct record) +
		      (((size_t)f->caplen + ALIGN - 1) & ~(size_t)(ALIGN - 1));
	struct record *to;

	if (need > r->size / 4) {
		r->gone++;
		r->latest_gone = f->time;
		return;
	}
	make_room(r, need);
	to = record_at(r, r->head);
	*to = (struct record){
		.size = (uint32_t)need,
		.hash = hash,
		.before = *bucket,
		.time = f->time,
		.number = f->number,
		.caplen = f->caplen,
		.len = f->len,
		.interface = f->interface,
		.link_type = f->link_type,
		.tap = tap,
	};
	memcpy(to + 1, f->data, f->caplen);
	*bucket = r->head + 1;
	r->head += need;
}

void recent_get(const struct recent *r, uint64_t at, struct recent_packet *p)
{
	const struct record *from = record_at(r, at);

	assert(at >= r->tail && at < r->head);
	*p = (struct recent_packet){
		.at = at,
		.tap = from->tap,
		.frame =
			{
				.time = from->time,
				.data = (const uint8_t *)(from + 1),
				.number = from->number,
				.caplen = from->caplen,
				.len = from->len,
				.interface = from->interface,
				.link_type = from->link_type,
			},
	};
}

void recent_find(const struct recent *r, uint32_t hash, uint64_t from,
		 void (*look)(void *arg, const struct recent_packet *p),
		 void *arg)
{
	uint64_t next = r->bucket[hash >> (32 - r->bits)];

	if (from < r->tail)
		from = r->tail;
	while (next > from) {
		const struct record *at = record_at(r, next - 1);
		struct recent_packet p;

		if (at->hash == hash) {
			recent_get(r, next - 1, &p);
			look(arg, &p);
		}
		next = at->before;
	}
}

uint64_t recent_end(const struct recent *r)
{
	return r->head;
}

uint64_t recent_gone(const struct recent *r, struct timestamp *latest)
{
	*latest = r->latest_gone;
	return r->gone;
}
