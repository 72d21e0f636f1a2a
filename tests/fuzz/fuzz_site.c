/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as a site file
 *
 * Either there are errors, or there is a site whose canonical form parses and
 * prints the same.
 */
#include <asymcap/site.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str errors = {0}, once = {0}, twice = {0};
	struct site *site =
		site_parse("fuzz", (const char *)data, size, &errors);
	struct site *again;

	if (!site != (errors.len > 0))
		abort();
	if (site) {
		site_print(site, &once);
		again = site_parse("print", once.s, once.len, &errors);
		if (!again)
			abort();
		site_print(again, &twice);
		if (strcmp(once.s, twice.s) != 0)
			abort();
		site_free(again);
	}
	site_free(site);
	str_free(&errors);
	str_free(&once);
	str_free(&twice);
	return 0;
}
