/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counts: findings by rule and path, for who watches numbers
 */
#include <asymcap/report.h>

#include "private.h"

void counts_add(struct report *r, const struct finding *f)
{
	struct report_counts *n = &r->counts;
	unsigned circuit = SLOT_NONE;

	n->rules[f->rule][f->severity]++;
	if (f->rule == RULE_ASYMMETRIC_HANDSHAKE)
		n->asymmetric[f->impact][circuit_slot_of(f->syn_circuits)]
			     [circuit_slot_of(f->answer_circuits)]++;
	if (f->circuit < SITE_MAX_CIRCUITS)
		circuit = SLOT_FIRST + f->circuit;
	if (f->rule == RULE_SNAT_ESCAPE)
		n->escapes[circuit][f->reason]++;
}

const struct report_counts *report_counts(const struct report *r)
{
	return &r->counts;
}
