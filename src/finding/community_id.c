/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * community_id: the name of a connection that other tools give it too
 *
 * Suricata, Zeek and Wireshark print the same string, so that a finding can
 * be looked up there.  It is base64 of SHA-1 over the seed, both addresses
 * (the smaller end first), the protocol, a zero byte and both ports, all in
 * network byte order.
 */
#include <asymcap/finding.h>

#include <string.h>

#define PROTO_TCP   6
#define SHA1_BLOCK  64
#define SHA1_DIGEST 20

/* Seed, two addresses, protocol, padding, two ports: 40 bytes for IPv6. */
#define ID_INPUT (2 + 2 * 16 + 1 + 1 + 2 * 2)

/* One block holds the message, the 0x80 that ends it and its length. */
static_assert(ID_INPUT + 1 + 8 <= SHA1_BLOCK, "one block of SHA-1 is enough");

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* The choice of bits and the constant of a round (FIPS 180-4, 4.1.1). */
static uint32_t sha1_mix(unsigned round, const uint32_t h[5])
{
	uint32_t b = h[1], c = h[2], d = h[3];

	if (round < 20)
		return ((b & c) | (~b & d)) + 0x5a827999;
	if (round < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (round < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

/* SHA-1 of a message of @size bytes that fits one block with its padding. */
static void sha1_short(const uint8_t *data, size_t size,
		       uint8_t digest[SHA1_DIGEST])
{
	static const uint32_t start[5] = {
		0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0,
	};
	uint8_t block[SHA1_BLOCK] = {0};
	uint32_t h[5], w[80];

	memcpy(block, data, size);
	block[size] = 0x80;
	block[SHA1_BLOCK - 2] = (uint8_t)(size * 8 >> 8);
	block[SHA1_BLOCK - 1] = (uint8_t)(size * 8);

	for (unsigned i = 0; i < 16; i++)
		w[i] = get_be32(block + 4 * (size_t)i);
	for (unsigned i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

	memcpy(h, start, sizeof(h));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t next = rotate(h[0], 5) + sha1_mix(i, h) + h[4] + w[i];

		h[4] = h[3];
		h[3] = h[2];
		h[2] = rotate(h[1], 30);
		h[1] = h[0];
		h[0] = next;
	}
	for (size_t i = 0; i < 5; i++) {
		uint32_t word = h[i] + start[i];

		digest[4 * i] = (uint8_t)(word >> 24);
		digest[4 * i + 1] = (uint8_t)(word >> 16);
		digest[4 * i + 2] = (uint8_t)(word >> 8);
		digest[4 * i + 3] = (uint8_t)word;
	}
}

/* Base64 of a digest: 6 groups of 3 bytes, then 2 bytes and one '='. */
static void base64_digest(const uint8_t digest[SHA1_DIGEST], char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t padded[SHA1_DIGEST + 1] = {0};

	memcpy(padded, digest, SHA1_DIGEST);
	for (size_t i = 0; i < sizeof(padded); i += 3) {
		uint32_t v = (uint32_t)padded[i] << 16 |
			     (uint32_t)padded[i + 1] << 8 | padded[i + 2];

		*out++ = digits[v >> 18 & 63];
		*out++ = digits[v >> 12 & 63];
		*out++ = digits[v >> 6 & 63];
		*out++ = digits[v & 63];
	}
	out[-1] = '=';
	*out = '\0';
}

static uint8_t *add_addr(uint8_t *p, const struct addr *a, bool v4)
{
	size_t size = v4 ? 4 : 16;

	memcpy(p, a->b + 16 - size, size);
	return p + size;
}

static uint8_t *add_port(uint8_t *p, uint16_t port)
{
	*p++ = (uint8_t)(port >> 8);
	*p++ = (uint8_t)port;
	return p;
}

char *community_id(const struct tuple *t, char *buf)
{
	bool v4 = addr_is_v4(&t->client) && addr_is_v4(&t->server);
	int order = addr_cmp(&t->client, &t->server);
	uint8_t input[ID_INPUT] = {0}; /* the seed is 0 */
	uint8_t digest[SHA1_DIGEST];
	bool swap = order > 0 || (!order && t->client_port > t->server_port);
	uint8_t *p = input + 2;

	p = add_addr(p, swap ? &t->server : &t->client, v4);
	p = add_addr(p, swap ? &t->client : &t->server, v4);
	*p++ = PROTO_TCP;
	*p++ = 0;
	p = add_port(p, swap ? t->server_port : t->client_port);
	p = add_port(p, swap ? t->client_port : t->server_port);

	sha1_short(input, (size_t)(p - input), digest);
	buf[0] = '1';
	buf[1] = ':';
	base64_digest(digest, buf + 2);
	return buf;
}
