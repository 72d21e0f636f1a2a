/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The name a misspelt one was meant to be
 */
#include <asymcap/site.h>

#include <string.h>

#define NEAREST_BYTES 96

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Letters to add, drop, change or swap with their neighbour until @a is @b;
 * both up to NEAREST_BYTES.  Case counts for nothing.
 */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][NEAREST_BYTES + 1];
	unsigned *row, *up, *up2;

	for (size_t i = 0; i <= na; i++) {
		row = rows[i % 3];
		up = rows[(i + 2) % 3];
		up2 = rows[(i + 1) % 3];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			bool same;

			if (!i) {
				row[j] = (unsigned)j;
				continue;
			}
			same = lower(a[i - 1]) == lower(b[j - 1]);
			row[j] = least(up[j - 1] + !same,
				       least(up[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 &&
			    lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				row[j] = least(row[j], up2[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

const char *site_nearest(const char *word, const char *const *names,
			 size_t count)
{
	size_t n = strnlen(word, NEAREST_BYTES + 1);
	const char *nearest = NULL;
	unsigned best = 0;

	if (n > NEAREST_BYTES)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t m = names[i] ? strlen(names[i]) : 0;
		size_t longer = n > m ? n : m;
		unsigned far = longer < 3 ? 1 : (unsigned)longer / 3;
		unsigned d;

		if (!n || !m || longer - (n < m ? n : m) > far ||
		    m > NEAREST_BYTES)
			continue;
		d = distance(word, n, names[i], m);
		if (d > far || d >= longer || (nearest && d >= best))
			continue;
		nearest = names[i];
		best = d;
	}
	return nearest;
}

const char *site_nearest_circuit(const struct site *site, const char *word)
{
	const char *names[SITE_MAX_CIRCUITS];

	for (size_t i = 0; i < site->circuits; i++)
		names[i] = site->circuit[i].name;
	return site_nearest(word, names, site->circuits);
}

const char *site_nearest_segment(const struct site *site, const char *word)
{
	const char *names[SITE_MAX_SEGMENTS];

	for (size_t i = 0; i < site->segments; i++)
		names[i] = site->segment[i].name;
	return site_nearest(word, names, site->segments);
}

const char *site_nearest_service(const struct site *site, const char *word)
{
	const char *names[SITE_MAX_SERVICES];

	for (size_t i = 0; i < site->services; i++)
		names[i] = site->service[i].name;
	return site_nearest(word, names, site->services);
}
