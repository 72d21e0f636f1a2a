/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * schedule: when the next SYN goes, and with which TTL
 */
#include <asymcap/probe.h>

#define BEYOND 2 /* silent hops that are asked again behind the last answer */

int64_t probe_backoff(unsigned n)
{
	return (int64_t)((1ULL << n) - 1) * NSEC_PER_SEC;
}

bool probe_pace_take(struct probe_pace *p, int64_t now)
{
	if (now < p->free_at)
		return false;
	p->free_at = now + p->gap;
	return true;
}

/* The last hop that is worth being asked again. */
static unsigned last_hop(const struct probe_attempt *a)
{
	unsigned last = 0;

	if (a->target_hop)
		return a->target_hop;
	for (unsigned i = 0; i < PROBE_HOPS; i++) {
		if (a->hop[i].answer)
			last = i + 1;
	}
	/* What was not heard of behind that may be the target already. */
	if (!a->answers)
		last += BEYOND;
	return last < PROBE_HOPS ? last : PROBE_HOPS;
}

unsigned probe_next_hop(const struct probe_attempt *a, struct timestamp now)
{
	unsigned last = last_hop(a);

	for (unsigned i = 0; i < PROBE_HOPS && !a->answers; i++) {
		if (!a->hop[i].tries)
			return i + 1;
	}
	for (unsigned i = 0; i < last; i++) {
		if (a->hop[i].tries == 1 && !a->hop[i].answer &&
		    now.ns - a->hop[i].sent.ns >= PROBE_HOP_WAIT)
			return i + 1;
	}
	return 0;
}

/*
 * A SYN-ACK echoes the time stamp of its SYN, and with it the TTL; a RST does
 * not.  But every SYN that reaches the target is answered, so the number of
 * answers says how many of the last ones did.
 */
void probe_trace_finish(struct probe_attempt *a)
{
	unsigned reached = 0, i = PROBE_HOPS;
	struct probe_hop *h;

	if (a->target_hop || !a->answers)
		return;
	while (i && reached < a->answers)
		reached += a->hop[--i].tries;
	while (i + 1 < PROBE_HOPS && a->hop[i].answer)
		i++;
	h = &a->hop[i];
	a->target_hop = i + 1;
	h->answer = a->answer;
	h->router = a->dst;
	h->rtt = a->answered.ns - h->sent.ns;
}
