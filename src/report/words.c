/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * words: names and endpoints, for every format
 */
#include "words.h"

#include <asymcap/endpoints.h>

#include "recall.h"

const char *words_circuit(const struct report *r, unsigned circuit)
{
	if (circuit >= r->site->circuits)
		return "?";
	return r->site->circuit[circuit].name;
}

const char *words_tap(const struct report *r, unsigned tap)
{
	return tap < r->site->taps ? r->site->tap[tap].name : "?";
}

const char *words_service(const struct report *r, unsigned service)
{
	if (service >= r->site->services)
		return NULL;
	return r->site->service[service].name;
}

struct listed words_listed(const struct report *r, const struct finding *f)
{
	const struct tuple *t = &f->tuple[0];
	struct listed l;

	if (r->told) {
		told_listed(r->told, f, &l);
		return l;
	}
	return (struct listed){
		.set = topo_endpoint(r->topo, f->direction, t),
		.tag = topo_service_tag(r->topo, f->direction, t),
		.has_sets = r->site->endpoints,
		.has_tags = r->site->tags,
	};
}

void words_endpoint_set(struct str *s, const struct report *r,
			const struct finding *f)
{
	const struct listed l = words_listed(r, f);

	if (l.set)
		str_addf(s, "%s, set %u (%s, %s)", l.set->area, l.set->id,
			 endpoint_category_name(l.set->category),
			 l.set->express_route ? "ExpressRoute"
					      : "not over ExpressRoute");
	if (l.tag)
		str_addf(s, "%sservice tag %s", l.set ? "; " : "", l.tag);
}

const char *words_file(const struct report *r, unsigned interface)
{
	const struct capture_interface *i;

	if (r->told)
		return interface < r->told->files.count
			       ? r->told->files.text[interface]
			       : NULL;
	if (!r->capture || interface >= capture_interfaces(r->capture))
		return NULL;
	i = capture_interface(r->capture, interface);
	return capture_input(r->capture, i->input)->path;
}

uint32_t words_inputs(const struct report *r)
{
	if (r->told)
		return (uint32_t)r->told->inputs;
	return r->capture ? capture_inputs(r->capture) : 0;
}

const struct capture_input *words_input(const struct report *r, uint32_t i)
{
	return r->told ? &r->told->input[i] : capture_input(r->capture, i);
}

void words_circuits(struct str *s, const struct report *r, uint64_t circuits)
{
	bool first = true;

	if (!circuits)
		str_add(s, "nowhere");
	for (unsigned i = 0; i < SITE_MAX_CIRCUITS; i++) {
		if (!(circuits >> i & 1))
			continue;
		if (!first)
			str_addc(s, '+');
		str_add(s, words_circuit(r, i));
		first = false;
	}
}

void words_endpoint(struct str *s, const struct addr *a, uint16_t port)
{
	char text[ADDR_TEXT];

	addr_format(a, text);
	if (addr_is_v4(a))
		str_addf(s, "%s:%u", text, port);
	else
		str_addf(s, "[%s]:%u", text, port);
}

void words_tuple(struct str *s, const struct tuple *t)
{
	words_endpoint(s, &t->client, t->client_port);
	str_add(s, " -> ");
	words_endpoint(s, &t->server, t->server_port);
}

void words_reversed(struct str *s, const struct tuple *t)
{
	words_endpoint(s, &t->server, t->server_port);
	str_add(s, " -> ");
	words_endpoint(s, &t->client, t->client_port);
}

const char *words_answer(const struct finding *f)
{
	return f->answer_is_rst ? "RST" : "SYN-ACK";
}

static bool same_tuple(const struct tuple *a, const struct tuple *b)
{
	return !addr_cmp(&a->client, &b->client) &&
	       !addr_cmp(&a->server, &b->server) &&
	       a->client_port == b->client_port &&
	       a->server_port == b->server_port;
}

const struct tuple *words_answer_tuple(const struct finding *f)
{
	static const struct tuple none;

	if (same_tuple(&f->answer, &none) ||
	    same_tuple(&f->answer, &f->tuple[0]))
		return &f->tuple[0];
	return &f->answer;
}

const struct tuple *words_name(const struct finding *f, unsigned number)
{
	return number < FINDING_TUPLES ? &f->tuple[number] : &f->answer;
}

bool words_no_handshake(const struct finding *f)
{
	return f->class == CLASS_MIDSTREAM ||
	       (!f->syn.count && !f->syn_ack.count);
}

/* A sentence that the lines told, else one of detect's. */
static const char *sentence(const struct report *r, uint16_t cause,
			    enum told_sentence which,
			    const char *(*made)(uint16_t cause))
{
	const char *text = NULL;

	if (r->told && cause < r->told->texts.count)
		text = r->told->sentence[cause].text[which];
	else if (!r->told && made)
		text = made(cause);
	return text ? text : "";
}

const char *words_cause(const struct report *r, uint16_t cause)
{
	return sentence(r, cause, TOLD_CAUSE, r->texts.cause);
}

const char *words_remedy(const struct report *r, uint16_t cause)
{
	return sentence(r, cause, TOLD_REMEDY, r->texts.remedy);
}

const char *words_log_hint(const struct report *r, uint16_t cause)
{
	return sentence(r, cause, TOLD_LOG_HINT, r->texts.log_hint);
}

static const char *const undecoded[] = {
	[DECODE_TCP] = "TCP",
	[DECODE_ARP] = "ARP",
	[DECODE_ICMP] = "ICMP",
	[DECODE_ICMP_ERROR] = "ICMP errors that quote a TCP header",
	[DECODE_UDP] = "UDP",
	[DECODE_OTHER_IP] = "another IP protocol",
	[DECODE_OTHER_LINK] = "not IP",
	[DECODE_LATER_FRAGMENT] = "a later fragment, without TCP header",
	[DECODE_CUT] = "cut by the snap length before the TCP flags",
	[DECODE_BAD_LINK] = "damaged link layer, tag or label",
	[DECODE_BAD_IP] = "damaged IP header",
	[DECODE_BAD_TCP] = "damaged TCP header",
	[DECODE_BAD_TUNNEL] = "damaged tunnel header",
	[DECODE_TOO_DEEP] = "too many headers inside each other",
	[DECODE_LINK_TYPE] = "of a link type that is not known",
	[DECODE_MACSEC] = "encrypted by MACsec",
	[DECODE_FABRICPATH] = "FabricPath",
	[DECODE_ESP] = "encrypted by IPsec (ESP)",
};
static_assert(ARRAY_SIZE(undecoded) == DECODE_RESULTS, "a word for each");

const char *words_undecoded(enum decode_result d)
{
	return d < ARRAY_SIZE(undecoded) ? undecoded[d] : "?";
}

void words_icmp(struct str *s, const struct report *r,
		const struct icmp_error *e)
{
	const char *file = words_file(r, e->at.interface);
	char text[ADDR_TEXT];

	str_add(s, icmp_kind_name((enum icmp_kind)e->kind));
	if (e->mtu)
		str_addf(s, " (MTU %u)", e->mtu);
	str_addf(s, " from %s%s at tap %s,", addr_format(&e->router, text),
		 e->of_server ? " to the server" : "", words_tap(r, e->at.tap));
	if (file)
		str_addf(s, " %s", file);
	str_addf(s, " #%llu", (unsigned long long)e->at.number);
	if (e->count > 1)
		str_addf(s, ", %llu times", (unsigned long long)e->count);
}

void words_flags(struct str *s, uint16_t flags)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} names[] = {
		{TCP_SYN, "SYN"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"},
		{TCP_PSH, "PSH"}, {TCP_URG, "URG"}, {TCP_ECE, "ECE"},
		{TCP_CWR, "CWR"}, {TCP_AE, "AE"},   {TCP_ACK, "ACK"},
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].flag))
			continue;
		str_addf(s, "%s%s", any ? "-" : "", names[i].name);
		any = true;
	}
	if (!any)
		str_add(s, "none");
}

static const char *const states[] = {
	[CAPTURE_READING] = "reading",
	[CAPTURE_DONE] = "done",
	[CAPTURE_TRUNCATED] = "truncated",
	[CAPTURE_BAD] = "bad",
};
static_assert(ARRAY_SIZE(states) == CAPTURE_BAD + 1, "a name for each state");

const char *words_state(enum capture_state s)
{
	return s < ARRAY_SIZE(states) ? states[s] : "?";
}
