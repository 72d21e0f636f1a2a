/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the commands that judge packets have in common: site, texts, status
 */
#include "run.h"

#include <asymcap/detect.h>
#include <asymcap/endpoints.h>

#include <stdlib.h>
#include <time.h>

#include "app.h"
#include "options.h"
#include "pipeline.h"

#define DAY	   (24 * 3600 * NSEC_PER_SEC)
#define STALE_DAYS 30 /* what changes is published so long ahead */

int64_t run_age(struct timestamp then)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec - then.ns;
}

/* The provider's lists change every week. */
static void tell_age(const char *path, struct timestamp modified,
		     const char *what)
{
	int64_t days = run_age(modified) / DAY;

	if (days > STALE_DAYS)
		log_warn("%s: these %s are %lld days old: download them again",
			 path, what, (long long)days);
}

struct site *run_site(const struct options *o)
{
	struct str errors = {0};
	struct site *site;

	if (!o->site_path)
		return site_new();
	site = site_load(o->site_path, &errors);
	if (!site)
		fputs(errors.s ? errors.s : "", stderr);
	str_free(&errors);
	if (site && site->endpoints)
		tell_age(site->endpoints->path, site->endpoints->modified,
			 "endpoints");
	if (site && site->tags)
		tell_age(site->tags->path, site->tags->modified,
			 "service tags");
	return site;
}

static const char *text_of_cause(uint16_t c)
{
	return cause_text((enum cause)c);
}

static const char *text_of_remedy(uint16_t c)
{
	return cause_remedy((enum cause)c);
}

static const char *text_of_log_hint(uint16_t c)
{
	return cause_log_hint((enum cause)c);
}

const struct report_texts *run_texts(void)
{
	static const struct report_texts texts = {
		.cause = text_of_cause,
		.remedy = text_of_remedy,
		.log_hint = text_of_log_hint,
	};

	return &texts;
}

bool run_inputs_whole(const struct pipeline *p)
{
	const struct capture *capture = p->capture;
	bool whole = true;

	for (uint32_t i = 0; i < capture_inputs(capture); i++) {
		const struct capture_input *in = capture_input(capture, i);

		if (in->state == CAPTURE_BAD) {
			log_error("%s: %s", in->path, in->problem);
			whole = false;
		} else if (in->state == CAPTURE_TRUNCATED) {
			log_warn("%s: %s", in->path, in->problem);
			whole &= in->packets > 0;
		}
	}
	return whole;
}

int run_status(const struct pipeline *p, bool written)
{
	uint64_t found = report_count(p->report, p->options->fail_on);

	if (!run_inputs_whole(p) || !written)
		return EXIT_INPUT;
	/* What is wrong with a tap is the reason that nothing was judged. */
	if (!p->totals.judged && found == p->tap_findings)
		return EXIT_CANNOT_JUDGE;
	return found ? EXIT_FOUND : EXIT_NOTHING_FOUND;
}

int run_refused(const struct capture *capture)
{
	int status = 0;

	for (uint32_t i = 0; i < capture_inputs(capture); i++) {
		const struct capture_input *in = capture_input(capture, i);

		if (in->state != CAPTURE_BAD)
			continue;
		log_error("%s: %s", in->path, in->problem);
		if (status != EXIT_USAGE)
			status = in->bad_use ? EXIT_USAGE : EXIT_INPUT;
	}
	return status;
}

void run_free(struct pipeline *p)
{
	report_free(p->report);
	flow_table_free(p->flows);
	catalogue_free(p->catalogue);
	topo_free(p->topo);
	free(p->seen);
}
