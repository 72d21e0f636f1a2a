/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the taps see while probes are under way
 *
 * DOC: Theory of operation
 *
 * The same way as that of watch: frames of all ports in time order, decoded,
 * put to taps, taken by the flow table, judged when the run is over.  Of all
 * that passes, what is kept are the connections to those who are probed, and
 * where their SYNs were seen with which source.  Both are bounded: who probes
 * a busy server is not to keep its day.  Nor can its other clients take the
 * place of the probes, which are known by their ISN.
 *
 * Listening, it is the first SYN to a row of the site that begins the wait,
 * and a few seconds after it, when a broken handshake has shown that it is
 * one, the run ends.
 */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app.h"
#include "inputs.h"
#include "run.h"

#define PORT_WINDOW	 (100 * NSEC_PER_MSEC)
#define KEPT_CONNECTIONS 16384 /* half of it is for who has our ISN */
#define KEPT_SIGHTS	 (1u << 16)
#define SETTLE		 (4 * NSEC_PER_SEC)
#define WARM_UP		 (300 * NSEC_PER_MSEC)

/**
 * struct sight - A SYN to a goal, or an ICMP error about one, at a tap
 * @router:	Who sent the error; all zero for a SYN
 */
struct sight {
	struct timestamp time;
	struct addr src;
	struct addr dst;
	struct addr router;
	uint32_t seq;
	uint16_t sport;
	uint16_t dport;
	uint8_t tap;
	bool error;
};

struct probe_view {
	const struct probe_options *o;
	const struct probe_plan *plan;
	struct topo *topo;
	struct capture *capture;
	struct inputs *inputs;
	struct flow_table *flows;
	struct connection *connection;
	size_t connections;
	struct sight *sight;
	size_t sights;
	size_t missed;
	uint64_t live;
	int64_t until;
	uint64_t lost_before[CAPTURE_MAX_INTERFACES];
	unsigned heard;
	uint32_t heard_isn[PROBE_ARGS_MAX];
};

/* ------------------------------------------------------------------ opening */

static void keep_connection(void *arg, const struct connection *c);
static void take(struct probe_view *v, const struct frame *frame,
		 size_t frames);

static void bind_taps(struct probe_view *v)
{
	for (uint32_t i = 0; i < capture_interfaces(v->capture); i++) {
		uint8_t tap;

		if (inputs_bind(v->inputs, v->topo, i))
			flow_table_refresh(v->flows);
		tap = topo_interface_tap(v->topo, i);
		v->live |= topo_bound(v->topo, i);
		if (tap != TAP_NONE)
			v->live |= 1ULL << tap;
	}
}

static void look_for(struct probe_view *v, int64_t ns)
{
	int64_t until = clock_monotonic() + ns;
	struct frame frame[CAPTURE_BATCH];

	while (clock_monotonic() < until)
		take(v, frame, capture_next(v->capture, frame, CAPTURE_BATCH));
}

/* Drops, and times that an interface was found without a carrier. */
static uint64_t lost_at(const struct probe_view *v, uint32_t interface)
{
	const struct capture_interface *f =
		capture_interface(v->capture, interface);

	return f->drops + f->gaps;
}

/*
 * Find out which ports have a carrier, before anything is sent: one that has
 * none goes on losing, and one that has one from now on has lost nothing.
 */
bool probe_view_ready(struct probe_view *v)
{
	bool any = false;

	look_for(v, WARM_UP);
	for (uint32_t i = 0; i < capture_interfaces(v->capture); i++)
		v->lost_before[i] = lost_at(v, i);
	for (uint32_t i = 0; i < capture_interfaces(v->capture); i++)
		any |= !v->lost_before[i];
	if (any)
		return true;
	look_for(v, WARM_UP);
	for (uint32_t i = 0; i < capture_interfaces(v->capture); i++)
		any |= lost_at(v, i) == v->lost_before[i];
	if (!any)
		log_error("probe: no live tap: none of the interfaces has a "
			  "carrier");
	return any;
}

struct probe_view *probe_view_open(const struct probe_options *o,
				   struct site *site, struct topo *topo,
				   const struct probe_plan *plan, int *status)
{
	struct probe_view *v = xcalloc(1, sizeof(*v));
	const struct flow_sink sink = {
		.connection = keep_connection,
		.arg = v,
		.all = true,
	};

	v->o = o;
	v->plan = plan;
	v->topo = topo;
	v->capture = capture_new();
	v->inputs = inputs_open(&o->common, site, v->capture);
	*status = v->inputs ? run_refused(v->capture) : EXIT_USAGE;
	if (*status) {
		probe_view_free(v);
		return NULL;
	}
	v->flows = flow_table_new(topo, o->common.max_flows, &sink);
	v->connection = xcalloc(KEPT_CONNECTIONS, sizeof(*v->connection));
	v->sight = xcalloc(KEPT_SIGHTS, sizeof(*v->sight));
	bind_taps(v);
	capture_live(v->capture, PORT_WINDOW);
	return v;
}

void probe_view_free(struct probe_view *v)
{
	flow_table_free(v->flows);
	inputs_free(v->inputs);
	capture_free(v->capture);
	free(v->connection);
	free(v->sight);
	free(v);
}

struct capture *probe_view_capture(const struct probe_view *v)
{
	return v->capture;
}

uint64_t probe_view_taps(const struct probe_view *v)
{
	return v->live;
}

uint64_t probe_view_blind(const struct probe_view *v)
{
	uint64_t taps = 0;

	for (uint32_t i = 0; i < capture_interfaces(v->capture); i++) {
		uint8_t tap = topo_interface_tap(v->topo, i);

		if (lost_at(v, i) == v->lost_before[i])
			continue;
		taps |= topo_bound(v->topo, i);
		if (tap != TAP_NONE)
			taps |= 1ULL << tap;
	}
	return taps;
}

/* ------------------------------------------------------------------ looking */

static bool of_plan(const struct probe_view *v, const struct connection *c)
{
	if (v->o->listen && c->service != SERVICE_NONE &&
	    v->plan->wanted[c->service])
		return true;
	for (unsigned i = 0; i < c->tuples; i++) {
		if (probe_plan_has(v->plan, &c->tuple[i].server,
				   c->tuple[i].server_port))
			return true;
	}
	return false;
}

static void keep_connection(void *arg, const struct connection *c)
{
	struct probe_view *v = arg;
	size_t room = KEPT_CONNECTIONS;

	if (!c->syn.count || !of_plan(v, c))
		return;
	if (!probe_plan_has_isn(v->plan, c->isn))
		room /= 2;
	if (v->connections < room)
		v->connection[v->connections++] = *c;
	else
		v->missed++;
}

/* Somebody from outside connects to what is listened for. */
static bool is_awaited(const struct probe_view *v, const struct segment *s)
{
	const struct tuple t = {s->src, s->dst, s->sport, s->dport};
	enum direction d = topo_direction(v->topo, &s->src, &s->dst);
	uint16_t service;

	if (probe_plan_has(v->plan, &s->dst, s->dport))
		return true;
	if (d != DIRECTION_INBOUND)
		return false;
	service = topo_service(v->topo, d, &t, 1);
	return service != SERVICE_NONE && v->plan->wanted[service];
}

static void listen_to(struct probe_view *v, const struct segment *s)
{
	if (v->heard >= v->o->count || !is_awaited(v, s))
		return;
	for (unsigned i = 0; i < v->heard; i++) {
		if (v->heard_isn[i] == s->seq)
			return;
	}
	v->heard_isn[v->heard++] = s->seq;
	if (v->heard == v->o->count)
		v->until = clock_monotonic() + SETTLE;
}

static void keep_sight(struct probe_view *v, const struct segment *s,
		       uint8_t tap, bool error)
{
	if (tap == TAP_NONE || !probe_plan_has(v->plan, &s->dst, s->dport))
		return;
	if (v->sights == KEPT_SIGHTS) {
		v->missed++;
		return;
	}
	v->sight[v->sights++] = (struct sight){
		.time = s->time,
		.src = s->src,
		.dst = s->dst,
		.router = error ? s->router : (struct addr){{0}},
		.seq = s->seq,
		.sport = s->sport,
		.dport = s->dport,
		.tap = tap,
		.error = error,
	};
}

static void take(struct probe_view *v, const struct frame *frame, size_t frames)
{
	struct flow_mark mark[CAPTURE_BATCH];
	struct segment s[CAPTURE_BATCH];
	size_t n = 0;

	for (size_t i = 0; i < frames; i++) {
		enum decode_result r = decode(&frame[i], &s[n]);
		bool syn = r == DECODE_TCP &&
			   (s[n].flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
		uint8_t tap;

		if (r != DECODE_TCP && r != DECODE_ICMP_ERROR)
			continue;
		tap = topo_interface_tap(v->topo, s[n].interface);
		if (tap == TAP_NONE)
			tap = topo_tap(v->topo, &s[n]);
		if (syn && v->o->listen)
			listen_to(v, &s[n]);
		else if (syn || r == DECODE_ICMP_ERROR)
			keep_sight(v, &s[n], tap, !syn);
		flow_table_mark(v->flows, &s[n], tap, &mark[n]);
		n++;
	}
	flow_table_take_marked(v->flows, s, mark, n);
}

void probe_view_run(struct probe_view *v)
{
	struct frame frame[CAPTURE_BATCH];
	struct timespec now;

	if (v->o->listen)
		v->until = clock_monotonic() + v->o->wait;
	while (!capture_over(v->capture)) {
		take(v, frame, capture_next(v->capture, frame, CAPTURE_BATCH));
		if (v->until && clock_monotonic() >= v->until)
			capture_stop(v->capture);
	}
	capture_end_interfaces(v->capture);
	clock_gettime(CLOCK_REALTIME, &now);
	flow_table_finish(
		v->flows,
		(struct timestamp){now.tv_sec * NSEC_PER_SEC + now.tv_nsec});
	if (v->missed)
		log_warn("%zu connections or SYNs of others to the same "
			 "targets were not kept",
			 v->missed);
}

void probe_view_stop(struct probe_view *v)
{
	capture_stop(v->capture);
}

/* ------------------------------------------------------------------ finding */

static bool same_end(const struct addr *a, uint16_t port, const struct addr *b,
		     uint16_t other)
{
	return port == other && !addr_cmp(a, b);
}

/*
 * How surely a connection is that of an attempt: 4 by tuple and ISN, 3 by ISN
 * and target, 2 by tuple, 1 by what a firewall leaves that rewrites both.
 */
static int likeness(const struct connection *c, const struct probe_attempt *a)
{
	bool isn = a->isn_known && c->isn == a->isn;
	int64_t d = c->first.ns - a->sent_at[0].ns;
	int best = 0;

	for (unsigned i = 0; i < c->tuples; i++) {
		const struct tuple *t = &c->tuple[i];
		int n = isn ? 3 : 0;

		if (!same_end(&t->server, t->server_port, &a->dst, a->dport))
			continue;
		if (same_end(&t->client, t->client_port, &a->src, a->sport))
			n = isn ? 4 : 2;
		else if (!isn && t->client_port == a->sport && a->sent &&
			 d > -NSEC_PER_SEC && d < NSEC_PER_SEC)
			n = 1;
		if (n > best)
			best = n;
	}
	return best;
}

struct connection *probe_view_find(const struct probe_view *v,
				   const struct probe_attempt *a)
{
	struct connection *found = NULL;
	int best = 0;

	for (size_t i = 0; i < v->connections; i++) {
		int n = likeness(&v->connection[i], a);

		if (n > best) {
			best = n;
			found = &v->connection[i];
		}
	}
	return found;
}

struct connection *probe_view_inbound(const struct probe_view *v, size_t n)
{
	for (size_t i = 0; i < v->connections && n < v->heard; i++) {
		struct connection *c = &v->connection[i];

		if (c->isn == v->heard_isn[n])
			return c;
	}
	return NULL;
}

/* The first SYN at each tap. */
static void add_sight(struct report_probe *p, const struct sight *g)
{
	for (unsigned i = 0; i < p->sights; i++) {
		if (p->sight[i].tap == g->tap)
			return;
	}
	if (p->sights == REPORT_PROBE_SIGHTS)
		return;
	p->sight[p->sights++] = (struct probe_sight){
		.time = g->time,
		.source = g->src,
		.port = g->sport,
		.tap = g->tap,
	};
}

void probe_view_sights(const struct probe_view *v, struct report_probe *p)
{
	const struct probe_attempt *a = p->attempt;

	for (size_t i = 0; i < v->sights; i++) {
		const struct sight *g = &v->sight[i];

		if (!same_end(&g->dst, g->dport, &a->dst, a->dport) ||
		    (a->isn_known
			     ? g->seq != a->isn
			     : !same_end(&g->src, g->sport, &a->src, a->sport)))
			continue;
		if (!g->error)
			add_sight(p, g);
		for (unsigned h = 0; g->error && h < PROBE_HOPS; h++) {
			if (a->hop[h].answer &&
			    !addr_cmp(&a->hop[h].router, &g->router))
				p->hop_taps[h] |= 1ULL << g->tap;
		}
	}
	if (a->target_hop && p->seen)
		p->hop_taps[a->target_hop - 1] |= p->seen->answer.taps;
}
