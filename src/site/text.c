/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What text a site file may hold, byte by byte
 *
 * Names from the site file end up in terminals, logs and reports.  What could
 * make one of them show something else than what is there is refused at the
 * door.
 */
#include "text.h"

size_t site_utf8(const uint8_t *p, size_t size, uint32_t *c)
{
	/* The least character that needs so many bytes. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xc0 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf8 ? 4
				 : 0;

	if (!n || n > size)
		return 0;
	*c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

bool site_is_printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return false;
	if (c >= 0x200b && c <= 0x200f) /* no width, direction */
		return false;
	if (c >= 0x2028 && c <= 0x202e) /* separators, direction */
		return false;
	if (c >= 0x2060 && c <= 0x2069) /* no width, direction */
		return false;
	return c != 0xfeff && c != 0xfffe && c != 0xffff;
}

bool site_text_is_printable(const char *text, size_t size)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t c;
	size_t n;

	for (; size; p += n, size -= n) {
		n = site_utf8(p, size, &c);
		if (!n || !site_is_printable(c))
			return false;
	}
	return true;
}
