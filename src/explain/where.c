/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a packet was lost, and where one came from that nobody sent
 *
 * DOC: Theory of operation
 *
 * A circuit with taps on both sides of its edge shows what the edge did: a
 * packet that came to it and did not leave was dropped there; one that left
 * and did not come was made there (a RST of a firewall, an answer of a SYN
 * proxy).  That rests on silence, so it is said only where every tap of the
 * silent side was capturing at that time, lost nothing and shows both
 * directions; and not of a packet that another circuit shows as well.
 */
#include "private.h"

/* Whether all of these taps would have shown a packet at a time. */
static bool all_watch(const struct trace_how *how, uint64_t taps,
		      struct timestamp t)
{
	if (!taps || (taps & ~how->watching))
		return false;
	for (; taps; taps &= taps - 1) {
		int tap = __builtin_ctzll(taps);

		if (t.ns < how->from[tap].ns || t.ns > how->to[tap].ns)
			return false;
	}
	return true;
}

static void note_circuit(const struct trace_how *how, bool outward,
			 uint8_t circuit, struct ladder_packet *p)
{
	uint64_t all = topo_circuit_taps(how->topo, circuit);
	uint64_t inside = all & topo_inside(how->topo);
	uint64_t from = outward ? inside : all & ~inside;
	uint64_t to = all & ~from;

	if (!(p->taps & to) && all_watch(how, to, p->time))
		p->missing |= to;
	if (!(p->taps & from) && all_watch(how, from, p->time))
		p->unborn |= from;
}

void where_note(const struct trace_how *how, bool client_inside,
		struct ladder_packet *p)
{
	uint64_t circuits = topo_circuits(how->topo, p->taps);

	if (!circuits || (circuits & (circuits - 1)))
		return;
	note_circuit(how, client_inside != (p->dir == 1),
		     (uint8_t)__builtin_ctzll(circuits), p);
	if (p->missing)
		p->notes |= LADDER_LOST;
	if (p->unborn)
		p->notes |= LADDER_BORN;
}

bool where_client(const struct trace_how *how, const struct ladder_packet *p,
		  bool *inside)
{
	uint64_t within = topo_inside(how->topo);
	uint64_t circuits = topo_circuits(how->topo, p->taps & within) &
			    topo_circuits(how->topo, p->taps & ~within);

	if (!circuits || !p->kept)
		return false;
	*inside = (within >> p->at[0].tap & 1) != (p->dir == 1);
	return true;
}
