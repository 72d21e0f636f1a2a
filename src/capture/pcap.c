/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcap: the classic capture file of tcpdump
 *
 * DOC: Theory of operation
 *
 * A 24-byte file header, then records: a 16-byte header (seconds, fraction,
 * captured length, length on the wire) and the captured bytes.  The magic
 * tells byte order and the unit of the fraction; one variant has 8 more
 * bytes in each record header (A. Kuznetzov's, magic a1b2cd34).  Nothing
 * marks the start of a record, so a damaged length cannot be recovered from.
 *
 * walk() is the hottest loop of the program.  It takes records as long as
 * they lie whole in the window and are sane; it is compiled once for each
 * kind of record header, and all that it cannot take is left to stuck().
 */
#include "input.h"

/* Fetched for one use only, so that files that stream through do not push the
 * flow table out of the cache.
 */
#define PREFETCH_AHEAD 4096

#include <inttypes.h>
#include <string.h>

#define FILE_HEADER 24

#define MAGIC_USEC	0xa1b2c3d4u
#define MAGIC_NSEC	0xa1b23c4du
#define MAGIC_KUZNETZOV 0xa1b2cd34u

/* What writers may be expected to put in one record, whatever they say the
 * snap length is, and what none may.
 */
#define CAPLEN_USUAL (256u << 10)
#define CAPLEN_MAX   (16u << 20)

static bool is_magic(uint32_t magic)
{
	return magic == MAGIC_USEC || magic == MAGIC_NSEC ||
	       magic == MAGIC_KUZNETZOV;
}

/* What stands where a record should begin, if it is of no bytes and no packet:
 * zeros, which a file system leaves where it had no time to write, or the
 * header of the next of several files that were put together with cat.  As a
 * record it would have a time of 1970 or 2055.  @p has 16 bytes.
 */
static __attribute__((noinline)) const char *no_record(const uint8_t *p)
{
	static const uint8_t zeros[16];

	if (!memcmp(p, zeros, sizeof(zeros)))
		return "is damaged: zeros stand where a record should begin, "
		       "as after a crash or a full disk";
	for (int swapped = 0; swapped < 2; swapped++) {
		if (is_magic(file_u32(p, swapped)) &&
		    file_u16(p + 4, swapped) == 2)
			return "is several captures, put together as with "
			       "cat: do it with mergecap -w OUT FILES";
	}
	return NULL;
}

static inline __attribute__((always_inline)) size_t
walk(struct input *in, struct frame *frames, size_t max, bool swapped,
     size_t header)
{
	const struct pcap_reader r = in->pcap;
	const uint8_t *p = in->source.p;
	const uint8_t *end = in->source.end;
	uint64_t number = in->number;
	int64_t last = in->last_ns;
	uint64_t backwards = 0;
	uint64_t mended = 0;
	size_t n = 0;

	while (n < max && (size_t)(end - p) >= header) {
		uint32_t caplen = file_u32(p + 8, swapped);
		uint32_t len = file_u32(p + 12, swapped);
		struct frame *f = &frames[n];
		int64_t ns;

		__builtin_prefetch(p + PREFETCH_AHEAD, 0, 0);
		__builtin_prefetch(p + PREFETCH_AHEAD + 64, 0, 0);
		if (caplen > r.caplen_max ||
		    caplen > (size_t)(end - p) - header ||
		    (!caplen && no_record(p)))
			break;
		ns = file_u32(p, swapped) * NSEC_PER_SEC +
		     (int64_t)file_u32(p + 4, swapped) * r.unit;
		backwards += ns < last;
		last = ns;
		mended += caplen > len;
		f->time.ns = ns;
		f->data = p + header;
		f->number = ++number;
		f->caplen = caplen;
		f->len = caplen > len ? caplen : len;
		f->interface = r.interface;
		f->link_type = r.link_type;
		p += header + caplen;
		n++;
	}
	in->source.p = p;
	in->number = number;
	in->last_ns = last;
	in->pub.backwards += backwards;
	in->pub.mended += mended;
	return n;
}

static size_t walk_any(struct input *in, struct frame *frames, size_t max)
{
	if (in->pcap.header == 16 && !in->pcap.swapped)
		return walk(in, frames, max, false, 16);
	if (in->pcap.header == 16)
		return walk(in, frames, max, true, 16);
	return walk(in, frames, max, in->pcap.swapped, 24);
}

/* The window does not hold the next record, or it is absurd.  Return whether
 * to go on.
 */
static bool stuck(struct input *in, bool fresh)
{
	const size_t header = in->pcap.header;
	const char *other;
	uint32_t caplen;

	if (input_want(in, header, "packet record", fresh) != INPUT_HAVE)
		return false;
	caplen = file_u32(in->source.p + 8, in->pcap.swapped);
	if (caplen > in->pcap.caplen_max) {
		input_end(in, CAPTURE_BAD,
			  "is damaged: the record at %s %" PRIu64
			  " claims to hold %" PRIu32 " bytes%s: fetch "
			  "the file again",
			  input_bytes(in), source_offset(&in->source), caplen,
			  input_rest(in));
		return false;
	}
	other = caplen ? NULL : no_record(in->source.p);
	if (other) {
		input_end(in, CAPTURE_BAD, "%s (%s %" PRIu64 ")%s", other,
			  input_bytes(in), source_offset(&in->source),
			  input_rest(in));
		return false;
	}
	return input_want(in, header + caplen, "packet record", fresh) ==
	       INPUT_HAVE;
}

static size_t pcap_fill(struct input *in, struct frame *frames, size_t max,
			bool fresh)
{
	size_t n = 0;

	do {
		n += walk_any(in, frames + n, max - n);
	} while (n < max && stuck(in, fresh && !n));
	return n;
}

/* Return whether it is a magic of ours */
static bool read_magic(struct pcap_reader *r, const uint8_t *p)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		uint32_t magic = file_u32(p, swapped);

		if (!is_magic(magic))
			continue;
		r->swapped = swapped;
		r->unit = magic == MAGIC_NSEC ? 1 : 1000;
		r->header = magic == MAGIC_KUZNETZOV ? 24 : 16;
		return true;
	}
	return false;
}

/* Files before 2.3 of 1998 have the two lengths the other way round. */
static bool version_known(struct input *in, uint16_t major, uint16_t minor)
{
	if (major == 2 && minor >= 3)
		return true;
	input_end(in, CAPTURE_BAD,
		  "is a pcap file of version %u.%u, where "
		  "2.4 is usual: convert it with editcap -F pcapng",
		  major, minor);
	return false;
}

bool pcapfile_open(struct input *in)
{
	struct pcap_reader *r = &in->pcap;
	struct capture_interface *i;
	const uint8_t *p;
	uint32_t snaplen;

	if (!source_has(&in->source, 4) || !read_magic(r, in->source.p))
		return false;
	in->pub.format = "pcap";
	if (input_want(in, FILE_HEADER, "file header", true) != INPUT_HAVE)
		return false;
	p = in->source.p;
	if (!version_known(in, file_u16(p + 4, r->swapped),
			   file_u16(p + 6, r->swapped)))
		return false;
	snaplen = file_u32(p + 16, r->swapped);
	/* The upper half says whether frames end in a checksum. */
	r->link_type = (uint16_t)file_u32(p + 20, r->swapped);
	r->caplen_max = snaplen > CAPLEN_MAX ? CAPLEN_MAX : snaplen;
	if (r->caplen_max < CAPLEN_USUAL)
		r->caplen_max = CAPLEN_USUAL;

	i = input_add_interface(in, &r->interface);
	if (!i)
		return false;
	i->link_type = r->link_type;
	i->snaplen = snaplen;
	in->source.p += FILE_HEADER;
	in->fill = pcap_fill;
	return true;
}
