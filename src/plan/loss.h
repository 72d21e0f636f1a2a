/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loss: which circuits are down at once
 *
 * DOC: Theory of operation
 *
 * Each circuit may fail by itself: cable, router, its two links.  Circuits
 * that meet the provider at one location fail together with it.  Two that
 * have nothing in common fail together by chance alone; a sound plan may have
 * two circuits for a service and no third, so that is not asked.
 */
#ifndef PLAN_LOSS_H
#define PLAN_LOSS_H

#include "check.h"

/**
 * struct loss - What is down at once
 * @circuits:	Bits; 0: all is up
 * @location:	Where they all meet the provider, borrowed; NULL: it is one
 *		circuit
 */
struct loss {
	uint64_t circuits;
	const char *location;
};

/* Each circuit, and each location that has two or more */
#define LOSS_MAX (SITE_MAX_CIRCUITS + SITE_MAX_CIRCUITS / 2)

/**
 * loss_list() - All losses that a plan is judged under
 *
 * Return: how many, single circuits first
 */
size_t loss_list(const struct judge *j, struct loss list[LOSS_MAX]);

/**
 * loss_name() - "er-a is down", "er-a and er-b are down (Chicago)"
 *
 * Return: the text, which is in @buf
 */
const char *loss_name(const struct judge *j, const struct loss *loss,
		      struct str *buf);

#endif /* PLAN_LOSS_H */
