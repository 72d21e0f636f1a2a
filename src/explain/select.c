/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which connections are meant
 *
 * DOC: Theory of operation
 *
 * What is typed at night is mostly pasted: from a report, a firewall log, a
 * ticket.  So two ends may stand in either order, with any of the marks that
 * programs put between them, and what is not known may be left out.  When
 * nothing fits, the connections that differ least are told: an end that fits
 * in full counts four for its address and one for its port, a neighbour in
 * the same /24 (or /64) two.
 */
#include <asymcap/explain.h>

#include <stdlib.h>
#include <string.h>

#include "private.h"

/* What stands between two ends; of arrows, dashes and the space that does not
 * break, as pages have them, the bytes in UTF-8.
 */
#define BETWEEN                                                                \
	"<>-, \t"                                                              \
	"\xe2\x86\x92\x94\x80\x93\xc2\xa0"
#define ADDRESS_FITS 4
#define ADDRESS_NEAR 2
#define PORT_FITS    1
#define END_TEXT     (PREFIX_TEXT + 8)
#define ID_LEN	     30

void selector_init(struct selector *s)
{
	*s = (struct selector){.service = SERVICE_NONE};
}

static const char *parse_port(const char *text, int32_t *port)
{
	unsigned long n;
	char *end;

	if (!strcmp(text, "*")) {
		*port = -1;
		return NULL;
	}
	if (*text < '0' || *text > '9' || strlen(text) > 5)
		return "has no port from 0 to 65535 after its address";
	n = strtoul(text, &end, 10);
	if (*end || n > UINT16_MAX)
		return "has no port from 0 to 65535 after its address";
	*port = (int32_t)n;
	return NULL;
}

/* The port of "V4.PORT" or "V6.PORT", as tcpdump writes them, or NULL. */
static char *dotted_port(char *text)
{
	unsigned dots = 0;

	for (const char *p = text; *p; p++)
		dots += *p == '.';
	return dots == (strchr(text, ':') ? 1 : 4) ? strrchr(text, '.') : NULL;
}

/* Cut "[V6]:PORT" or "V4:PORT" in two; @port stays NULL where there is none. */
static const char *split_port(char *text, char **addr, char **port)
{
	char *colon = strchr(text, ':'), *dot = dotted_port(text), *bracket;

	*addr = text;
	*port = NULL;
	if (*text == '[') {
		bracket = strchr(text, ']');
		if (!bracket)
			return "has a '[' without its ']'";
		*addr = text + 1;
		*bracket = '\0';
		if (bracket[1] == ':')
			*port = bracket + 2;
		else if (bracket[1])
			return "has something else than a port after ']'";
	} else if (dot) {
		*dot = '\0';
		*port = dot + 1;
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
		*port = colon + 1;
	}
	return NULL;
}

static const char *parse_end(const char *text, size_t size,
			     struct select_end *e)
{
	char copy[END_TEXT], *addr, *port;
	const char *why;

	if (!size)
		return "has no address where one is due";
	if (size >= sizeof(copy))
		return "is no address with a port";
	memcpy(copy, text, size);
	copy[size] = '\0';
	*e = (struct select_end){.port = -1};
	why = split_port(copy, &addr, &port);
	if (!why && strcmp(addr, "*") != 0)
		why = prefix_parse(addr, &e->prefix);
	if (!why && port)
		why = parse_port(port, &e->port);
	return why;
}

const char *selector_add_flow(struct selector *s, const char *text)
{
	struct select_end pair[2] = {{.port = -1}, {.port = -1}};
	size_t size, gap;
	const char *why;

	if (s->pairs == SELECT_PAIRS)
		return "is one too many";
	text += strspn(text, " \t");
	size = strcspn(text, BETWEEN);
	gap = strspn(text + size, BETWEEN);
	why = parse_end(text, size, &pair[0]);
	if (why)
		return why;
	text += size + gap;
	size = strcspn(text, BETWEEN);
	if (text[size + strspn(text + size, " \t")])
		return "has more than two ends";
	if (size)
		why = parse_end(text, size, &pair[1]);
	if (why)
		return why;
	memcpy(s->pair[s->pairs++], pair, sizeof(pair));
	return NULL;
}

const char *selector_add_address(struct selector *s, const char *text)
{
	struct select_end pair[2] = {{.port = -1}, {.port = -1}};
	const char *why;

	if (s->pairs == SELECT_PAIRS)
		return "is one too many";
	why = prefix_parse(text, &pair[0].prefix);
	if (why)
		return why;
	memcpy(s->pair[s->pairs++], pair, sizeof(pair));
	return NULL;
}

const char *selector_add_community_id(struct selector *s, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	if (strlen(text) != ID_LEN || strncmp(text, "1:", 2) != 0 ||
	    strspn(text + 2, digits) != ID_LEN - 3 || text[ID_LEN - 1] != '=')
		return "is no Community ID of version 1, which is '1:' and 28 "
		       "characters";
	s->community_id = text;
	return NULL;
}

static bool end_fits(const struct select_end *e, const struct addr *a,
		     uint16_t port)
{
	return prefix_has(&e->prefix, a) && (e->port < 0 || e->port == port);
}

static bool pair_fits(const struct select_end e[2], const struct tuple *t)
{
	return (end_fits(&e[0], &t->client, t->client_port) &&
		end_fits(&e[1], &t->server, t->server_port)) ||
	       (end_fits(&e[1], &t->client, t->client_port) &&
		end_fits(&e[0], &t->server, t->server_port));
}

static bool id_fits(const char *id, const struct tuple *t)
{
	char text[COMMUNITY_ID_TEXT];

	return !strcmp(community_id(t, text), id);
}

bool selector_matches(const struct selector *s, const struct tuple *t,
		      size_t tuples, uint16_t service)
{
	bool fits = !s->community_id;

	if (s->service != SERVICE_NONE && s->service != service)
		return false;
	for (size_t i = 0; i < tuples && !fits; i++)
		fits = id_fits(s->community_id, &t[i]);
	for (unsigned p = 0; p < s->pairs && fits; p++) {
		fits = false;
		for (size_t i = 0; i < tuples && !fits; i++)
			fits = pair_fits(s->pair[p], &t[i]);
	}
	return fits;
}

/* The /24 or /64 that the end names, or a shorter prefix as it is. */
static bool is_neighbour(const struct prefix *p, const struct addr *a)
{
	uint8_t len = addr_is_v4(&p->base) ? 96 + 24 : 64;
	struct prefix net = *p;

	if (net.len > len)
		net.len = len;
	for (unsigned bit = net.len; bit < 128; bit++)
		net.base.b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return prefix_has(&net, a);
}

static unsigned end_near(const struct select_end *e, const struct addr *a,
			 uint16_t port, enum select_differs *differs)
{
	bool same_port = e->port < 0 || e->port == port;
	unsigned score = same_port ? PORT_FITS : 0;

	if (prefix_has(&e->prefix, a)) {
		*differs = same_port ? DIFFERS_NOT : DIFFERS_PORT;
		/* What may be anything says nothing by being so. */
		return e->prefix.len ? score + ADDRESS_FITS : score;
	}
	if (is_neighbour(&e->prefix, a)) {
		*differs = same_port ? DIFFERS_HOST : DIFFERS_HOST_AND_PORT;
		return score + ADDRESS_NEAR;
	}
	*differs = DIFFERS_ALL;
	return 0;
}

static struct select_near pair_near(const struct select_end e[2],
				    const struct tuple *t, bool reversed)
{
	struct select_near n;
	unsigned client, server;

	client = end_near(&e[reversed], &t->client, t->client_port,
			  &n.differs[reversed]);
	server = end_near(&e[!reversed], &t->server, t->server_port,
			  &n.differs[!reversed]);
	n.score = client + server;
	/* Ports alone are no kinship. */
	if (n.score < ADDRESS_NEAR + PORT_FITS)
		n.score = 0;
	return n;
}

struct select_near selector_near(const struct selector *s,
				 const struct tuple *t, size_t tuples)
{
	struct select_near best = {0};

	for (size_t i = 0; i < 2 * tuples && s->pairs; i++) {
		struct select_near n = pair_near(s->pair[0], &t[i / 2], i % 2);

		if (n.score > best.score)
			best = n;
	}
	return best;
}
