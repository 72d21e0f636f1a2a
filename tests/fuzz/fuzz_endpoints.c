/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as a list of endpoints, and as Service Tags
 *
 * Either there are errors, or there is a list, in which every prefix is found.
 */
#include <asymcap/endpoints.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct str errors = {0};
	struct endpoints *e = endpoints_parse("fuzz", text, size, &errors);
	struct service_tags *t;

	if (!e != (errors.len > 0))
		abort();
	for (size_t i = 0; e && i < e->prefixes; i++) {
		if (!endpoints_find(e, &e->prefix[i].base, ENDPOINTS_ANY_PORT))
			abort();
		endpoints_find(e, &e->prefix[i].base, 443);
	}
	endpoints_free(e);
	str_clear(&errors);
	t = service_tags_parse("fuzz", text, size, &errors);
	if (!t != (errors.len > 0))
		abort();
	service_tags_free(t);
	str_free(&errors);
	return 0;
}
