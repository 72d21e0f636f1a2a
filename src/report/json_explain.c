/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json_explain: the packets of a connection, and what they mean, as JSON Lines
 *
 * A line for each packet, one for what is left out between two, and one for
 * the connection behind its packets.  They share community_id and isn.
 */
#include "json.h"

#include "jsonout.h"
#include "lane.h"
#include "words.h"

static void put_names(struct str *s, const struct report *r, const char *key,
		      uint64_t taps)
{
	json_open(s, key, '[');
	for (; taps; taps &= taps - 1)
		json_text(s, NULL,
			  words_tap(r, (unsigned)__builtin_ctzll(taps)));
	json_close(s, ']');
}

static void put_connection_key(struct str *s, const struct finding *f)
{
	char id[COMMUNITY_ID_TEXT];

	json_text(s, "community_id", community_id(&f->tuple[0], id));
	if (words_no_handshake(f))
		json_null(s, "isn");
	else
		json_number(s, "isn", f->isn);
}

/* The names that a packet had at a tap, from sender to receiver. */
static void put_ends(struct str *s, const struct finding *about,
		     const struct ladder_packet *p, unsigned tuple)
{
	const struct tuple *t = words_name(about, tuple);
	bool back = p->dir;

	json_addr(s, "src_ip", back ? &t->server : &t->client);
	json_number(s, "src_port", back ? t->server_port : t->client_port);
	json_addr(s, "dest_ip", back ? &t->client : &t->server);
	json_number(s, "dest_port", back ? t->client_port : t->server_port);
}

static void put_places(struct str *s, const struct report *r,
		       const struct finding *about,
		       const struct ladder_packet *p)
{
	json_open(s, "sightings", '[');
	for (size_t i = 0; i < p->kept && i < LADDER_SIGHTINGS; i++) {
		const struct ladder_sighting *at = &p->at[i];
		uint8_t circuit = topo_tap_circuit(r->topo, at->tap), owner;
		enum escape_reason why;
		struct addr src;

		why = lane_escape(r->topo, about, p, at, &src, &owner);
		json_open(s, NULL, '{');
		json_text(s, "tap", words_tap(r, at->tap));
		json_text(s, "circuit",
			  circuit == CIRCUIT_NONE ? NULL
						  : words_circuit(r, circuit));
		json_text(s, "side",
			  tap_side_name(topo_tap_side(r->topo, at->tap)));
		json_text(s, "file", words_file(r, at->interface));
		json_number(s, "packet", at->number);
		json_time(s, "time", at->time);
		put_ends(s, about, p, at->tuple);
		json_number(s, "ttl", at->ttl);
		json_text(s, "escape",
			  why == ESCAPE_NONE ? NULL : escape_reason_name(why));
		json_close(s, '}');
	}
	json_close(s, ']');
}

static void put_notes(struct str *s, const struct ladder_packet *p)
{
	static const struct {
		uint32_t note;
		const char *name;
	} notes[] = {
		{LADDER_RESENT, "resent"},   {LADDER_LATE, "late"},
		{LADDER_GAP, "gap"},	     {LADDER_KEEPALIVE, "keep-alive"},
		{LADDER_DUP_ACK, "dup-ack"}, {LADDER_ZERO, "zero-window"},
		{LADDER_RESET, "reset"},     {LADDER_TWICE, "twice"},
		{LADDER_MOVED, "moved"},     {LADDER_LOST, "lost"},
		{LADDER_BORN, "born"},	     {LADDER_ICMP, "icmp"},
	};

	json_open(s, "notes", '[');
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		if (p->notes & notes[i].note)
			json_text(s, NULL, notes[i].name);
	}
	json_close(s, ']');
}

static void put_icmp(struct str *s, const struct ladder_packet *p)
{
	json_open(s, "icmp", '{');
	json_text(s, "type", icmp_kind_name((enum icmp_kind)p->icmp));
	json_addr(s, "from", &p->router);
	json_text(s, "quotes", p->dir ? "server" : "client");
	if (p->mtu)
		json_number(s, "mtu", p->mtu);
	else
		json_null(s, "mtu");
	json_close(s, '}');
}

static void put_tcp(struct str *s, const struct ladder_packet *p)
{
	struct str flags = {0};

	words_flags(&flags, p->flags);
	json_text(s, "flags", flags.s);
	json_number(s, "seq", p->seq);
	if (p->flags & TCP_ACK)
		json_number(s, "ack", p->ack);
	else
		json_null(s, "ack");
	json_number(s, "payload", p->payload);
	json_number(s, "window", p->window);
	str_free(&flags);
}

static void put_packet(struct report_walk *w, const struct explained *x,
		       const struct ladder_packet *p)
{
	struct str *s = &w->s;

	json_line_open(s);
	json_time(s, "timestamp", p->time);
	json_text(s, "event_type", "packet");
	put_connection_key(s, x->about);
	json_number(s, "number", p->number);
	json_signed(s, "since_us",
		    (p->time.ns - x->ladder->first.ns) /
			    (int64_t)NSEC_PER_USEC);
	json_text(s, "direction", p->dir ? "toclient" : "toserver");
	if (p->notes & LADDER_ICMP)
		put_icmp(s, p);
	else
		put_tcp(s, p);
	put_notes(s, p);
	if (p->since >= 0)
		json_number(s, "resent_after_us",
			    (uint64_t)p->since / NSEC_PER_USEC);
	json_number(s, "again", p->again);
	put_names(s, w->r, "lost_before", p->missing);
	put_names(s, w->r, "not_seen_before", p->unborn);
	put_places(s, w->r, x->about, p);
	json_line_close(s);
}

static void put_left_out(struct report_walk *w, const struct explained *x,
			 const struct ladder_left_out *o)
{
	struct str *s = &w->s;

	json_line_open(s);
	json_time(s, "timestamp", o->first);
	json_text(s, "event_type", "left-out");
	put_connection_key(s, x->about);
	json_number(s, "pkts_toserver", o->packets[0]);
	json_number(s, "pkts_toclient", o->packets[1]);
	json_number(s, "bytes_toserver", o->bytes[0]);
	json_number(s, "bytes_toclient", o->bytes[1]);
	json_number(s, "resent", o->resent);
	json_number(s, "noted", o->noted);
	json_time(s, "last", o->last);
	json_line_close(s);
}

static void put_where(struct str *s, const struct report *r, const char *key,
		      const struct ladder_where *where)
{
	json_open(s, key, '{');
	json_number(s, "sent", where->sent);
	put_names(s, r, "seen_at", where->taps);
	put_names(s, r, "never_at", where->missing);
	json_close(s, '}');
}

static void put_reasons(struct str *s, const struct report *r,
			const struct explained *x)
{
	json_open(s, "findings", '[');
	for (size_t i = 0; i < x->count; i++) {
		const struct finding *f = &x->found[i];
		const char *hint = words_log_hint(r, f->cause);
		struct str message = {0};

		words_message(&message, r, f);
		json_open(s, NULL, '{');
		json_text(s, "rule", rule_name(f->rule));
		json_text(s, "severity", severity_name(f->severity));
		json_text(s, "message", message.s);
		json_text(s, "cause", words_cause(r, f->cause));
		json_text(s, "remedy", words_remedy(r, f->cause));
		if (*hint)
			json_text(s, "log_hint", hint);
		json_close(s, '}');
		str_free(&message);
	}
	json_close(s, ']');
}

static void put_explanation(struct report_walk *w, const struct explained *x)
{
	const struct ladder *l = x->ladder;
	const struct finding *f = x->about;
	struct str *s = &w->s;

	json_line_open(s);
	json_time(s, "timestamp", l->rows ? l->first : f->time);
	json_text(s, "event_type", "explanation");
	json_connection_facts(s, w->r, f);
	json_number(s, "pkts_toserver", l->packets[0]);
	json_number(s, "pkts_toclient", l->packets[1]);
	json_number(s, "bytes_toserver", l->bytes[0]);
	json_number(s, "bytes_toclient", l->bytes[1]);
	json_number(s, "icmp_errors", l->icmp);
	json_number(s, "strangers", l->strangers);
	put_where(s, w->r, "syn_where", &l->syn);
	put_where(s, w->r, "answer_where", &l->answer);
	put_reasons(s, w->r, x);
	json_time(s, "last", l->rows ? l->last : f->last);
	json_line_close(s);
}

void json_explained(struct report_walk *w, const struct explained *x)
{
	for (size_t i = 0; i < x->ladder->rows; i++) {
		const struct ladder_row *row = &x->ladder->row[i];

		if (row->is_packet)
			put_packet(w, x, &row->packet);
		else
			put_left_out(w, x, &row->left_out);
	}
	put_explanation(w, x);
}

static const char *differs_name(enum select_differs d)
{
	static const char *const names[] = {
		[DIFFERS_NOT] = "nothing",
		[DIFFERS_PORT] = "port",
		[DIFFERS_HOST] = "host",
		[DIFFERS_HOST_AND_PORT] = "host-and-port",
		[DIFFERS_ALL] = "address",
	};
	static_assert(ARRAY_SIZE(names) == DIFFERS_ALL + 1, "a name each");

	return names[d];
}

void json_chosen(struct report_walk *w, const struct report_explanation *e)
{
	struct str *s = &w->s;

	json_line_open(s);
	json_text(s, "event_type", "choice");
	json_text(s, "asked", e->asked);
	json_number(s, "connections", walk_connections(w));
	json_number(s, "meant", e->choice->meant);
	json_number(s, "explained", e->choice->count);
	json_open(s, "near", '[');
	for (size_t i = 0; i < e->nears; i++) {
		const struct report_near *n = &e->near[i];

		json_open(s, NULL, '{');
		json_tuple(s, &n->about.tuple[0]);
		json_time(s, "timestamp", n->about.time);
		json_text(s, "class", class_name(n->about.class));
		json_open(s, "differs", '[');
		json_text(s, NULL, differs_name(n->near.differs[0]));
		json_text(s, NULL, differs_name(n->near.differs[1]));
		json_close(s, ']');
		json_close(s, '}');
	}
	json_close(s, ']');
	json_line_close(s);
}
