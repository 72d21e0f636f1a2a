/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as a site file whose plan is judged and written
 *
 * Whatever the plan is: the results are counted right, each has a reason, and
 * every format can be written.
 */
#include <asymcap/detect.h>
#include <asymcap/plan.h>
#include <asymcap/report.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *text_of(uint16_t cause)
{
	return cause_text((enum cause)cause);
}

static void write_all(const struct plan *p)
{
	static const struct report_texts texts = {.cause = text_of};
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	for (unsigned f = PLAN_TEXT; f <= PLAN_JUNIT; f++) {
		struct plan_options o = {
			.format = (enum plan_format)f,
			.all = true,
			.fail_on = SEVERITY_WARNING,
		};

		if (!report_plan(p, &texts, &o, nowhere))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_input in = {.endpoints_age = PLAN_AGE_UNKNOWN};
	struct str errors = {0};
	struct site *site =
		site_parse_draft("fuzz", (const char *)data, size, &errors);
	uint64_t counted = 0;
	struct plan *p;

	str_free(&errors);
	if (!site)
		return 0;
	in.site = site;
	p = plan_judge(&in);
	for (unsigned v = 0; v < PLAN_VERDICTS; v++)
		counted += p->count[v];
	if (counted != p->results + p->dropped)
		abort();
	for (size_t i = 0; i < p->results; i++) {
		if (!p->result[i].reason || !*p->result[i].reason)
			abort();
	}
	write_all(p);
	plan_free(p);
	site_free(site);
	return 0;
}
