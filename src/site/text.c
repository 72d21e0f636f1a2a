/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What text a site file may hold, byte by byte
 *
 * Names from the site file end up in terminals, logs and reports.  What could
 * make one of them show something else than what is there is refused at the
 * door.
 */
#include "text.h"

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
		n = utf8_read(p, size, &c);
		if (!n || !site_is_printable(c))
			return false;
	}
	return true;
}
