/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows of routes, neighbours and ARP entries into plain values
 */
#include "reading.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_PATH 256 /* ASes of a route */

/* A path to a value for messages: "value[3].network". */
#define AT(row_, key_) (row_)->where, (row_)->where[0] ? "." : "", (key_)

bool azure_number(struct reading *r, const struct row *row, const char *key,
		  uint64_t max, uint64_t *n)
{
	const struct field *f = row_get(row, key);
	char *end;

	*n = 0;
	if (!f)
		return false;
	/* Examples are printed with digits hidden. */
	if (strchr(f->text, '#'))
		return false;
	if (f->text[0] >= '0' && f->text[0] <= '9') {
		*n = strtoull(f->text, &end, 10);
		if (!*end && *n <= max && strlen(f->text) < 20)
			return true;
	}
	azure_wrong(r, f->mark, "%s%s%s: '%.60s' is no number up to %llu",
		    AT(row, key), f->text, (unsigned long long)max);
	return false;
}

static bool wanted(struct reading *r, const struct row *row, const char *key)
{
	if (row_get(row, key))
		return true;
	azure_wrong(r, row->mark, "%s%s%s is missing", AT(row, key));
	return false;
}

/* ------------------------------------------------------------------- routes */

/* AS numbers; origin codes and the braces of sets are passed over. */
static void read_path(struct reading *r, const struct row *row,
		      struct plan_route *route)
{
	const struct field *f = row_get(row, "path");
	const char *p;

	if (!f)
		return;
	p = f->text;
	while (*(p += strspn(p, " {},"))) {
		size_t n = strcspn(p, " {},");
		uint64_t as = 0;

		if (route->as_count == MAX_PATH) {
			azure_wrong(r, f->mark, "%s%s%s: more than %d ASes",
				    AT(row, "path"), MAX_PATH);
			return;
		}

		if (strspn(p, "0123456789#") == n) {
			/* What cannot be one is kept as one that is hidden. */
			if (strspn(p, "0123456789") == n && n < 20)
				as = strtoull(p, NULL, 10);
			route->as = xrealloc(route->as, route->as_count + 1,
					     sizeof(*route->as));
			route->as[route->as_count++] =
				as <= UINT32_MAX ? (uint32_t)as : 0;
		} else if (n != 1 || !strchr("ie?", *p)) {
			azure_wrong(r, f->mark, "%s%s%s: '%.60s' is no AS path",
				    AT(row, "path"), f->text);
			return;
		}
		p += n;
	}
}

static void read_next_hop(struct reading *r, const struct row *row,
			  struct plan_route *route)
{
	const struct field *f = row_get(row, "nextHop");
	char text[ADDR_TEXT + 1];
	size_t n;

	if (!f)
		return;
	/* "10.0.0.1*": the one of several that is in use. */
	n = strcspn(f->text, "*");
	if (n < sizeof(text)) {
		memcpy(text, f->text, n);
		text[n] = '\0';
		route->has_next_hop = addr_parse(text, &route->next_hop);
	}
	if (!route->has_next_hop)
		azure_wrong(r, f->mark, "%s%s%s: '%.60s' is no address",
			    AT(row, "nextHop"), f->text);
}

static void route_of_row(struct reading *r, const struct row *row)
{
	const struct field *f = row_get(row, "network");
	struct plan_azure *a = r->a;
	struct plan_route *route;
	const char *why;

	if (!(a->routes & (a->routes - 1)))
		a->route = xrealloc(a->route, a->routes ? 2 * a->routes : 1,
				    sizeof(*a->route));
	route = &a->route[a->routes++];
	*route = (struct plan_route){.mark = azure_mark(row->mark)};
	if (!wanted(r, row, "network"))
		return;
	route->mark = azure_mark(f->mark);
	why = prefix_parse(f->text, &route->prefix);
	if (why)
		azure_wrong(r, f->mark, "%s%s%s: '%.60s' %s",
			    AT(row, "network"), f->text, why);
	read_next_hop(r, row, route);
	read_path(r, row, route);
}

/* ----------------------------------------------------------------- summary */

static void neighbour_of_row(struct reading *r, const struct row *row)
{
	const struct field *f = row_get(row, "neighbor");
	const struct field *state = row_get(row, "statePfxRcd");
	struct plan_azure *a = r->a;
	struct plan_neighbour *n;
	uint64_t number;

	if (!wanted(r, row, "neighbor") || !wanted(r, row, "statePfxRcd"))
		return;
	a->neighbour = xrealloc(a->neighbour, a->neighbours + 1,
				sizeof(*a->neighbour));
	n = &a->neighbour[a->neighbours++];
	*n = (struct plan_neighbour){.mark = azure_mark(f->mark)};
	if (!addr_parse(f->text, &n->addr))
		azure_wrong(r, f->mark, "%s%s%s: '%.60s' is no address",
			    AT(row, "neighbor"), f->text);
	if (azure_number(r, row, row_get(row, "as") ? "as" : "asProperty",
			 UINT32_MAX, &number))
		n->as = (uint32_t)number;
	/* A word instead of a number: Active, Idle, Connect. */
	if (state->text[0] < '0' || state->text[0] > '9')
		return;
	n->up = azure_number(r, row, "statePfxRcd", UINT32_MAX, &number);
	n->prefixes = (uint32_t)number;
}

/* --------------------------------------------------------------------- ARP */

/* Twelve hexadecimal digits, with dots, colons, dashes or without. */
static bool scan_mac(const char *text, uint8_t mac[6])
{
	unsigned digits = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		unsigned digit;

		if (c == '.' || c == ':' || c == '-')
			continue;
		digit = c - '0';
		if (digit > 9) {
			digit = (c | 0x20u) - 'a' + 10;
			if (digit < 10 || digit > 15)
				return false;
		}
		if (digits == 12)
			return false;
		mac[digits / 2] =
			(uint8_t)((unsigned)mac[digits / 2] << 4 | digit);
		digits++;
	}
	return digits == 12;
}

static void arp_of_row(struct reading *r, const struct row *row)
{
	const struct field *f = row_get(row, "ipAddress");
	const struct field *mac = row_get(row, "macAddress");
	const struct field *side = row_get(row, "interface");
	struct plan_azure *a = r->a;
	struct plan_arp *arp;

	if (!side)
		side = row_get(row, "interfaceProperty");
	if (!wanted(r, row, "ipAddress") || !wanted(r, row, "macAddress"))
		return;
	a->arp = xrealloc(a->arp, a->arps + 1, sizeof(*a->arp));
	arp = &a->arp[a->arps++];
	*arp = (struct plan_arp){.mark = azure_mark(f->mark)};
	if (!addr_parse(f->text, &arp->addr))
		azure_wrong(r, f->mark, "%s%s%s: '%.60s' is no address",
			    AT(row, "ipAddress"), f->text);
	if (!side || (strcasecmp(side->text, "On-Prem") != 0 &&
		      strcasecmp(side->text, "Microsoft") != 0))
		azure_wrong(r, side ? side->mark : row->mark,
			    "%s%s%s: here should be On-Prem or Microsoft",
			    AT(row, "interface"));
	else
		arp->on_prem = !strcasecmp(side->text, "On-Prem");
	if (!strcasecmp(mac->text, "Incomplete"))
		return;
	arp->resolved = scan_mac(mac->text, arp->mac);
	if (!arp->resolved)
		azure_wrong(r, mac->mark, "%s%s%s: '%.60s' is no MAC address",
			    AT(row, "macAddress"), mac->text);
}

/* -------------------------------------------------------------------- kinds */

static bool kind_of_row(const struct row *row, enum plan_azure_kind *kind)
{
	if (row_get(row, "network"))
		*kind = PLAN_ROUTES;
	else if (row_get(row, "neighbor"))
		*kind = PLAN_SUMMARY;
	else if (row_get(row, "macAddress") || row_get(row, "ipAddress"))
		*kind = PLAN_ARP;
	else if (row_get(row, "peeringType"))
		*kind = PLAN_PEERING;
	else
		return false;
	return true;
}

static size_t rows_of(const struct plan_azure *a)
{
	return a->routes + a->neighbours + a->arps + a->peerings;
}

bool azure_row(struct reading *r, const struct row *row)
{
	if (!r->known && !kind_of_row(row, &r->a->kind)) {
		azure_wrong(r, row->mark,
			    "no output of Azure's that is known: neither "
			    "network, neighbor, macAddress nor peeringType "
			    "is a key here");
		return false;
	}
	if (!r->known && r->a->kind != r->kind) {
		azure_wrong(r, row->mark, "this is %s; here should be %s",
			    azure_kind_name(r->a->kind),
			    azure_kind_name(r->kind));
		return false;
	}
	r->known = true;
	if (rows_of(r->a) == AZURE_MAX_ROWS) {
		azure_wrong(r, row->mark, "more than %d rows", AZURE_MAX_ROWS);
		return false;
	}
	switch (r->a->kind) {
	case PLAN_ROUTES:
		route_of_row(r, row);
		break;
	case PLAN_SUMMARY:
		neighbour_of_row(r, row);
		break;
	case PLAN_ARP:
		arp_of_row(r, row);
		break;
	case PLAN_PEERING:
	case PLAN_CIRCUIT:
		peering_of_row(r, row);
		break;
	}
	return true;
}
