/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The canonical form of a site file
 *
 * DOC: Theory of operation
 *
 * Keys stand in a fixed order, defaults are left out, every list is printed as
 * one, and a string is quoted unless every reader of YAML takes it for a
 * string.  What is printed parses to what was printed: the tests hold this
 * for every site file they know.
 */
#include <asymcap/site.h>

#include <string.h>
#include <strings.h>

#include "scalar.h"
#include "text.h"

#define LINE_ITEMS 8 /* longer lists get a line an item */

/* Words that YAML 1.1 takes for something else than a string */
static bool is_yaml_word(const char *text)
{
	static const char *const words[] = {
		"y", "n", "yes", "no", "on", "off", "true", "false", "null",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcasecmp(text, words[i]))
			return true;
	}
	return false;
}

static bool is_plain(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._/-";

	return *text && strchr(letters, *text) && !text[strspn(text, plain)] &&
	       !is_yaml_word(text);
}

static void print_text(struct str *out, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t left = strlen(text), n;
	uint32_t c;

	if (is_plain(text)) {
		str_add(out, text);
		return;
	}
	str_addc(out, '"');
	for (; left; p += n, left -= n) {
		n = utf8_read(p, left, &c);
		if (!n || !utf8_is_harmless(c)) {
			/* From the command line; no site file has it. */
			n = 1;
			str_addf(out, "\\x%02x", *p);
			continue;
		}
		if (c == '"' || c == '\\')
			str_addc(out, '\\');
		str_addn(out, (const char *)p, n);
	}
	str_addc(out, '"');
}

static void print_prefix(struct str *out, const struct prefix *p)
{
	char text[PREFIX_TEXT];

	prefix_format(p, text);
	/* A plain scalar in brackets may hold colons, but not begin so. */
	str_addf(out, text[0] == ':' ? "\"%s\"" : "%s", text);
}

/* One key with its prefixes; nothing if there are none */
static void print_prefixes(struct str *out, int indent, const char *key,
			   const struct site_prefixes *list)
{
	bool lines = list->count > LINE_ITEMS;

	if (!list->count)
		return;
	str_addf(out, "%*s%s:", indent, "", key);
	for (size_t i = 0; i < list->count; i++) {
		if (lines)
			str_addf(out, "\n%*s- ", indent + 2, "");
		else
			str_add(out, i ? ", " : " [");
		print_prefix(out, &list->item[i].prefix);
	}
	str_add(out, lines ? "\n" : "]\n");
}

/* A pair of a tap, which stands in braces */
static void print_pair(struct str *out, const char *key, const char *text)
{
	if (!text)
		return;
	str_addf(out, ", %s: ", key);
	print_text(out, text);
}

static void print_vlan(struct str *out, const struct site_tap *tap)
{
	if (!tap->vlan_count && !tap->untagged)
		return;
	str_add(out, ", vlan: [");
	for (size_t i = 0; i < tap->vlan_count; i++)
		str_addf(out, "%s%u", i ? ", " : "", tap->vlan[i]);
	str_add(out, "]");
}

static void print_tap(struct str *out, int indent, const struct site_tap *tap)
{
	const uint8_t *m = tap->mac;

	str_addf(out, "%*s- {name: ", indent, "");
	print_text(out, tap->name);
	print_pair(out, "link", tap->link);
	if (tap->side != TAP_OUTSIDE)
		print_pair(out, "side", tap_side_name(tap->side));
	print_pair(out, "interface", tap->interface);
	print_pair(out, "file", tap->file);
	print_vlan(out, tap);
	if (tap->erspan >= 0)
		str_addf(out, ", erspan: %lld", (long long)tap->erspan);
	if (tap->vni >= 0)
		str_addf(out, ", vni: %lld", (long long)tap->vni);
	if (tap->has_mac)
		str_addf(out, ", mac: \"%02x:%02x:%02x:%02x:%02x:%02x\"", m[0],
			 m[1], m[2], m[3], m[4], m[5]);
	str_add(out, "}\n");
}

static void print_taps(struct str *out, int indent, const struct site *site,
		       int circuit)
{
	bool any = false;

	for (size_t i = 0; i < site->taps; i++) {
		if (site->tap[i].circuit != circuit)
			continue;
		if (!any)
			str_addf(out, "%*staps:\n", indent, "");
		any = true;
		print_tap(out, indent + 2, &site->tap[i]);
	}
}

/* What only the plan on paper is judged by */
static void print_circuit_plan(struct str *out, const struct site_circuit *c)
{
	if (c->link[0].count || c->link[1].count)
		str_add(out, "    links:\n");
	for (unsigned i = 0; i < SITE_LINKS; i++)
		print_prefixes(out, 6, site_link_name(i), &c->link[i]);
	if (c->location) {
		str_add(out, "    location: ");
		print_text(out, c->location);
		str_addc(out, '\n');
	}
	if (c->clients >= 0)
		str_addf(out, "    clients: %lld\n", (long long)c->clients);
	if (c->peak) {
		str_add(out, "    peak: ");
		site_print_rate(out, c->peak);
		str_addc(out, '\n');
	}
	if (c->expected_routes >= 0)
		str_addf(out, "    expected-routes: %lld\n",
			 (long long)c->expected_routes);
	if (c->provider_nat)
		str_add(out, "    nat: provider\n");
}

static void print_circuit(struct str *out, const struct site *site, int i)
{
	const struct site_circuit *c = &site->circuit[i];

	str_add(out, "  ");
	print_text(out, c->name);
	str_addf(out, ":\n    kind: %s\n", circuit_kind_name(c->kind));
	print_prefixes(out, 4, "nat-pools", &c->nat_pools);
	print_prefixes(out, 4, "advertised", &c->advertised);
	if (c->state_domain) {
		str_add(out, "    state-domain: ");
		print_text(out, c->state_domain);
		str_addc(out, '\n');
	}
	if (c->bandwidth) {
		str_add(out, "    bandwidth: ");
		site_print_rate(out, c->bandwidth);
		str_addc(out, '\n');
	}
	if (c->expected_rtt) {
		str_add(out, "    expected-rtt: ");
		site_print_time(out, c->expected_rtt);
		str_addc(out, '\n');
	}
	print_circuit_plan(out, c);
	print_taps(out, 4, site, i);
}

static void print_segment(struct str *out, const struct site *site,
			  const struct site_segment *s)
{
	str_add(out, "  ");
	print_text(out, s->name);
	str_add(out, s->count ? ":\n    routes:\n" : ": {routes: {}}\n");
	for (size_t i = 0; i < s->count; i++) {
		const struct site_heard *heard = &s->heard[i];
		struct str name = {0};

		print_text(&name, site->circuit[heard->circuit].name);
		if (heard->routes.count)
			print_prefixes(out, 6, name.s, &heard->routes);
		else
			str_addf(out, "      %s: []\n", name.s);
		str_free(&name);
	}
}

static void print_ports(struct str *out, const struct site_service *s)
{
	bool lines = s->port_count > LINE_ITEMS;

	if (!s->port_count)
		return;
	str_add(out, "    ports:");
	for (size_t i = 0; i < s->port_count; i++) {
		const struct site_ports *p = &s->ports[i];

		str_add(out, lines ? "\n      - " : i ? ", " : " [");
		str_addf(out, "%u", p->first);
		if (p->last != p->first)
			str_addf(out, "-%u", p->last);
	}
	str_add(out, lines ? "\n" : "]\n");
}

static void print_allowed(struct str *out, const struct site *site,
			  uint64_t circuits)
{
	const char *before = "    circuits: [";

	if (!circuits)
		return;
	for (size_t i = 0; i < site->circuits; i++) {
		if (!(circuits & 1ULL << i))
			continue;
		str_add(out, before);
		print_text(out, site->circuit[i].name);
		before = ", ";
	}
	str_add(out, "]\n");
}

static void print_snat(struct str *out, const struct site *site,
		       const struct site_service *s)
{
	if (!s->snat_count)
		return;
	str_add(out, "    inbound-snat: {");
	for (size_t i = 0; i < s->snat_count; i++) {
		str_add(out, i ? ", " : "");
		print_text(out, site->circuit[s->snat[i].circuit].name);
		str_add(out, ": ");
		print_prefix(out, &s->snat[i].to);
	}
	str_add(out, "}\n");
}

static void print_segments(struct str *out, const struct site *site,
			   uint64_t segments)
{
	const char *before = "    segments: [";

	if (!segments)
		return;
	for (size_t i = 0; i < site->segments; i++) {
		if (!(segments & 1ULL << i))
			continue;
		str_add(out, before);
		print_text(out, site->segment[i].name);
		before = ", ";
	}
	str_add(out, "]\n");
}

static void print_users(struct str *out, unsigned users)
{
	str_addf(out, "    also-used-by: [%s%s%s]\n",
		 users & USERS_INTERNET ? "internet" : "",
		 users == (USERS_INTERNET | USERS_MICROSOFT) ? ", " : "",
		 users & USERS_MICROSOFT ? "microsoft" : "");
}

static void print_service(struct str *out, const struct site *site,
			  const struct site_service *s)
{
	str_add(out, "  - name: ");
	print_text(out, s->name);
	str_addf(out, "\n    direction: %s\n",
		 s->direction == SERVICE_INBOUND ? "inbound" : "outbound");
	print_prefixes(out, 4, "local", &s->local);
	print_prefixes(out, 4, "remote", &s->remote);
	print_prefixes(out, 4, "inside", &s->inside);
	print_ports(out, s);
	print_allowed(out, site, s->circuits);
	print_snat(out, site, s);
	print_segments(out, site, s->segments);
	if (s->has_users)
		print_users(out, s->users);
}

static void print_file(struct str *out, const char *key,
		       const struct site_file *file)
{
	if (!file->path)
		return;
	str_addf(out, "%s: ", key);
	print_text(out, file->path);
	str_addc(out, '\n');
}

void site_print(const struct site *site, struct str *out)
{
	if (site->name) {
		str_add(out, "site: ");
		print_text(out, site->name);
		str_addc(out, '\n');
	}
	print_prefixes(out, 0, "remote", &site->remote);
	print_prefixes(out, 0, "own", &site->own);
	if (site->stage)
		str_addf(out, "stage: %s\n", site_stage_name(site->stage));
	print_file(out, "remote-endpoints", &site->endpoints_file);
	print_file(out, "service-tags", &site->tags_file);
	if (site->circuits)
		str_add(out, "circuits:\n");
	for (size_t i = 0; i < site->circuits; i++)
		print_circuit(out, site, (int)i);
	print_taps(out, 0, site, -1);
	if (site->segments)
		str_add(out, "segments:\n");
	for (size_t i = 0; i < site->segments; i++)
		print_segment(out, site, &site->segment[i]);
	if (site->services)
		str_add(out, "services:\n");
	for (size_t i = 0; i < site->services; i++)
		print_service(out, site, &site->service[i]);
}
