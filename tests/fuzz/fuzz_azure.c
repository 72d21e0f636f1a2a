/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as each kind of output of Azure's
 *
 * Either there are errors, or there is a document; every row has a place.
 */
#include <asymcap/azure.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str errors = {0};
	struct plan_azure a;

	for (unsigned kind = PLAN_ROUTES; kind <= PLAN_CIRCUIT; kind++) {
		bool good = azure_parse(&a, "fuzz", (const char *)data, size,
					(enum plan_azure_kind)kind, &errors);

		if (good == (errors.len > 0))
			abort();
		if (good && a.kind != (enum plan_azure_kind)kind)
			abort();
		for (size_t i = 0; good && i < a.routes; i++) {
			if (!a.route[i].mark.line || !a.route[i].mark.column)
				abort();
		}
		if (good)
			plan_azure_free(&a);
		str_clear(&errors);
	}
	str_free(&errors);
	return 0;
}
