/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which taps and circuits the directions of a flow take, with which sources
 *
 * What every segment needs is here, to become a part of track_segment().
 */
#ifndef FLOW_PATH_H
#define FLOW_PATH_H

#include "meet.h"

/** path_new_tap() - First packet of a direction at a tap: judge its source */
void path_new_tap(const struct meeting *m, struct flow *f);

/** path_new_circuit() - A direction is on @circuit, and was on another */
void path_new_circuit(const struct meeting *m, struct flow *f, unsigned dir,
		      uint8_t circuit);

/** path_extra() - The flow has escapes or a move that the segment may add to */
void path_extra(const struct meeting *m, struct flow *f, unsigned dir);

/** path_last_circuit() - Where the direction was seen last */
static inline uint8_t path_last_circuit(const struct meeting *m,
					const struct flow *f, unsigned dir)
{
	uint8_t tap = f->last_tap[dir];

	return tap == TAP_NONE ? CIRCUIT_NONE : m->t->tap_circuit[tap];
}

/** path_other_tap() - Not where the packet of @dir before it was seen */
static inline void path_other_tap(const struct meeting *m, struct flow *f,
				  unsigned dir)
{
	uint64_t bit = 1ULL << m->tap;
	uint8_t circuit = m->t->tap_circuit[m->tap];

	if (!(f->dir_taps[dir] & bit)) {
		f->dir_taps[dir] |= bit;
		path_new_tap(m, f);
	}
	/* A SYN that is resent on another circuit moves nothing that is open. */
	if (m->s->flags & TCP_SYN)
		return;
	if (circuit == CIRCUIT_NONE)
		return;
	/* An edge without the state eats what moved: only its inside sees it. */
	if (circuit != path_last_circuit(m, f, dir))
		path_new_circuit(m, f, dir, circuit);
	f->last_tap[dir] = m->tap;
}

/** path_note() - Time, source, tap and circuit of a segment that met @f */
static inline void path_note(const struct meeting *m, struct flow *f,
			     unsigned dir)
{
	flow_note_segment(m->t, f, m->tap, dir);
	if (m->s->time.ns >= f->ended.ns)
		f->ended = m->s->time;
	else if (f->hs && time_diff(f->hs->started, m->s->time) > 0)
		f->hs->started = m->s->time;
	if (m->tap != f->last_tap[dir])
		path_other_tap(m, f, dir);
	if (f->has_extra)
		path_extra(m, f, dir);
}

#endif /* FLOW_PATH_H */
