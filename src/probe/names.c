/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * names: the words of a probe that scripts may match
 */
#include <asymcap/probe.h>

static const char *const answers[] = {
	[PROBE_NO_ANSWER] = NULL,
	[PROBE_SYN_ACK] = "syn-ack",
	[PROBE_RST] = "rst",
	[PROBE_ICMP] = "icmp",
};
static_assert(ARRAY_SIZE(answers) == PROBE_ANSWERS, "a word each");

static const char *const outcomes[] = {
	[PROBE_CONNECTED] = "connected", [PROBE_ASYMMETRIC] = "asymmetric",
	[PROBE_ESCAPED] = "escaped",	 [PROBE_DROPPED] = "dropped",
	[PROBE_REFUSED] = "refused",	 [PROBE_FILTERED] = "filtered",
	[PROBE_SILENT] = "silent",	 [PROBE_NOT_SENT] = "not-sent",
};
static_assert(ARRAY_SIZE(outcomes) == PROBE_OUTCOMES, "a word each");

const char *probe_answer_name(enum probe_answer a)
{
	return answers[a];
}

const char *probe_outcome_name(enum probe_outcome o)
{
	return outcomes[o];
}
