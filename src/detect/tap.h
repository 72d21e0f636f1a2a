/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the rules over taps share
 */
#ifndef DETECT_TAP_H
#define DETECT_TAP_H

#include <asymcap/detect.h>

/**
 * struct tap_detector - One rule over the taps of a run
 * @rule:	Which
 * @taps:	Look at all taps; emit zero or more findings
 */
struct tap_detector {
	enum rule rule;
	void (*taps)(const struct topo *topo, const struct tap_health *h,
		     const struct detect_sink *sink);
};

extern const struct tap_detector detect_tap_one_way;
extern const struct tap_detector detect_tap_overlap;
extern const struct tap_detector detect_tap_loss;
extern const struct tap_detector detect_tap_unmapped;
extern const struct tap_detector detect_tap_silent;
extern const struct tap_detector detect_tap_apart;

/**
 * detect_begin_tap() - A finding about a tap
 * @f:		Result, whole
 * @topo:	Topology
 * @h:		Health of all taps
 * @tap:	Tap, or TAP_NONE
 * @rule:	Rule
 * @cause:	Cause
 * @count:	Packets or connections that show it
 */
void detect_begin_tap(struct finding *f, const struct topo *topo,
		      const struct tap_health *h, uint8_t tap, enum rule rule,
		      enum cause cause, uint64_t count);

/** detect_is_one_way() - Whether a tap shows one direction of its traffic only */
bool detect_is_one_way(const struct flow_tap *seen);

#endif /* DETECT_TAP_H */
