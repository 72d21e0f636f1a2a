/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * metrics_sample: one sample of Prometheus text
 */
#include "metrics.h"

#include <inttypes.h>

void sample_begin(struct page *p, const char *name)
{
	str_add(p->out, name);
	str_addc(p->out, '{');
}

void sample_label(struct page *p, const char *label, const char *value)
{
	if (p->out->s[p->out->len - 1] != '{')
		str_addc(p->out, ',');
	str_addf(p->out, "%s=", label);
	str_add_label(p->out, value ? value : "");
}

void sample_end(struct page *p, uint64_t value)
{
	str_addf(p->out, "} %" PRIu64 "\n", value);
}

static void add_seconds(struct page *p, int64_t ns)
{
	uint64_t n = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	str_addf(p->out, "%s%llu.%09llu\n", ns < 0 ? "-" : "", n / NSEC_PER_SEC,
		 n % NSEC_PER_SEC);
}

void sample_end_seconds(struct page *p, int64_t ns)
{
	str_add(p->out, "} ");
	add_seconds(p, ns);
}

void sample_seconds(struct page *p, const char *name, int64_t ns)
{
	str_addf(p->out, "%s ", name);
	add_seconds(p, ns);
}

void sample_bound(struct page *p, int64_t ns)
{
	char text[32];
	size_t n = (size_t)snprintf(text, sizeof(text), "%lld.%09lld",
				    ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);

	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[n - 1] = '\0';
	sample_label(p, "le", text);
}
