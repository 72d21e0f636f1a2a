/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The values of a document of Azure's: their names, and freed
 */
#include <asymcap/plan.h>

#include <stdlib.h>

const char *plan_link_name(enum plan_link l)
{
	static const char *const names[] = {
		[PLAN_LINK_ANY] = "any link",
		[PLAN_LINK_PRIMARY] = "primary",
		[PLAN_LINK_SECONDARY] = "secondary",
	};
	static_assert(ARRAY_SIZE(names) == PLAN_LINK_SECONDARY + 1,
		      "a name for every link");

	return names[l];
}

const char *plan_accepted_name(enum plan_accepted a)
{
	static const char *const names[] = {
		[PLAN_ACCEPTED_UNKNOWN] = "unknown",
		[PLAN_NOT_CONFIGURED] = "NotConfigured",
		[PLAN_CONFIGURING] = "Configuring",
		[PLAN_CONFIGURED] = "Configured",
		[PLAN_VALIDATION_NEEDED] = "ValidationNeeded",
	};
	static_assert(ARRAY_SIZE(names) == PLAN_VALIDATION_NEEDED + 1,
		      "a name for every state");

	return names[a];
}

void plan_azure_free(struct plan_azure *a)
{
	for (size_t i = 0; i < a->routes; i++)
		free(a->route[i].as);
	for (size_t i = 0; i < a->peerings; i++)
		free(a->peering[i].advertised.item);
	free(a->route);
	free(a->neighbour);
	free(a->arp);
	free(a->peering);
	free(a->path);
	*a = (struct plan_azure){0};
}
