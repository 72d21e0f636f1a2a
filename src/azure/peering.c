/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Peerings and circuits into plain values
 */
#include "reading.h"

#include <string.h>
#include <strings.h>

#define MBPS 1000000ull
#define GBPS 1000000000ull

static void read_link(struct reading *r, struct plan_peering *p,
		      enum plan_link link, const struct field *f)
{
	struct prefix prefix;
	const char *why;
	unsigned six;

	if (!f)
		return;
	why = prefix_parse(f->text, &prefix);
	if (why) {
		azure_wrong(r, f->mark, "%s: '%.60s' %s", f->key, f->text, why);
		return;
	}
	six = !addr_is_v4(&prefix.base);
	p->link[link][six] = prefix;
	p->has_link[link][six] = true;
}

static void read_links(struct reading *r, struct plan_peering *p,
		       const struct row *row)
{
	read_link(r, p, PLAN_LINK_PRIMARY,
		  row_get(row, "primaryPeerAddressPrefix"));
	read_link(r, p, PLAN_LINK_SECONDARY,
		  row_get(row, "secondaryPeerAddressPrefix"));
}

static uint32_t read_as(struct reading *r, const struct row *row,
			const char *key)
{
	uint64_t n;

	return azure_number(r, row, key, UINT32_MAX, &n) ? (uint32_t)n : 0;
}

struct plan_peering *peering_of_row(struct reading *r, const struct row *row)
{
	const struct field *type = row_get(row, "peeringType");
	const struct field *state = row_get(row, "state");
	struct plan_azure *a = r->a;
	struct plan_peering *p;
	uint64_t n;

	a->peering = xrealloc(a->peering, a->peerings + 1, sizeof(*a->peering));
	p = &a->peering[a->peerings++];
	*p = (struct plan_peering){
		.vlan = -1,
		.mark = azure_mark(row->mark),
	};
	p->microsoft = type && !strcasecmp(type->text, "MicrosoftPeering");
	p->has_enabled = state != NULL;
	p->enabled = state && !strcasecmp(state->text, "Enabled");
	p->azure_as = read_as(r, row, "azureASN");
	p->peer_as = read_as(r, row, "peerASN");
	if (azure_number(r, row, "vlanId", 4095, &n))
		p->vlan = (int32_t)n;
	read_links(r, p, row);
	return p;
}

static void read_state(struct plan_peering *p, const struct json *v)
{
	const char *text = json_string(v);

	if (!text)
		return;
	p->accepted_mark = azure_mark(v->mark);
	for (unsigned s = PLAN_NOT_CONFIGURED; s <= PLAN_VALIDATION_NEEDED;
	     s++) {
		if (!strcasecmp(text,
				plan_accepted_name((enum plan_accepted)s)))
			p->accepted = (enum plan_accepted)s;
	}
}

static void read_advertised(struct reading *r, struct plan_peering *p,
			    const struct json *array)
{
	struct site_prefixes *list = &p->advertised;

	if (!array || array->type != JSON_ARRAY)
		return;
	for (const struct json *v = array->child; v; v = v->next) {
		struct prefix prefix;
		const char *why = json_string(v)
					  ? prefix_parse(v->text, &prefix)
					  : "is no prefix in quotes";

		if (why) {
			azure_wrong(r, v->mark,
				    "advertisedPublicPrefixes: '%.60s' %s",
				    v->text ? v->text : json_type_name(v), why);
			continue;
		}
		if (list->count == AZURE_MAX_ROWS) {
			azure_wrong(r, v->mark, "more than %d prefixes",
				    AZURE_MAX_ROWS);
			return;
		}
		if (!(list->count & (list->count - 1)))
			list->item = xrealloc(list->item,
					      list->count ? 2 * list->count : 1,
					      sizeof(*list->item));
		list->item[list->count++] = (struct site_prefix){
			.prefix = prefix,
			.mark = azure_mark(v->mark),
		};
	}
}

static void read_config(struct reading *r, struct plan_peering *p,
			const struct json *config)
{
	read_advertised(r, p, json_any(config, "advertisedPublicPrefixes"));
	if (!p->accepted)
		read_state(p,
			   json_any(config, "advertisedPublicPrefixesState"));
}

static bool is_known(struct reading *r, enum plan_azure_kind kind,
		     struct document_mark mark)
{
	if (!r->known)
		r->a->kind = kind;
	if (r->a->kind != r->kind || r->a->kind != kind) {
		azure_wrong(r, mark, "this is %s; here should be %s",
			    azure_kind_name(kind), azure_kind_name(r->kind));
		return false;
	}
	r->known = true;
	return true;
}

static void read_peering(struct reading *r, const struct json *object,
			 const struct row *row)
{
	const struct json *six = json_any(object, "ipv6PeeringConfig");
	struct plan_peering *p;
	struct row more;

	if (r->a->peerings == AZURE_MAX_ROWS)
		return;
	p = peering_of_row(r, row);
	read_config(r, p, json_any(object, "microsoftPeeringConfig"));
	if (!six || six->type != JSON_OBJECT)
		return;
	json_row(six, "", &more);
	read_links(r, p, &more);
	read_config(r, p, json_any(six, "microsoftPeeringConfig"));
}

void peering_of_json(struct reading *r, const struct json *object,
		     const struct row *row)
{
	if (is_known(r, PLAN_PEERING, object->mark))
		read_peering(r, object, row);
}

static void read_bandwidth(struct reading *r, const struct json *object)
{
	const struct json *in = json_any(object, "serviceProviderProperties");
	uint64_t n;

	if (json_unsigned(json_any(in, "bandwidthInMbps"), 10000000, &n))
		r->a->bandwidth = n * MBPS;
	else if (json_unsigned(json_any(object, "bandwidthInGbps"), 10000, &n))
		r->a->bandwidth = n * GBPS;
}

void circuit_of_json(struct reading *r, const struct json *object)
{
	const struct json *peerings = json_any(object, "peerings");
	const char *tier =
		json_string(json_any(json_any(object, "sku"), "tier"));
	struct plan_azure *a = r->a;
	struct row row;
	uint64_t n;

	if (r->known) {
		azure_wrong(r, object->mark,
			    "a second circuit: one circuit a file");
		return;
	}
	if (!is_known(r, PLAN_CIRCUIT, object->mark))
		return;
	if (json_unsigned(json_any(object, "stag"), 4095, &n))
		a->stag = (int32_t)n;
	read_bandwidth(r, object);
	a->has_tier = tier != NULL;
	a->premium = tier && !strcasecmp(tier, "Premium");
	if (!peerings || peerings->type != JSON_ARRAY)
		return;
	for (const struct json *v = peerings->child; v; v = v->next) {
		if (v->type != JSON_OBJECT) {
			azure_wrong(r, v->mark,
				    "peerings: here should be an object, "
				    "not %s",
				    json_type_name(v));
			return;
		}
		json_row(v, "", &row);
		read_peering(r, v, &row);
	}
}
