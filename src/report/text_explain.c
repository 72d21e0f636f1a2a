/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_explain: one connection for a person: names, packets, verdict, remedy
 */
#include "text.h"

#include "words.h"

#define LABEL_FOUND "Found:   "
#define MAX_NAME    32 /* what is wider pushes the rest of its line */

/* What a class means, in a sentence that needs no manual. */
static const char *const class_words[] = {
	[CLASS_SYMMETRIC] = "the SYN and its answer took the same circuit",
	[CLASS_ASYMMETRIC] =
		"the SYN and its answer took circuits that have nothing in "
		"common",
	[CLASS_SAME_DOMAIN] = "the SYN and its answer took different circuits, "
			      "whose firewalls share their state",
	[CLASS_REROUTED] = "the SYN was seen on several circuits, its answer "
			   "on one of them",
	[CLASS_MIXED] = "the answer was seen on several circuits, one of them "
			"the SYN's",
	[CLASS_REFUSED] = "a RST answered the SYN, on a circuit of the SYN",
	[CLASS_UNANSWERED] = "no tap shows an answer to the SYN",
	[CLASS_ORPHAN_SYN_ACK] = "there is an answer, and no tap shows its SYN",
	[CLASS_MIDSTREAM] = "no tap shows a handshake: the connection was open "
			    "when the capture began, or its packets were "
			    "filtered",
	[CLASS_SIMULTANEOUS_OPEN] = "two SYNs crossed",
	[CLASS_OUT_OF_SCOPE] = "no end of it lies in the site's remote: it is "
			       "not judged",
	[CLASS_INDETERMINATE] =
		"what is missing may have been lost by a tap, or lie beyond an "
		"end of a capture",
};
static_assert(ARRAY_SIZE(class_words) == CLASSES, "a sentence each");

/* ------------------------------------------------------------------ names */

static void add_heading(struct report_walk *w, const struct explained *x)
{
	const struct finding *f = x->about;
	const char *service = words_service(w->r, f->service);
	struct str s = {0};

	words_tuple(&s, &f->tuple[0]);
	if (f->direction != DIRECTION_UNKNOWN)
		str_addf(&s, "  %s", direction_name(f->direction));
	if (service)
		str_addf(&s, "  %s", service);
	str_addf(&s, "  %s", class_name(f->class));
	if (f->impact != IMPACT_UNKNOWN)
		str_addf(&s, ", %s", impact_name(f->impact));
	if (f->dropped_at != CIRCUIT_NONE)
		str_addf(&s, ", dropped at %s",
			 words_circuit(w->r, f->dropped_at));
	if (x->of > 1)
		str_addf(&s, "  (%zu of %zu)", x->index + 1, x->of);
	text_tone(w, TONE_BOLD);
	text_line(w, "", s.s);
	text_tone(w, TONE_PLAIN);
	str_free(&s);
}

/* Every other name that a NAT gave it. */
static void add_names(struct report_walk *w, const struct finding *f)
{
	const struct tuple *answer = words_answer_tuple(f);
	char id[COMMUNITY_ID_TEXT];
	struct str s = {0};
	bool told = answer == &f->tuple[0];

	for (size_t i = 1; i < f->tuples && i < FINDING_TUPLES; i++) {
		str_clear(&s);
		words_tuple(&s, &f->tuple[i]);
		text_para(w, 0, "also as: ", s.s);
		told |= !memcmp(answer, &f->tuple[i], sizeof(*answer));
	}
	if (!told) {
		str_clear(&s);
		words_tuple(&s, answer);
		text_para(w, 0, "also as: ", s.s);
	}
	if (f->confidence == CONFIDENCE_LIKELY)
		text_para(w, 0, "         ",
			  "(sequence numbers differ between these: they were "
			  "paired by TCP options and time)");
	str_clear(&s);
	str_addf(&s, "Community ID %s", community_id(&f->tuple[0], id));
	text_line(w, "", s.s);
	str_free(&s);
}

static void add_seen(struct report_walk *w, const struct ladder *l)
{
	struct str s = {0};

	text_number(&s, l->packets[0] + l->packets[1], "packet");
	str_addf(&s, " (%llu from the client, %llu from the server), ",
		 (unsigned long long)l->packets[0],
		 (unsigned long long)l->packets[1]);
	text_number(&s, l->bytes[0] + l->bytes[1], "byte");
	str_add(&s, ", ");
	text_period(&s, l->first, l->last);
	str_addc(&s, '.');
	if (l->icmp) {
		str_addc(&s, ' ');
		text_number(&s, l->icmp, "ICMP error");
		str_addc(&s, '.');
	}
	if (l->strangers) {
		str_addc(&s, ' ');
		text_number(&s, l->strangers, "segment");
		str_add(&s, " of other connections between the same ends.");
	}
	text_para(w, 0, "Seen:    ", s.s);
	str_clear(&s);
	str_add(&s, "0 is ");
	text_clock(&s, l->first);
	str_add(&s, " on ");
	text_date(&s, l->first);
	str_add(&s, " UTC; #N is the packet's number in the file of the tap.");
	text_para(w, 0, "Time:    ", s.s);
	str_free(&s);
}

/* ------------------------------------------------------------------- taps */

/* The file of the first packet that a tap shows. */
static const char *file_of(const struct report *r, const struct ladder *l,
			   unsigned tap)
{
	for (size_t i = 0; i < l->rows; i++) {
		const struct ladder_packet *p = &l->row[i].packet;

		if (!l->row[i].is_packet)
			continue;
		for (size_t k = 0; k < p->kept; k++) {
			if (p->at[k].tap == tap)
				return words_file(r, p->at[k].interface);
		}
	}
	return NULL;
}

static uint64_t missing_taps(const struct ladder *l)
{
	uint64_t taps = 0;

	for (size_t i = 0; i < l->rows; i++) {
		if (l->row[i].is_packet)
			taps |= l->row[i].packet.missing |
				l->row[i].packet.unborn;
	}
	return taps & ~l->taps;
}

static void add_tap(struct report_walk *w, const struct ladder *l, unsigned tap,
		    const size_t width[2])
{
	const struct report *r = w->r;
	uint8_t circuit = topo_tap_circuit(r->topo, (uint8_t)tap);
	const char *file = file_of(r, l, tap);
	struct str *s = &w->s;

	text_spaces(s, 2);
	text_pad(s, circuit == CIRCUIT_NONE ? "-" : words_circuit(r, circuit),
		 width[0] + 2);
	text_pad(s, tap_side_name(topo_tap_side(r->topo, (uint8_t)tap)), 9);
	text_pad(s, words_tap(r, tap), width[1] + 2);
	str_add_safe(s, file		     ? file
			: l->taps >> tap & 1 ? "(only packets without a row)"
					     : "(none of its packets)");
	str_addc(s, '\n');
}

static void add_taps(struct report_walk *w, const struct ladder *l)
{
	uint64_t taps = l->taps | missing_taps(l);
	size_t width[2] = {1, 0};

	for (uint64_t t = taps; t; t &= t - 1) {
		unsigned tap = (unsigned)__builtin_ctzll(t);
		uint8_t c = topo_tap_circuit(w->r->topo, (uint8_t)tap);
		size_t n[2] = {text_columns(words_circuit(w->r, c)),
			       text_columns(words_tap(w->r, tap))};

		for (unsigned i = 0; i < 2; i++) {
			if (n[i] > width[i])
				width[i] = n[i] < MAX_NAME ? n[i] : MAX_NAME;
		}
	}
	text_line(w, "Taps:", "");
	for (uint64_t t = taps; t; t &= t - 1)
		add_tap(w, l, (unsigned)__builtin_ctzll(t), width);
}

/* ---------------------------------------------------------------- verdict */

static void list_taps(struct str *s, const struct report *r, uint64_t taps)
{
	const char *gap = "";

	for (; taps; taps &= taps - 1) {
		str_addf(s, "%s%s", gap,
			 words_tap(r, (unsigned)__builtin_ctzll(taps)));
		gap = ", ";
	}
}

static void add_where(struct report_walk *w, const char *label,
		      const struct ladder_where *where)
{
	struct str s = {0};

	if (where->sent) {
		str_add(&s, "seen at ");
		list_taps(&s, w->r, where->taps);
		if (where->sent > 1)
			str_addf(&s, ", sent %llu times",
				 (unsigned long long)where->sent);
		if (where->missing) {
			str_add(&s, "; never seen at ");
			list_taps(&s, w->r, where->missing);
		}
	} else {
		str_add(&s, "seen nowhere");
	}
	str_addc(&s, '.');
	text_para(w, 0, label, s.s);
	str_free(&s);
}

static void add_class(struct report_walk *w, const struct finding *f)
{
	struct str s = {0};

	str_addf(&s, "%s: %s.", class_name(f->class), class_words[f->class]);
	text_para(w, 0, "Class:   ", s.s);
	str_clear(&s);
	str_add(&s, impact_name(f->impact));
	if (f->impact == IMPACT_WORKING && f->class != CLASS_MIDSTREAM)
		str_add(&s, ": the handshake was completed");
	else if (f->impact == IMPACT_BROKEN && f->class != CLASS_MIDSTREAM)
		str_add(&s, ": the handshake was not completed");
	if (f->dropped_at != CIRCUIT_NONE)
		str_addf(&s, "; the edge of %s dropped a packet of it",
			 words_circuit(w->r, f->dropped_at));
	str_addc(&s, '.');
	text_para(w, 0, "Impact:  ", s.s);
	str_free(&s);
}

static void add_text(struct report_walk *w, const char *label, const char *text)
{
	if (*text)
		text_para(w, 0, label, text);
}

/* Whether what stands above has told the same cause. */
static bool told_above(const struct explained *x, size_t i)
{
	uint16_t cause = x->found[i].cause;

	for (size_t k = 0; k < i; k++) {
		if (x->found[k].cause == cause)
			return true;
	}
	return cause < 64 && (x->told >> cause & 1);
}

static void add_finding(struct report_walk *w, const struct explained *x,
			size_t i)
{
	const struct finding *f = &x->found[i];
	struct str s = {0};

	str_addc(&w->s, '\n');
	text_severity(w, f->severity);
	text_line(w, "", rule_name(f->rule));
	words_message(&s, w->r, f);
	add_text(w, LABEL_FOUND, s.s);
	if (told_above(x, i)) {
		add_text(w, "Cause:   ", "as told above; the same remedy.");
	} else {
		add_text(w, "Cause:   ", words_cause(w->r, f->cause));
		add_text(w, "Remedy:  ", words_remedy(w->r, f->cause));
		add_text(w, "Firewall log: ", words_log_hint(w->r, f->cause));
	}
	str_free(&s);
}

void text_explained(struct report_walk *w, const struct explained *x)
{
	const struct ladder *l = x->ladder;

	str_addc(&w->s, '\n');
	add_heading(w, x);
	add_names(w, x->about);
	if (!l->rows) {
		text_para(w, 0,
			  "Seen:    ", "none of its packets was found again.");
	} else {
		add_seen(w, l);
		add_taps(w, l);
		str_addc(&w->s, '\n');
		text_ladder(w, x->about, l);
		str_addc(&w->s, '\n');
	}
	add_where(w, "SYN:     ", &l->syn);
	add_where(w, x->about->answer_is_rst ? "RST:     " : "SYN-ACK: ",
		  &l->answer);
	add_class(w, x->about);
	if (!x->count)
		text_para(w, 0, LABEL_FOUND, "nothing.");
	for (size_t i = 0; i < x->count; i++)
		add_finding(w, x, i);
}

/* ---------------------------------------------------------------- choice */

static void add_differs(struct str *s, enum select_differs d, const char *end)
{
	static const char *const words[] = {
		[DIFFERS_NOT] = "",
		[DIFFERS_PORT] = "another port",
		[DIFFERS_HOST] = "a neighbour's address",
		[DIFFERS_HOST_AND_PORT] = "a neighbour's address and port",
		[DIFFERS_ALL] = "another address",
	};
	static_assert(ARRAY_SIZE(words) == DIFFERS_ALL + 1, "a word each");

	if (d != DIFFERS_NOT)
		str_addf(s, "%s%s at the %s end", s->len ? ", " : "", words[d],
			 end);
}

static void add_near(struct report_walk *w, const struct report_near *n)
{
	struct str s = {0}, differs = {0};

	words_tuple(&s, &n->about.tuple[0]);
	text_pad(&w->s, "", 2);
	text_pad(&w->s, s.s, 48);
	str_addc(&w->s, ' ');
	text_pad(&w->s, class_name(n->about.class), 14);
	str_addc(&w->s, ' ');
	add_differs(&differs, n->near.differs[0], "first");
	add_differs(&differs, n->near.differs[1], "second");
	str_add_safe(&w->s, differs.s ? differs.s : "");
	str_addc(&w->s, '\n');
	str_free(&s);
	str_free(&differs);
}

static void add_nothing(struct report_walk *w,
			const struct report_explanation *e)
{
	const struct report_choice *c = e->choice;
	struct str s = {0};

	if (c->entry > c->entries) {
		str_addf(&s, "There is no finding %llu: the report has ",
			 (unsigned long long)c->entry);
		text_number(&s, c->entries, "entry");
		if (c->entries != 1) {
			s.len -= strlen("entrys");
			str_add(&s, "entries");
		}
	} else if (c->tap_entry) {
		str_addf(&s,
			 "Finding %llu is about a tap, and about no connection",
			 (unsigned long long)c->entry);
	} else {
		if (*e->asked)
			str_addf(&s, "%s: ", e->asked);
		str_add(&s, "none of ");
		text_number(&s, walk_connections(w), "connection");
	}
	str_addc(&s, '.');
	text_tone(w, TONE_WARNING);
	text_line(w, "", s.s);
	text_tone(w, TONE_PLAIN);
	if (e->nears)
		text_line(w, "", "What comes near:");
	for (size_t i = 0; i < e->nears; i++)
		add_near(w, &e->near[i]);
	str_free(&s);
}

void text_chosen(struct report_walk *w, const struct report_explanation *e)
{
	const struct report_choice *c = e->choice;
	struct str s = {0};

	if (!c->count) {
		add_nothing(w, e);
		text_bad_inputs(w);
		return;
	}
	if (*e->asked)
		str_addf(&s, "%s: %llu of ", e->asked,
			 (unsigned long long)c->meant);
	text_number(&s, walk_connections(w), "connection");
	str_addc(&s, '.');
	if (c->meant > c->count) {
		if (c->count == 1)
			str_add(&s, " The most telling one is explained; ");
		else
			str_addf(&s, " The %zu most telling are explained; ",
				 c->count);
		str_addf(&s, "%llu %s left out (--max).",
			 (unsigned long long)(c->meant - c->count),
			 c->meant - c->count == 1 ? "is" : "are");
	}
	text_para(w, 0, "", s.s);
	text_bad_inputs(w);
	str_free(&s);
}
