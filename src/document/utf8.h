/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * utf8: characters of JSON escapes and of UTF-16 as UTF-8
 */
#ifndef DOCUMENT_UTF8_H
#define DOCUMENT_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/** utf8_put() - Write a character; Return: behind it, four bytes at most */
static inline char *utf8_put(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/** utf8_is_high(), utf8_is_low() - Halves of a surrogate pair */
static inline bool utf8_is_high(uint32_t c)
{
	return c >= 0xd800 && c < 0xdc00;
}

static inline bool utf8_is_low(uint32_t c)
{
	return c >= 0xdc00 && c < 0xe000;
}

/** utf8_pair() - The character of two halves */
static inline uint32_t utf8_pair(uint32_t high, uint32_t low)
{
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

#endif /* DOCUMENT_UTF8_H */
