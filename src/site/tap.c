/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The site file's tables: taps, and the names of those that were given none
 */
#include "tables.h"

#include <stdlib.h>
#include <string.h>

#include "scalar.h"
#include "text.h"

#define VLAN_MAX	4095
#define ERSPAN_MAX	1023	 /* 10 bits of session */
#define VNI_MAX		16777215 /* 24 bits */
#define INTERFACE_BYTES 255
#define FILE_BYTES	4096

static void read_name(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	struct site_tap *tap = object;

	site_read_name(l, k, value, tap);
	for (size_t i = 0; tap->name && &l->site->tap[i] < tap; i++) {
		const struct site_tap *other = &l->site->tap[i];

		if (!other->name || strcmp(other->name, tap->name) != 0)
			continue;
		site_errors_add(l->errors, site_mark_at(value),
				"tap '%s' is "
				"given twice, first in line %u",
				CUT(tap->name), other->mark.line);
		return;
	}
}

static void read_side(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	const char *names[] = {
		tap_side_name(TAP_OUTSIDE),
		tap_side_name(TAP_INSIDE),
	};
	static_assert(TAP_OUTSIDE == 0 && TAP_INSIDE == 1, "names by side");
	struct site_tap *tap = object;
	int side = site_choice(l, k, value, names, ARRAY_SIZE(names));

	if (side >= 0)
		tap->side = (enum tap_side)side;
}

static void read_vlan(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	struct site_tap *tap = object;
	struct list list;
	yaml_node_t *node;

	if (!site_list(l, k, value, &list))
		return;
	tap->untagged = !list.one && list.at == list.end;
	while ((node = site_list_next(l, &list))) {
		struct key item = {.name = k->name, .max = VLAN_MAX};
		int64_t tag = 0;

		if (tap->vlan_count == SITE_MAX_VLANS) {
			site_errors_add(l->errors, site_mark_at(node),
					"%s: "
					"more than %d tags",
					k->name, SITE_MAX_VLANS);
			return;
		}
		site_read_number(l, &item, node, &tag);
		tap->vlan[tap->vlan_count++] = (uint16_t)tag;
	}
}

static void read_mac(struct loader *l, const struct key *k, yaml_node_t *value,
		     void *object)
{
	const char *text = site_scalar(l, k->name, value);
	struct site_tap *tap = object;
	const char *problem = text ? site_scan_mac(text, tap->mac) : NULL;

	tap->has_mac = text && !problem;
	if (problem)
		site_errors_add(l->errors, site_mark_at(value), "%s: '%s' %s",
				k->name, CUT(text), problem);
}

#define FIELD(f_) .offset = offsetof(struct site_tap, f_)
static const struct key tap_keys[] = {
	{.name = "name", .read = read_name, FIELD(name), .max = true},
	{.name = "link", .read = site_read_name, FIELD(link)},
	{.name = "side", .read = read_side},
	{.name = "interface",
	 .read = site_read_string,
	 FIELD(interface),
	 .max = INTERFACE_BYTES},
	{.name = "file",
	 .read = site_read_string,
	 FIELD(file),
	 .max = FILE_BYTES},
	{.name = "vlan", .read = read_vlan},
	{.name = "erspan",
	 .read = site_read_number,
	 FIELD(erspan),
	 .max = ERSPAN_MAX},
	{.name = "vni", .read = site_read_number, FIELD(vni), .max = VNI_MAX},
	{.name = "mac", .read = read_mac},
};
#undef FIELD
static_assert(ARRAY_SIZE(tap_keys) <= SITE_MAX_KEYS, "keys fit");

static const struct schema tap_schema = {
	.what = "a tap",
	.key = tap_keys,
	.keys = ARRAY_SIZE(tap_keys),
};

static void read_tap(struct loader *l, yaml_node_t *node)
{
	size_t before = l->errors->count + l->errors->dropped;
	int i = site_add_tap(l->site, NULL, l->circuit);

	if (i < 0) {
		if (!l->taps_full)
			site_errors_add(l->errors, site_mark_at(node),
					"more than %d taps", SITE_MAX_TAPS);
		l->taps_full = true;
		return;
	}
	l->site->tap[i].mark = site_mark_at(node);
	site_read_mapping(l, &tap_schema, node, &l->site->tap[i]);
	if (l->errors->count + l->errors->dropped != before)
		l->unsound |= 1ULL << i;
}

void site_read_taps(struct loader *l, const struct key *k, yaml_node_t *value,
		    void *object)
{
	struct list list;
	yaml_node_t *node;

	(void)object;
	if (!site_list(l, k, value, &list))
		return;
	while (!l->taps_full && (node = site_list_next(l, &list)))
		read_tap(l, node);
}

/* A circuit's name may be 64 bytes of UTF-8: leave room for a number. */
static char *circuit_base(const char *name)
{
	size_t n = strnlen(name, SITE_NAME_BYTES - 3);

	while (n && ((uint8_t)name[n] & 0xc0) == 0x80)
		n--;
	return xstrndup(name, n);
}

static char *tap_base(const struct site *site, const struct site_tap *tap)
{
	char *base = NULL;

	if (tap->interface)
		base = site_name_from(tap->interface, false);
	if (!base && tap->file)
		base = site_name_from(tap->file, true);
	if (!base && tap->circuit >= 0)
		base = circuit_base(site->circuit[tap->circuit].name);
	return base ? base : xstrdup("tap");
}

static bool is_name_taken(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->taps; i++) {
		if (site->tap[i].name && !strcmp(site->tap[i].name, name))
			return true;
	}
	return false;
}

void site_name_taps(struct site *site)
{
	for (size_t i = 0; i < site->taps; i++) {
		struct site_tap *tap = &site->tap[i];
		struct str name = {0};
		char *base;

		if (tap->name)
			continue;
		base = tap_base(site, tap);
		str_add(&name, base);
		for (int n = 2; is_name_taken(site, name.s); n++) {
			str_clear(&name);
			str_addf(&name, "%s-%d", base, n);
		}
		tap->name = xstrdup(name.s);
		str_free(&name);
		free(base);
	}
}
