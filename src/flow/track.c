/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A segment meets its flow: attempts, states, evidence
 *
 * DOC: Theory of operation
 *
 * The attempts on one 5-tuple hang in a chain, the newest first.  A SYN
 * belongs to the attempt with its ISN, a SYN-ACK to the one whose SYN it
 * acknowledges (RFC 9293, 3.10.7), anything else to the one whose sequence
 * numbers are nearest.  What fits nowhere begins an attempt of its own.
 *
 * Between taps nothing is in order: clocks differ and so do queues.  So a
 * SYN-ACK may come before its SYN (the attempt waits as an orphan), and data
 * before both (it waits as midstream for a second, and is then adopted by the
 * handshake that it belongs to).  All that is remembered of a packet is
 * remembered in a way that does not depend on which came first.
 */
#include "flow.h"

#include <string.h>

/* Distances in sequence space that still make one connection. */
#define NEAR  (1u << 20)
#define AHEAD (1u << 30)

/* A segment in the view of the flow it met. */
struct meeting {
	struct flow_table *t;
	const struct flow_mark *mark;
	const uint8_t *key;
	const struct segment *s;
	uint8_t tap;
};

static unsigned dir_of(const struct flow *f, const struct flow_mark *mark)
{
	return mark->swapped != f->client;
}

/* Only Fast Open sends data with the SYN, so most need not touch @hs. */
static uint32_t syn_payload(const struct flow *f)
{
	return (f->seen & SYN_DATA) && f->hs ? f->hs->syn_payload : 0;
}

/* ------------------------------------------------------------- evidence */

/* What a copy shares and a resend changes, as far as the stack sets it. */
static uint32_t mark_of(const struct segment *s)
{
	return s->ts_val ^ ((uint32_t)s->ip_id << 16);
}

static void sighting_of(const struct meeting *m, struct sighting *at,
			bool resent)
{
	*at = (struct sighting){
		.time = m->s->time,
		.number = m->s->number,
		.interface = m->s->interface,
		.tap = m->tap,
		.has_mac = m->s->has_mac,
		.resent = resent,
		.ttl = m->s->ttl,
		.mark = mark_of(m->s),
	};
	if (m->s->has_mac) {
		memcpy(at->src_mac, m->s->src_mac, 6);
		memcpy(at->dst_mac, m->s->dst_mac, 6);
	}
}

/*
 * Where a new sighting goes.  Once all places are taken the first one at a
 * tap takes the place of a resend.
 */
static struct sighting *sighting_place(struct flow_table *t,
				       struct seen_packets *g, bool first_here)
{
	if (!g->kept)
		return &g->first;
	if (!g->more)
		g->more = slab_get(&t->more_slab);
	if (!g->more)
		return NULL;
	if (g->kept < FINDING_SIGHTINGS)
		return seen_at(g, g->kept);
	for (unsigned i = FINDING_SIGHTINGS; first_here && i-- > 0;) {
		if (seen_at(g, i)->resent)
			return seen_at(g, i);
	}
	return NULL;
}

/* Return: whether the packet was sent again, not just seen again. */
static bool sightings_add(const struct meeting *m, struct seen_packets *g)
{
	bool here = g->taps >> m->tap & 1, resent = here;
	struct sighting *place;

	for (unsigned i = 0; i < g->kept; i++) {
		const struct sighting *at = seen_at(g, i);
		int64_t d = time_diff(m->s->time, at->time);

		if (at->tap == m->tap && at->mark == mark_of(m->s) &&
		    d < COPY_WINDOW && d > -COPY_WINDOW) {
			m->t->counters.duplicates++;
			m->t->tap[m->tap].duplicates++;
			return false;
		}
		/* At another tap: far more than clocks and wires explain. */
		if (d > 4 * COPY_WINDOW || d < -4 * COPY_WINDOW)
			resent = true;
	}
	g->taps |= 1ULL << m->tap;
	g->count++;
	place = sighting_place(m->t, g, !here);
	if (place) {
		sighting_of(m, place, resent);
		if (g->kept < FINDING_SIGHTINGS)
			g->kept++;
	}
	return resent;
}

static void later(struct timestamp *at, struct timestamp when)
{
	if (time_diff(when, *at) > 0)
		*at = when;
}

static void add_syn(const struct meeting *m, struct flow *f)
{
	struct handshake *hs = f->hs;
	const struct segment *s = m->s;

	if (!hs)
		return;
	if (!(f->seen & SEEN_SYN)) {
		f->isn[0] = s->seq;
		hs->last_syn = s->time;
		hs->mss = s->mss;
		hs->window = s->window;
		hs->wscale = s->wscale;
		hs->sack = s->sack_permitted;
		hs->has_ts = s->has_timestamps;
		hs->ts_val = s->ts_val;
	}
	if (sightings_add(m, &hs->syn))
		hs->syn_resent = true;
	if (m->t->live)
		live_event(m->t, hs);
	later(&hs->last_syn, s->time);
	/* Fast Open: resends come without the data. */
	if (s->payload > hs->syn_payload) {
		hs->syn_payload = s->payload;
		f->seen |= SYN_DATA;
	}
	f->seen |= SEEN_SYN;
}

static void add_answer(const struct meeting *m, struct flow *f)
{
	struct handshake *hs = f->hs;

	f->isn[1] = m->s->seq;
	if (!hs)
		return;
	if (!(f->seen & SEEN_ANSWER)) {
		/* A RST that was taken for the answer is none any more. */
		hs->answer.taps = 0;
		hs->answer.count = 0;
		hs->answer.kept = 0;
		hs->answer_isn = m->s->seq;
		hs->last_answer = m->s->time;
	}
	if (sightings_add(m, &hs->answer))
		hs->answer_resent = true;
	if (m->t->live)
		live_event(m->t, hs);
	later(&hs->last_answer, m->s->time);
	f->seen |= SEEN_ANSWER;
	f->seen &= (uint16_t)~SEEN_RST_ANSWER;
}

/* ------------------------------------------------------ source and path */

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
	sighting_of(m, &e->first, false);
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
			sighting_of(m, &e->first, false);
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

/* The first packet of a direction at a tap: judge its source there. */
static void new_tap(const struct meeting *m, struct flow *f)
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

static uint8_t last_circuit(const struct meeting *m, const struct flow *f,
			    unsigned dir)
{
	uint8_t tap = f->last_tap[dir];

	return tap == TAP_NONE ? CIRCUIT_NONE : m->t->tap_circuit[tap];
}

/*
 * A direction of an open connection on another circuit than before.  Clocks
 * of two taps differ, so around a move the circuits alternate for a moment;
 * only the first move is kept, and it stands if the path does not return.
 */
static void new_circuit(const struct meeting *m, struct flow *f, unsigned dir,
			uint8_t circuit)
{
	uint8_t from = last_circuit(m, f, dir);
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
	sighting_of(m, &x->change.at, false);
}

/* Not where the packet of this direction before it was seen. */
static void other_tap(const struct meeting *m, struct flow *f, unsigned dir)
{
	uint64_t bit = 1ULL << m->tap;
	uint8_t circuit = m->t->tap_circuit[m->tap];

	if (!(f->dir_taps[dir] & bit)) {
		f->dir_taps[dir] |= bit;
		new_tap(m, f);
	}
	/* A SYN that is resent on another circuit moves nothing that is open. */
	if (m->s->flags & TCP_SYN)
		return;
	if (circuit == CIRCUIT_NONE)
		return;
	/* An edge without the state eats what moved: only its inside sees it. */
	if (circuit != last_circuit(m, f, dir))
		new_circuit(m, f, dir, circuit);
	f->last_tap[dir] = m->tap;
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

static void note_path(const struct meeting *m, struct flow *f, unsigned dir)
{
	flow_note_segment(m->t, f, m->tap, dir);
	if (m->s->time.ns >= f->ended.ns)
		f->ended = m->s->time;
	else if (f->hs && time_diff(f->hs->started, m->s->time) > 0)
		f->hs->started = m->s->time;
	if (m->tap != f->last_tap[dir])
		other_tap(m, f, dir);
	if (f->has_extra) {
		if (!(m->t->inside >> m->tap & 1))
			count_escapes(m, f);
		since_move(m->s, &flow_extra(f)->change, dir);
	}
}

/* --------------------------------------------------------------- states */

static bool acks_after(uint32_t ack, uint32_t isn)
{
	return ack - isn - 1 < AHEAD;
}

/*
 * The handshake is complete when the client has acknowledged the server's
 * ISN, or the server something that the client sent after its SYN.
 */
static void check_completed(const struct meeting *m, struct flow *f)
{
	struct flow_table *t = m->t;
	uint32_t beyond;

	if ((f->seen & (COMPLETED | SEEN_SYN | SEEN_ANSWER)) !=
	    (SEEN_SYN | SEEN_ANSWER))
		return;
	if (!((f->seen & SEEN_ACK_CLIENT) &&
	      (acks_after(f->acked[0], f->isn[1]) ||
	       (f->hs && acks_after(f->acked[0], f->hs->answer_isn))))) {
		beyond = syn_payload(f) + 1;
		if (!(f->seen & SEEN_ACK_SERVER) ||
		    !acks_after(f->acked[1], f->isn[0] + beyond))
			return;
	}
	f->seen |= COMPLETED;
	if (f->hs && !(m->s->flags & TCP_SYN) && !dir_of(f, m->mark)) {
		f->hs->acked_at = m->s->time;
		f->hs->acked_tap = m->tap;
	}
	if (f->state == FLOW_ANSWERED || f->state == FLOW_HALF_OPEN) {
		f->state = FLOW_OPEN;
		if (f->queue == QUEUE_HALF_OPEN || f->queue == QUEUE_ANSWERED)
			flow_wait(t, f, QUEUE_SETTLING);
	}
}

static void close_flow(struct flow_table *t, struct flow *f)
{
	if (f->state != FLOW_REFUSED)
		f->state = FLOW_CLOSED;
	/* The young and the settling are looked at every second anyway. */
	if (f->queue != QUEUE_CLOSED && f->queue != QUEUE_YOUNG &&
	    f->queue != QUEUE_SETTLING)
		flow_wait(t, f, QUEUE_CLOSED);
}

static void check_answered(const struct meeting *m, struct flow *f)
{
	if (!(f->seen & SEEN_SYN) || !(f->seen & SEEN_ANSWER))
		return;
	if (f->state == FLOW_HALF_OPEN || f->state == FLOW_ORPHAN ||
	    f->state == FLOW_REFUSED) {
		f->state = FLOW_ANSWERED;
		if (f->queue == QUEUE_HALF_OPEN || f->queue == QUEUE_CLOSED)
			flow_wait(m->t, f, QUEUE_SETTLING);
	}
	check_completed(m, f);
}

static void swap_bits(uint16_t *seen, uint16_t a, uint16_t b)
{
	bool has_a = *seen & a, has_b = *seen & b;

	*seen &= (uint16_t) ~(a | b);
	*seen |= (uint16_t)((has_a ? b : 0) | (has_b ? a : 0));
}

#define SWAP(a_, b_)                                                           \
	do {                                                                   \
		typeof(a_) keep_ = (a_);                                       \
		(a_) = (b_);                                                   \
		(b_) = keep_;                                                  \
	} while (0)

/* The client of a midstream flow was a guess; the handshake knows better. */
static void turn_round(struct flow *f)
{
	struct flow_extra *x = flow_extra(f);

	f->client = !f->client;
	SWAP(f->dir_taps[0], f->dir_taps[1]);
	SWAP(f->isn[0], f->isn[1]);
	SWAP(f->acked[0], f->acked[1]);
	SWAP(f->packets[0], f->packets[1]);
	SWAP(f->last_tap[0], f->last_tap[1]);
	swap_bits(&f->seen, SEEN_ACK_CLIENT, SEEN_ACK_SERVER);
	swap_bits(&f->seen, SEEN_FIN_CLIENT, SEEN_FIN_SERVER);
	swap_bits(&f->seen, REMOTE_CLIENT, REMOTE_SERVER);
	if (!x)
		return;
	x->change.dir ^= 1;
	SWAP(x->change.packets_after[0], x->change.packets_after[1]);
	for (unsigned i = 0; i < x->icmp.kept; i++)
		x->icmp.at[i].of_server ^= 1;
}

/* --------------------------------------------------------------- attempts */

static bool young_midstream(const struct flow *f)
{
	return !f->hs && !(f->seen & (SEEN_SYN | SEEN_ANSWER | COUNTED)) &&
	       f->queue == QUEUE_YOUNG;
}

/* Whether packets that came too early follow on this SYN or SYN-ACK. */
static bool follows(const struct flow *f, unsigned dir, uint32_t seq)
{
	uint16_t acked = dir ? SEEN_ACK_CLIENT : SEEN_ACK_SERVER;

	return (f->packets[dir] && f->isn[dir] - seq - 1 < NEAR) ||
	       ((f->seen & acked) && f->acked[!dir] - seq - 1 < NEAR);
}

static bool follows_ack(const struct flow *f, unsigned dir, uint32_t ack)
{
	return f->packets[!dir] && f->isn[!dir] - ack < NEAR;
}

static struct handshake *adopt(const struct meeting *m, struct flow *f,
			       bool from_client)
{
	if (dir_of(f, m->mark) != (from_client ? 0 : 1))
		turn_round(f);
	f->state = from_client ? FLOW_HALF_OPEN : FLOW_ORPHAN;
	return flow_attach(m->t, f, m->s->time);
}

/* A RST that came before the SYN: it answers it, or says nothing of it. */
static void adopted_rst(struct flow *f, const struct segment *syn)
{
	if ((f->seen & (SEEN_RST | SEEN_ACK_SERVER)) !=
		    (SEEN_RST | SEEN_ACK_SERVER) ||
	    f->packets[0])
		return;
	f->seen &= (uint16_t) ~(SEEN_RST | SEEN_ACK_SERVER);
	if (f->acked[1] - 1 - syn->seq > syn->payload)
		return;
	f->seen |= SEEN_RST | SEEN_RST_ANSWER;
	f->hs->answer.taps = f->dir_taps[1];
	f->hs->answer.count = f->packets[1];
	f->state = FLOW_REFUSED;
}

static unsigned attempts(const struct flow *head)
{
	unsigned n = 0;

	for (; head; head = flow_older(head))
		n++;
	return n;
}

/* A new attempt on the tuple: the one before it is as good as over. */
static struct flow *new_attempt(const struct meeting *m, struct flow *head,
				bool from_client)
{
	uint8_t src = m->mark->swapped;
	struct flow *f, *oldest;

	if (head && head->state != FLOW_HALF_OPEN && head->state != FLOW_ORPHAN)
		close_flow(m->t, head);
	f = flow_create(m->t, m->mark, m->key, head, from_client ? src : !src);
	if (attempts(f) > MAX_ATTEMPTS) {
		for (oldest = f; oldest->has_older;)
			oldest = flow_older(oldest);
		flow_over(m->t, oldest);
	}
	return f;
}

/* The attempt that a SYN belongs to, or NULL; may turn an attempt into it. */
static struct flow *find_syn(const struct meeting *m, struct flow *head)
{
	const struct segment *s = m->s;

	for (struct flow *f = head; f; f = flow_older(f)) {
		unsigned dir = dir_of(f, m->mark);

		if (f->seen & SEEN_SYN) {
			if (!dir && f->isn[0] == s->seq)
				return f;
			if (dir && f->hs && f->isn[1] == s->seq &&
			    (f->seen & (SIMULTANEOUS | SEEN_ANSWER)))
				return f;
			if (dir && f->hs && f->state == FLOW_HALF_OPEN &&
			    !(f->seen & SIMULTANEOUS) &&
			    time_diff(s->time, f->hs->started) < SECONDS(3))
				return f;
		} else if (f->seen & SEEN_ANSWER) {
			if (!dir && f->hs && f->hs->isn - s->seq <= s->payload)
				return f;
			if (dir && f->isn[1] == s->seq)
				return f; /* who answers opened, too */
		} else if (young_midstream(f) && follows(f, dir, s->seq)) {
			if (!adopt(m, f, true))
				return NULL;
			adopted_rst(f, s);
			return f;
		}
	}
	return NULL;
}

static struct flow *take_syn(const struct meeting *m, struct flow *head)
{
	struct flow *f = find_syn(m, head);
	bool first;

	if (!f) {
		f = new_attempt(m, head, true);
		f->state = FLOW_HALF_OPEN;
		flow_attach(m->t, f, m->s->time);
	}
	if (dir_of(f, m->mark)) {
		/* Both ends have sent a SYN (RFC 9293, 3.5). */
		f->seen |= SIMULTANEOUS;
		f->isn[1] = m->s->seq;
		return f;
	}
	first = !(f->seen & SEEN_SYN);
	add_syn(m, f);
	if (first && f->hs) {
		link_look(m->t, f->hs, m->s->seq);
		link_remember_likely(m->t, f->hs);
	}
	check_answered(m, f);
	return f;
}

static struct flow *find_answered(const struct meeting *m, struct flow *head)
{
	const struct segment *s = m->s;

	for (struct flow *f = head; f; f = flow_older(f)) {
		unsigned dir = dir_of(f, m->mark);

		if (f->seen & SEEN_SYN) {
			uint32_t payload = syn_payload(f);

			if (dir && s->ack - 1 - f->isn[0] <= payload)
				return f;
			if (!dir && s->seq == f->isn[0])
				return f; /* who opened answers, too */
		} else if (f->seen & SEEN_ANSWER) {
			if (f->hs && f->hs->isn == (dir ? s->ack - 1 : s->seq))
				return f;
		} else if (young_midstream(f) &&
			   (follows(f, dir, s->seq) ||
			    follows_ack(f, dir, s->ack))) {
			return adopt(m, f, false) ? f : NULL;
		}
	}
	return NULL;
}

static struct flow *take_syn_ack(const struct meeting *m, struct flow *head)
{
	struct flow *f = find_answered(m, head);

	if (!f) {
		if (!head && gone_has(m->t, m->mark->hash))
			return NULL;
		f = new_attempt(m, head, false);
		f->state = FLOW_ORPHAN;
		flow_attach(m->t, f, m->s->time);
	}
	if (!dir_of(f, m->mark)) {
		f->seen |= SIMULTANEOUS;
		if (!(f->seen & SEEN_ANSWER))
			f->isn[1] = m->s->ack - 1;
		return f;
	}
	add_answer(m, f);
	if (f->hs && !f->hs->indexed)
		link_look(m->t, f->hs, m->s->ack - 1);
	check_answered(m, f);
	return f;
}

static uint32_t distance(const struct flow *f, const struct flow_mark *mark,
			 const struct segment *s)
{
	unsigned dir = dir_of(f, mark);
	uint16_t known[2] = {SEEN_SYN, SEEN_ANSWER};

	if ((f->seen & known[dir]) || (!f->hs && f->packets[dir]))
		return s->seq - f->isn[dir];
	if ((f->seen & known[!dir]) && (s->flags & TCP_ACK))
		return s->ack - f->isn[!dir];
	return 1u << 31;
}

/* The attempt nearest in sequence space. */
static struct flow *find_nearest(const struct meeting *m, struct flow *head)
{
	struct flow *best = head;
	uint32_t least;

	if (!head || !head->has_older)
		return head;
	least = distance(head, m->mark, m->s);
	for (struct flow *f = flow_older(head); f; f = flow_older(f)) {
		uint32_t d = distance(f, m->mark, m->s);

		if (d < least) {
			least = d;
			best = f;
		}
	}
	return best;
}

/* A SYN is only refused by a RST that acknowledges it (RFC 9293, 3.10.7.3). */
static void take_rst(const struct meeting *m, struct flow *f, unsigned dir)
{
	uint32_t payload = syn_payload(f);

	if (dir && f->hs && (f->seen & SEEN_SYN) &&
	    !(f->seen & (SEEN_ANSWER | SIMULTANEOUS))) {
		if (!(m->s->flags & TCP_ACK) ||
		    m->s->ack - 1 - f->isn[0] > payload)
			return;
		f->seen |= SEEN_RST_ANSWER;
		f->state = FLOW_REFUSED;
		sightings_add(m, &f->hs->answer);
		later(&f->hs->last_answer, m->s->time);
	}
	f->seen |= SEEN_RST;
	close_flow(m->t, f);
}

/* Anything without SYN. */
static struct flow *take_other(const struct meeting *m, struct flow *head)
{
	const struct segment *s = m->s;
	struct flow *f = find_nearest(m, head);
	unsigned dir;

	if (!f) {
		if (gone_has(m->t, m->mark->hash))
			return NULL;
		/* The lower port is the server's, until a handshake tells. */
		f = new_attempt(m, NULL, s->sport >= s->dport);
		f->state = FLOW_MIDSTREAM;
	}
	dir = dir_of(f, m->mark);
	if (f->state == FLOW_MIDSTREAM &&
	    (!f->packets[dir] || f->isn[dir] - s->seq < AHEAD))
		f->isn[dir] = s->seq;
	if (s->flags & TCP_RST) {
		if (s->flags & TCP_ACK && !f->hs) {
			f->acked[dir] = s->ack;
			f->seen |= (uint16_t)(SEEN_ACK_CLIENT << dir);
		}
		take_rst(m, f, dir);
		return f;
	}
	if (s->flags & TCP_ACK) {
		f->acked[dir] = s->ack;
		f->seen |= (uint16_t)(SEEN_ACK_CLIENT << dir);
		check_completed(m, f);
	}
	if (s->flags & TCP_FIN) {
		f->seen |= (uint16_t)(SEEN_FIN_CLIENT << dir);
		if ((f->seen & SEEN_FIN_SERVER) && (f->seen & SEEN_FIN_CLIENT))
			close_flow(m->t, f);
	}
	return f;
}

void track_segment(struct flow_table *t, struct flow *head,
		   const struct flow_mark *mark, const uint8_t *key,
		   const struct segment *s)
{
	const struct meeting m = {t, mark, key, s, mark->tap};
	struct flow *f;

	/* No stack sends SYN and RST together. */
	if (!(s->flags & TCP_SYN) || (s->flags & TCP_RST))
		f = take_other(&m, head);
	else if (s->flags & TCP_ACK)
		f = take_syn_ack(&m, head);
	else
		f = take_syn(&m, head);
	if (!f) {
		t->counters.late++;
		return;
	}
	note_path(&m, f, dir_of(f, mark));
	/* RST, or the ACK of the second FIN. */
	if (f->state == FLOW_CLOSED && !(s->flags & (TCP_SYN | TCP_FIN)) &&
	    !s->payload)
		flow_leave_early(t, f);
}
