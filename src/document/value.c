/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a value of JSON holds: of another type than is asked for, nothing
 */
#include <asymcap/document.h>

#include <string.h>

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *v = NULL;

	if (object && object->type == JSON_OBJECT)
		v = object->child;
	while (v && strcmp(v->key, key) != 0)
		v = v->next;
	return v;
}

const char *json_string(const struct json *value)
{
	return value && value->type == JSON_STRING ? value->text : NULL;
}

bool json_unsigned(const struct json *value, uint64_t max, uint64_t *n)
{
	*n = 0;
	if (!value || value->type != JSON_NUMBER)
		return false;
	for (const char *p = value->text; *p; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, (uint64_t)(*p - '0'), n))
			return false;
	}
	return *n <= max;
}

const char *json_type_name(const struct json *value)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	     [JSON_FALSE] = "false",
		[JSON_TRUE] = "true",	     [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string",  [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};
	static_assert(ARRAY_SIZE(names) == JSON_OBJECT + 1, "a name each type");

	return value ? names[value->type] : "nothing";
}
