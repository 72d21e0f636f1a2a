/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that are no tap's: of which file the first one is, and why
 *
 * The report counts them.  Who wrote the site file must know what to mend in
 * it, while nothing else of the file is lost: so the first of each interface
 * is told at once, with what a tap would have had to state.
 */
#include "unmapped.h"

#include <string.h>

#include "options.h"
#include "pipeline.h"

#define TOLD 8 /* interfaces; the rest is counted like these */

static void add_mac(struct str *s, const uint8_t *mac)
{
	for (unsigned i = 0; i < 6; i++)
		str_addf(s, "%s%02x", i ? ":" : "", mac[i]);
}

/* "VLAN 29.300, ERSPAN session 5, MAC 52:bc:.. > 2a:84:.." */
static void add_frame(struct str *s, const struct segment *g)
{
	if (g->vlan_count)
		str_add(s, g->vlan_count > 1 ? "VLANs [" : "VLAN ");
	else
		str_add(s, "untagged");
	for (unsigned i = 0; i < g->vlan_count; i++)
		str_addf(s, "%s%u", i ? ", " : "", g->vlan[i]);
	if (g->vlan_count > 1)
		str_addc(s, ']');
	if (g->has_erspan)
		str_addf(s, ", ERSPAN session %u", g->erspan);
	if (g->tunnel == TUNNEL_VXLAN || g->tunnel == TUNNEL_GENEVE)
		str_addf(s, ", VNI %u", g->tunnel_id);
	if (g->has_mac) {
		str_add(s, ", MAC ");
		add_mac(s, g->src_mac);
		str_add(s, " > ");
		add_mac(s, g->dst_mac);
	}
}

void unmapped_tell(struct pipeline *p, const struct frame *f,
		   const struct segment *g)
{
	const struct capture_interface *i =
		capture_interface(p->capture, f->interface);
	const struct capture_input *in = capture_input(p->capture, i->input);
	struct str s = {0};

	if (!p->options->site_path || p->unmapped_told == TOLD)
		return;
	p->unmapped_told++;
	str_add(&s, in->path);
	if (in->format && !strcmp(in->format, "pcapng")) {
		str_addf(&s, ", interface %u ", i->id);
		str_add_safe(&s, i->name ? i->name : "(without a name)");
	}
	if (topo_may_match(p->topo, f->interface)) {
		str_addf(&s, ": packet %llu matches no tap of the site file (",
			 (unsigned long long)f->number);
		add_frame(&s, g);
		str_add(&s, "); it is not looked at, nor others like it: "
			    "state that in a tap");
	} else {
		str_add(&s, ": no tap of the site file states this file or "
			    "interface, so it is not looked at: state it in a "
			    "tap");
	}
	log_warn("%s, or name the circuit: CIRCUIT=%s", s.s, in->path);
	str_free(&s);
}
