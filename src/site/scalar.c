/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values of a site file, from text and back
 */
#include "scalar.h"

#include <string.h>
#include <strings.h>

#define NAME_MADE_BYTES 56 /* leaves room for "-64" */

/* struct unit - A suffix, and how many of the base unit it stands for */
struct unit {
	const char *name;
	int64_t scale;
};

/* The largest first: printing takes the first that divides. */
static const struct unit rates[] = {
	{"Tbps", 1000000000000LL}, {"Gbps", 1000000000LL}, {"Mbps", 1000000LL},
	{"kbps", 1000LL},	   {"bps", 1LL},
};
#define RATE_MAX (1000LL * 1000000000000LL)

static const struct unit times[] = {
	{"s", NSEC_PER_SEC},
	{"ms", NSEC_PER_MSEC},
	{"us", NSEC_PER_USEC},
	{"ns", 1LL},
};
#define TIME_MAX (60LL * NSEC_PER_SEC)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Return: what follows the digits, or NULL if there are none or too many */
static const char *scan_digits(const char *text, int64_t *value, size_t *n)
{
	*value = 0;
	for (*n = 0; is_digit(text[*n]); ++*n) {
		if (*n >= 15)
			return NULL;
		*value = *value * 10 + (text[*n] - '0');
	}
	return *n ? text + *n : NULL;
}

bool site_scan_number(const char *text, int64_t max, int64_t *value)
{
	size_t n;
	const char *end = scan_digits(text, value, &n);

	if (!end || *end || *value > max)
		return false;
	return text[0] != '0' || n == 1; /* octal to some */
}

/*
 * A decimal number and a unit, exact: what cannot be kept in whole base units
 * is refused rather than rounded.
 */
static bool scan_scaled(const char *text, const struct unit *unit, size_t units,
			int64_t max, int64_t *value)
{
	int64_t whole, part = 0, parts = 1;
	size_t n, i;

	text = scan_digits(text, &whole, &n);
	if (text && *text == '.')
		text = scan_digits(text + 1, &part, &n);
	else
		n = 0;
	if (!text || n > 6)
		return false;
	while (n--)
		parts *= 10;
	text += *text == ' ';

	for (i = 0; i < units && strcasecmp(text, unit[i].name) != 0; i++)
		;
	if (i == units || whole > max / unit[i].scale)
		return false;
	if (part * unit[i].scale % parts)
		return false;
	*value = whole * unit[i].scale + part * unit[i].scale / parts;
	return *value > 0 && *value <= max;
}

static void print_scaled(struct str *out, const struct unit *unit,
			 int64_t value)
{
	while (value % unit->scale)
		unit++;
	str_addf(out, "%lld%s", (long long)(value / unit->scale), unit->name);
}

const char *site_scan_rate(const char *text, uint64_t *bps)
{
	int64_t value;

	if (!scan_scaled(text, rates, ARRAY_SIZE(rates), RATE_MAX, &value))
		return "is no rate such as 500Mbps or 10Gbps";
	*bps = (uint64_t)value;
	return NULL;
}

void site_print_rate(struct str *out, uint64_t bps)
{
	print_scaled(out, rates, (int64_t)bps);
}

const char *site_scan_time(const char *text, int64_t *ns)
{
	if (!scan_scaled(text, times, ARRAY_SIZE(times), TIME_MAX, ns))
		return "is no time such as 200us, 1.5ms or 10ms";
	return NULL;
}

void site_print_time(struct str *out, int64_t ns)
{
	print_scaled(out, times, ns);
}

const char *site_scan_ports(const char *text, struct site_ports *ports)
{
	static const char problem[] = "is no port from 1 to 65535, nor a "
				      "range such as 50000-50019";
	const char *dash = strchr(text, '-');
	size_t n = dash ? (size_t)(dash - text) : strlen(text);
	int64_t first, last;
	char word[8];

	if (n >= sizeof(word))
		return problem;
	memcpy(word, text, n);
	word[n] = '\0';
	if (!site_scan_number(word, UINT16_MAX, &first) ||
	    !site_scan_number(dash ? dash + 1 : word, UINT16_MAX, &last) ||
	    !first || !last)
		return problem;
	if (last < first)
		return "is a range that ends before it begins";
	ports->first = (uint16_t)first;
	ports->last = (uint16_t)last;
	return NULL;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six bytes with @mark after every @every of them */
static bool scan_mac(const char *text, char mark, size_t every, uint8_t *mac)
{
	for (size_t i = 0; i < 6; i++) {
		int high, low;

		if (i && i % every == 0 && *text++ != mark)
			return false;
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return !*text;
}

const char *site_scan_mac(const char *text, uint8_t mac[6])
{
	if (scan_mac(text, ':', 1, mac) || scan_mac(text, '-', 1, mac) ||
	    scan_mac(text, '.', 2, mac))
		return NULL;
	return "is no MAC address such as 00:53:00:12:34:56";
}

const char *site_scan_name(const char *text, bool in_option)
{
	size_t n = strlen(text);

	if (n > SITE_NAME_BYTES)
		return "is over 64 bytes long";
	if (in_option && text[strcspn(text, "=., \t\n")])
		return "has '=', '.', ',' or a space in it, which "
		       "CIRCUIT.TAP=FILE cannot hold";
	return n ? NULL : "is empty";
}

static bool is_plain(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

char *site_name_from(const char *text, bool is_file)
{
	const char *slash = is_file ? strrchr(text, '/') : NULL;
	const char *end = is_file ? strcasestr(text, ".pcap") : NULL;
	char name[NAME_MADE_BYTES] = "";
	size_t n = 0;

	if (slash && slash[1] && (!end || slash < end))
		text = slash + 1;
	for (; *text && text != end && n < sizeof(name); text++) {
		if (is_plain(*text))
			name[n++] = *text;
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		n--;
	return n ? xstrndup(name, n) : NULL;
}
