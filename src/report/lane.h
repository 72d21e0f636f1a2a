/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lane: the way of one packet over one circuit, as a line of text
 *
 *	client outside     edge     inside server
 *	|---------> #9 -- 62 us --> #11 -------->|
 *	|                   X------ #99 <--------|
 */
#ifndef REPORT_LANE_H
#define REPORT_LANE_H

#include "text.h"

/**
 * struct lane_shape - What the lanes of a ladder have in common
 * @client_inside: The side that is drawn next to the client
 * @sides:	Any packet was seen, or missed, at [0] the client's side of an
 *		edge, [1] the server's
 * @width:	Columns of the widest label on each side
 */
struct lane_shape {
	bool client_inside;
	bool sides[2];
	size_t width[2];
};

/**
 * struct lane - A packet on a circuit
 * @p:		Packet
 * @circuit:	Circuit, or CIRCUIT_NONE
 * @at:		Its sighting on each side of the edge, or NULL
 * @more:	Another line of the same packet stands above
 * @lost, @born: What is missing of it at each side of this circuit: taps
 */
struct lane {
	const struct ladder_packet *p;
	uint8_t circuit;
	const struct ladder_sighting *at[2];
	bool more;
	uint64_t lost;
	uint64_t born;
};

#define LANES_MAX LADDER_SIGHTINGS /* lines of one packet */

/**
 * lanes_of() - The lines of a packet: one a circuit, or more
 * @r:		Report
 * @client_inside: From the ladder
 * @p:		Packet
 * @lane:	Result, LANES_MAX
 *
 * Return: how many
 */
size_t lanes_of(const struct report *r, bool client_inside,
		const struct ladder_packet *p, struct lane *lane);

/**
 * lane_escape() - Whether a packet left at a tap with a wrong source
 * @about:	Its connection
 * @p:		Packet
 * @at:		Sighting, may be NULL
 * @src:	Result: its source
 * @owner:	Result of ESCAPE_WRONG_POOL: whose it is
 */
enum escape_reason lane_escape(const struct topo *topo,
			       const struct finding *about,
			       const struct ladder_packet *p,
			       const struct ladder_sighting *at,
			       struct addr *src, uint8_t *owner);

/** lane_measure() - Make the shape wide enough for a lane */
void lane_measure(struct lane_shape *shape, const struct lane *l);

/** lane_header() - Append what the columns of a lane are */
void lane_header(struct str *s, const struct lane_shape *shape);

/** lane_draw() - Append the way of a packet, always equally wide */
void lane_draw(struct str *s, const struct lane_shape *shape,
	       const struct lane *l);

#endif /* REPORT_LANE_H */
