/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/draw: random numbers that are the same everywhere
 *
 * splitmix64: small, fast, and good enough to shuffle packets.
 */
#ifndef BENCH_DRAW_H
#define BENCH_DRAW_H

#include <stdbool.h>
#include <stdint.h>

/** draw() - 64 random bits; @state is moved on */
static inline uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/** draw_below() - A random number from 0 to @n - 1 */
static inline uint32_t draw_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((draw(state) >> 32) * n >> 32);
}

/** draw_percent() - True in @percent of 100 cases */
static inline bool draw_percent(uint64_t *state, double percent)
{
	return (double)(draw(state) >> 11) < percent / 100 * 0x1p53;
}

/**
 * draw_is_stranger() - Whether an IPv4 address can be the source of a flood
 * @a:		Address, host byte order
 *
 * Return: true if it is public, and that of no client or server of ours
 */
static inline bool draw_is_stranger(uint32_t a)
{
	uint8_t top = (uint8_t)(a >> 24);

	return top > 10 && top < 224 && top != 40 && top != 100 && top != 127 &&
	       top != 169 && top != 172 && top != 192 && top != 198 &&
	       top != 203;
}

#endif /* BENCH_DRAW_H */
