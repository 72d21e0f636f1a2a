/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_ladder: what its drawing and its table share
 */
#ifndef REPORT_HTML_LADDER_H
#define REPORT_HTML_LADDER_H

#include "html.h"

#define LADDER_LANES 12
#define LADDER_ROWS  (2 * FINDING_SIGHTINGS + FINDING_ICMP + 2)

enum ladder_kind {
	ROW_REQUEST,
	ROW_ANSWER,
	ROW_ICMP,
	ROW_LOST,
};

/**
 * struct html_rung - An arrow
 * @at:		The sighting, borrowed; of ROW_LOST: where it was seen last
 * @tap:	Where the arrow ends
 * @icmp:	ROW_ICMP: borrowed
 * @of_request:	ROW_LOST: a copy of the request was lost, else of the answer
 */
struct html_rung {
	enum ladder_kind kind;
	const struct sighting *at;
	uint8_t tap;
	const struct icmp_error *icmp;
	bool of_request;
};

/**
 * struct html_ladder - The drawing
 * @lane:	Taps from left to right
 * @left_out:	Taps for which there was no room
 */
struct html_ladder {
	const struct report *r;
	const struct finding *f;
	uint8_t lane[LADDER_LANES];
	size_t lanes;
	size_t left_out;
	struct html_rung row[LADDER_ROWS];
	size_t rows;
};

/** html_ladder_kept() - How many of its sightings are there */
size_t html_ladder_kept(const struct sightings *g);

/** html_ladder_request() - "SYN", or "packet" where no handshake was seen */
const char *html_ladder_request(const struct finding *f);

/** html_ladder_table() - The rows as a table, with files and numbers */
void html_ladder_table(struct str *s, const struct html_ladder *l);

#endif /* REPORT_HTML_LADDER_H */
