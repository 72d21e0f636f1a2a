/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * junit: test results as the XML that pipelines read
 */
#include "junit.h"

static void put_text(struct str *out, const char *text)
{
	struct str safe = {0};

	str_add_safe(&safe, text);
	for (const char *p = safe.s; p && *p; p++) {
		switch (*p) {
		case '&':
			str_add(out, "&amp;");
			break;
		case '<':
			str_add(out, "&lt;");
			break;
		case '>':
			str_add(out, "&gt;");
			break;
		case '"':
			str_add(out, "&quot;");
			break;
		default:
			str_addc(out, *p);
		}
	}
	str_free(&safe);
}

static void put_attribute(struct str *out, const char *key, const char *text)
{
	str_addf(out, " %s=\"", key);
	put_text(out, text);
	str_addc(out, '"');
}

void junit_open(struct str *out, const char *suite, uint64_t tests,
		uint64_t failures, uint64_t skipped)
{
	str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
	put_attribute(out, "name", suite);
	str_addf(out,
		 " tests=\"%llu\" failures=\"%llu\" errors=\"0\" "
		 "skipped=\"%llu\">\n",
		 (unsigned long long)tests, (unsigned long long)failures,
		 (unsigned long long)skipped);
}

void junit_case(struct str *out, const char *class, const char *name,
		enum junit_result result, const char *message,
		const char *details)
{
	const char *element = result == JUNIT_FAILED ? "failure" : "skipped";

	str_add(out, "  <testcase");
	put_attribute(out, "classname", class);
	put_attribute(out, "name", name);
	if (result == JUNIT_PASSED) {
		str_add(out, "/>\n");
		return;
	}
	str_addf(out, ">\n    <%s", element);
	put_attribute(out, "message", message ? message : "");
	str_addc(out, '>');
	put_text(out, details ? details : "");
	str_addf(out, "</%s>\n  </testcase>\n", element);
}

void junit_close(struct str *out)
{
	str_add(out, "</testsuite>\n");
}
