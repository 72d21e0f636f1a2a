/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jsonout: append JSON to a string, with the commas in the right places
 */
#include "jsonout.h"

/*
 * A report of a million findings is a gigabyte of JSON, so nothing here goes
 * through printf: that was two thirds of the time.  Keys are the program's
 * own and need no escape.
 */
static void begin(struct str *s, const char *key)
{
	char last = s->len ? s->s[s->len - 1] : '\n';

	if (last != '{' && last != '[' && last != '\n')
		str_addc(s, ',');
	if (key) {
		str_addc(s, '"');
		str_add(s, key);
		str_addn(s, "\":", 2);
	}
}

/* Text of the program's own making, which needs no escape. */
static void plain_text(struct str *s, const char *key, const char *text)
{
	begin(s, key);
	str_addc(s, '"');
	str_add(s, text);
	str_addc(s, '"');
}

void json_open(struct str *s, const char *key, char bracket)
{
	begin(s, key);
	str_addc(s, bracket);
}

void json_close(struct str *s, char bracket)
{
	str_addc(s, bracket);
}

void json_text(struct str *s, const char *key, const char *text)
{
	begin(s, key);
	if (text)
		str_add_json(s, text);
	else
		str_add(s, "null");
}

void json_number(struct str *s, const char *key, uint64_t n)
{
	char text[20]; /* digits of 2^64 - 1 */
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	begin(s, key);
	str_addn(s, text + at, sizeof(text) - at);
}

void json_signed(struct str *s, const char *key, int64_t n)
{
	begin(s, key);
	str_addf(s, "%lld", (long long)n);
}

void json_bool(struct str *s, const char *key, bool b)
{
	begin(s, key);
	str_add(s, b ? "true" : "false");
}

void json_null(struct str *s, const char *key)
{
	json_text(s, key, NULL);
}

void json_time(struct str *s, const char *key, struct timestamp t)
{
	char text[TIMESTAMP_TEXT];

	plain_text(s, key, timestamp_format(t, text));
}

void json_addr(struct str *s, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	plain_text(s, key, addr_format(a, text));
}

void json_mac(struct str *s, const char *key, const uint8_t mac[6])
{
	static const char digits[] = "0123456789abcdef";
	char text[18];

	for (size_t i = 0; i < 6; i++) {
		text[3 * i] = digits[mac[i] >> 4];
		text[3 * i + 1] = digits[mac[i] & 15];
		text[3 * i + 2] = ':';
	}
	text[17] = '\0';
	plain_text(s, key, text);
}
