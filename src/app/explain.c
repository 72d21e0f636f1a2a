/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap explain: one connection, packet by packet, over all circuits
 *
 * DOC: Theory of operation
 *
 * The files are read twice.  The first reading is that of asymcap read: it
 * judges every connection, for a verdict may rest on any of them, and lists
 * those that are meant.  The most telling of these are chosen, and the second
 * reading collects their packets.  So what is read must stay where it is: a
 * pipe is refused.
 */
#include "explain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "argument.h"
#include "collect.h"
#include "health.h"
#include "inputs.h"
#include "options.h"
#include "output.h"
#include "pipeline.h"
#include "progress.h"
#include "run.h"

#define DEFAULT_MAX	3
#define DEFAULT_PACKETS 100
#define NEARS		5

static const char help[] =
	"usage: asymcap explain [-c SITE] [options] [WHICH]... "
	"[CIRCUIT[.TAP]=]FILE...\n"
	"\n"
	"Shows what became of every packet of a connection on every circuit, "
	"and what\n"
	"that means: class, impact, cause, remedy, and what a firewall will "
	"have logged.\n"
	"\n"
	"Which connections; of several, all must hold; none: the gravest "
	"findings\n"
	"      --flow A:PORT-B:PORT  between these ends, in either order; a "
	"port may be\n"
	"                          left out, an address may be a prefix or "
	"'*'\n"
	"      --address ADDRESS   from or to this address or prefix\n"
	"      --finding N         those of the Nth entry of the text report\n"
	"      --community-id ID   the one that other tools call ID\n"
	"      --service NAME      those of a service of the site file\n"
	"  A word that is no file, and an address, a flow, a Community ID or a "
	"service,\n"
	"  does as well.\n"
	"\n"
	"      --max N             connections that are explained (default 3)\n"
	"      --packets N         packets that are shown of each (default "
	"100)\n"
	"\n" OPTIONS_HELP_SITE
	"      --format FORMAT     text (default) or json (JSON Lines)\n"
	"  -o, --output FILE       write there, whole or not at all\n"
	"      --fail-on SEVERITY  exit 1 for findings from info, warning "
	"(default)\n"
	"                          or critical on\n"
	"      --max-flows N       flows kept at once (default 1000000)\n"
	"      --threads N         threads to use (default: as cores there "
	"are)\n"
	"      --color WHEN        auto (default), always or never; NO_COLOR "
	"counts\n"
	"  -q, --quiet             errors only, no progress\n"
	"  -v, --verbose           say more\n"
	"  -h, --help              this text\n"
	"\n"
	"exit status: 0 what is meant is sound, 1 there are findings about it, "
	"2 wrong\n"
	"usage or site file, 3 an input cannot be read twice, is missing, "
	"foreign or\n"
	"damaged, 4 no connection is meant, or it cannot be judged\n"
	"\n"
	"  asymcap explain --flow 40.96.0.10:36295-203.0.113.25:25 *.pcap\n"
	"  asymcap explain -c site.yaml 203.0.113.25 captures/*.pcapng.gz\n"
	"  asymcap explain -c site.yaml --finding 1 *.pcap\n";

/**
 * struct explaining - A run of explain
 * @which:	Which connections are meant
 * @entry:	--finding
 * @near:	What comes near, the nearest first
 * @nears:	How many
 * @again:	The files, opened for the second reading
 */
struct explaining {
	const struct explain_options *options;
	struct explain_which which;
	struct report_near near[NEARS];
	size_t nears;
	struct capture *again;
	struct trace *trace;
};

/* ---------------------------------------------------------- first reading */

static void keep_near(struct explaining *x, const struct report_near *n)
{
	size_t at = x->nears;

	if (at == NEARS) {
		if (x->near[at - 1].near.score >= n->near.score)
			return;
		at--;
	} else {
		x->nears++;
	}
	for (; at && x->near[at - 1].near.score < n->near.score; at--)
		x->near[at] = x->near[at - 1];
	x->near[at] = *n;
}

/* On the judge's thread: whether a connection that is over is meant. */
static bool is_meant(void *arg, const struct connection *c)
{
	static const struct tuple none;
	struct explaining *x = arg;
	struct tuple names[FINDING_TUPLES + 1];
	struct report_near n;
	size_t count = 0;

	for (; count < c->tuples && count < FINDING_TUPLES; count++)
		names[count] = c->tuple[count];
	if (memcmp(&c->answer_tuple, &none, sizeof(none)) != 0)
		names[count++] = c->answer_tuple;
	if (selector_matches(&x->which.selector, names, count, c->service))
		return true;
	n.near = selector_near(&x->which.selector, names, count);
	if (n.near.score) {
		report_facts(&n.about, c);
		keep_near(x, &n);
	}
	return false;
}

/* What is read twice must be there twice. */
static bool all_possible(const struct capture *c)
{
	bool all = true;

	for (uint32_t i = 0; i < capture_inputs(c); i++) {
		const struct capture_input *in = capture_input(c, i);

		if (in->state == CAPTURE_BAD || collect_possible(in))
			continue;
		log_error("%s: a pipe can be read once only, and explain reads "
			  "twice; write it to a file first: cat > FILE.pcap",
			  in->path);
		all = false;
	}
	return all;
}

/* --------------------------------------------------------- second reading */

static void take_packet(void *arg, const struct collected *packet)
{
	struct explaining *x = arg;

	trace_take(x->trace, packet->id, packet->segment, packet->tap);
}

/* Return: whether the files were still what they had been. */
static bool collect(struct explaining *x, struct pipeline *p,
		    const struct report_choice *c)
{
	static const struct tuple none;
	const struct timestamp ever = {INT64_MIN};
	struct trace_how how;
	struct wanted *w;
	bool same = true;

	health_trace(p, &how);
	how.rows = x->options->packets;
	x->trace = trace_new(&how, c->about, c->count);
	w = wanted_new();
	for (uint32_t i = 0; i < c->count; i++) {
		const struct finding *f = &c->about[i];
		struct timestamp end = {f->last.ns + TRACE_LINGER};

		for (unsigned k = 0; k < f->tuples && k < FINDING_TUPLES; k++)
			wanted_add(w, &f->tuple[k], ever, end, i);
		if (memcmp(&f->answer, &none, sizeof(none)) != 0)
			wanted_add(w, &f->answer, ever, end, i);
	}
	if (c->count)
		same = collect_again(p, x->again, w, take_packet, x);
	wanted_free(w);
	trace_finish(x->trace);
	progress_phase("collected");
	return same;
}

/* -------------------------------------------------------------------- run */

static int explain_status(const struct pipeline *p,
			  const struct report_choice *c, bool good)
{
	uint64_t found = 0;
	bool judged = false;

	if (!run_inputs_whole(p) || !good)
		return EXIT_INPUT;
	for (size_t s = p->options->fail_on; s < SEVERITIES; s++)
		found += c->found[s];
	if (found)
		return EXIT_FOUND;
	for (size_t i = 0; i < c->count; i++)
		judged |= c->about[i].class != CLASS_INDETERMINATE;
	return judged ? EXIT_NOTHING_FOUND : EXIT_CANNOT_JUDGE;
}

static int write_all(struct explaining *x, struct pipeline *p,
		     struct output *out)
{
	struct report_choice c = {
		.selector = &x->which.selector,
		.entry = x->options->finding,
		.max = x->options->max,
	};
	struct report_explanation e = {
		.choice = &c,
		.asked = x->which.asked.s ? x->which.asked.s : "",
		.near = x->near,
		.nears = x->nears,
	};
	bool same, written;
	int status;

	report_choose(p->report, &c);
	if (c.count)
		e.nears = 0;
	same = collect(x, p, &c);
	e.trace = x->trace;
	written = report_explain(p->report, &p->totals, &e, out->stream);
	written = output_close(out, written);
	status = explain_status(p, &c, same && written);
	trace_free(x->trace);
	report_choice_free(&c);
	return status;
}

static int run(struct explaining *x, struct pipeline *p)
{
	struct output out;
	int status;

	x->again = collect_open(p->capture);
	if (!output_open_confined(&out, p->options->output)) {
		capture_free(x->again);
		return EXIT_INPUT;
	}
	p->topo = topo_new(p->site);
	p->report = report_new(p->topo, p->capture, run_texts(),
			       &p->options->report);
	p->listed = is_meant;
	p->listed_arg = x;
	pipeline_run(p);
	status = write_all(x, p, &out);
	capture_free(x->again);
	run_free(p);
	return status;
}

static void no_file(void)
{
	log_error("explain: no file named; see 'asymcap explain --help'");
}

static int open_and_run(struct options *o, struct explaining *x)
{
	struct pipeline p = {.options = o};
	int status = EXIT_USAGE;

	p.site = run_site(o);
	if (!p.site)
		return EXIT_USAGE;
	p.capture = capture_new();
	if (!explain_ask(&x->which, o->explain, p.site))
		status = EXIT_USAGE;
	else if (!explain_services(&x->which, o, p.site))
		status = EXIT_INPUT;
	else if (!o->file_count)
		no_file();
	else
		p.inputs = inputs_open(o, p.site, p.capture);
	if (p.inputs)
		status = all_possible(p.capture) ? run(x, &p) : EXIT_INPUT;
	inputs_free(p.inputs);
	capture_free(p.capture);
	site_free(p.site);
	return status;
}

int command_explain(int argc, char **argv)
{
	struct explain_options which = {
		.max = DEFAULT_MAX,
		.packets = DEFAULT_PACKETS,
	};
	struct options o = {.explain = &which};
	struct explaining x = {.options = &which};
	int status = options_parse(&o, argc, argv, help);

	if (status < 0) {
		explain_words(&o);
		o.report.flows = true;
		selector_init(&x.which.selector);
		status = EXIT_USAGE;
		if (o.report.format > REPORT_JSON)
			log_error("explain: --format is 'text' or 'json'");
		else if (o.file_count)
			status = open_and_run(&o, &x);
		else
			no_file();
	}
	str_free(&x.which.asked);
	options_free(&o);
	return status;
}
