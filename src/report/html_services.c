/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_services: the plan's services, and what was seen of them
 */
#include "html.h"

#include "words.h"

#define MAX_SERVICES 1000

static void put_planned(struct str *s, const struct report *r,
			const struct site_service *v)
{
	if (v->circuits)
		html_circuits(s, r, v->circuits);
	else
		str_add(s, "<td>any</td>");
}

/* "18/20": of those whose NAT was planned and seen, how many were right. */
static void put_nat(struct str *s, const struct catalogue_row *row)
{
	uint64_t judged = row->nat_planned + row->nat_wrong;

	if (judged)
		str_addf(s, "<td class=n>%llu/%llu</td>",
			 (unsigned long long)row->nat_planned,
			 (unsigned long long)judged);
	else
		str_add(s, "<td class=n>–</td>");
}

static void put_seen(struct str *s, const struct report *r,
		     const struct catalogue_row *row, int64_t rtt)
{
	struct str names = {0};

	if (row->seen || row->answered)
		words_circuits(&names, r, row->seen);
	else
		str_add(&names, "–");
	if (row->answered & ~row->seen) {
		str_add(&names, " → ");
		words_circuits(&names, r, row->answered);
	}
	str_add(s, "<td>");
	html_clip(s, names.s, HTML_NAME);
	str_add(s, "</td>");
	str_free(&names);
	html_count(s, row->connections);
	html_count(s, row->completed);
	html_count(s, row->unanswered);
	html_count(s, row->broken);
	if (rtt < 0)
		str_add(s, "<td class=n>–</td>");
	else
		html_msec(s, rtt);
	put_nat(s, row);
}

static const char *result_class(enum row_result result)
{
	if (result == ROW_AS_PLANNED)
		return "good";
	return result < ROW_NOT_COMPLETED ? "critical" : "warning";
}

static void put_service(struct str *s, const struct report *r, uint16_t i)
{
	const struct site_service *v = &r->site->service[i];
	bool inbound = v->direction == SERVICE_INBOUND;
	const struct catalogue_row *row;
	enum row_result result;

	str_add(s, "<tr><th scope=row>");
	html_clip(s, v->name, HTML_NAME);
	str_addf(s, "</th><td>%s</td>", inbound ? "inbound" : "outbound");
	put_planned(s, r, v);
	if (!r->catalogue) {
		str_add(s, "</tr>\n");
		return;
	}
	row = catalogue_row(r->catalogue, i);
	result = catalogue_result(row);
	put_seen(s, r, row, catalogue_rtt(r->catalogue, i, DIRECTION_UNKNOWN));
	str_addf(s, "<td class=%s>%s</td></tr>\n", result_class(result),
		 row_result_name(result));
}

static void put_no_row(struct str *s, const struct report *r, enum direction d)
{
	const struct catalogue_row *row = catalogue_no_row(r->catalogue, d);

	if (!row->connections)
		return;
	str_addf(s, "<tr><th scope=row>(no row)</th><td>%s</td><td>–</td>",
		 direction_name(d));
	put_seen(s, r, row, catalogue_rtt(r->catalogue, SERVICE_NONE, d));
	str_add(s, "<td class=warning>not in the plan</td></tr>\n");
}

static void begin_services(struct str *s, bool seen)
{
	html_scroll(s, "Services");
	str_add(s, "<table>\n<caption>Planned, and what was seen of it"
		   "</caption>\n<thead><tr><th scope=col>Service</th>"
		   "<th scope=col>Direction</th><th scope=col>Planned</th>");
	if (seen)
		str_add(s, "<th scope=col>Seen</th>"
			   "<th scope=col class=n>Connections</th>"
			   "<th scope=col class=n>Completed</th>"
			   "<th scope=col class=n>No answer</th>"
			   "<th scope=col class=n>Broken</th>"
			   "<th scope=col class=n>RTT, ms</th>"
			   "<th scope=col class=n>NAT right</th>"
			   "<th scope=col>Result</th>");
	str_add(s, "</tr></thead>\n<tbody>\n");
}

void html_services(struct str *s, const struct report *r)
{
	size_t count = r->site->services;

	html_section(s, "services", "Services");
	if (!count) {
		str_add(s, "<p class=mute>The site file names none.</p>\n"
			   "</section>\n");
		return;
	}
	begin_services(s, r->catalogue != NULL);
	for (size_t i = 0; i < count && i < MAX_SERVICES; i++)
		put_service(s, r, (uint16_t)i);
	for (unsigned d = 0; r->catalogue && d <= DIRECTION_INBOUND; d++)
		put_no_row(s, r, (enum direction)d);
	html_table_end(s);
	str_add(s, "</section>\n");
}
