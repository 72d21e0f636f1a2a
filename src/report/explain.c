/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain: what became of each connection that was chosen, and why
 *
 * The findings about a connection are put beside its packets; then it is
 * written like a report, in one walk.
 */
#include <errno.h>
#include <stdlib.h>

#include "private.h"

/* Keep the gravest, in the order of their coming where they are alike. */
static void put_finding(struct explained *x, const struct finding *f)
{
	size_t at = x->count;

	if (at == EXPLAINED_FINDINGS) {
		if (x->found[at - 1].severity >= f->severity)
			return;
		at--;
	} else {
		x->count++;
	}
	for (; at && x->found[at - 1].severity < f->severity; at--)
		x->found[at] = x->found[at - 1];
	x->found[at] = *f;
}

static struct explained *gather(const struct report *r,
				const struct report_explanation *e)
{
	size_t count = e->choice->count;
	struct explained *x = xcalloc(count + 1, sizeof(*x));
	struct finding f;

	for (size_t i = 0; i < count; i++) {
		x[i].index = i;
		x[i].of = count;
		x[i].about = &e->choice->about[i];
		x[i].ladder = trace_ladder(e->trace, i);
	}
	for (size_t k = 0; count && k < r->findings.count; k++) {
		store_get(&r->findings, k, &f);
		for (size_t i = 0; i < count && f.has_tuple; i++) {
			if (report_same_connection(x[i].about, &f))
				put_finding(&x[i], &f);
		}
	}
	for (size_t i = 0; i + 1 < count; i++) {
		x[i + 1].told = x[i].told;
		for (size_t k = 0; k < x[i].count; k++) {
			if (x[i].found[k].cause < 64)
				x[i + 1].told |= 1ULL << x[i].found[k].cause;
		}
	}
	return x;
}

static bool walk_explained(struct report_walk *w,
			   const struct report_writer *to,
			   const struct report_explanation *e, FILE *out)
{
	struct explained *x = gather(w->r, e);
	bool ok = true;

	to->chosen(w, e);
	for (size_t i = 0; i < e->choice->count && ok; i++) {
		to->explained(w, &x[i]);
		ok = walk_write(w, out, 0);
	}
	free(x);
	return ok && walk_write(w, out, 0) && fflush(out) == 0;
}

bool report_explain(struct report *r, const struct report_totals *totals,
		    const struct report_explanation *e, FILE *out)
{
	const struct report_writer *to = report_writers[r->options.format];
	struct report_walk w = {.r = r, .totals = totals};
	int saved;
	bool ok;

	if (!to->explained) {
		errno = ENOTSUP;
		return false;
	}
	ok = walk_explained(&w, to, e, out);
	saved = errno;
	str_free(&w.s);
	errno = saved;
	return ok;
}
