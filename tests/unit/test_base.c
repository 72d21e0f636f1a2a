/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the base layer
 *
 * What every other layer trusts without looking: time as text, the cursor,
 * addresses, the longest match, escaped text, the slab, the hash, the log.
 */
#include <asymcap/base.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A number that only depends on how often it was asked for (xorshift64). */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a), "%s is no address", text);
	return a;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix p;
	const char *why = prefix_parse(text, &p);

	ck_assert_msg(!why, "%s %s", text, why ? why : "");
	return p;
}

/* ------------------------------------------------------------------ time */

static const struct {
	int64_t ns;
	const char *text;
} times[] = {
	{0, "1970-01-01T00:00:00.000000Z"},
	{999, "1970-01-01T00:00:00.000000Z"},
	{1000, "1970-01-01T00:00:00.000001Z"},
	{1795374078440978123, "2026-11-22T19:01:18.440978Z"},
	{951825599999999999, "2000-02-29T11:59:59.999999Z"},
	{-1, "1969-12-31T23:59:59.999999Z"},
	{-NSEC_PER_SEC, "1969-12-31T23:59:59.000000Z"},
	{-NSEC_PER_SEC - 1, "1969-12-31T23:59:58.999999Z"},
	{INT64_MAX, "2262-04-11T23:47:16.854775Z"},
	{INT64_MIN, "1677-09-21T00:12:43.145224Z"},
};

START_TEST(time_as_text)
{
	struct timestamp t = {times[_i].ns};
	char buf[TIMESTAMP_TEXT];

	ck_assert_ptr_eq(timestamp_format(t, buf), buf);
	ck_assert_str_eq(buf, times[_i].text);
}
END_TEST

/* ---------------------------------------------------------------- cursor */

/* Every cursor up to 5 captured of 7 bytes, asked for every number. */
/* what it writes is read again, to the microsecond */
START_TEST(time_reads_back)
{
	struct timestamp t = {times[_i].ns}, back;
	char buf[TIMESTAMP_TEXT];

	timestamp_format(t, buf);
	if (t.ns < 0 || !strncmp(buf, "2262", 4)) {
		ck_assert(!timestamp_parse(buf, &back));
		return;
	}
	ck_assert(timestamp_parse(buf, &back));
	ck_assert_int_eq(back.ns, timestamp_usec(t).ns);
	ck_assert_int_eq(back.ns, t.ns - t.ns % NSEC_PER_USEC);
}
END_TEST

START_TEST(other_text_is_no_time)
{
	static const char *const texts[] = {
		"",
		"now",
		"2026-11-22",
		"2026-11-22T19:01:18",
		"2026-11-22T19:01:18.440978",
		"2026-11-22T19:01:18.Z",
		"2026-11-22T19:01:18.440978+01:00",
		"2026-11-22 19:01:18.440978Z",
		"2026-13-22T19:01:18Z",
		" 026-11-22T19:01:18Z",
		"+026-11-22T19:01:18Z",
		"1969-12-31T23:59:59Z",
		"2262-01-01T00:00:00Z",
		"9999-01-01T00:00:00Z",
		"2026-11-22T19:01:18.4409781234Z",
	};
	struct timestamp t;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		ck_assert_msg(!timestamp_parse(texts[i], &t), "%s", texts[i]);
	ck_assert(timestamp_parse("1970-01-01T00:00:01.5Z", &t));
	ck_assert_int_eq(t.ns, 1500000000);
	ck_assert(timestamp_parse("1970-01-01T00:00:01Z", &t));
	ck_assert_int_eq(t.ns, NSEC_PER_SEC);
	t.ns = INT64_MIN;
	timestamp_usec(t);
	t.ns = -1;
	ck_assert_int_eq(timestamp_usec(t).ns, -1000);
}
END_TEST

START_TEST(cursor_bounds)
{
	static const uint8_t bytes[5] = {10, 11, 12, 13, 14};

	for (size_t cap = 0; cap <= 5; cap++)
		for (size_t wire = cap; wire <= 7; wire++)
			for (size_t n = 0; n <= 9; n++) {
				const struct cur whole = {bytes, cap, wire};
				struct cur skip = whole, take = whole,
					   trim = whole;
				uint8_t got[9] = {0};
				bool fits = n <= cap;

				ck_assert(cur_skip(&skip, n) == fits);
				ck_assert(cur_take(&take, got, n) == fits);
				ck_assert(!memcmp(&skip, &take, sizeof(skip)));
				ck_assert_uint_eq(skip.cap,
						  fits ? cap - n : cap);
				ck_assert_uint_eq(skip.wire,
						  fits ? wire - n : wire);
				ck_assert_ptr_eq(skip.p,
						 fits ? bytes + n : bytes);
				for (size_t i = 0; i < sizeof(got); i++)
					ck_assert_uint_eq(got[i],
							  fits && i < n ? 10 + i
									: 0);

				ck_assert(cur_trim(&trim, n) == (n <= wire));
				ck_assert_uint_eq(trim.wire,
						  n <= wire ? n : wire);
				ck_assert_uint_eq(trim.cap, n < cap ? n : cap);
				ck_assert_ptr_eq(trim.p, bytes);

				ck_assert_int_eq(cur_why(&whole, n),
						 n <= wire ? CUR_CUT
							   : CUR_SHORT);
			}
}
END_TEST

START_TEST(cursor_peeks)
{
	static const uint8_t bytes[5] = {10, 11, 12, 13, 14};
	const struct cur c = {bytes, 5, 9};

	for (size_t off = 0; off <= 7; off++)
		for (size_t n = 0; n <= 7; n++) {
			uint8_t got[8] = {0};
			bool fits = off + n <= 5;

			ck_assert(cur_peek(&c, off, got, n) == fits);
			ck_assert_uint_eq(got[0], fits && n ? 10 + off : 0);
			ck_assert_uint_eq(got[n], 0);
		}
	/* Sums that wrap are too long, not short enough. */
	ck_assert(!cur_peek(&c, SIZE_MAX, &(uint8_t){0}, 2));
	ck_assert(!cur_peek(&c, 2, &(uint8_t){0}, SIZE_MAX));
	ck_assert_uint_eq(get_be16((const uint8_t[]){0x81, 0xfe}), 0x81fe);
	ck_assert_uint_eq(get_be32((const uint8_t[]){0x81, 2, 3, 0xfe}),
			  0x810203fe);
}
END_TEST

/* ------------------------------------------------------------- addresses */

static const struct {
	const char *text;
	const char *canonical; /* NULL: no address */
} addresses[] = {
	{"192.0.2.1", "192.0.2.1"},
	{"0.0.0.0", "0.0.0.0"},
	{"255.255.255.255", "255.255.255.255"},
	{"::", "::"},
	{"::1", "::1"},
	{"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	{"2001:0db8::0001", "2001:db8::1"},
	{"::ffff:192.0.2.1", "192.0.2.1"},
	{"::ffff:c000:201", "192.0.2.1"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"", NULL},
	{" 192.0.2.1", NULL},
	{"192.0.2.1 ", NULL},
	{"192.0.2", NULL},
	{"192.0.2.256", NULL},
	{"192.0.2.1.1", NULL},
	{"0x7f.1", NULL},
	{"fe80::1%eth0", NULL},
	{"1::2::3", NULL},
	{"12345::", NULL},
	{"1:2:3:4:5:6:7:8:9", NULL},
	{"host.example", NULL},
};

START_TEST(addresses_as_text)
{
	char buf[ADDR_TEXT];
	struct addr a, b;

	if (!addresses[_i].canonical) {
		ck_assert(!addr_parse(addresses[_i].text, &a));
		return;
	}
	ck_assert(addr_parse(addresses[_i].text, &a));
	ck_assert_ptr_eq(addr_format(&a, buf), buf);
	ck_assert_str_eq(buf, addresses[_i].canonical);
	ck_assert(addr_parse(buf, &b));
	ck_assert_int_eq(addr_cmp(&a, &b), 0);
	ck_assert(addr_is_v4(&a) == !strchr(buf, ':'));
}
END_TEST

START_TEST(addresses_in_order)
{
	struct addr a = addr_of("9.0.0.0"), b = addr_of("10.0.0.0");
	struct addr v6 = addr_of("2001:db8::");

	ck_assert_int_lt(addr_cmp(&a, &b), 0);
	ck_assert_int_gt(addr_cmp(&b, &a), 0);
	ck_assert_int_lt(addr_cmp(&b, &v6), 0);
	a = addr_from_v4((const uint8_t[]){10, 0, 0, 0});
	ck_assert_int_eq(addr_cmp(&a, &b), 0);
}
END_TEST

/* Both ends of each special range, and the neighbours outside it. */
static const struct {
	const char *before, *first, *last, *after;
	enum addr_scope scope;
} scopes[] = {
	{NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0", ADDR_UNSPECIFIED},
	{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0",
	 ADDR_PRIVATE},
	{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0",
	 ADDR_PRIVATE},
	{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0",
	 ADDR_PRIVATE},
	{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0",
	 ADDR_CGNAT},
	{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0",
	 ADDR_LINK_LOCAL},
	{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0",
	 ADDR_LOOPBACK},
	{"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0",
	 ADDR_DOCUMENTATION},
	{"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0",
	 ADDR_DOCUMENTATION},
	{"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0",
	 ADDR_DOCUMENTATION},
	{"223.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
	 ADDR_MULTICAST},
	{"255.255.255.254", "255.255.255.255", "255.255.255.255", NULL,
	 ADDR_MULTICAST},
	{NULL, "::", "::", NULL, ADDR_UNSPECIFIED},
	{NULL, "::1", "::1", "::2", ADDR_LOOPBACK},
	{"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::",
	 "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", ADDR_ULA},
	{"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::",
	 "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", ADDR_LINK_LOCAL},
	{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
	 "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	 "2001:db9::", ADDR_DOCUMENTATION},
	{"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::",
	 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, ADDR_MULTICAST},
};

static void assert_scope(const char *text, enum addr_scope scope)
{
	struct addr a = addr_of(text);

	ck_assert_msg(addr_scope(&a) == scope, "%s is %s, not %s", text,
		      addr_scope_name(addr_scope(&a)), addr_scope_name(scope));
}

START_TEST(scope_of_ranges)
{
	if (scopes[_i].before)
		assert_scope(scopes[_i].before, ADDR_GLOBAL);
	assert_scope(scopes[_i].first, scopes[_i].scope);
	assert_scope(scopes[_i].last, scopes[_i].scope);
	if (scopes[_i].after)
		assert_scope(scopes[_i].after, ADDR_GLOBAL);
}
END_TEST

/* -------------------------------------------------------------- prefixes */

static const struct {
	const char *text;
	const char *canonical; /* NULL: refused because of @why */
	const char *why;
} prefixes[] = {
	{"192.0.2.0/24", "192.0.2.0/24", NULL},
	{"192.0.2.1", "192.0.2.1/32", NULL},
	{"192.0.2.1/32", "192.0.2.1/32", NULL},
	{"0.0.0.0/0", "0.0.0.0/0", NULL},
	{"2001:DB8::/32", "2001:db8::/32", NULL},
	{"2001:db8::1", "2001:db8::1/128", NULL},
	{"::/0", "::/0", NULL},
	{"::ffff:10.0.0.0/104", "10.0.0.0/8", NULL},
	{"::ffff:0:0/96", "0.0.0.0/0", NULL},
	{"", NULL, "is no address"},
	{"/24", NULL, "is no address"},
	{"192.0.2/24", NULL, "is no address"},
	{"2001:db8/32", NULL, "is no address"},
	{"1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1/8", NULL,
	 "is no address"},
	{"192.0.2.0/", NULL, "has no prefix length after the slash"},
	{"192.0.2.0/ 24", NULL, "has no prefix length after the slash"},
	{"192.0.2.0/+24", NULL, "has no prefix length after the slash"},
	{"192.0.2.0/-1", NULL, "has no prefix length after the slash"},
	{"192.0.2.0/24x", NULL, "has no prefix length after the slash"},
	{"192.0.2.0/24/24", NULL, "has no prefix length after the slash"},
	{"192.0.2.0/0000000000000000000000024", NULL,
	 "has no prefix length after the slash"},
	{"192.0.2.0/255.255.255.0", NULL,
	 "has no prefix length after the slash"},
	{"192.0.2.0/33", NULL, "has a prefix length that is too long"},
	{"2001:db8::/129", NULL, "has a prefix length that is too long"},
	{"192.0.2.0/999", NULL, "has a prefix length that is too long"},
	{"192.0.2.1/24", NULL, "has host bits set"},
	{"192.0.2.0/22", NULL, "has host bits set"},
	{"128.0.0.0/0", NULL, "has host bits set"},
	{"2001:db8::1/127", NULL, "has host bits set"},
	{"::ffff:10.0.0.0/8", NULL, "has host bits set"},
};

START_TEST(prefixes_as_text)
{
	struct prefix p = {0}, q;
	const char *why = prefix_parse(prefixes[_i].text, &p);
	char buf[PREFIX_TEXT];

	ck_assert_pstr_eq(why, prefixes[_i].why);
	if (why)
		return;
	ck_assert_ptr_eq(prefix_format(&p, buf), buf);
	ck_assert_str_eq(buf, prefixes[_i].canonical);
	ck_assert_ptr_null(prefix_parse(buf, &q));
	ck_assert_int_eq(prefix_cmp(&p, &q), 0);
}
END_TEST

START_TEST(prefix_relations)
{
	struct prefix wide = prefix_of("10.0.0.0/9");
	struct prefix narrow = prefix_of("10.0.0.0/31");
	struct prefix other = prefix_of("10.128.0.0/9");
	struct prefix all = prefix_of("::/0"), v4 = prefix_of("0.0.0.0/0");
	struct addr last = addr_of("10.127.255.255");
	struct addr after = addr_of("10.128.0.0"), v6 = addr_of("2001:db8::1");

	ck_assert(prefix_has(&wide, &last) && !prefix_has(&wide, &after));
	ck_assert(prefix_has(&all, &last) && prefix_has(&all, &v6));
	ck_assert(prefix_has(&v4, &last) && !prefix_has(&v4, &v6));
	ck_assert(prefix_overlaps(&wide, &narrow));
	ck_assert(prefix_overlaps(&narrow, &wide));
	ck_assert(!prefix_overlaps(&wide, &other));
	ck_assert_int_lt(prefix_cmp(&wide, &narrow), 0);
	ck_assert_int_gt(prefix_cmp(&other, &narrow), 0);
}
END_TEST

/* ---------------------------------------------------- longest-prefix match */

#define MAP_PREFIXES 60

struct naive {
	struct prefix prefix[MAP_PREFIXES];
	int32_t value[MAP_PREFIXES];
	unsigned count;
};

/* What prefix_map_find() is to say, said the slow way. */
static int32_t naive_find(const struct naive *n, const struct addr *a)
{
	int best = -1;

	for (unsigned i = 0; i < n->count; i++) {
		if (!prefix_has(&n->prefix[i], a))
			continue;
		if (best < 0 || n->prefix[i].len > n->prefix[best].len)
			best = (int)i;
	}
	return best < 0 ? -1 : n->value[best];
}

/*
 * A prefix out of few bits, so that most nest: zeros and ones in runs give
 * the lowest and the highest addresses too.
 */
static struct prefix random_prefix(uint64_t *state, bool v4)
{
	unsigned low = v4 ? 96 : 0;
	struct prefix p = {
		.len = (uint8_t)(low + next_random(state) % (129 - low))};

	if (v4)
		p.base = addr_of("0.0.0.0");
	for (unsigned byte = low / 8; byte < 16; byte++) {
		static const uint8_t few[] = {0, 0, 0xff, 0xff, 0x80, 1};

		p.base.b[byte] = few[next_random(state) % sizeof(few)];
	}
	for (unsigned bit = p.len; bit < 128; bit++)
		p.base.b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return p;
}

/* The addresses around a prefix: before, first, last, after. */
static void assert_edges(const struct prefix_map *m, const struct naive *n,
			 const struct prefix *p)
{
	struct addr last = p->base, around[4];

	for (unsigned bit = p->len; bit < 128; bit++)
		last.b[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	around[0] = around[1] = p->base;
	around[2] = around[3] = last;
	for (int i = 15; i >= 0 && around[0].b[i]-- == 0; i--)
		;
	for (int i = 15; i >= 0 && ++around[3].b[i] == 0; i--)
		;
	for (unsigned i = 0; i < ARRAY_SIZE(around); i++)
		ck_assert_int_eq(prefix_map_find(m, &around[i]),
				 naive_find(n, &around[i]));
}

START_TEST(map_as_the_slow_way)
{
	uint64_t state = 0x9e3779b97f4a7c15 + (uint64_t)_i;
	struct prefix_map m = {0};
	struct naive n = {.count = 1 + (unsigned)_i % MAP_PREFIXES};

	for (unsigned i = 0; i < n.count; i++) {
		n.prefix[i] = random_prefix(&state, next_random(&state) & 1);
		n.value[i] = (int32_t)(next_random(&state) % 7);
		/* Now and then one that is there, or one inside it. */
		if (i && next_random(&state) % 4 == 0)
			n.prefix[i] = n.prefix[next_random(&state) % i];
		ck_assert(prefix_map_add(&m, &n.prefix[i], n.value[i]));
	}
	ck_assert(prefix_map_freeze(&m));
	for (unsigned i = 0; i < n.count; i++)
		assert_edges(&m, &n, &n.prefix[i]);
	for (unsigned i = 0; i < 500; i++) {
		struct prefix p = random_prefix(&state, i & 1);

		assert_edges(&m, &n, &p);
	}
	prefix_map_clear(&m);
}
END_TEST

START_TEST(map_limits)
{
	struct prefix_map m = {0};
	struct prefix all = prefix_of("::/0"), one = prefix_of("10.0.0.1");
	struct addr a = addr_of("10.0.0.1"), b = addr_of("10.0.0.2");

	ck_assert_int_eq(prefix_map_find(&m, &a), -1);
	ck_assert(prefix_map_freeze(&m));
	ck_assert_int_eq(prefix_map_find(&m, &a), -1);

	ck_assert(prefix_map_add(&m, &one, INT32_MAX));
	ck_assert(prefix_map_add(&m, &one, 1));
	ck_assert(prefix_map_freeze(&m));
	ck_assert_int_eq(prefix_map_find(&m, &a), INT32_MAX);
	ck_assert_int_eq(prefix_map_find(&m, &b), -1);

	/* Filled further after a freeze, and frozen again. */
	ck_assert(prefix_map_add(&m, &all, 0));
	ck_assert(prefix_map_freeze(&m));
	ck_assert_int_eq(prefix_map_find(&m, &a), INT32_MAX);
	ck_assert_int_eq(prefix_map_find(&m, &b), 0);

	prefix_map_clear(&m);
	ck_assert_int_eq(prefix_map_find(&m, &a), -1);
}
END_TEST

/* All 129 lengths at once: the deepest nesting there is. */
START_TEST(map_of_every_length)
{
	struct prefix_map m = {0};
	struct addr a = {{0}};

	for (unsigned len = 0; len <= 128; len++) {
		struct prefix p = {.base = a, .len = (uint8_t)(128 - len)};

		ck_assert(prefix_map_add(&m, &p, (int32_t)p.len));
	}
	ck_assert(prefix_map_freeze(&m));
	ck_assert_int_eq(prefix_map_find(&m, &a), 128);
	for (unsigned bit = 0; bit < 128; bit++) {
		struct addr other = a;

		other.b[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
		ck_assert_int_eq(prefix_map_find(&m, &other), (int)bit);
	}
	prefix_map_clear(&m);
}
END_TEST

/* ---------------------------------------------------------------- string */

START_TEST(string_grows)
{
	struct str s = {0};
	struct str expected = {0};

	for (unsigned i = 0; i < 1000; i++) {
		str_addf(&s, "%u,", i);
		str_addc(&expected, (char)('0' + i % 10));
	}
	ck_assert_uint_eq(s.len, 3890);
	ck_assert_uint_eq(strlen(s.s), s.len);
	ck_assert_uint_eq(expected.len, 1000);
	ck_assert_str_eq(s.s + s.len - 4, "999,");
	str_clear(&s);
	ck_assert_uint_eq(s.len, 0);
	ck_assert_str_eq(s.s, "");
	str_addn(&s, "abc", 2);
	str_add(&s, "");
	str_add(&s, "d");
	ck_assert_str_eq(s.s, "abd");
	str_free(&s);
	str_free(&expected);
	ck_assert_ptr_null(s.s);
	str_clear(&s);
	str_free(&s);
}
END_TEST

START_TEST(nothing_is_an_empty_text)
{
	const struct str never_written = {0};
	struct str s = {0};

	str_add(&s, never_written.s);
	str_add_safe(&s, never_written.s);
	ck_assert_uint_eq(s.len, 0);
	str_add_json(&s, never_written.s);
	str_add_label(&s, never_written.s);
	ck_assert_str_eq(s.s, "\"\"\"\"");
	str_free(&s);
}
END_TEST

static void assert_escaped(const char *text, const char *json, const char *safe)
{
	struct str s = {0};

	str_add_json(&s, text);
	ck_assert_str_eq(s.s, json);
	str_clear(&s);
	str_add_safe(&s, text);
	ck_assert_str_eq(s.s ? s.s : "", safe);
	str_free(&s);
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

START_TEST(every_byte_is_escaped)
{
	for (unsigned byte = 1; byte < 256; byte++) {
		const char text[] = {'a', (char)byte, 'z', '\0'};
		char json[32], safe[] = {'a', (char)byte, 'z', '\0'};

		if (byte < 0x20 || byte == 0x7f)
			snprintf(json, sizeof(json), "\"a\\u%04xz\"", byte);
		else if (byte == '"' || byte == '\\')
			snprintf(json, sizeof(json), "\"a\\%cz\"", byte);
		else if (byte >= 0x80)
			snprintf(json, sizeof(json), "\"a" BAD "z\"");
		else
			snprintf(json, sizeof(json), "\"a%cz\"", byte);
		if (byte < 0x20 || byte >= 0x7f)
			safe[1] = '?';
		assert_escaped(text, json, safe);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *label;
} labels[] = {
	{"", "\"\""},
	{"er-chicago", "\"er-chicago\""},
	{"a\"b\\c\nd", "\"a\\\"b\\\\c\\nd\""},
	{"\t\r\x7f", "\"\t\r\x7f\""},
	{"\xc3\xa9", "\"\xc3\xa9\""},
	{"\xff", "\"\\\\xff\""},
	{"\xfe", "\"\\\\xfe\""},
	{"\xc3", "\"\\\\xc3\""},
};

START_TEST(label_values)
{
	struct str s = {0};

	str_add_label(&s, labels[_i].text);
	ck_assert_str_eq(s.s, labels[_i].label);
	str_free(&s);
}
END_TEST

static const struct {
	const char *text;
	unsigned bad; /* bytes that belong to no character; 0: all is well */
	bool control;
} utf8[] = {
	{"\xc2\x80", 0, true}, /* first of two bytes, C1 */
	{"\xc2\x9b", 0, true}, /* CSI */
	{"\xc2\x9f", 0, true}, /* last of C1 */
	{"\xc2\xa0", 0, false},
	{"\xe2\x80\x8a", 0, false}, /* a thin space */
	{"\xe2\x80\x8b", 0, true},  /* no width */
	{"\xe2\x80\xa8", 0, true},  /* line separator */
	{"\xe2\x80\xae", 0, true},  /* right to left from here on */
	{"\xe2\x80\xaf", 0, false},
	{"\xe2\x81\xa0", 0, true},
	{"\xe2\x81\xa9", 0, true},
	{"\xe2\x81\xaa", 0, false},
	{"\xef\xbb\xbf", 0, true},	/* byte order mark */
	{"\xef\xbf\xbe", 0, true},	/* U+FFFE: not in XML */
	{"\xdf\xbf", 0, false},		/* last of two bytes */
	{"\xe0\xa0\x80", 0, false},	/* first of three */
	{"\xed\x9f\xbf", 0, false},	/* before the surrogates */
	{"\xee\x80\x80", 0, false},	/* after them */
	{"\xef\xbf\xbd", 0, false},	/* U+FFFD */
	{"\xef\xbf\xbf", 0, true},	/* U+FFFF: not in XML */
	{"\xf0\x90\x80\x80", 0, false}, /* first of four */
	{"\xf4\x8f\xbf\xbf", 0, false}, /* U+10FFFF */
	{"\x80", 1, false},		/* continuation alone */
	{"\xbf\xbf", 2, false},
	{"\xc0\x80", 2, false},		/* overlong NUL */
	{"\xc1\xbf", 2, false},		/* overlong, two bytes */
	{"\xe0\x9f\xbf", 3, false},	/* overlong, three */
	{"\xf0\x8f\xbf\xbf", 4, false}, /* overlong, four */
	{"\xed\xa0\x80", 3, false},	/* first surrogate */
	{"\xed\xbf\xbf", 3, false},	/* last surrogate */
	{"\xf4\x90\x80\x80", 4, false}, /* U+110000 */
	{"\xf5\x80\x80\x80", 4, false},
	{"\xf8\x88\x80\x80\x80", 5, false},
	{"\xfe\xff", 2, false},
	{"\xc3", 1, false}, /* cut by the end */
	{"\xe2\x82", 2, false},
	{"\xf0\x9f\x98", 3, false},
};

START_TEST(utf8_of_each_kind)
{
	struct str text = {0}, json = {0}, safe = {0};
	const char *c = utf8[_i].text;

	str_addf(&text, "<%s", c);
	str_add(&json, "\"<");
	str_add(&safe, "<");
	for (unsigned i = 0; i < utf8[_i].bad; i++) {
		str_add(&json, BAD);
		str_add(&safe, "?");
	}
	if (!utf8[_i].bad) {
		str_add(&json, c);
		str_add(&safe, utf8[_i].control ? "?" : c);
	}
	str_add(&json, "\"");
	assert_escaped(text.s, json.s, safe.s);

	/* What follows is not swallowed. */
	str_addc(&text, '>');
	json.s[json.len - 1] = '>';
	str_addc(&json, '"');
	str_addc(&safe, '>');
	assert_escaped(text.s, json.s, safe.s);
	str_free(&text);
	str_free(&json);
	str_free(&safe);
}
END_TEST

/* ------------------------------------------------------------------ slab */

#define ITEMS	  5000
#define ITEM_SIZE 1040 /* more than four chunks of them */

static void fill(uint8_t **item, unsigned from, struct slab *s)
{
	for (unsigned i = from; i < ITEMS; i++) {
		item[i] = slab_get(s);
		ck_assert_ptr_nonnull(item[i]);
		ck_assert_uint_eq((uintptr_t)item[i] % 16, 0);
		memset(item[i], (int)(i % 251), ITEM_SIZE);
	}
}

static void assert_filled(uint8_t *const *item)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		for (unsigned b = 0; b < ITEM_SIZE; b++) {
			if (item[i][b] != i % 251)
				ck_abort_msg("byte %u of item %u", b, i);
		}
	}
}

START_TEST(slab_reuses)
{
	uint8_t **item = xcalloc(ITEMS, sizeof(*item));
	struct slab s;
	size_t bytes;

	slab_init(&s, ITEM_SIZE, NULL);
	ck_assert_uint_eq(s.chunk_bytes, 0);
	fill(item, 0, &s);
	bytes = s.chunk_bytes;
	ck_assert_uint_ge(bytes, ITEMS * ITEM_SIZE);
	ck_assert_uint_le(bytes, ITEMS * ITEM_SIZE + (2u << 20));

	assert_filled(item); /* so no two items share a byte */
	for (unsigned i = 1000; i < ITEMS; i++)
		slab_put(&s, item[i]);
	ck_assert_uint_eq(s.used, 1000);
	ck_assert_uint_eq(s.peak, ITEMS);
	fill(item, 1000, &s);
	ck_assert_uint_eq(s.chunk_bytes, bytes);
	ck_assert_uint_eq(s.used, ITEMS);
	ck_assert_uint_eq(s.peak, ITEMS);
	assert_filled(item);

	slab_destroy(&s);
	ck_assert_uint_eq(s.chunk_bytes, 0);
	ck_assert_ptr_nonnull(slab_get(&s));
	ck_assert_uint_eq(s.peak, 1);
	slab_destroy(&s);
	free(item);
}
END_TEST

/* Chunks are aligned, can be written to, and are more than were asked for. */
START_TEST(reserve_gives_chunks)
{
	struct reserve *r = reserve_new();
	uint8_t *chunk[40];

	ck_assert_uint_eq(reserve_bytes(r), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(chunk); i++) {
		if (i % 3)
			reserve_ask(r);
		chunk[i] = reserve_take(r);
		ck_assert_ptr_nonnull(chunk[i]);
		ck_assert_uint_eq((uintptr_t)chunk[i] % RESERVE_CHUNK, 0);
		memset(chunk[i], (int)i, RESERVE_CHUNK);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(chunk); i++) {
		ck_assert_uint_eq(chunk[i][0], i);
		ck_assert_uint_eq(chunk[i][RESERVE_CHUNK - 1], i);
		free(chunk[i]);
	}
	reserve_ask(r);
	while (!reserve_bytes(r))
		usleep(1000);
	chunk[0] = reserve_take(r);
	ck_assert_uint_eq(reserve_bytes(r), 0);
	reserve_free(r);
	/* It outlives its reserve. */
	chunk[0][1] = 1;
	free(chunk[0]);
	reserve_free(NULL);
}
END_TEST

/* A slab whose first chunk is there before it is needed has no other. */
START_TEST(slab_grows_from_reserve)
{
	struct reserve *r = reserve_new();
	struct slab s;
	uint8_t *item;

	slab_init(&s, 40, r);
	ck_assert(slab_ready(&s));
	ck_assert_uint_eq(s.chunk_bytes, RESERVE_CHUNK);
	for (unsigned i = 0; i < 200000; i++) {
		item = slab_get(&s);
		ck_assert_uint_eq((uintptr_t)item % 8, 0);
		memset(item, 1, 40);
	}
	ck_assert_uint_ge(s.chunk_bytes, 200000 * 40);
	ck_assert_uint_le(s.chunk_bytes, 200000 * 40 + 2 * RESERVE_CHUNK);
	slab_destroy(&s);
	ck_assert_ptr_nonnull(slab_get(&s));
	slab_destroy(&s);
	reserve_free(r);
}
END_TEST

START_TEST(copies_are_copies)
{
	char text[] = "abcdef", *copy = xstrdup(text);
	char *part = xstrndup(text, 3);
	unsigned *zero = xcalloc(3, sizeof(*zero));

	text[0] = 'x';
	ck_assert_str_eq(copy, "abcdef");
	ck_assert_str_eq(part, "abc");
	ck_assert_uint_eq(zero[0] | zero[1] | zero[2], 0);
	zero = xrealloc(zero, 100, sizeof(*zero));
	ck_assert_uint_eq(zero[2], 0);
	free(copy);
	free(part);
	free(zero);
	free(xcalloc(0, 0));
}
END_TEST

/* AddressSanitizer, a library that looks for this by name, is to let the
 * program see that memory has run out.
 */
__attribute__((visibility("default"))) const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

START_TEST(out_of_memory_is_fatal)
{
	/* More than an address space, however it is counted. */
	if (freopen("/dev/null", "w", stderr))
		free(xrealloc(NULL, SIZE_MAX / 2, 4));
}
END_TEST

/* ------------------------------------------------------------------ hash */

/* Of words that count up from 0xfffffff0, under the key 2^64/phi * (1, 2 ..),
 * by another program.
 */
static const uint32_t vectors[] = {
	0x92ca2f0eu, 0x87de839au, 0x6591655du, 0x5c929e3fu, 0x235c97beu,
	0x2ab8bdd2u, 0xa3d25e2eu, 0xa035c58eu, 0x53631430u, 0x9e62e327u,
};

START_TEST(hash_vectors)
{
	struct hash_key key;
	uint32_t words[HASH_WORDS_MAX];

	key.start = 0x9e3779b97f4a7c15u;
	for (unsigned i = 0; i < HASH_WORDS_MAX; i++) {
		key.word[i] = (i + 2) * 0x9e3779b97f4a7c15u;
		words[i] = 0xfffffff0u + i;
	}
	ck_assert_uint_eq(hash_words(&key, words, (size_t)_i), vectors[_i]);
}
END_TEST

START_TEST(hash_keys_differ)
{
	struct hash_key a = hash_key_random(), b = hash_key_random();
	const uint32_t words[3] = {1, 2, 3};

	ck_assert(a.start != b.start || a.word[0] != b.word[0]);
	ck_assert_uint_ne(hash_words(&a, words, 3), hash_words(&b, words, 3));
}
END_TEST

/* Neighbours, as scans and NAT pools make them, spread like random draws. */
static const uint32_t strides[][3] = {
	{1, 0, 0}, {0, 0, 1}, {0, 0, 0x10000}, {0x40000, 0, 0},
	{1, 1, 0}, {0, 1, 1}, {0x10001, 0, 1}, {0, 0x80000000u, 1},
};

START_TEST(hash_spreads_neighbours)
{
	enum { KEYS = 1 << 14, BUCKETS = 1 << 12 };
	struct hash_key key = hash_key_random();
	uint16_t count[BUCKETS] = {0}, most = 0;

	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t words[3], n;

		for (unsigned k = 0; k < 3; k++)
			words[k] = 0x0a000001u + i * strides[_i][k];
		n = hash_words(&key, words, 3) & (BUCKETS - 1);
		if (++count[n] > most)
			most = count[n];
	}
	/* 4 to a bucket: 30 in one is a matter of 1 to 10^13 by chance. */
	ck_assert_uint_lt(most, 30);
}
END_TEST

/* ------------------------------------------------------------------- log */

static void hook(void)
{
	fputs("[hook]", stderr);
}

/* What @speak writes to standard error, and its exit status. */
static int overhear(void (*speak)(void), char *text, size_t size)
{
	int ends[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		speak();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + n, size - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void say_every_level(void)
{
	log_error("e %d", 1);
	log_warn("w %s", "x");
	log_info("i");
	log_debug("d");
	log_set_level(LOG_LEVEL_DEBUG);
	log_info("i2");
	log_debug("d2");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("w2");
	log_set_hook(hook);
	log_warn("no line, no hook");
	log_error("e2");
}

START_TEST(log_levels)
{
	char text[512];

	ck_assert_int_eq(overhear(say_every_level, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "asymcap: e 1\nasymcap: w x\nasymcap: i2\n"
			       "asymcap: d2\n[hook]asymcap: e2\n");
}
END_TEST

static void say_what_strangers_wrote(void)
{
	log_error("%s", "a\x1b[2Jb\r\nc\td\x7f\xc2\x9b"
			"31m\xc3\xa9.");
}

START_TEST(log_escapes)
{
	char text[512];

	overhear(say_what_strangers_wrote, text, sizeof(text));
	ck_assert_str_eq(text, "asymcap: a?[2Jb??c?d???31m\xc3\xa9.\n");
}
END_TEST

static void say_too_much(void)
{
	char line[5000];

	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	log_fatal("%s", line);
}

START_TEST(log_is_bounded)
{
	char text[8000];

	ck_assert_int_eq(overhear(say_too_much, text, sizeof(text)), 3);
	ck_assert_uint_lt(strlen(text), 1100);
	ck_assert_str_eq(text + strlen(text) - 5, "a...\n");
}
END_TEST

static Suite *base_suite(void)
{
	Suite *suite = suite_create("base");
	TCase *values = tcase_create("values"), *text = tcase_create("text");
	TCase *memory = tcase_create("memory");

	tcase_add_test(values, cursor_bounds);
	tcase_add_test(values, cursor_peeks);
	tcase_add_loop_test(values, time_as_text, 0, ARRAY_SIZE(times));
	tcase_add_loop_test(values, time_reads_back, 0, ARRAY_SIZE(times));
	tcase_add_test(values, other_text_is_no_time);
	tcase_add_loop_test(values, addresses_as_text, 0,
			    ARRAY_SIZE(addresses));
	tcase_add_test(values, addresses_in_order);
	tcase_add_loop_test(values, scope_of_ranges, 0, ARRAY_SIZE(scopes));
	tcase_add_loop_test(values, prefixes_as_text, 0, ARRAY_SIZE(prefixes));
	tcase_add_test(values, prefix_relations);
	tcase_add_loop_test(values, map_as_the_slow_way, 0, 120);
	tcase_add_test(values, map_limits);
	tcase_add_test(values, map_of_every_length);
	tcase_add_test(text, string_grows);
	tcase_add_test(text, nothing_is_an_empty_text);
	tcase_add_test(text, every_byte_is_escaped);
	tcase_add_loop_test(text, label_values, 0, ARRAY_SIZE(labels));
	tcase_add_loop_test(text, utf8_of_each_kind, 0, ARRAY_SIZE(utf8));
	tcase_add_test(text, log_levels);
	tcase_add_test(text, log_escapes);
	tcase_add_test(text, log_is_bounded);
	tcase_add_test(memory, slab_reuses);
	tcase_add_test(memory, reserve_gives_chunks);
	tcase_add_test(memory, slab_grows_from_reserve);
	tcase_add_test(memory, copies_are_copies);
	tcase_add_exit_test(memory, out_of_memory_is_fatal, 3);
	tcase_add_loop_test(memory, hash_vectors, 0, ARRAY_SIZE(vectors));
	tcase_add_test(memory, hash_keys_differ);
	tcase_add_loop_test(memory, hash_spreads_neighbours, 0,
			    ARRAY_SIZE(strides));
	suite_add_tcase(suite, values);
	suite_add_tcase(suite, text);
	suite_add_tcase(suite, memory);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(base_suite());
	int failures;

	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
