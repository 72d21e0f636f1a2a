/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jsonin: a JSON text that somebody else wrote, taken apart by libjansson
 *
 * The only place that knows the library.  It bounds nesting, refuses what is
 * no UTF-8 or has a NUL inside, and draws a key for its hashes.
 */
#include "jsonin.h"

#include <jansson.h>

/* The library has signed integers; a count beyond them comes as a real. */
struct jsonin *jsonin_parse(const char *text, size_t size, struct str *why)
{
	json_error_t e;
	json_t *j = json_loadb(text, size, 0, &e);

	if (!j && json_error_code(&e) == json_error_numeric_overflow)
		j = json_loadb(text, size, JSON_DECODE_INT_AS_REAL, &e);
	if (!j)
		str_addf(why, "no JSON: %s, at byte %d", e.text, e.position);
	return (struct jsonin *)j;
}

void jsonin_free(struct jsonin *j)
{
	json_decref((json_t *)j);
}

const struct jsonin *jsonin_get(const struct jsonin *o, const char *key)
{
	const json_t *value = json_object_get((const json_t *)o, key);

	return json_is_null(value) ? NULL : (const struct jsonin *)value;
}

bool jsonin_has(const struct jsonin *o, const char *key)
{
	return json_object_get((const json_t *)o, key) != NULL;
}

const char *jsonin_text(const struct jsonin *o, const char *key)
{
	return json_string_value((const json_t *)jsonin_get(o, key));
}

bool jsonin_count(const struct jsonin *o, const char *key, uint64_t *n)
{
	const json_t *value = (const json_t *)jsonin_get(o, key);
	double real;

	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*n = (uint64_t)json_integer_value(value);
		return true;
	}
	if (!json_is_real(value))
		return false;
	real = json_real_value(value);
	if (!(real >= 0))
		return false;
	*n = real < 18446744073709551616.0 ? (uint64_t)real : UINT64_MAX;
	return true;
}

uint64_t jsonin_number(const struct jsonin *o, const char *key)
{
	uint64_t n = 0;

	return jsonin_count(o, key, &n) ? n : 0;
}

bool jsonin_signed(const struct jsonin *o, const char *key, int64_t *n)
{
	const json_t *value = (const json_t *)jsonin_get(o, key);
	double real;

	if (json_is_integer(value)) {
		*n = json_integer_value(value);
		return true;
	}
	real = json_number_value(value);
	if (!json_is_real(value) || !(real > -9.2e18 && real < 9.2e18))
		return false;
	*n = (int64_t)real;
	return true;
}

bool jsonin_true(const struct jsonin *o, const char *key)
{
	return json_is_true((const json_t *)jsonin_get(o, key));
}

size_t jsonin_items(const struct jsonin *array)
{
	return json_array_size((const json_t *)array);
}

const struct jsonin *jsonin_item(const struct jsonin *array, size_t i)
{
	return (const struct jsonin *)json_array_get((const json_t *)array, i);
}

const char *jsonin_item_text(const struct jsonin *array, size_t i)
{
	return json_string_value(json_array_get((const json_t *)array, i));
}
