/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap read: captures of a test window
 */
#include "app.h"

#include <asymcap/host.h>

#include <errno.h>

#include "collect.h"
#include "evidence.h"
#include "inputs.h"
#include "options.h"
#include "output.h"
#include "pipeline.h"
#include "progress.h"
#include "run.h"

/* So long other pipes wait for one that is silent. */
#define STREAM_WINDOW NSEC_PER_SEC

static const char help[] =
	"usage: asymcap read [-c SITE] [options] [CIRCUIT[.TAP]=]FILE...\n"
	"\n"
	"Reads pcap and pcapng files (gzip and zstd too, '-' for standard "
	"input),\n"
	"merges them by time and says of each TCP connection which circuit its "
	"SYN\n"
	"took and which its answer, what broke, and which sources escaped "
	"NAT.\n"
	"\n"
	"Without a site file each file is a circuit, named by NAME= or by the "
	"file;\n"
	"of a pcapng file with several interfaces, each interface is one.\n"
	"\n"
	"While a pipe still runs, findings are said as soon as they are "
	"certain: in\n"
	"JSON each once, in text a line for each new group; the report is the "
	"end.\n"
	"\n" OPTIONS_HELP_SITE
	"      --format FORMAT     text (default), json (JSON Lines) or html "
	"(one page)\n"
	"  -o, --output FILE       write there, whole or not at "
	"all\n"
	"      --evidence DIR      the packets of findings as pcapng files, "
	"commented\n" OPTIONS_HELP_JUDGING
	"  -q, --quiet             errors only, no progress\n"
	"  -v, --verbose           say more\n"
	"  -h, --help              this text\n"
	"\n"
	"exit status: 0 nothing found, 1 found, 2 wrong usage or site file,\n"
	"3 an input is missing, foreign or damaged, or the report was not "
	"written,\n"
	"4 cannot judge\n"
	"\n"
	"  asymcap read internet.pcap er-chicago.pcap\n"
	"  asymcap read -c site.yaml captures/*.pcapng.gz\n"
	"  ssh edge tcpdump -i eth1 -U -w - | asymcap read internet=- "
	"er=er.pcap\n";

/* All inputs are open: nothing is needed but to put the report in place. */
static bool give_up_the_rest(const struct output *out, const char *evidence)
{
	struct confine_list list = {0};
	struct str file = {0};
	bool given_up;

	if (evidence) {
		str_addf(&file, "%s/index.txt", evidence);
		/* What is temporary is opened for reading, too. */
		confine_allow(&list, file.s, CONFINE_READ_BESIDE);
		confine_allow(&list, file.s, CONFINE_REPLACE);
	}
	given_up = output_confine(out, &list);
	str_free(&file);
	return given_up;
}

/* Everything is open: run, write, tell the status. */
static int run(struct pipeline *p)
{
	struct capture *again = NULL;
	struct output out;
	bool written;
	int status;

	if (!output_open(&out, p->options->output))
		return EXIT_INPUT;
	if (p->options->evidence)
		again = collect_open(p->capture);
	if (!give_up_the_rest(&out, p->options->evidence)) {
		output_drop(&out);
		capture_free(again);
		return EXIT_INPUT;
	}
	p->topo = topo_new(p->site);
	p->report = report_new(p->topo, p->capture, run_texts(),
			       &p->options->report);
	/* A file is written whole or not at all, so nobody can read on; nor can
	 * a page be read before its end; and for its packets a finding must be
	 * kept to the end.
	 */
	if (capture_streams(p->capture) && !out.temporary &&
	    !p->options->evidence && p->options->report.format != REPORT_HTML) {
		p->live = out.stream;
		capture_live(p->capture, STREAM_WINDOW);
	}
	pipeline_run(p);
	written = !p->say_error &&
		  report_write(p->report, &p->totals, out.stream);
	if (p->say_error)
		errno = p->say_error;
	written = output_close(&out, written);
	progress_phase("reported");
	if (p->options->evidence) {
		written &= evidence_write(p, again, p->options->evidence);
		progress_phase("evidence written");
	}
	capture_free(again);
	status = run_status(p, written);
	run_free(p);
	return status;
}

int command_read(int argc, char **argv)
{
	struct options o = {0};
	struct pipeline p = {.options = &o};
	int status = options_parse(&o, argc, argv, help);

	if (status >= 0)
		goto out;
	status = EXIT_USAGE;
	if (!o.file_count) {
		log_error("read: no file named; see 'asymcap read --help'");
		goto out;
	}
	p.site = run_site(&o);
	if (!p.site)
		goto out;
	p.capture = capture_new();
	p.inputs = inputs_open(&o, p.site, p.capture);
	if (p.inputs && o.evidence && !evidence_folder(o.evidence))
		status = EXIT_INPUT;
	else if (p.inputs && (!o.evidence || evidence_possible(p.capture)))
		status = run(&p);
	inputs_free(p.inputs);
	capture_free(p.capture);
	site_free(p.site);
out:
	options_free(&o);
	return status;
}
