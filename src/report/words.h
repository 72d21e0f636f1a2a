/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * words: names, endpoints and sentences, for every format
 *
 * What is returned or appended here may hold any byte that a name in a file
 * holds; the writer escapes it.
 */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "private.h"

struct endpoint_set;

/** words_circuit() - Name of a circuit; "?" where the site has no such one */
const char *words_circuit(const struct report *r, unsigned circuit);

/** words_tap() - Name of a tap; "?" where the site has no such one */
const char *words_tap(const struct report *r, unsigned tap);

/** words_service() - Name of a service, or NULL */
const char *words_service(const struct report *r, unsigned service);

/**
 * struct listed - What the provider's lists know of the remote end
 * @set:	Endpoint set that it is in, borrowed, or NULL
 * @tag:	Its Service Tag, borrowed, or NULL
 * @has_sets, @has_tags: The run had such a list
 */
struct listed {
	const struct endpoint_set *set;
	const char *tag;
	bool has_sets;
	bool has_tags;
};

/** words_listed() - Look the remote end of a connection up */
struct listed words_listed(const struct report *r, const struct finding *f);

/**
 * words_endpoint_set() - Append what the provider's lists call the remote end
 *
 * "Exchange, set 1 (Optimize, ExpressRoute); service tag AzureFrontDoor", as
 * far as the site names such lists; nothing if they do not know it.
 */
void words_endpoint_set(struct str *s, const struct report *r,
			const struct finding *f);

/** words_file() - Path of the input of an interface, or NULL */
const char *words_file(const struct report *r, unsigned interface);

/** words_inputs() - How many inputs the run had */
uint32_t words_inputs(const struct report *r);

/** words_input() - One of them; only what words_state() and names tell */
const struct capture_input *words_input(const struct report *r, uint32_t i);

/** words_circuits() - Append names, joined by '+', or "nowhere" */
void words_circuits(struct str *s, const struct report *r, uint64_t circuits);

/** words_endpoint() - Append "192.0.2.1:25" or "[2001:db8::1]:25" */
void words_endpoint(struct str *s, const struct addr *a, uint16_t port);

/** words_tuple() - Append "CLIENT -> SERVER" */
void words_tuple(struct str *s, const struct tuple *t);

/** words_reversed() - Append "SERVER -> CLIENT" */
void words_reversed(struct str *s, const struct tuple *t);

/** words_answer() - "SYN-ACK" or "RST": what answered the SYN */
const char *words_answer(const struct finding *f);

/**
 * words_answer_tuple() - The tuple of the answer
 *
 * Return: the finding's own answer tuple where it has one that differs, else
 *	   the address of its first
 */
const struct tuple *words_answer_tuple(const struct finding *f);

/** words_name() - The tuple that a ladder calls by a number */
const struct tuple *words_name(const struct finding *f, unsigned number);

/**
 * words_no_handshake() - Whether neither half of the handshake was seen
 *
 * A packet that such a finding shows is none of the two.
 */
bool words_no_handshake(const struct finding *f);

/** words_cause() - Text of a cause; "" where there is none */
const char *words_cause(const struct report *r, uint16_t cause);
const char *words_remedy(const struct report *r, uint16_t cause);
const char *words_log_hint(const struct report *r, uint16_t cause);

/** words_undecoded() - What a frame that gave no segment was, for people */
const char *words_undecoded(enum decode_result d);

/**
 * words_icmp() - Append what a router said, and where it was seen saying so
 *
 * "frag-needed (MTU 1400) from 192.0.2.1 at tap er-out, er.pcap #12"
 */
void words_icmp(struct str *s, const struct report *r,
		const struct icmp_error *e);

/** words_flags() - Append the names of TCP flags: "SYN-ACK", or "none" */
void words_flags(struct str *s, uint16_t flags);

/** words_state() - Machine name of how far an input has come */
const char *words_state(enum capture_state s);

/**
 * words_message() - Append what happened, one or a few sentences
 * @s:		String
 * @r:		Report, for names and for what is known of the taps
 * @f:		Finding
 */
void words_message(struct str *s, const struct report *r,
		   const struct finding *f);

#endif /* REPORT_WORDS_H */
