/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap probe: ask the network
 *
 * DOC: Theory of operation
 *
 * All that may go wrong without a packet is tried first: targets, routes, the
 * taps, the sockets, the file of the report.  Then privileges are given up, as
 * far as a source port that was asked for needs none.  Then one thread sends and hears what comes back to this
 * host, while the other looks at the taps.  They share nothing; when the first
 * is done it lets the taps finish, and what both know is put together.
 */
#include "probe.h"

#include <asymcap/host.h>

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "clash.h"
#include "output.h"
#include "run.h"
#include "watch.h"

/* So long what passed is on its way from the kernel to who looks. */
#define LINGER_US 600000

/**
 * struct sender - The thread that sends
 * @over:	Attempts that are over
 * @terminal:	Somebody waits for them: each is told as it is over
 */
struct sender {
	struct probe *probe;
	struct probe_plan *plan;
	struct probe_view *view;
	size_t over;
	bool terminal;
};

/* What signal handlers may touch: there is one run in a process. */
static struct sender running;

static void on_stop(int sig)
{
	(void)sig;
	if (running.probe)
		probe_stop(running.probe);
	else
		probe_view_stop(running.view);
}

static void catch_signals(void)
{
	const struct sigaction stop = {
		.sa_handler = on_stop,
		.sa_flags = (int)SA_RESETHAND,
	};

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
}

static void add_answer(struct str *s, const struct probe_attempt *a)
{
	char text[ADDR_TEXT];

	if (a->error)
		str_addf(s, "not sent: %s", strerror(a->error));
	else if (!a->answer)
		str_add(s, "no answer");
	else
		str_add(s, probe_answer_name(a->answer));
	if (a->answer == PROBE_ICMP)
		str_addf(s, " from %s", addr_format(&a->router, text));
	if (a->rtt >= 0)
		str_addf(s, " after %.3f ms",
			 (double)a->rtt / (double)NSEC_PER_MSEC);
}

/* What this host has heard; which way it went is known at the end. */
static void tell(void *arg, const struct probe_attempt *a)
{
	const struct probe_plan *plan = running.plan;
	size_t i = (size_t)(a - plan->attempt);
	struct str s = {0};

	(void)arg;
	str_addf(&s, "%zu of %zu: ", ++running.over, plan->attempts);
	str_add_safe(&s, plan->goal[i / plan->each].text);
	str_addf(&s, " from port %u: ", a->sport);
	add_answer(&s, a);
	if (running.terminal)
		fprintf(stderr, "%s\n", s.s);
	else
		log_info("%s", s.s);
	str_free(&s);
}

static void *send_all(void *arg)
{
	struct sender *s = arg;

	probe_run(s->probe, s->plan->attempt, s->plan->attempts);
	usleep(LINGER_US);
	probe_view_stop(s->view);
	return NULL;
}

static bool open_probe(const struct probe_options *o, struct sender *s)
{
	struct probe_how how = o->how;
	struct str why = {0};

	how.told = tell;
	s->terminal = !o->common.quiet && s->plan->attempts > 1 &&
		      isatty(STDERR_FILENO);
	s->probe = probe_open(&how, &why);
	if (!s->probe)
		log_error("probe: %s", why.s);
	str_free(&why);
	return s->probe;
}

static void send_and_look(struct sender *s)
{
	pthread_t thread;
	int error;

	running = *s;
	catch_signals();
	error = pthread_create(&thread, NULL, send_all, &running);
	if (error)
		log_fatal("no thread to send from: %s", strerror(error));
	probe_view_run(s->view);
	pthread_join(thread, NULL);
	running = (struct sender){.view = s->view};
	probe_close(s->probe);
	s->probe = NULL;
}

/* ------------------------------------------------------------------ results */

/**
 * struct results - What is written
 * @own:	Texts of targets that were not on the command line
 */
struct results {
	struct report_probe *probe;
	size_t count;
	char **own;
};

static void collect(struct results *x, const struct probe_options *o,
		    const struct probe_plan *plan, const struct probe_view *v,
		    const struct topo *topo)
{
	const struct probe_context context = {
		.raw = !o->how.connect,
		.via = plan->via,
		.live = probe_view_taps(v),
		.blind = probe_view_blind(v),
	};

	x->probe = xcalloc(plan->attempts + 1, sizeof(*x->probe));
	for (size_t i = 0; i < plan->attempts; i++) {
		const struct probe_goal *goal = &plan->goal[i / plan->each];
		struct probe_attempt *a = &plan->attempt[i];
		struct report_probe *p;

		if (!a->sent && !a->error && !a->answer)
			continue; /* stopped before its turn */
		p = &x->probe[x->count++];
		p->target = goal->text;
		p->attempt = a;
		p->service = goal->service;
		probe_judge(p, topo, probe_view_find(v, a), &context);
		probe_view_sights(v, p);
	}
}

static void collect_inbound(struct results *x, const struct probe_options *o,
			    const struct probe_view *v, const struct topo *topo)
{
	const struct site *site = topo_site(topo);
	const struct probe_context context = {
		.via = CIRCUIT_NONE,
		.live = probe_view_taps(v),
		.blind = probe_view_blind(v),
	};
	struct connection *c;

	x->probe = xcalloc(o->count + 1, sizeof(*x->probe));
	x->own = xcalloc(o->count + 1, sizeof(*x->own));
	while (x->count < o->count && (c = probe_view_inbound(v, x->count))) {
		struct report_probe *p = &x->probe[x->count];
		char text[ADDR_TEXT];
		struct str s = {0};

		str_addf(&s,
			 addr_is_v4(&c->tuple[0].server) ? "%s:%u" : "[%s]:%u",
			 addr_format(&c->tuple[0].server, text),
			 c->tuple[0].server_port);
		if (c->service != SERVICE_NONE)
			log_debug("%s is %s", s.s,
				  site->service[c->service].name);
		x->own[x->count++] = s.s;
		p->target = s.s;
		p->service = c->service;
		probe_judge(p, topo, c, &context);
	}
}

static void results_free(struct results *x)
{
	for (size_t i = 0; x->own && i < x->count; i++)
		free(x->own[i]);
	free(x->own);
	free(x->probe);
}

static int status_of(const struct results *x, const struct probe_plan *plan)
{
	bool unplanned = false, unjudged = !x->count || plan->skipped;

	for (size_t i = 0; i < x->count; i++) {
		if (x->probe[i].outcome == PROBE_NOT_SENT)
			return EXIT_INPUT;
		unplanned |= !x->probe[i].planned;
		unjudged |= !x->probe[i].judged;
	}
	if (unplanned)
		return EXIT_FOUND;
	return unjudged ? EXIT_CANNOT_JUDGE : EXIT_NOTHING_FOUND;
}

static void tell_blind(const struct site *site, uint64_t blind)
{
	for (unsigned tap = 0; tap < site->taps; tap++) {
		if (blind >> tap & 1)
			log_warn("tap %s lost packets, or had no carrier: "
				 "what it did not show proves nothing",
				 site->tap[tap].name);
	}
}

static int write_results(const struct probe_options *o, const struct results *x,
			 const struct probe_plan *plan, const struct topo *topo,
			 const struct probe_view *v, struct output *out)
{
	struct report *r = report_new(topo, probe_view_capture(v), run_texts(),
				      &o->common.report);
	bool good;

	tell_blind(topo_site(topo), probe_view_blind(v));
	good = report_probes(r, x->probe, x->count, out->stream);
	good = output_close(out, good);
	report_free(r);
	return good ? status_of(x, plan) : EXIT_INPUT;
}

/* ------------------------------------------------------------------ dry run */

static void print_packet(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (i % 16 == 0)
			printf("%s%04zx ", i ? "\n" : "", i);
		printf(" %02x", p[i]);
	}
	puts("\n");
}

static int print_attempt(const struct probe_options *o,
			 struct probe_packets *packets, struct probe_attempt *a,
			 const char *target)
{
	unsigned first = a->trace,
		 last = a->trace ? PROBE_HOPS : o->how.tries - 1;
	uint8_t packet[PROBE_PACKET_MAX];
	char from[ADDR_TEXT];
	char to[ADDR_TEXT];
	size_t size;

	if (!probe_take_port(a)) {
		log_error("%s: no source port: %s", target, strerror(errno));
		return EXIT_INPUT;
	}
	printf("# %s: %s port %u to %s port %u, %s%s\n", target,
	       addr_format(&a->src, from), a->sport, addr_format(&a->dst, to),
	       a->dport, o->how.connect ? "by connect()" : "raw packets",
	       a->trace ? ", TTL 1 and on until the target answers" : "");
	for (unsigned n = first; n <= last && !o->how.connect; n++) {
		size = probe_packet(packets, a, n, packet);
		if (!size) {
			log_error("%s: libnet cannot build the SYN", target);
			return EXIT_INPUT;
		}
		printf("# SYN %u of at most %u, sequence number %u", n + !first,
		       last + !first, a->isn);
		if (!a->trace)
			printf(", after %lld s",
			       (long long)((a->start + probe_backoff(n)) /
					   NSEC_PER_SEC));
		putchar('\n');
		print_packet(packet, size);
	}
	return 0;
}

/* As 'text2pcap -l 101' reads it. */
static int print_packets(const struct probe_options *o,
			 const struct probe_plan *plan)
{
	struct probe_packets *packets = probe_packets_new();
	int status = 0;

	if (!packets) {
		log_error("libnet cannot begin");
		return EXIT_INPUT;
	}
	for (size_t i = 0; i < plan->attempts && !status; i++)
		status = print_attempt(o, packets, &plan->attempt[i],
				       plan->goal[i / plan->each].text);
	probe_packets_free(packets);
	return status;
}

/* ---------------------------------------------------------------- the command */

static void listen_and_look(struct sender *s)
{
	running = *s;
	catch_signals();
	probe_view_run(s->view);
}

/* Sockets and report are open: nothing is needed but to put that in place. */
static bool give_up_the_rest(const struct probe_options *o,
			     const struct output *out)
{
	struct confine_list list = {.ports = !o->listen};

	if (o->first_port && o->first_port < IPPORT_RESERVED) {
		log_info("privileges are kept, for source port %u",
			 o->first_port);
		return true;
	}
	confine_allow(&list, "/sys/class/net", CONFINE_READ);
	confine_allow(&list, "/sys/devices", CONFINE_READ);
	return output_confine(out, &list);
}

static int look(const struct probe_options *o, struct sender *s,
		struct topo *topo, struct output *out)
{
	struct results x = {0};
	int status;

	log_info("probing %zu times, watching %u interfaces", s->plan->attempts,
		 capture_inputs(probe_view_capture(s->view)));
	if (o->listen) {
		listen_and_look(s);
		collect_inbound(&x, o, s->view, topo);
	} else {
		send_and_look(s);
		collect(&x, o, s->plan, s->view, topo);
	}
	status = write_results(o, &x, s->plan, topo, s->view, out);
	results_free(&x);
	return status;
}

/* All that may fail is opened before the first packet. */
static int run_view(const struct probe_options *o, struct site *site,
		    struct topo *topo, struct probe_plan *plan)
{
	struct sender s = {.plan = plan};
	struct output out;
	int status;

	s.view = probe_view_open(o, site, topo, plan, &status);
	if (!s.view)
		return status;
	status = EXIT_INPUT;
	if ((o->listen || open_probe(o, &s)) &&
	    output_open(&out, o->common.output)) {
		if (give_up_the_rest(o, &out) && probe_view_ready(s.view))
			status = look(o, &s, topo, &out);
		else
			output_drop(&out);
	}
	if (s.probe)
		probe_close(s.probe);
	probe_view_free(s.view);
	return status;
}

static int run(struct probe_options *o, struct site *site)
{
	struct topo *topo = topo_new(site);
	struct probe_plan plan = {0};
	char **names = NULL;
	int status = probe_plan_make(&plan, o, topo);

	o->common.files = o->taps;
	o->common.file_count = o->tap_count;
	if (!o->tap_count) {
		names = watch_site_interfaces(site, &o->common.file_count);
		o->common.files = names;
	}
	if (status) {
		/* told */
	} else if (!plan.goals && !o->listen) {
		status = EXIT_CANNOT_JUDGE;
	} else if (o->dry_run) {
		status = print_packets(o, &plan);
	} else if (!o->common.file_count) {
		log_error("probe: no live tap: no tap of the site states an "
			  "interface; name them: --tap CIRCUIT=INTERFACE");
		status = EXIT_USAGE;
	} else {
		status = run_view(o, site, topo, &plan);
	}
	probe_plan_free(&plan);
	topo_free(topo);
	for (size_t i = 0; names && i < o->common.file_count; i++)
		free(names[i]);
	free(names);
	return status;
}

static bool apart(const struct probe_options *o, const struct site *site)
{
	struct clash c = {0};
	bool apart = clash_write(&c, "-o", o->common.output) &&
		     clash_read_site(&c, o->common.site_path, site);

	clash_free(&c);
	return apart;
}

int command_probe(int argc, char **argv)
{
	struct probe_options o;
	int status = probe_options_parse(&o, argc, argv);
	struct site *site;

	if (status >= 0)
		return status;
	site = run_site(&o.common);
	if (!site)
		return EXIT_USAGE;
	status = apart(&o, site) ? run(&o, site) : EXIT_USAGE;
	site_free(site);
	return status;
}
