/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * names: the words for every enum of a finding
 *
 * The words are part of the output format: scripts match them, the schema
 * lists them.  A number that is not in its enum gives "?", never a crash.
 */
#include <asymcap/finding.h>

#include <string.h>

static const char *name_of(const char *const *names, size_t count, size_t i)
{
	return i < count && names[i] ? names[i] : "?";
}

#define NAME_OF(names_, i_) name_of((names_), ARRAY_SIZE(names_), (size_t)(i_))

static const char *const severities[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};
static_assert(ARRAY_SIZE(severities) == SEVERITIES, "name each severity");

const char *severity_name(enum severity s)
{
	return NAME_OF(severities, s);
}

bool severity_parse(const char *text, enum severity *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
		if (!strcmp(text, severities[i])) {
			*s = (enum severity)i;
			return true;
		}
	}
	return false;
}

static const char *const rules[] = {
	[RULE_ASYMMETRIC_HANDSHAKE] = "asymmetric-handshake",
	[RULE_ASYMMETRIC_FLOW] = "asymmetric-flow",
	[RULE_PATH_CHANGE] = "path-change",
	[RULE_SNAT_ESCAPE] = "snat-escape",
	[RULE_INBOUND_SNAT_MISSING] = "inbound-snat-missing",
	[RULE_UNANSWERED] = "unanswered",
	[RULE_ORPHAN_SYN_ACK] = "orphan-syn-ack",
	[RULE_OFF_PLAN] = "off-plan",
	[RULE_NAT_OFF_PLAN] = "nat-off-plan",
	[RULE_TAP_ONE_WAY] = "tap-one-way",
	[RULE_TAP_OVERLAP] = "tap-overlap",
	[RULE_TAP_LOSS] = "tap-loss",
	[RULE_TAP_UNMAPPED] = "tap-unmapped",
	[RULE_TAP_SILENT] = "tap-silent",
	[RULE_TAP_APART] = "tap-apart",
};
static_assert(ARRAY_SIZE(rules) == RULES, "name each rule");

const char *rule_name(enum rule r)
{
	return NAME_OF(rules, r);
}

static const char *const classes[] = {
	[CLASS_SYMMETRIC] = "symmetric",
	[CLASS_ASYMMETRIC] = "asymmetric",
	[CLASS_SAME_DOMAIN] = "same-domain",
	[CLASS_REROUTED] = "rerouted",
	[CLASS_MIXED] = "mixed",
	[CLASS_REFUSED] = "refused",
	[CLASS_UNANSWERED] = "unanswered",
	[CLASS_ORPHAN_SYN_ACK] = "orphan-syn-ack",
	[CLASS_MIDSTREAM] = "midstream",
	[CLASS_SIMULTANEOUS_OPEN] = "simultaneous-open",
	[CLASS_OUT_OF_SCOPE] = "out-of-scope",
	[CLASS_INDETERMINATE] = "indeterminate",
};
static_assert(ARRAY_SIZE(classes) == CLASSES, "name each class");

const char *class_name(enum conn_class c)
{
	return NAME_OF(classes, c);
}

static const char *const class_keys[] = {
	[CLASS_SYMMETRIC] = "symmetric",
	[CLASS_ASYMMETRIC] = "asymmetric",
	[CLASS_SAME_DOMAIN] = "same_domain",
	[CLASS_REROUTED] = "rerouted",
	[CLASS_MIXED] = "mixed",
	[CLASS_REFUSED] = "refused",
	[CLASS_UNANSWERED] = "unanswered",
	[CLASS_ORPHAN_SYN_ACK] = "orphan_syn_ack",
	[CLASS_MIDSTREAM] = "midstream",
	[CLASS_SIMULTANEOUS_OPEN] = "simultaneous_open",
	[CLASS_OUT_OF_SCOPE] = "out_of_scope",
	[CLASS_INDETERMINATE] = "indeterminate",
};
static_assert(ARRAY_SIZE(class_keys) == CLASSES, "a key for each class");

const char *class_key(enum conn_class c)
{
	return NAME_OF(class_keys, c);
}

static const char *const impacts[] = {
	[IMPACT_UNKNOWN] = "unknown",
	[IMPACT_WORKING] = "working",
	[IMPACT_BROKEN] = "broken",
};
static_assert(ARRAY_SIZE(impacts) == IMPACT_BROKEN + 1, "name each impact");

const char *impact_name(enum impact i)
{
	return NAME_OF(impacts, i);
}

static const char *const directions[] = {
	[DIRECTION_UNKNOWN] = "unknown",
	[DIRECTION_OUTBOUND] = "outbound",
	[DIRECTION_INBOUND] = "inbound",
};
static_assert(ARRAY_SIZE(directions) == DIRECTION_INBOUND + 1,
	      "name each direction");

const char *direction_name(enum direction d)
{
	return NAME_OF(directions, d);
}

static const char *const confidences[] = {
	[CONFIDENCE_CERTAIN] = "certain",
	[CONFIDENCE_LIKELY] = "likely",
};
static_assert(ARRAY_SIZE(confidences) == CONFIDENCE_LIKELY + 1,
	      "name each confidence");

const char *confidence_name(enum confidence c)
{
	return NAME_OF(confidences, c);
}

static const char *const escape_reasons[] = {
	[ESCAPE_NONE] = "none",
	[ESCAPE_PRIVATE] = "private",
	[ESCAPE_WRONG_POOL] = "wrong-pool",
	[ESCAPE_UNKNOWN] = "unknown",
};
static_assert(ARRAY_SIZE(escape_reasons) == ESCAPE_UNKNOWN + 1,
	      "name each reason");

const char *escape_reason_name(enum escape_reason r)
{
	return NAME_OF(escape_reasons, r);
}

static const char *const phases[] = {
	[PHASE_SYN] = "syn",
	[PHASE_SYN_ACK] = "syn-ack",
	[PHASE_DATA] = "data",
	[PHASE_CLOSE] = "close",
};
static_assert(ARRAY_SIZE(phases) == PHASE_CLOSE + 1, "name each phase");

const char *phase_name(enum phase p)
{
	return NAME_OF(phases, p);
}
