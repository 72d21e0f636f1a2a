/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/output: a world as capture files, site files and truth.json
 */
#ifndef TRUTH_OUTPUT_H
#define TRUTH_OUTPUT_H

#include "world.h"

#include <stdio.h>

#define FRAME_MAX (14 + 12 + 40 + 60 + 1500)

/**
 * struct output_options - How the captures differ from what happened
 * @out:	Folder, exists
 * @offsets:	The clocks of the circuits are 50 ms apart
 * @shuffle:	Records are out of order by up to 10 ms
 */
struct output_options {
	const char *out;
	bool offsets;
	bool shuffle;
};

/** struct tag - A VLAN tag to put before what the packet has of its own */
struct tag {
	uint16_t tpid;
	uint16_t id;
};

/**
 * frame_build() - A packet as an Ethernet frame
 * @out:	At least FRAME_MAX bytes
 * @p:		Packet
 * @tag:	Two tags, outermost first, or NULL; with them the packet's own
 *		tag is left out
 *
 * Return: bytes
 */
size_t frame_build(uint8_t *out, const struct packet *p, const struct tag *tag);

/** output_tap_name() - "internet", "chi-pri", ... */
const char *output_tap_name(enum tap tap);

/** output_circuit_name() - "internet", "er-chicago" or "er-dallas" */
const char *output_circuit_name(int circuit);

/** output_open() - Open a file of the folder for writing, or exit */
FILE *output_open(const struct output_options *o, const char *folder,
		  const char *name);

/** output_close() - Close it; exit if not all could be written */
void output_close(FILE *f);

/**
 * output_captures() - Write the world in the three layouts
 *
 * OUT/files: a pcap a tap; OUT/mixed: one pcapng, an interface a tap;
 * OUT/trunk: one pcap, a pair of tags a tap.  Each with its site.yaml.
 */
void output_captures(struct world *w, const struct output_options *o);

/** output_site() - Write the site file of a layout ("files", ...) */
void output_site(const struct world *w, const struct output_options *o,
		 const char *layout);

/** output_truth() - Write OUT/truth.json */
void output_truth(const struct world *w, const struct output_options *o);

/** output_trunk_tags() - The tags of a tap in the trunk layout */
const struct tag *output_trunk_tags(enum tap tap);

#endif /* TRUTH_OUTPUT_H */
