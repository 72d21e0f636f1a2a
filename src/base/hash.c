/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash-1-3: a short keyed hash (Aumasson and Bernstein, 2012)
 *
 * Whoever can send packets past a mirrored port chooses the 5-tuples; without
 * the key nobody can choose them so that they fall into one bucket.
 */
#include <asymcap/base.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>

struct hash_key hash_key_random(void)
{
	struct hash_key k;

	while (getrandom(&k, sizeof(k), 0) != (ssize_t)sizeof(k)) {
		if (errno != EINTR)
			log_fatal("cannot draw a hash key: %s",
				  strerror(errno));
	}
	return k;
}

static inline uint64_t rotate(uint64_t x, unsigned b)
{
	return x << b | x >> (64 - b);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

uint64_t hash_bytes(const struct hash_key *k, const void *data, size_t size)
{
	uint64_t v[4] = {
		k->k0 ^ 0x736f6d6570736575ULL, k->k1 ^ 0x646f72616e646f6dULL,
		k->k0 ^ 0x6c7967656e657261ULL, k->k1 ^ 0x7465646279746573ULL,
	};
	const uint8_t *p = data;
	uint64_t m, last = (uint64_t)size << 56;
	size_t left = size;

	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&m, p, 8);
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	m = 0;
	memcpy(&m, p, left);
	last |= m;
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
