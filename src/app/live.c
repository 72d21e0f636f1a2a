/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run that somebody watches: what is said while it goes on
 *
 * DOC: Theory of operation
 *
 * Time is packet time.  While no packet comes it stands still, and with it
 * whatever waits to be told that nothing came.  So the moment at which frames
 * of a stream arrive is compared with their time stamps; the frame that came
 * with the least delay tells how the two clocks stand to each other, and
 * packet time now is not before what that says.  The clock of the stream may
 * be as wrong as it likes; where it is set back, what it was is forgotten
 * within two minutes.
 *
 * A stream whose packets come faster than time passes, by half, is no live
 * capture, but one that is played back: its time is that of its packets alone,
 * and a pipe that stalls proves nothing.  A clock that is set forward looks
 * like that for a while.
 *
 * A connection may be told in parts: a notice of what is certain, then the
 * rest when it is over.  A finding is a rule (of an escape: its address, too),
 * and each is told once for a connection.  Before class and impact are
 * decided, only rules that rest on neither may speak.  A move of an open
 * connection is not told before it is over: whether it survived is its point.
 */
#include "live.h"

#include <asymcap/detect.h>

#include "health.h"
#include "pipeline.h"
#include "relay.h"

#define SAY_EVERY (250 * NSEC_PER_MSEC)

/* A stream may gain so much on the clock: buffers that are flushed at last. */
#define FLUSHED (5 * NSEC_PER_SEC)
#define MINUTE	(60 * NSEC_PER_SEC)

static_assert(RULES <= NOTICE_ESCAPES, "a bit for each rule");

/** struct telling - Of one connection, one time */
struct telling {
	struct pipeline *p;
	const struct connection *c;
	uint32_t told;
	bool over;
};

/* The bit of a finding, or 0 if it has been told. */
static uint32_t bit_of(const struct connection *c, const struct finding *f)
{
	if (f->rule != RULE_SNAT_ESCAPE)
		return (1u << f->rule) & ~c->told;
	for (unsigned i = 0; i < c->escapes && i < CONNECTION_ESCAPES; i++) {
		const struct escape *e = &c->escape[i];

		if (e->circuit == f->circuit && e->reason == f->reason &&
		    !addr_cmp(&e->address, &f->escaped))
			return e->told ? 0 : 1u << (NOTICE_ESCAPES + i);
	}
	return 0;
}

static bool certain(const struct telling *t, const struct finding *f)
{
	if (t->over)
		return true;
	if (f->rule == RULE_PATH_CHANGE)
		return false;
	return t->c->decided || f->rule == RULE_SNAT_ESCAPE ||
	       f->rule == RULE_OFF_PLAN;
}

static void tell(void *arg, const struct finding *f)
{
	struct telling *t = arg;
	uint32_t bit = bit_of(t->c, f);

	if (!bit || !certain(t, f))
		return;
	t->told |= bit;
	report_finding(t->p->report, f);
}

void live_connection(struct pipeline *p, const struct connection *c)
{
	struct telling t = {.p = p, .c = c, .over = true};
	const struct detect_sink sink = {tell, &t};

	detect_connection(p->topo, c, &sink);
}

uint32_t live_notice(void *arg, const struct connection *c)
{
	struct telling t = {.p = arg, .c = c};
	const struct detect_sink sink = {tell, &t};

	detect_connection(t.p->topo, c, &sink);
	return t.told;
}

/* ------------------------------------------------------------------- time */

void live_clock_see(struct live_clock *k, struct timestamp packet, int64_t now)
{
	int64_t ahead = packet.ns - now;

	if (!k->running) {
		*k = (struct live_clock){
			.ahead = {ahead, ahead},
			.minute = now,
			.first = ahead,
			.began = now,
			.running = true,
		};
	} else if (now - k->minute >= MINUTE) {
		k->ahead[1] = k->ahead[0];
		k->ahead[0] = ahead;
		k->minute = now;
	} else if (ahead > k->ahead[0]) {
		k->ahead[0] = ahead;
	}
}

bool live_clock_tell(const struct live_clock *k, int64_t now,
		     struct timestamp *packet)
{
	int64_t ahead = k->ahead[k->ahead[1] > k->ahead[0]];

	if (!k->running || ahead - k->first > (now - k->began) / 2 + FLUSHED)
		return false;
	packet->ns = now + ahead;
	return true;
}

static bool of_stream(const struct pipeline *p, const struct frame *f)
{
	uint32_t input = capture_interface(p->capture, f->interface)->input;

	return capture_input(p->capture, input)->stream;
}

/* How long the oldest of a batch has waited, by the clock that stamped it. */
static void note_lag(struct pipeline *p, struct timestamp oldest)
{
	int64_t lag = clock_realtime().ns - oldest.ns;

	if (lag > p->lag)
		p->lag = lag;
}

void live_batch(struct pipeline *p, const struct frame *frames, size_t count)
{
	int64_t now = clock_monotonic();
	struct timestamp packet;

	if (count)
		note_lag(p, frames[0].time);
	for (size_t i = 0; i < count; i++) {
		if (of_stream(p, &frames[i]))
			live_clock_see(&p->clock, frames[i].time, now);
	}
	if (!p->said_at)
		p->said_at = now;
	if (now - p->said_at < SAY_EVERY)
		return;
	p->said_at = now;
	relay_drain(p->relay);
	if (live_clock_tell(&p->clock, now, &packet))
		flow_table_advance(p->flows, packet);
	health_say(p);
	if (p->tick)
		p->tick(p);
}
