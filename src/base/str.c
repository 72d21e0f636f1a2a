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
 * Length of the UTF-8 sequence at @p (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF), or 0 if there is none.  Reading stops
 * at the NUL, which is no continuation byte.
 */
static size_t utf8_length(const uint8_t *p)
{
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xc2 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf5 ? 4
				 : 0;

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

void str_add_json(struct str *s, const char *text)
{
	const uint8_t *p = (const uint8_t *)TEXT(text);

	str_addc(s, '"');
	while (*p) {
		size_t n = utf8_length(p);

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

/*
 * Whether a character of @n bytes drives a terminal (C1, too), or makes text
 * show something else than what is there: no width, direction, separators;
 * or is no character of an XML document (U+FFFE, U+FFFF).
 */
static bool is_control(const uint8_t *p, size_t n)
{
	uint32_t c;

	if (n < 3)
		return *p < 0x20 || *p == 0x7f ||
		       (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) ||
		       (n == 2 && p[0] == 0xd8 && p[1] == 0x9c); /* U+061C */
	if (n > 3)
		return false;
	c = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x2069) || c == 0xfeff || c >= 0xfffe;
}

void str_add_safe(struct str *s, const char *text)
{
	const uint8_t *p = (const uint8_t *)TEXT(text);

	while (*p) {
		size_t n = utf8_length(p);

		if (!n || is_control(p, n))
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
		size_t n = utf8_length(p);

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
