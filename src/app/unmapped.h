/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that are no tap's
 */
#ifndef APP_UNMAPPED_H
#define APP_UNMAPPED_H

struct frame;
struct pipeline;
struct segment;

/**
 * unmapped_tell() - Tell of the first segment of an interface that is no tap's
 * @p:		Pipeline
 * @f:		Its frame
 * @g:		The segment
 */
void unmapped_tell(struct pipeline *p, const struct frame *f,
		   const struct segment *g);

#endif /* APP_UNMAPPED_H */
