/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report: what a run has found, kept until it is over, then written in a walk
 */
#include <asymcap/report.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "private.h"

#define WRITE_BYTES (64u << 10) /* rendered text before it is written */

#define ORDER(a_, b_) (((a_) > (b_)) - ((a_) < (b_)))

const struct report_writer *const report_writers[] = {
	[REPORT_TEXT] = &text_writer,
	[REPORT_JSON] = &json_writer,
	[REPORT_HTML] = &html_writer,
};
static_assert(ARRAY_SIZE(report_writers) == REPORT_HTML + 1,
	      "a writer each format");

#define TRIM(type_, array_, max_, used_)                                       \
	{                                                                      \
		.at = offsetof(type_, array_),                                 \
		.item = sizeof(((type_ *)0)->array_[0]), .max = (max_),        \
		.used_at = offsetof(type_, used_),                             \
	}

static int kept_finding_cmp(const void *a, const void *b)
{
	return finding_cmp(a, b);
}

static const struct store_trim finding_trim[] = {
	TRIM(struct finding, tuple, FINDING_TUPLES, tuples),
	TRIM(struct finding, syn.at, FINDING_SIGHTINGS, syn.kept),
	TRIM(struct finding, syn_ack.at, FINDING_SIGHTINGS, syn_ack.kept),
	TRIM(struct finding, icmp.at, FINDING_ICMP, icmp.kept),
};
static_assert(offsetof(struct finding, tuple) < offsetof(struct finding, syn) &&
		      offsetof(struct finding, syn) <
			      offsetof(struct finding, syn_ack) &&
		      offsetof(struct finding, syn_ack) <
			      offsetof(struct finding, icmp),
	      "trims are in the order of their offsets");

const struct store_shape finding_shape = {
	.size = sizeof(struct finding),
	.time_at = offsetof(struct finding, time),
	.trim = finding_trim,
	.trims = ARRAY_SIZE(finding_trim),
	.cmp = kept_finding_cmp,
};

/* Two connections that are equal in all this look the same in a report, but
 * for the numbers of packets.
 */
static int connection_cmp(const void *pa, const void *pb)
{
	const struct connection *a = pa;
	const struct connection *b = pb;
	int c = addr_cmp(&a->tuple[0].client, &b->tuple[0].client);

	if (!c)
		c = addr_cmp(&a->tuple[0].server, &b->tuple[0].server);
	if (!c)
		c = ORDER(a->tuple[0].client_port, b->tuple[0].client_port);
	if (!c)
		c = ORDER(a->tuple[0].server_port, b->tuple[0].server_port);
	if (!c)
		c = ORDER(a->isn, b->isn);
	if (!c)
		c = ORDER(a->ended.ns, b->ended.ns);
	if (!c)
		c = ORDER(a->class, b->class);
	if (!c)
		c = ORDER(a->syn_circuits, b->syn_circuits);
	if (!c)
		c = ORDER(a->answer_circuits, b->answer_circuits);
	if (!c)
		c = ORDER(a->packets[0], b->packets[0]);
	if (!c)
		c = ORDER(a->packets[1], b->packets[1]);
	return c;
}

static const struct store_trim connection_trim[] = {
	TRIM(struct connection, tuple, FINDING_TUPLES, tuples),
	TRIM(struct connection, syn.at, FINDING_SIGHTINGS, syn.kept),
	TRIM(struct connection, answer.at, FINDING_SIGHTINGS, answer.kept),
	TRIM(struct connection, escape, CONNECTION_ESCAPES, escapes),
	TRIM(struct connection, icmp.at, FINDING_ICMP, icmp.kept),
};
static_assert(offsetof(struct connection, tuple) <
			      offsetof(struct connection, syn) &&
		      offsetof(struct connection, syn) <
			      offsetof(struct connection, answer) &&
		      offsetof(struct connection, answer) <
			      offsetof(struct connection, escape) &&
		      offsetof(struct connection, escape) <
			      offsetof(struct connection, icmp),
	      "trims are in the order of their offsets");

const struct store_shape connection_shape = {
	.size = sizeof(struct connection),
	.time_at = offsetof(struct connection, first),
	.trim = connection_trim,
	.trims = ARRAY_SIZE(connection_trim),
	.cmp = connection_cmp,
};

/* With @dst NULL, only count. */
static size_t add_prefixes(struct prefix *dst, size_t count,
			   const struct site_prefixes *p)
{
	for (size_t i = 0; dst && i < p->count; i++)
		dst[count + i] = p->item[i].prefix;
	return count + p->count;
}

static size_t site_prefixes(const struct site *site, struct prefix *dst)
{
	size_t n = add_prefixes(dst, 0, &site->remote);

	n = add_prefixes(dst, n, &site->own);
	for (size_t i = 0; i < site->circuits; i++) {
		n = add_prefixes(dst, n, &site->circuit[i].nat_pools);
		n = add_prefixes(dst, n, &site->circuit[i].advertised);
	}
	for (size_t i = 0; i < site->services; i++) {
		n = add_prefixes(dst, n, &site->service[i].local);
		n = add_prefixes(dst, n, &site->service[i].remote);
	}
	return n;
}

void report_refresh(struct report *r)
{
	prefix_map_clear(&r->prefixes);
	free(r->prefix);
	r->prefix = NULL;
	r->prefix_count = site_prefixes(r->site, NULL);
	if (r->prefix_count) {
		r->prefix = xcalloc(r->prefix_count, sizeof(*r->prefix));
		site_prefixes(r->site, r->prefix);
	}
	for (size_t i = 0; i < r->prefix_count; i++) {
		if (!prefix_map_add(&r->prefixes, &r->prefix[i], (int32_t)i))
			log_fatal("out of memory");
	}
	if (!prefix_map_freeze(&r->prefixes))
		log_fatal("out of memory");
}

struct report *report_new(const struct topo *topo,
			  const struct capture *capture,
			  const struct report_texts *texts,
			  const struct report_options *options)
{
	struct report *r = xcalloc(1, sizeof(*r));

	r->topo = topo;
	r->site = topo_site(topo);
	r->capture = capture;
	if (texts)
		r->texts = *texts;
	r->options = *options;
	r->max = options->max_findings;
	if (!r->max || r->max > REPORT_MAX_FINDINGS)
		r->max = REPORT_MAX_FINDINGS;
	report_refresh(r);
	store_init(&r->findings, &finding_shape);
	store_init(&r->connections, &connection_shape);
	store_init(&r->said, &finding_shape);
	store_init(&r->said_connections, &connection_shape);
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	store_free(&r->findings);
	store_free(&r->connections);
	live_end(r);
	prefix_map_clear(&r->prefixes);
	free(r->prefix);
	free(r->top);
	free(r->tap);
	free(r);
}

/* A flood of small findings must not take the place of a grave one. */
size_t report_quota(const struct report *r, enum severity s)
{
	return r->max * (2 + (size_t)s) / (2 + SEVERITY_CRITICAL);
}

static void sightings_usec(struct sightings *g)
{
	for (size_t i = 0; i < g->kept && i < FINDING_SIGHTINGS; i++)
		g->at[i].time = timestamp_usec(g->at[i].time);
}

static void icmp_usec(struct icmp_errors *g)
{
	for (size_t i = 0; i < g->kept && i < FINDING_ICMP; i++)
		g->at[i].at.time = timestamp_usec(g->at[i].at.time);
}

/*
 * A report knows microseconds, which is what JSON Lines tell: it is the same
 * whether it is written at once, or read back from them (recall.c).
 */
static void keep_finding(struct report *r, const struct finding *f)
{
	struct finding told = *f;

	told.time = timestamp_usec(f->time);
	told.last = timestamp_usec(f->last);
	sightings_usec(&told.syn);
	sightings_usec(&told.syn_ack);
	icmp_usec(&told.icmp);
	store_put(&r->findings, &told);
}

static void keep_connection(struct report *r, const struct connection *c)
{
	struct connection told = *c;

	told.first = timestamp_usec(c->first);
	told.ended = timestamp_usec(c->ended);
	told.change.at.time = timestamp_usec(c->change.at.time);
	sightings_usec(&told.syn);
	sightings_usec(&told.answer);
	icmp_usec(&told.icmp);
	store_put(&r->connections, &told);
}

void report_finding(struct report *r, const struct finding *f)
{
	assert(f->severity < SEVERITIES && f->rule < RULES);
	r->found[f->severity]++;
	if (f->rule == RULE_ASYMMETRIC_HANDSHAKE && f->impact <= IMPACT_BROKEN)
		r->by_impact[f->impact]++;
	if ((f->rule == RULE_SNAT_ESCAPE ||
	     f->rule == RULE_INBOUND_SNAT_MISSING) &&
	    f->severity >= SEVERITY_WARNING)
		r->nat++;
	counts_add(r, f);
	if (r->findings.count >= report_quota(r, f->severity))
		r->omitted[f->severity]++;
	else
		keep_finding(r, f);
}

void report_connection(struct report *r, const struct connection *c)
{
	if (r->connections.count >= r->max)
		r->connections_omitted++;
	else
		keep_connection(r, c);
}

/*
 * Whether a packet that was not seen may have been there all the same: a tap
 * of the connection is blind to one direction; some tap lost packets, and any
 * may be among them; or some tap was not capturing at all at that time.
 */
static bool in_doubt(const struct report_doubt *d, uint64_t taps,
		     struct timestamp first, struct timestamp last)
{
	if (d->lossy || (taps & d->one_way))
		return true;
	for (uint64_t t = d->timed; t; t &= t - 1) {
		int tap = __builtin_ctzll(t);

		if (d->from[tap].ns > last.ns || d->to[tap].ns < first.ns)
			return true;
	}
	return false;
}

static bool rests_on_silence(enum conn_class c)
{
	return c == CLASS_UNANSWERED || c == CLASS_ORPHAN_SYN_ACK;
}

/* What is taken out to be put back changed. */
struct withholding {
	struct report *r;
	struct report_doubt *doubt;
	struct store again;
};

/* The taps of a circuit whose silence accuses nobody. */
static uint64_t unreliable_taps(const struct withholding *w, uint8_t circuit)
{
	if (circuit == CIRCUIT_NONE)
		return 0;
	return topo_circuit_taps(w->r->topo, circuit) &
	       (w->doubt->lossy | w->doubt->one_way | w->doubt->absent);
}

static bool finding_stays(void *arg, const void *value)
{
	struct withholding *w = arg;
	struct report_doubt *d = w->doubt;
	uint64_t taps;
	struct finding f;
	bool changed = false;

	memcpy(&f, value, sizeof(f));
	if (f.rule == RULE_UNANSWERED || f.rule == RULE_ORPHAN_SYN_ACK) {
		taps = f.syn.taps | f.syn_ack.taps;
		if (!in_doubt(d, taps, f.time, f.last))
			return true;
		d->withheld[f.class]++;
		w->r->found[f.severity]--;
		w->r->counts.rules[f.rule][f.severity]--;
		return false;
	}
	if (f.has_tuple && rests_on_silence(f.class) &&
	    in_doubt(d, f.syn.taps | f.syn_ack.taps, f.time, f.last)) {
		f.class = CLASS_INDETERMINATE;
		changed = true;
	}
	taps = unreliable_taps(w, f.dropped_at);
	if (taps) {
		f.dropped_at = CIRCUIT_NONE;
		f.taps_missing |= taps;
		changed = true;
	}
	if (changed)
		store_put(&w->again, &f);
	return !changed;
}

static bool connection_stays(void *arg, const void *value)
{
	struct withholding *w = arg;
	struct connection c;
	bool changed = false;

	memcpy(&c, value, sizeof(c));
	if (rests_on_silence(c.class) &&
	    in_doubt(w->doubt, c.syn.taps | c.answer.taps, c.first, c.ended)) {
		c.class = CLASS_INDETERMINATE;
		changed = true;
	}
	if (unreliable_taps(w, c.dropped_at)) {
		c.dropped_at = CIRCUIT_NONE;
		changed = true;
	}
	if (changed)
		store_put(&w->again, &c);
	return !changed;
}

/* Take through @stays what @values has, and put back what it changed. */
static void withhold_in(struct withholding *w, struct store *values,
			const struct store_shape *shape,
			bool (*stays)(void *arg, const void *value))
{
	void *value = xcalloc(1, shape->size);

	store_init(&w->again, shape);
	store_remove(values, stays, w);
	for (size_t i = 0; i < w->again.count; i++) {
		store_get(&w->again, i, value);
		store_put(values, value);
	}
	store_free(&w->again);
	free(value);
}

void report_withhold(struct report *r, struct report_doubt *doubt)
{
	struct withholding w = {.r = r, .doubt = doubt};

	withhold_in(&w, &r->findings, &finding_shape, finding_stays);
	withhold_in(&w, &r->connections, &connection_shape, connection_stays);
}

void report_tap(struct report *r, const struct report_tap *tap)
{
	r->tap = xrealloc(r->tap, r->taps + 1, sizeof(*r->tap));
	r->tap[r->taps++] = *tap;
}

void report_catalogue(struct report *r, struct catalogue *k)
{
	r->catalogue = k;
}

uint64_t report_count(const struct report *r, enum severity at_least)
{
	uint64_t n = 0;

	for (size_t s = at_least; s < SEVERITIES; s++)
		count_add(&n, r->found[s]);
	return n;
}

uint64_t report_findings(const struct report *r)
{
	return report_count(r, SEVERITY_INFO);
}

uint64_t walk_class(const struct report_walk *w, enum conn_class c)
{
	return w->totals->flow ? w->totals->flow->connections[c] : 0;
}

uint64_t walk_connections(const struct report_walk *w)
{
	uint64_t n = 0;

	for (unsigned c = 0; c < CLASSES; c++)
		count_add(&n, walk_class(w, (enum conn_class)c));
	return n;
}

bool walk_write(struct report_walk *w, FILE *out, size_t when)
{
	bool ok;

	if (w->s.len < when || !w->s.len)
		return true;
	ok = fwrite(w->s.s, 1, w->s.len, out) == w->s.len;
	str_clear(&w->s);
	return ok;
}

bool walk_findings(struct report_walk *w, const struct report_writer *to,
		   FILE *out)
{
	struct finding f;

	for (size_t i = 0; to->group && i < w->groups->count; i++) {
		to->group(w, &w->groups->group[i]);
		if (!walk_write(w, out, WRITE_BYTES))
			return false;
	}
	for (size_t i = 0; to->finding && i < w->r->findings.count; i++) {
		store_get(&w->r->findings, i, &f);
		to->finding(w, &f);
		if (!walk_write(w, out, WRITE_BYTES))
			return false;
	}
	return true;
}

bool walk_list(struct report_walk *w, const struct report_writer *to, FILE *out)
{
	struct connection c;

	for (size_t i = 0; i < w->r->connections.count; i++) {
		store_get(&w->r->connections, i, &c);
		to->connection(w, &c);
		if (!walk_write(w, out, WRITE_BYTES))
			return false;
	}
	return true;
}

static bool walk_all(struct report_walk *w, const struct report_writer *to,
		     FILE *out)
{
	if (w->r->aside_alone && to->aside) {
		to->aside(w);
		return walk_write(w, out, 0) && fflush(out) == 0;
	}
	to->begin(w);
	if (!walk_findings(w, to, out) || !walk_list(w, to, out))
		return false;
	to->taps(w);
	if (w->r->catalogue && w->r->site->services && to->rows)
		to->rows(w);
	if (w->r->aside && to->aside)
		to->aside(w);
	to->end(w);
	return walk_write(w, out, 0) && fflush(out) == 0;
}

bool report_write(struct report *r, const struct report_totals *totals,
		  FILE *out)
{
	const struct report_writer *to = report_writers[r->options.format];
	struct report_totals told = *totals;
	struct report_groups groups = {0};
	struct report_walk w = {
		.r = r,
		.totals = &told,
		.groups = &groups,
	};
	int saved;
	bool ok;

	told.first = timestamp_usec(totals->first);
	told.last = timestamp_usec(totals->last);
	live_gather(r);
	store_sort(&r->findings);
	store_sort(&r->connections);
	if (to->group)
		groups_make(&groups, r);
	ok = walk_all(&w, to, out);
	saved = errno;
	str_free(&w.s);
	groups_free(&groups);
	errno = saved;
	return ok;
}
