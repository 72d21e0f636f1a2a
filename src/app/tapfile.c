/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tapfile: a pcapng file with an interface for each tap
 *
 * Who opens the file sees in the column of interfaces where each packet was,
 * by the names of the site; also a tap that has no packet in it is there,
 * since that may be the point.
 */
#include "tapfile.h"

#include <stdlib.h>

#include "health.h"
#include "pipeline.h"

#define FILES_NAMED 3 /* of a tap; others are counted */

/* The taps that an interface has shown, or should. */
static uint64_t taps_of(const struct pipeline *p, uint32_t interface)
{
	uint8_t tap;

	if (interface >= p->interfaces || !p->seen[interface].bound)
		return 0;
	tap = topo_interface_tap(p->topo, interface);
	if (tap != TAP_NONE)
		return 1ULL << tap;
	return p->seen[interface].taps | topo_bound(p->topo, interface);
}

void tapfile_make(struct tapfile *t, const struct pipeline *p, int link_type)
{
	*t = (struct tapfile){0};
	for (uint32_t i = 0; i < capture_interfaces(p->capture); i++) {
		uint16_t type = capture_interface(p->capture, i)->link_type;
		uint64_t fresh = taps_of(p, i) & ~t->taps;

		if (link_type >= 0 && type != link_type)
			continue;
		t->taps |= fresh;
		for (; fresh; fresh &= fresh - 1)
			t->link_type[__builtin_ctzll(fresh)] = type;
	}
}

/* "; from a.pcap, b.pcap and 3 more" */
static void add_inputs(struct str *s, const struct pipeline *p, unsigned tap)
{
	uint32_t last = UINT32_MAX;
	unsigned n = 0;

	for (uint32_t i = 0; i < capture_interfaces(p->capture); i++) {
		uint32_t input = capture_interface(p->capture, i)->input;

		if (!(taps_of(p, i) >> tap & 1) || input == last)
			continue;
		last = input;
		if (n++ < FILES_NAMED)
			str_addf(s, "%s %s", n == 1 ? "; from" : ",",
				 capture_input(p->capture, input)->path);
	}
	if (n > FILES_NAMED)
		str_addf(s, " and %u more", n - FILES_NAMED);
}

static void describe(struct str *s, const struct pipeline *p, unsigned tap)
{
	const struct site_tap *t = &p->site->tap[tap];

	if (t->circuit >= 0)
		str_addf(s, "circuit %s", p->site->circuit[t->circuit].name);
	else
		str_add(s, "no circuit");
	if (t->link)
		str_addf(s, ", link %s", t->link);
	str_addf(s, ", %s", t->side == TAP_INSIDE ? "inside" : "outside");
	add_inputs(s, p, tap);
}

void tapfile_begin(const struct tapfile *t, const struct pipeline *p,
		   const char *comment, struct str *out)
{
	struct str text = {0};

	pcapng_put_section(out, comment);
	for (uint64_t taps = t->taps; taps; taps &= taps - 1) {
		unsigned tap = (unsigned)__builtin_ctzll(taps);

		str_clear(&text);
		describe(&text, p, tap);
		pcapng_put_interface(out, p->site->tap[tap].name, text.s,
				     t->link_type[tap]);
	}
	str_free(&text);
}

static uint32_t interface_of(const struct tapfile *t, unsigned tap)
{
	return (uint32_t)__builtin_popcountll(t->taps & ((1ULL << tap) - 1));
}

bool tapfile_add(const struct tapfile *t, uint8_t tap, const struct frame *f,
		 const char *comment, struct str *out)
{
	if (tap >= SITE_MAX_TAPS || !(t->taps >> tap & 1) ||
	    t->link_type[tap] != f->link_type)
		return false;
	pcapng_put_packet(out, interface_of(t, tap), f, comment);
	return true;
}

void tapfile_end(const struct tapfile *t, const struct pipeline *p,
		 struct str *out)
{
	for (uint64_t taps = t->taps; taps; taps &= taps - 1) {
		unsigned tap = (unsigned)__builtin_ctzll(taps);
		bool known = false;
		uint64_t drops = health_drops(p, (uint8_t)tap, &known);

		if (known)
			pcapng_put_drops(out, interface_of(t, tap),
					 p->totals.last, drops);
	}
}
