/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tapfile: a pcapng file with an interface for each tap
 */
#ifndef APP_TAPFILE_H
#define APP_TAPFILE_H

#include "pipeline.h"

/**
 * struct tapfile - What interfaces a file has
 * @taps:	Bit n: there is one for tap n; they are in the order of taps
 * @link_type:	By tap
 */
struct tapfile {
	uint64_t taps;
	uint16_t link_type[SITE_MAX_TAPS];
};

/**
 * tapfile_make() - The taps that a run has seen, or is to see
 * @t:		Result
 * @p:		Pipeline
 * @link_type:	Only those with packets of this link type; -1: all.  A tap with
 *		several has the first.
 */
void tapfile_make(struct tapfile *t, const struct pipeline *p, int link_type);

/** tapfile_begin() - Append a section with this comment, and its interfaces */
void tapfile_begin(const struct tapfile *t, const struct pipeline *p,
		   const char *comment, struct str *out);

/**
 * tapfile_add() - Append a packet
 * @t:		Taps of the file
 * @tap:	Where it was seen
 * @f:		Packet
 * @comment:	Lines, or NULL
 *
 * Return: false if the file has no such tap, or that of another link type
 */
bool tapfile_add(const struct tapfile *t, uint8_t tap, const struct frame *f,
		 const char *comment, struct str *out);

/** tapfile_end() - Append what the taps lost, as far as captures say */
void tapfile_end(const struct tapfile *t, const struct pipeline *p,
		 struct str *out);

#endif /* APP_TAPFILE_H */
