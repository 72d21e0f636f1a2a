/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap watch: mirrored ports, live
 *
 * DOC: Theory of operation
 *
 * The same run as that of read, over interfaces instead of files, and said
 * while it goes on (live.c).  Signals only set a flag; what they ask for is
 * done at the next tick, four times a second, between two batches, when the
 * judge is idle.  Before the first packet every privilege is given up that was
 * needed to open the interfaces.  The first SIGINT or SIGTERM ends the run with
 * its report; a second one does not wait for that.  SIGHUP reads the site file
 * again (reload.c).  Where there is none, or the terminal has hung up on which
 * the run was started, it ends the run, too.
 */
#include "watch.h"

#include <asymcap/host.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "inputs.h"
#include "journal.h"
#include "metrics.h"
#include "options.h"
#include "output.h"
#include "packet_log.h"
#include "pipeline.h"
#include "reload.h"
#include "run.h"
#include "top.h"

/* Ports are read every few milliseconds: one that is silent for so long has
 * nothing that is older than what others have.
 */
#define PORT_WINDOW (100 * NSEC_PER_MSEC)

/* Groups are what people act on; a run of months makes more findings. */
#define KEPT_FINDINGS 100000

static const char help[] =
	"usage: asymcap watch [-c SITE] [options] "
	"[CIRCUIT[.TAP]=]INTERFACE...\n"
	"\n"
	"Captures from interfaces that mirrored ports are plugged into, and "
	"says what\n"
	"it finds as soon as it is certain: in text a line for each new "
	"group, in JSON\n"
	"each finding once. SIGINT, SIGTERM or --duration ends it with the "
	"report.\n"
	"\n"
	"Without a site file each interface is a circuit, named by NAME= or "
	"as it is.\n"
	"With one, and no interface named, those of its taps are watched.\n"
	"\n" OPTIONS_HELP_SITE
	"      --all               every packet, not only what begins and "
	"ends\n"
	"                          connections (tunnels need this)\n"
	"      --filter EXPR       of these, what pcap-filter(7) calls EXPR\n"
	"      --buffer MIB        buffer of each interface, from 4 on "
	"(default "
	"64)\n"
	"      --metrics ADDR:PORT serve Prometheus metrics and /healthz; "
	"PORT alone\n"
	"                          means 127.0.0.1\n"
	"      --duration TIME     end after TIME: 90, 90s, 15m, 2h\n"
	"      --format FORMAT     text (default), json (JSON Lines) or html "
	"(one page,\n"
	"                          written at the end)\n"
	"  -o, --output FILE       append to it; opened again on "
	"SIGUSR1\n"
	"      --write FILE        append the packets of findings, as pcapng; "
	"the same\n"
	"      --top               a screen that is drawn anew, on a "
	"terminal\n"
	"      --write-memory MIB  for packets that may be wanted (default "
	"64)\n" OPTIONS_HELP_JUDGING "  -q, --quiet             errors only\n"
	"  -v, --verbose           say more\n"
	"  -h, --help              this text\n"
	"\n"
	"exit status: 0 nothing found, 1 found, 2 wrong usage, filter or site "
	"file,\n"
	"3 an interface cannot be captured from, or lines could not be "
	"written,\n"
	"4 cannot judge\n"
	"\n"
	"  asymcap watch internet=eth1 er-chicago=eth2\n"
	"  asymcap watch -c site.yaml --format json -o "
	"/var/log/asymcap.jsonl\n";

/* What signal handlers may touch: there is one run in a process. */
static struct capture *to_stop;
static volatile sig_atomic_t reopen;
static volatile sig_atomic_t hangup;

static void on_stop(int sig)
{
	(void)sig;
	capture_stop(to_stop);
}

static void on_reopen(int sig)
{
	(void)sig;
	reopen = 1;
}

static void on_hangup(int sig)
{
	(void)sig;
	hangup = 1;
}

static void catch_signals(struct capture *capture)
{
	const struct sigaction stop = {
		.sa_handler = on_stop,
		.sa_flags = (int)SA_RESETHAND,
	};
	const struct sigaction again = {.sa_handler = on_reopen};
	const struct sigaction hung_up = {.sa_handler = on_hangup};

	to_stop = capture;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &hung_up, NULL);
	sigaction(SIGUSR1, &again, NULL);
	/* A bound on the size of files is to be an error, and no end. */
	signal(SIGXFSZ, SIG_IGN);
}

/** struct watch - A run, and what it is told meanwhile */
struct watch {
	struct pipeline pipeline;	/* the first: ticks get this */
	struct journal *journal;	/* NULL: page, pipe or terminal */
	struct metrics_server *metrics; /* NULL: nobody asks */
	struct notify notify;
	bool terminal;	    /* it was started on one */
	struct output page; /* HTML: written whole at the end */
	int64_t until;
};

static void tell_ready(struct watch *w)
{
	char state[64];
	uint32_t count = capture_inputs(w->pipeline.capture);

	snprintf(state, sizeof(state),
		 "READY=1\nSTATUS=watching %u interface%s", count,
		 count == 1 ? "" : "s");
	notify_say(&w->notify, state);
}

/* A terminal that is gone is the end; somebody else means the site file. */
static void hang_up(struct watch *w, int64_t now)
{
	struct pipeline *p = &w->pipeline;
	char state[64];

	if (!p->options->site_path || (w->terminal && !isatty(STDERR_FILENO))) {
		capture_stop(p->capture);
		return;
	}
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)(now / NSEC_PER_USEC));
	notify_say(&w->notify, state);
	reload_site(p);
	if (p->packets)
		packet_log_renew(p->packets);
	tell_ready(w);
}

static void tick(struct pipeline *p)
{
	struct watch *w = (struct watch *)p;
	int64_t now = clock_monotonic();

	metrics_note(w->metrics, p, w->journal ? journal_lost(w->journal) : 0);
	if (p->options->top)
		top_tick(p);
	notify_alive(&w->notify, now);
	if (w->until && now >= w->until)
		capture_stop(p->capture);
	if (hangup) {
		hangup = 0;
		hang_up(w, now);
	}
	if (reopen) {
		reopen = 0;
		if (w->journal)
			journal_reopen(w->journal);
		if (p->packets)
			packet_log_reopen(p->packets);
	}
}

static void say_ready(struct watch *w)
{
	log_info("watching %u interfaces", capture_inputs(w->pipeline.capture));
	tell_ready(w);
}

static ssize_t discard(void *arg, const char *text, size_t size)
{
	(void)arg;
	(void)text;
	return (ssize_t)size;
}

static int run(struct watch *w)
{
	static const cookie_io_functions_t into_nothing = {.write = discard};
	struct pipeline *p = &w->pipeline;
	const struct options *o = p->options;
	FILE *out = w->journal	     ? journal_stream(w->journal)
		    : w->page.stream ? w->page.stream
				     : stdout;
	FILE *nowhere = NULL;
	bool written;
	int status;

	/* From here on there may be threads, which keep the privileges that
	 * they were born with.
	 */
	if (w->metrics && !metrics_start(w->metrics)) {
		if (w->journal)
			journal_close(w->journal);
		return EXIT_INPUT;
	}
	p->stats = w->metrics != NULL;
	p->topo = topo_new(p->site);
	p->report = report_new(p->topo, p->capture, run_texts(), &o->report);
	p->live = out;
	/* The screen shows what is new; the report waits for its end. */
	if (o->top && !w->journal && !w->page.stream)
		p->live = nowhere = fopencookie(NULL, "w", into_nothing);
	if (!p->live)
		log_fatal("out of memory");
	p->tick = tick;
	capture_live(p->capture, PORT_WINDOW);
	catch_signals(p->capture);
	if (o->duration)
		w->until = clock_monotonic() + o->duration;
	say_ready(w);
	if (o->top)
		top_start(p);
	pipeline_run(p);
	notify_say(&w->notify, "STOPPING=1");
	metrics_stop(w->metrics);
	w->metrics = NULL;
	if (w->journal)
		p->totals.lost_lines = journal_lost(w->journal);
	if (p->packets)
		p->totals.lost_packets = packet_log_lost(p->packets);
	if (o->top)
		top_end();
	written = report_write(p->report, &p->totals, out) && !p->say_error;
	if (w->page.stream)
		written = output_close(&w->page, written);
	else if (!w->journal && !written)
		log_error("standard output: cannot write: %s",
			  strerror(p->say_error ? p->say_error : errno));
	if (w->journal)
		written &= journal_close(w->journal);
	if (p->packets)
		written &= packet_log_close(p->packets);
	if (nowhere)
		fclose(nowhere);
	status = run_status(p, written);
	run_free(p);
	return status;
}

/* Everything is open: from here on nothing is needed but this. */
static bool give_up_the_rest(const struct options *o)
{
	struct confine_list list = {0};

	confine_allow(&list, "/proc/self", CONFINE_READ);
	/* What interfaces have dropped; the names are links to devices. */
	confine_allow(&list, "/sys/class/net", CONFINE_READ);
	confine_allow(&list, "/sys/devices", CONFINE_READ);
	confine_allow(&list, o->site_path, CONFINE_READ_BESIDE);
	confine_allow(&list, o->output,
		      o->report.format == REPORT_HTML ? CONFINE_REPLACE
						      : CONFINE_APPEND);
	confine_allow(&list, o->packets, CONFINE_READ_BESIDE);
	confine_allow(&list, o->packets, CONFINE_APPEND);
	return confine(&list, false);
}

char **watch_site_interfaces(const struct site *site, size_t *count)
{
	char **names = xcalloc(site->taps + 1, sizeof(*names));

	*count = 0;
	for (size_t i = 0; i < site->taps; i++) {
		char *name = site->tap[i].interface;
		bool known = !name;

		for (size_t k = 0; k < *count && !known; k++)
			known = !strcmp(names[k], name);
		if (!known)
			names[(*count)++] = xstrdup(name);
	}
	return names;
}

/* A page is one document, and cannot grow by lines. */
static bool open_output(struct watch *w, const struct options *o)
{
	bool standard = !o->output || !strcmp(o->output, "-");

	if (o->report.format == REPORT_HTML)
		return standard || output_open(&w->page, o->output);
	if (standard) {
		w->journal = journal_standard_output();
		return true;
	}
	w->journal = journal_open(o->output);
	return w->journal != NULL;
}

static int watch_interfaces(struct watch *w, struct options *o)
{
	struct pipeline *p = &w->pipeline;
	int status;

	/* First, since a port that is busy is to leave no trace. */
	if (o->metrics) {
		w->metrics = metrics_listen(o->metrics);
		if (!w->metrics)
			return EXIT_INPUT;
	}
	p->capture = capture_new();
	p->inputs = inputs_open(o, p->site, p->capture);
	status = p->inputs ? run_refused(p->capture) : EXIT_USAGE;
	notify_open(&w->notify);
	if (!status && !open_output(w, o))
		status = EXIT_INPUT;
	if (!status && o->packets) {
		p->packets = packet_log_open(o->packets, o->packet_memory);
		if (!p->packets)
			status = EXIT_INPUT;
	}
	if (!status && !give_up_the_rest(o))
		status = EXIT_INPUT;
	if (!status)
		status = run(w);
	metrics_stop(w->metrics);
	notify_close(&w->notify);
	inputs_free(p->inputs);
	capture_free(p->capture);
	return status;
}

int command_watch(int argc, char **argv)
{
	struct options o = {.watch = true};
	struct watch w = {
		.pipeline.options = &o,
		.terminal = isatty(STDERR_FILENO) != 0,
	};
	char **names = NULL;
	int status = options_parse(&o, argc, argv, help);

	if (status >= 0)
		goto out;
	status = EXIT_USAGE;
	if (o.top && !top_possible(&o))
		goto out;
	if (!o.report.max_findings)
		o.report.max_findings = KEPT_FINDINGS;
	w.pipeline.site = run_site(&o);
	if (!w.pipeline.site)
		goto out;
	if (!o.file_count && o.site_path)
		o.files = names =
			watch_site_interfaces(w.pipeline.site, &o.file_count);
	if (o.file_count)
		status = watch_interfaces(&w, &o);
	else
		log_error("watch: no interface named; see 'asymcap watch "
			  "--help'");
	site_free(w.pipeline.site);
	for (size_t i = 0; names && i < o.file_count; i++)
		free(names[i]);
	free(names);
out:
	options_free(&o);
	return status;
}
