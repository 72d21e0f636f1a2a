/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_out: text of strangers into a page, so that it stays text
 */
#include "html.h"

#include <string.h>

/* What str_add_safe() lets through is whole UTF-8 without controls. */
static void add_escaped(struct str *s, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		switch (text[i]) {
		case '&':
			str_add(s, "&amp;");
			break;
		case '<':
			str_add(s, "&lt;");
			break;
		case '>':
			str_add(s, "&gt;");
			break;
		case '"':
			str_add(s, "&quot;");
			break;
		case '\'':
			str_add(s, "&#39;");
			break;
		default:
			str_addc(s, text[i]);
		}
	}
}

/* Where character number @n of a safe text begins, or its end. */
static size_t offset_of(const struct str *safe, size_t n)
{
	size_t i;

	for (i = 0; i < safe->len; i++) {
		if (utf8_begins(safe->s[i]) && !n--)
			break;
	}
	return i;
}

static size_t characters(const struct str *safe)
{
	size_t n = 0;

	for (size_t i = 0; i < safe->len; i++)
		n += utf8_begins(safe->s[i]);
	return n;
}

void html_clip(struct str *s, const char *text, size_t max)
{
	struct str safe = {0};
	size_t end;

	str_add_safe(&safe, text);
	end = offset_of(&safe, max);
	if (end < safe.len) {
		add_escaped(s, safe.s, offset_of(&safe, max - 1));
		str_add(s, "…");
	} else if (safe.len) {
		add_escaped(s, safe.s, safe.len);
	}
	str_free(&safe);
}

void html_tail(struct str *s, const char *text, size_t max)
{
	struct str safe = {0};
	size_t from = 0, count;

	str_add_safe(&safe, text);
	count = characters(&safe);
	if (count > max) {
		str_add(s, "…");
		from = offset_of(&safe, count - max + 1);
	}
	if (safe.len)
		add_escaped(s, safe.s + from, safe.len - from);
	str_free(&safe);
}

void html_text(struct str *s, const char *text)
{
	html_clip(s, text, SIZE_MAX);
}

void html_str(struct str *s, struct str *text)
{
	if (text->len)
		html_text(s, text->s);
	str_free(text);
}

void html_number(struct str *s, uint64_t n)
{
	char text[24];
	size_t size;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	size = strlen(text);
	for (size_t i = 0; i < size; i++) {
		if (i && (size - i) % 3 == 0 && size > 4)
			str_add(s, "\xe2\x80\xaf");
		str_addc(s, text[i]);
	}
}

void html_scroll(struct str *s, const char *label)
{
	str_addf(s,
		 "<div class=scroll tabindex=0 role=group aria-label=\"%s\">\n",
		 label);
}

void html_scroll_end(struct str *s)
{
	str_add(s, "</div>\n");
}

/* Never by colour alone: a shape and the word. */
void html_severity(struct str *s, unsigned severity)
{
	static const char *const shapes[] = {
		[SEVERITY_INFO] = "○",
		[SEVERITY_WARNING] = "△",
		[SEVERITY_CRITICAL] = "▲",
	};
	static_assert(ARRAY_SIZE(shapes) == SEVERITIES, "a shape for each");
	const char *word = severity_name((enum severity)severity);

	str_addf(s,
		 "<span class=\"mark %s\"><span aria-hidden=true>%s</span> "
		 "%s</span>",
		 word, shapes[severity], word);
}
