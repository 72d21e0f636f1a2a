/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and prefixes: parse, format, classify
 *
 * One type for both families: IPv4 is kept v4-mapped, so that a comparison, a
 * hash and a longest match need no case for the family.
 */
#include <asymcap/base.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool addr_parse(const char *text, struct addr *a)
{
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		*a = addr_from_v4(v4);
		return true;
	}
	return inet_pton(AF_INET6, text, a->b) == 1;
}

char *addr_format(const struct addr *a, char *buf)
{
	bool v4 = addr_is_v4(a);

	if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->b + 12 : a->b, buf,
		       ADDR_TEXT))
		buf[0] = '\0';
	return buf;
}

/* Special ranges: RFC 6890 and the registries that it set up. */
static const struct {
	struct addr base;
	uint8_t len; /* over 128 bits */
	enum addr_scope scope;
} special[] = {
#define V4(a_, b_, c_, d_)                                                     \
	{                                                                      \
		{                                                              \
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a_, b_, c_,  \
				d_                                             \
		}                                                              \
	}
	{V4(10, 0, 0, 0), 96 + 8, ADDR_PRIVATE},
	{V4(172, 16, 0, 0), 96 + 12, ADDR_PRIVATE},
	{V4(192, 168, 0, 0), 96 + 16, ADDR_PRIVATE},
	{V4(100, 64, 0, 0), 96 + 10, ADDR_CGNAT},
	{V4(169, 254, 0, 0), 96 + 16, ADDR_LINK_LOCAL},
	{V4(127, 0, 0, 0), 96 + 8, ADDR_LOOPBACK},
	{V4(0, 0, 0, 0), 96 + 8, ADDR_UNSPECIFIED},
	{V4(192, 0, 2, 0), 96 + 24, ADDR_DOCUMENTATION},
	{V4(198, 51, 100, 0), 96 + 24, ADDR_DOCUMENTATION},
	{V4(203, 0, 113, 0), 96 + 24, ADDR_DOCUMENTATION},
	{V4(224, 0, 0, 0), 96 + 4, ADDR_MULTICAST},
	{V4(255, 255, 255, 255), 128, ADDR_MULTICAST},
#undef V4
	{{{0}}, 128, ADDR_UNSPECIFIED},
	{{{[15] = 1}}, 128, ADDR_LOOPBACK},
	{{{0xfe, 0x80}}, 10, ADDR_LINK_LOCAL},
	{{{0xfc}}, 7, ADDR_ULA},
	{{{0x20, 0x01, 0x0d, 0xb8}}, 32, ADDR_DOCUMENTATION},
	{{{0xff}}, 8, ADDR_MULTICAST},
};

/* Whether the first @bits are the same; every flow's ends are asked. */
static bool bits_equal(const struct addr *a, const struct addr *b,
		       unsigned bits)
{
	uint64_t high = addr_half(a, 0) ^ addr_half(b, 0);
	uint64_t low = addr_half(a, 1) ^ addr_half(b, 1);

	if (bits <= 64)
		return !bits || !(high >> (64 - bits));
	return !high && !(low >> (128 - bits));
}

enum addr_scope addr_scope(const struct addr *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		if (bits_equal(a, &special[i].base, special[i].len))
			return special[i].scope;
	}
	return ADDR_GLOBAL;
}

const char *addr_scope_name(enum addr_scope s)
{
	static const char *const names[] = {
		[ADDR_GLOBAL] = "public",
		[ADDR_PRIVATE] = "private (RFC 1918)",
		[ADDR_CGNAT] = "carrier-grade NAT (RFC 6598)",
		[ADDR_LINK_LOCAL] = "link-local",
		[ADDR_LOOPBACK] = "loopback",
		[ADDR_ULA] = "unique local (RFC 4193)",
		[ADDR_UNSPECIFIED] = "unspecified",
		[ADDR_DOCUMENTATION] = "documentation (RFC 5737, 3849)",
		[ADDR_MULTICAST] = "multicast",
	};
	static_assert(ARRAY_SIZE(names) == ADDR_MULTICAST + 1,
		      "a name for every scope");

	return names[s];
}

const char *prefix_parse(const char *text, struct prefix *p)
{
	char addr[ADDR_TEXT];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned long len, max;
	char *end;

	if (n >= sizeof(addr))
		return "is no address";
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (!addr_parse(addr, &p->base))
		return "is no address";

	max = strchr(addr, ':') ? 128 : 32;
	len = max;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return "has no prefix length after the slash";
		len = strtoul(slash + 1, &end, 10);
		if (*end || end - slash > 4)
			return "has no prefix length after the slash";
		if (len > max)
			return "has a prefix length that is too long";
	}
	p->len = (uint8_t)(max == 32 ? len + 96 : len);

	for (unsigned bit = p->len; bit < 128; bit++) {
		if (p->base.b[bit / 8] & (0x80u >> bit % 8))
			return "has host bits set";
	}
	return NULL;
}

char *prefix_format(const struct prefix *p, char *buf)
{
	size_t n;
	bool v4 = addr_is_v4(&p->base) && p->len >= 96;

	addr_format(&p->base, buf);
	n = strlen(buf);
	snprintf(buf + n, PREFIX_TEXT - n, "/%u",
		 v4 ? p->len - 96u : p->len + 0u);
	return buf;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	return bits_equal(&p->base, a, p->len);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return bits_equal(&a->base, &b->base,
			  a->len < b->len ? a->len : b->len);
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int order = addr_cmp(&a->base, &b->base);

	return order ? order : (int)a->len - (int)b->len;
}
