/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json_site: the plan that the findings were made with, as a line of JSON
 *
 * What groups findings and orders names when the lines are read back: the
 * circuits in their order, the services with what is planned for them, and
 * the prefixes that name the ends of connections.
 */
#include "json.h"

#include "intern.h"
#include "jsonout.h"
#include "words.h"

static void put_circuits(struct str *s, const struct site *site)
{
	json_open(s, "circuits", '[');
	for (size_t i = 0; i < site->circuits; i++) {
		const struct site_circuit *c = &site->circuit[i];

		json_open(s, NULL, '{');
		json_text(s, "circuit", c->name);
		json_text(s, "kind", circuit_kind_name(c->kind));
		json_text(s, "state_domain", c->state_domain);
		json_close(s, '}');
	}
	json_close(s, ']');
}

static void put_snat(struct str *s, const struct report *r,
		     const struct site_service *v)
{
	char text[PREFIX_TEXT];

	json_open(s, "inbound_snat", '[');
	for (size_t i = 0; i < v->snat_count; i++) {
		json_open(s, NULL, '{');
		json_text(s, "circuit",
			  words_circuit(r, (unsigned)v->snat[i].circuit));
		json_text(s, "to", prefix_format(&v->snat[i].to, text));
		json_close(s, '}');
	}
	json_close(s, ']');
}

static void put_services(struct str *s, const struct report *r)
{
	json_open(s, "services", '[');
	for (size_t i = 0; i < r->site->services; i++) {
		const struct site_service *v = &r->site->service[i];

		json_open(s, NULL, '{');
		json_text(s, "service", v->name);
		json_text(s, "direction",
			  direction_name(v->direction == SERVICE_INBOUND
						 ? DIRECTION_INBOUND
						 : DIRECTION_OUTBOUND));
		json_open(s, "planned", '[');
		for (unsigned c = 0; c < SITE_MAX_CIRCUITS; c++) {
			if (v->circuits >> c & 1)
				json_text(s, NULL, words_circuit(r, c));
		}
		json_close(s, ']');
		put_snat(s, r, v);
		json_close(s, '}');
	}
	json_close(s, ']');
}

/* Each once: a pool is often advertised, too. */
static void put_prefixes(struct str *s, const struct report *r)
{
	char text[PREFIX_TEXT];
	struct intern told;

	intern_init(&told, r->prefix_count + 1);
	json_open(s, "prefixes", '[');
	for (size_t i = 0; i < r->prefix_count; i++) {
		const size_t before = told.count;

		intern_get(&told, prefix_format(&r->prefix[i], text));
		if (told.count > before)
			json_text(s, NULL, text);
	}
	json_close(s, ']');
	intern_free(&told);
}

void json_site(struct report_walk *w)
{
	struct str *s = &w->s;

	json_line_open(s);
	json_text(s, "event_type", "site");
	json_text(s, "site", w->r->site->name);
	put_circuits(s, w->r->site);
	put_services(s, w->r);
	put_prefixes(s, w->r);
	json_line_close(s);
}
