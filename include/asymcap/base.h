/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base: what every layer needs and no layer owns
 *
 * Time as a struct, the bounded read cursor, addresses and prefix maps, the
 * growable string, the slab, the keyed hash, and the log.  Nothing here knows
 * what a circuit or a connection is.
 */
#ifndef ASYMCAP_BASE_H
#define ASYMCAP_BASE_H

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_SIZE(a_)	    (sizeof(a_) / sizeof((a_)[0]))
#define PRINTF_LIKE(f_, a_) __attribute__((format(printf, f_, a_)))

/* ------------------------------------------------------------------ time */

#define NSEC_PER_USEC 1000LL
#define NSEC_PER_MSEC 1000000LL
#define NSEC_PER_SEC  1000000000LL

/**
 * struct timestamp - A point in time, as packets carry it
 * @ns:		Nanoseconds since 1970-01-01T00:00:00Z, may be negative
 *
 * A struct, so that a duration (int64_t ns) cannot be passed for a time.
 */
struct timestamp {
	int64_t ns;
};

#define TIMESTAMP_TEXT 40

/**
 * timestamp_format() - Write a time as RFC 3339 in UTC, microseconds
 * @t:		The time
 * @buf:	At least TIMESTAMP_TEXT bytes
 *
 * Return: @buf, e.g. "2026-11-22T19:01:18.440978Z"
 */
char *timestamp_format(struct timestamp t, char *buf);

/**
 * timestamp_parse() - Read a time as timestamp_format() writes it
 * @text:	RFC 3339 in UTC with 'Z'; up to nine digits of a second
 * @t:		Result
 *
 * Return: false if @text is no such time from 1970 to 2261
 */
bool timestamp_parse(const char *text, struct timestamp *t);

/** timestamp_usec() - The time as far as timestamp_format() tells it */
struct timestamp timestamp_usec(struct timestamp t);

/**
 * clock_monotonic() - Nanoseconds since some moment in the past
 *
 * For waiting and for what is shown meanwhile; no verdict rests on it.
 */
int64_t clock_monotonic(void);

/** clock_realtime() - The time of day, for what is shown beside packet time */
struct timestamp clock_realtime(void);

/* ---------------------------------------------------------------- cursor */

/**
 * struct cur - Read cursor over one layer of a captured packet
 * @p:		Next unread byte, borrowed
 * @cap:	Bytes from @p that were captured and may be read
 * @wire:	Bytes from @p that were on the wire
 *
 * The only way to touch packet bytes.  Invariant: @cap <= @wire.  A packet
 * cut by the snap length has @cap < @wire; one that contradicts itself asks
 * for more than @wire.  The two must never be confused: the first is normal.
 */
struct cur {
	const uint8_t *p;
	size_t cap;
	size_t wire;
};

/** enum cur_why - Why @n bytes could not be taken */
enum cur_why {
	CUR_CUT,   /* they were on the wire, but not captured */
	CUR_SHORT, /* they were never there */
};

/**
 * cur_skip() - Move over bytes, captured or not
 * @c:		Cursor; untouched on failure
 * @n:		Bytes
 *
 * Return: true, or false where fewer than @n bytes were captured
 */
static inline bool cur_skip(struct cur *c, size_t n)
{
	if (n > c->cap)
		return false;
	c->p += n;
	c->cap -= n;
	c->wire -= n;
	return true;
}

/**
 * cur_take() - Copy bytes out, then move over them
 * @c:		Cursor; untouched on failure
 * @dst:	Where to, @n bytes
 * @n:		Bytes
 *
 * Return: true, or false where fewer than @n bytes were captured
 */
static inline bool cur_take(struct cur *c, void *dst, size_t n)
{
	if (n > c->cap)
		return false;
	memcpy(dst, c->p, n);
	return cur_skip(c, n);
}

/**
 * cur_view() - Look at bytes where they are, and move over them
 * @c:		Cursor; untouched on failure
 * @n:		Bytes
 * @p:		Result: @n bytes, borrowed
 *
 * Return: true, or false where fewer than @n bytes were captured
 */
static inline bool cur_view(struct cur *c, size_t n, const uint8_t **p)
{
	*p = c->p;
	return cur_skip(c, n);
}

/**
 * cur_peek() - Copy bytes out from an offset, without moving
 * @c:		Cursor
 * @off:	Offset from the next unread byte
 * @dst:	Where to, @n bytes
 * @n:		Bytes
 *
 * Return: true, or false where they were not all captured
 */
static inline bool cur_peek(const struct cur *c, size_t off, void *dst,
			    size_t n)
{
	if (off > c->cap || n > c->cap - off)
		return false;
	memcpy(dst, c->p + off, n);
	return true;
}

/**
 * cur_trim() - Keep the next @n wire bytes only (never read the padding)
 * @c:		Cursor; untouched on failure
 * @n:		Bytes that an outer header promised
 *
 * Return: true, or false where fewer than @n bytes were on the wire
 */
static inline bool cur_trim(struct cur *c, size_t n)
{
	if (n > c->wire)
		return false;
	c->wire = n;
	if (c->cap > n)
		c->cap = n;
	return true;
}

/**
 * cur_why() - Tell a cut packet from a short one after a failed take
 * @c:		Cursor
 * @n:		Bytes that were wanted
 */
static inline enum cur_why cur_why(const struct cur *c, size_t n)
{
	return n > c->wire ? CUR_SHORT : CUR_CUT;
}

#define CUR_TAKE(c_, var_) cur_take((c_), &(var_), sizeof(var_))

/* Read integers from a copied header; byte order as the name says. */
static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* ------------------------------------------------------------- addresses */

/**
 * struct addr - An IPv4 or IPv6 address, network byte order
 * @b:		IPv6 bytes; an IPv4 address is v4-mapped (::ffff:a.b.c.d)
 */
struct addr {
	uint8_t b[16];
};
static_assert(sizeof(struct addr) == 16, "addresses are hashed as bytes");

#define ADDR_TEXT   46 /* INET6_ADDRSTRLEN */
#define PREFIX_TEXT 50

/** addr_from_v4() - The v4-mapped form of 4 bytes in network order */
static inline struct addr addr_from_v4(const uint8_t b[4])
{
	struct addr a = {{[10] = 0xff, [11] = 0xff}};

	memcpy(a.b + 12, b, 4);
	return a;
}

/** addr_is_v4() - Whether the address is a v4-mapped one */
static inline bool addr_is_v4(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(a->b, mapped, sizeof(mapped));
}

/**
 * addr_half() - Half of an address as a number, which orders as its bytes do
 * @a:		Address
 * @half:	0: the 64 bits of greatest weight, 1: the others
 */
static inline uint64_t addr_half(const struct addr *a, unsigned half)
{
	return (uint64_t)get_be32(a->b + 8 * half) << 32 |
	       get_be32(a->b + 8 * half + 4);
}

/** addr_cmp() - Order addresses bytewise, as memcmp() */
static inline int addr_cmp(const struct addr *a, const struct addr *b)
{
	unsigned half = addr_half(a, 0) == addr_half(b, 0);
	uint64_t x = addr_half(a, half), y = addr_half(b, half);

	return x < y ? -1 : x > y;
}

/**
 * addr_parse() - Read an address from text
 * @text:	"192.0.2.1" or "2001:db8::1", whole string
 * @a:		Result
 *
 * Return: true, or false if @text is no address
 */
bool addr_parse(const char *text, struct addr *a);

/**
 * addr_format() - Write an address as text (RFC 5952)
 * @a:		Address
 * @buf:	At least ADDR_TEXT bytes
 *
 * Return: @buf
 */
char *addr_format(const struct addr *a, char *buf);

/**
 * enum addr_scope - What kind of space an address comes from
 *
 * Ranges of RFC 1918, 6598, 3927, 1122, 5737/3849 (documentation), 4193.
 */
enum addr_scope {
	ADDR_GLOBAL,
	ADDR_PRIVATE,	    /* RFC 1918 */
	ADDR_CGNAT,	    /* 100.64.0.0/10, RFC 6598 */
	ADDR_LINK_LOCAL,    /* 169.254.0.0/16, fe80::/10 */
	ADDR_LOOPBACK,	    /* 127.0.0.0/8, ::1 */
	ADDR_ULA,	    /* fc00::/7, RFC 4193 */
	ADDR_UNSPECIFIED,   /* 0.0.0.0/8, :: */
	ADDR_DOCUMENTATION, /* RFC 5737, RFC 3849 */
	ADDR_MULTICAST,	    /* and 255.255.255.255 */
};

/** addr_scope() - Classify an address by its range */
enum addr_scope addr_scope(const struct addr *a);

/** addr_scope_name() - "RFC 1918 private", "carrier-grade NAT", ... */
const char *addr_scope_name(enum addr_scope s);

/**
 * struct prefix - An address prefix
 * @base:	First address, host bits zero
 * @len:	Length over the 128-bit form (an IPv4 /24 is 120)
 */
struct prefix {
	struct addr base;
	uint8_t len;
};

/**
 * prefix_parse() - Read a prefix (or a lone address) from text
 * @text:	"192.0.2.0/24", "2001:db8::/32", "192.0.2.1"
 * @p:		Result
 *
 * Return: NULL, or why not, as a static string to print after the text
 *	   (e.g. "has host bits set", "is no address")
 */
const char *prefix_parse(const char *text, struct prefix *p);

/** prefix_format() - Write as text into PREFIX_TEXT bytes; return @buf */
char *prefix_format(const struct prefix *p, char *buf);

/** prefix_has() - Whether the address lies in the prefix */
bool prefix_has(const struct prefix *p, const struct addr *a);

/** prefix_overlaps() - Whether two prefixes share an address */
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);

/** prefix_cmp() - Order by first address, then shorter prefix first */
int prefix_cmp(const struct prefix *a, const struct prefix *b);

/**
 * struct prefix_map - Longest-prefix match from addresses to small numbers
 *
 * Filled with prefix_map_add(), frozen once with prefix_map_freeze() into
 * sorted ranges, then read by any number of readers.  A lookup is a binary
 * search.  Zero-initialise.
 */
struct prefix_map {
	struct prefix_map_entry *entry;
	size_t count;
	size_t cap;
	struct prefix_map_range *range;
	size_t ranges;
};

/**
 * prefix_map_add() - Add a prefix before the map is frozen
 * @m:		Map
 * @p:		Prefix; if it is already there, the first value stays
 * @value:	0 .. INT32_MAX
 *
 * Return: false when memory ran out
 */
bool prefix_map_add(struct prefix_map *m, const struct prefix *p,
		    int32_t value);

/** prefix_map_freeze() - Build the ranges; false when memory ran out */
bool prefix_map_freeze(struct prefix_map *m);

/** prefix_map_find() - Value of the longest match, or -1 */
int32_t prefix_map_find(const struct prefix_map *m, const struct addr *a);

/** prefix_map_clear() - Free what the map holds; it may be filled again */
void prefix_map_clear(struct prefix_map *m);

/* ------------------------------------------------------------------ UTF-8 */

#define UTF8_MAX 4 /* bytes of a character */

/**
 * utf8_read() - Decode one character
 * @p:		Bytes
 * @size:	How many there are, at least 1; UTF8_MAX where a NUL ends them,
 *		which is never read over
 * @c:		Result: the character
 *
 * Return: its length in bytes, or 0 if it is no UTF-8 (RFC 3629: no overlong
 *	   form, no surrogate, nothing above U+10FFFF)
 */
size_t utf8_read(const uint8_t *p, size_t size, uint32_t *c);

/**
 * utf8_is_harmless() - Whether a character shows what is there
 * @c:		Character
 *
 * Not those that drive a terminal (C0, C1), end the line or turn its
 * direction, or have no width: text of a stranger would show something else
 * than what it is.  Nor U+FFFE and U+FFFF, which no XML document may hold.
 */
bool utf8_is_harmless(uint32_t c);

/** utf8_begins() - Whether a byte of good UTF-8 begins a character */
static inline bool utf8_begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* ---------------------------------------------------------------- string */

/**
 * struct str - Growable string, always NUL-terminated once written to
 * @s:		Text, owned; NULL while empty
 * @len:	Bytes in use, without the NUL
 * @cap:	Bytes allocated
 *
 * Zero-initialise.  Memory running out is fatal (exit 3): a report that lost
 * half a line in silence is worse than none.  What appends a text takes NULL
 * for an empty one, so that @s of a string may be appended to another.
 */
struct str {
	char *s;
	size_t len;
	size_t cap;
};

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *text, size_t n);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * str_add_json() - Append a JSON string with its quotes
 * @s:		String
 * @text:	Bytes of unknown encoding; what is not valid UTF-8 becomes
 *		U+FFFD, control characters are escaped (RFC 8259 section 7)
 */
void str_add_json(struct str *s, const char *text);

/**
 * str_add_safe() - Append text for a terminal
 * @s:		String
 * @text:	Bytes from an attacker; controls, what turns or hides text, and bad
 *		UTF-8 become '?'
 */
void str_add_safe(struct str *s, const char *text);

/**
 * str_add_label() - Append the value of a Prometheus label with its quotes
 * @s:		String
 * @text:	Bytes of unknown encoding; '\\', '"' and newlines are escaped, and
 *		what is not valid UTF-8 is shown as \xHH, so that different
 *		names stay different
 */
void str_add_label(struct str *s, const char *text);

/** str_clear() - Empty the string, keep its memory */
void str_clear(struct str *s);

/** str_free() - Free and zero */
void str_free(struct str *s);

/* ---------------------------------------------------------------- memory */

/* Set-up allocation: never return NULL, exit 3 with a line when out. */
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

/** RESERVE_CHUNK - A huge page: small ones would cost misses of the TLB */
#define RESERVE_CHUNK (2u << 20)

/** reserve_new() - A reserve of memory that is touched ahead of its use */
struct reserve *reserve_new(void);

/** reserve_free() - Ends its thread; chunks that were taken stay valid */
void reserve_free(struct reserve *r);

/** reserve_ask() - A chunk will be wanted soon: get it ready, unless one is */
void reserve_ask(struct reserve *r);

/**
 * reserve_take() - A chunk of RESERVE_CHUNK bytes, aligned to as many
 *
 * Return: NULL when memory ran out; else the caller frees it with free()
 */
void *reserve_take(struct reserve *r);

/** reserve_bytes() - Memory that is ready */
size_t reserve_bytes(struct reserve *r);

/** reserve_touch() - Have the system provide the pages of memory now */
void reserve_touch(void *p, size_t size);

/**
 * struct slab - Items of one size, from large chunks, with a free list
 * @item_size:	Bytes an item, a multiple of 8
 * @used:	Items handed out now
 * @peak:	Most items handed out at once
 * @chunk_bytes: Bytes taken from the system so far
 *
 * @reserve:	Where chunks come from, or NULL: from the system; borrowed
 *
 * Freed items are reused before a new chunk is taken; chunks go back to the
 * system only with slab_destroy().
 */
struct slab {
	size_t item_size;
	size_t used;
	size_t peak;
	size_t chunk_bytes;
	void *free_list;
	void *chunks;
	uint8_t *fresh;
	uint8_t *fresh_ask;
	uint8_t *fresh_end;
	struct reserve *reserve;
};

void slab_init(struct slab *s, size_t item_size, struct reserve *reserve);

/** slab_ready() - Have the first chunk now; false when memory ran out */
bool slab_ready(struct slab *s);

/** slab_get() - An item, not cleared; NULL when memory ran out */
void *slab_get(struct slab *s);
void slab_put(struct slab *s, void *item);
void slab_destroy(struct slab *s);

/* ------------------------------------------------------------------ hash */

#define HASH_WORDS_MAX 9

/** struct hash_key - Secret of the keyed hash, drawn at start */
struct hash_key {
	uint64_t start;
	uint64_t word[HASH_WORDS_MAX];
};

/** hash_key_random() - Draw a key from the kernel (getrandom) */
struct hash_key hash_key_random(void);

/**
 * hash_words() - Keyed hash of a few 32-bit words
 * @k:		Key
 * @w:		Words
 * @n:		How many, at most HASH_WORDS_MAX
 *
 * Whoever can send packets past a mirrored port chooses the 5-tuples; without
 * the key nobody can choose them so that they fall into one bucket.  The upper
 * half of a sum of products modulo 2^64 is strongly universal (Lemire and
 * Kaser, "Strongly universal string hashing is fast", 2014): any two inputs
 * of one length have independent hashes, over the draw of the key.  That is
 * all a table needs whose work nobody outside can time, and it is a tenth of
 * the work of a cipher, for every packet.  The steps after it (the finalizer
 * of MurmurHash3) map 32 bits to 32 bits one to one: they change nothing of
 * that, and tear apart what neighbouring inputs have in common.
 *
 * Return: 32 bits, each as good as the other
 */
static inline uint32_t hash_words(const struct hash_key *k, const uint32_t *w,
				  size_t n)
{
	uint64_t sum = k->start;
	uint32_t h;

	for (size_t i = 0; i < n; i++)
		sum += k->word[i] * w[i];
	h = (uint32_t)(sum >> 32);
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	h ^= h >> 13;
	h *= 0xc2b2ae35u;
	return h ^ h >> 16;
}

/* ---------------------------------------------------------------- counts */

/** count_add() - Add to a count that a stranger told; beyond 64 bits it stays */
static inline void count_add(uint64_t *sum, uint64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = UINT64_MAX;
}

/* ------------------------------------------------------------------- log */

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/** log_set_level() - Print this level and those above; default: WARN */
void log_set_level(enum log_level level);

/* One line to standard error, "asymcap: " before it, '\n' after it; bytes
 * that a terminal would obey are replaced.
 */
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

/** log_notice() - As these, at every level: what somebody waits for */
void log_notice(const char *fmt, ...) PRINTF_LIKE(1, 2);

/**
 * log_set_hook() - Call before each line, so that a progress line is cleared
 * @hook:	Function, or NULL
 */
void log_set_hook(void (*hook)(void));

/**
 * log_set_taker() - Hand lines to a function instead of standard error
 * @take:	Gets each line, safe for a terminal, without "asymcap: " and
 *		newline; or NULL
 */
void log_set_taker(void (*take)(const char *line));

/** log_fatal() - Print as log_error(), then exit with status 3 */
void log_fatal(const char *fmt, ...) PRINTF_LIKE(1, 2)
	__attribute__((noreturn));

#endif /* ASYMCAP_BASE_H */
