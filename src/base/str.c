/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The growable string, and the ways to escape what strangers wrote
 */
#include <asymcap/base.h>

#include <stdlib.h>
#include <string.h>

/* A string that nothing was appended to holds no text: that is an empty one. */
#define TEXT(text) ((text) ? (text) : "")

static void str_reserve(struct str *s, size_t more)
{
	size_t need = s->len + more + 1;
	size_t cap = s->cap ? s->cap : 64;

	if (need <= s->cap)
		return;
	while (cap < need)
		cap *= 2;
	s->s = xrealloc(s->s, cap, 1);
	s->cap = cap;
}

void str_addn(struct str *s, const char *text, size_t n)
{
	str_reserve(s, n);
	memcpy(s->s + s->len, text, n);
	s->len += n;
	s->s[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, TEXT(text), strlen(TEXT(text)));
}

void str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	str_reserve(s, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(s->s + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

/*
 * How many bytes stand for themselves, in any notation: ASCII but for controls,
 * quotes and backslashes.  Most text is that, and is added at once.
 */
static size_t plain(const uint8_t *p)
{
	size_t n = 0;

	while (p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

void str_add_json(struct str *s, const char *text)
{
	const uint8_t *p = (const uint8_t *)TEXT(text);

	str_addc(s, '"');
	while (*p) {
		uint32_t c;
		size_t n = plain(p);

		if (n) {
			str_addn(s, (const char *)p, n);
			p += n;
			continue;
		}
		n = utf8_read(p, UTF8_MAX, &c);
		if (!n) {
			str_add(s, "\xef\xbf\xbd");
			p++;
			continue;
		}
		if (*p == '"' || *p == '\\')
			str_addc(s, '\\');
		if (*p < 0x20 || *p == 0x7f)
			str_addf(s, "\\u%04x", *p);
		else
			str_addn(s, (const char *)p, n);
		p += n;
	}
	str_addc(s, '"');
}

bool utf8_is_harmless(uint32_t c)
{
	bool is_bad = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
		      (c >= 0x200b && c <= 0x200f) ||
		      (c >= 0x2028 && c <= 0x202e) ||
		      (c >= 0x2060 && c <= 0x2069) || c == 0xfeff ||
		      c == 0xfffe || c == 0xffff;

	return !is_bad;
}

void str_add_safe(struct str *s, const char *text)
{
	const uint8_t *p = (const uint8_t *)TEXT(text);

	while (*p) {
		uint32_t c = ' ';
		size_t n = plain(p);

		if (!n)
			n = utf8_read(p, UTF8_MAX, &c);
		if (!n || !utf8_is_harmless(c))
			str_addc(s, '?');
		else
			str_addn(s, (const char *)p, n);
		p += n ? n : 1;
	}
}

void str_add_label(struct str *s, const char *text)
{
	const uint8_t *p = (const uint8_t *)TEXT(text);

	str_addc(s, '"');
	while (*p) {
		uint32_t c;
		size_t n = utf8_read(p, UTF8_MAX, &c);

		if (!n)
			str_addf(s, "\\\\x%02x", *p);
		else if (*p == '\n')
			str_add(s, "\\n");
		else if (*p == '"' || *p == '\\')
			str_addf(s, "\\%c", *p);
		else
			str_addn(s, (const char *)p, n);
		p += n ? n : 1;
	}
	str_addc(s, '"');
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->s)
		s->s[0] = '\0';
}

void str_free(struct str *s)
{
	free(s->s);
	*s = (struct str){0};
}
