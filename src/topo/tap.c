/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which tap a frame was seen at
 *
 * DOC: Theory of operation
 *
 * What a tap states falls into two parts.  Interface name and file are known
 * when a capture interface appears, so topo_bind() keeps for each interface
 * the taps whose name and file fit, the one that states most first.  VLAN
 * tags, tunnel and MAC differ from frame to frame; topo_tap() takes the first
 * candidate whose demands on the frame are met.  Most interfaces have one
 * candidate that demands nothing, and cost one load.
 */
#include "topo.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static unsigned stated_by_frame(const struct site_tap *tap)
{
	unsigned n = tap->vlan_count ? 1u + tap->vlan_count : tap->untagged;

	n += tap->erspan >= 0;
	n += tap->vni >= 0;
	n += tap->has_mac;
	return n;
}

static unsigned stated(const struct site_tap *tap)
{
	unsigned n = stated_by_frame(tap);

	n += tap->interface != NULL;
	n += tap->file != NULL;
	return n;
}

static bool file_fits(const char *glob, const char *path)
{
	const char *last = path ? strrchr(path, '/') : NULL;

	if (!path)
		return false;
	return !fnmatch(glob, path, 0) ||
	       !fnmatch(glob, last ? last + 1 : path, 0);
}

static bool interface_fits(const struct site_tap *tap, const char *path,
			   const char *name)
{
	if (tap->interface && !(name && !strcmp(tap->interface, name)))
		return false;
	return !tap->file || file_fits(tap->file, path);
}

/* Insert by how much is stated; of equals the first in the file leads. */
static void add_candidate(const struct site *site, struct topo_binding *b,
			  uint8_t tap)
{
	unsigned weight = stated(&site->tap[tap]);
	unsigned at = b->count;

	while (at && stated(&site->tap[b->tap[at - 1]]) < weight) {
		b->tap[at] = b->tap[at - 1];
		at--;
	}
	b->tap[at] = tap;
	b->count++;
}

void topo_bind(struct topo *t, uint32_t interface, const char *path,
	       const char *name, int forced)
{
	const struct site *site = t->site;
	struct topo_binding *b;

	if (interface >= t->bindings) {
		size_t count = interface + 16u;

		t->binding = xrealloc(t->binding, count, sizeof(*b));
		memset(t->binding + t->bindings, 0,
		       (count - t->bindings) * sizeof(*b));
		t->bindings = count;
	}
	b = &t->binding[interface];
	*b = (struct topo_binding){0};
	if (forced >= 0) {
		b->tap[b->count++] = (uint8_t)forced;
		b->fixed = true;
		return;
	}
	for (size_t i = 0; i < site->taps; i++) {
		if (!site->tap[i].retired &&
		    interface_fits(&site->tap[i], path, name))
			add_candidate(site, b, (uint8_t)i);
	}
	b->fixed = b->count && !stated_by_frame(&site->tap[b->tap[0]]);
}

static bool frame_fits(const struct site_tap *tap, const struct segment *s)
{
	if (tap->untagged && s->vlan_count)
		return false;
	if (tap->vlan_count &&
	    (tap->vlan_count != s->vlan_count ||
	     memcmp(tap->vlan, s->vlan,
		    tap->vlan_count * sizeof(tap->vlan[0])) != 0))
		return false;
	if (tap->erspan >= 0 &&
	    !(s->has_erspan && s->erspan == (uint16_t)tap->erspan))
		return false;
	if (tap->vni >= 0 &&
	    !((s->tunnel == TUNNEL_VXLAN || s->tunnel == TUNNEL_GENEVE) &&
	      s->tunnel_id == (uint32_t)tap->vni))
		return false;
	if (tap->has_mac && !(s->has_mac && (!memcmp(tap->mac, s->src_mac, 6) ||
					     !memcmp(tap->mac, s->dst_mac, 6))))
		return false;
	return true;
}

static uint8_t search(const struct topo *t, const struct topo_binding *b,
		      const struct segment *s)
{
	for (unsigned i = 0; i < b->count; i++) {
		if (frame_fits(&t->site->tap[b->tap[i]], s))
			return b->tap[i];
	}
	return TAP_NONE;
}

uint8_t topo_tap(const struct topo *t, const struct segment *s)
{
	const struct topo_binding *b;

	if (s->interface >= t->bindings)
		return TAP_NONE;
	b = &t->binding[s->interface];
	return b->fixed ? b->tap[0] : search(t, b, s);
}

uint8_t topo_interface_tap(const struct topo *t, uint32_t interface)
{
	if (interface >= t->bindings || !t->binding[interface].fixed)
		return TAP_NONE;
	return t->binding[interface].tap[0];
}

bool topo_may_match(const struct topo *t, uint32_t interface)
{
	return interface < t->bindings && t->binding[interface].count;
}

uint64_t topo_bound(const struct topo *t, uint32_t interface)
{
	uint64_t taps = 0;

	if (interface >= t->bindings)
		return 0;
	for (unsigned k = 0; k < t->binding[interface].count; k++) {
		uint8_t n = t->binding[interface].tap[k];
		const struct site_tap *tap = &t->site->tap[n];

		/* A tap that names neither may belong anywhere. */
		if (t->binding[interface].fixed || tap->interface || tap->file)
			taps |= 1ULL << n;
	}
	return taps;
}
