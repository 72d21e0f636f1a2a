/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which taps and circuits the directions of a flow take, with which sources
 *
 * DOC: Theory of operation
 *
 * The first packet of a direction at a tap has its source judged there; later
 * ones are only compared with what has escaped already, so that a flow that
 * behaves costs a look at two bytes.  A direction that is seen on another
 * circuit than before has moved, or one of two taps is late; so the first move
 * is kept, with what followed, and judged when the flow is over.
 */
#include "path.h"

#include "evidence.h"

static enum phase phase_of(const struct segment *s)
{
	if (s->flags & TCP_SYN)
		return s->flags & TCP_ACK ? PHASE_SYN_ACK : PHASE_SYN;
	return s->flags & (TCP_FIN | TCP_RST) ? PHASE_CLOSE : PHASE_DATA;
}

static void add_escape(const struct meeting *m, struct flow *f,
		       enum escape_reason reason, uint8_t owner)
{
	struct flow_extra *x = flow_extra_get(m->t, f);
	struct escape *e;

	if (!x)
		return;
	if (x->escapes == CONNECTION_ESCAPES) {
		x->lost_escapes++;
		return;
	}
	e = &x->escape[x->escapes++];
	*e = (struct escape){
		.reason = reason,
		.phase = phase_of(m->s),
		.circuit = m->t->tap_circuit[m->tap],
		.owner = owner,
		.address = m->s->src,
	};
	evidence_sighting(m, &e->first, false);
	if (m->t->live && f->hs)
		live_event(m->t, f->hs);
}

static void count_escapes(const struct meeting *m, struct flow *f)
{
	struct flow_extra *x = flow_extra(f);
	uint8_t circuit = m->t->tap_circuit[m->tap];

	for (unsigned i = 0; i < x->escapes; i++) {
		struct escape *e = &x->escape[i];
		enum phase phase = phase_of(m->s);

		if (e->circuit != circuit || addr_cmp(&e->address, &m->s->src))
			continue;
		if (time_diff(e->first.time, m->s->time) > 0)
			evidence_sighting(m, &e->first, false);
		e->count++;
		if (phase < e->phase)
			e->phase = phase;
	}
}

static bool escape_known(const struct flow *f, uint8_t circuit,
			 const struct addr *src)
{
	const struct flow_extra *x = flow_extra(f);

	for (unsigned i = 0; x && i < x->escapes; i++) {
		const struct escape *e = &x->escape[i];

		if (e->circuit == circuit && !addr_cmp(&e->address, src))
			return true;
	}
	return false;
}

void path_new_tap(const struct meeting *m, struct flow *f)
{
	uint8_t circuit = m->t->tap_circuit[m->tap], owner;
	enum escape_reason reason;

	if (!m->t->judges_nat || circuit == CIRCUIT_NONE ||
	    (m->t->inside >> m->tap & 1))
		return;
	reason = topo_escape(m->t->topo, circuit, &m->s->src, &m->s->dst,
			     &owner);
	if (reason != ESCAPE_NONE && !escape_known(f, circuit, &m->s->src))
		add_escape(m, f, reason, owner);
}

/*
 * A direction of an open connection on another circuit than before.  Clocks
 * of two taps differ, so around a move the circuits alternate for a moment;
 * only the first move is kept, and it stands if the path does not return.
 */
void path_new_circuit(const struct meeting *m, struct flow *f, unsigned dir,
		      uint8_t circuit)
{
	uint8_t from = path_last_circuit(m, f, dir);
	struct flow_extra *x;

	if (from == CIRCUIT_NONE ||
	    (f->state != FLOW_OPEN && f->state != FLOW_MIDSTREAM))
		return;
	x = flow_extra_get(m->t, f);
	if (!x || (x->moved && x->change.dir != dir))
		return;
	if (x->moved) {
		x->change.to = circuit;
		if (circuit == x->change.from)
			x->change.back = m->s->time;
		return;
	}
	x->moved = true;
	x->change = (struct path_change){
		.from = from,
		.to = circuit,
		.dir = (uint8_t)dir,
		.back = m->s->time,
	};
	evidence_sighting(m, &x->change.at, false);
}

static void since_move(const struct segment *s, struct path_change *x,
		       unsigned dir)
{
	x->packets_after[dir]++;
	if (dir == x->dir && !x->has_data &&
	    (s->payload || (s->flags & TCP_FIN))) {
		x->has_data = true;
		x->seq = s->seq;
	}
}

void path_extra(const struct meeting *m, struct flow *f, unsigned dir)
{
	if (!(m->t->inside >> m->tap & 1))
		count_escapes(m, f);
	since_move(m->s, &flow_extra(f)->change, dir);
}
