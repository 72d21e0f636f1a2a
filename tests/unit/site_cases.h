/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables for the tests of the site layer
 */
#ifndef ASYMCAP_TEST_SITE_CASES_H
#define ASYMCAP_TEST_SITE_CASES_H

/* What no text file can hold */
static const struct {
	const char *name;
	const char *text;
	size_t size;
	const char *expected;
} raw[] = {
#define RAW(n_, t_, e_)                                                        \
	{                                                                      \
		n_, t_, sizeof(t_) - 1, e_                                     \
	}
	RAW("nothing", "", "x:1:1: the file is empty\n"),
	RAW("NUL", "site: a\n\0\n",
	    "x:2:1: a NUL byte is refused; is this a text file?\n"),
	RAW("bad UTF-8", "site: \xff\n", "x:1:7: this is not UTF-8\n"),
	RAW("overlong UTF-8", "site: \xc0\x80\n", "x:1:7: this is not UTF-8\n"),
	RAW("surrogate", "site: \xed\xa0\x80\n", "x:1:7: this is not UTF-8\n"),
	RAW("half a character", "site: a\nown: \xc3",
	    "x:2:6: this is not UTF-8\n"),
	RAW("byte order mark", "\xef\xbb\xbfsite: a\n",
	    "x:1:1: a byte order mark is refused; save the file as UTF-8 "
	    "without it\n"),
	RAW("UTF-16", "\xff\xfes\0",
	    "x:1:1: UTF-16 is refused; save the file as UTF-8\n"),
	RAW("bell", "site: a\x07\n", "x:1:8: a control character is refused\n"),
	RAW("C1 control", "site: a\xc2\x9b\n",
	    "x:1:8: a control character is refused\n"),
	RAW("right-to-left override", "site: \xc3\xa9\xe2\x80\xae\n",
	    "x:1:8: a control character is refused\n"),
	RAW("CR LF", "site: a\r\nown: b\r\n\x01",
	    "x:3:1: a control character is refused\n"),
	RAW("CR alone", "site: a\rown: b\r\r\x01",
	    "x:4:1: a control character is refused\n"),
	RAW("no end of line", "sit: a",
	    "x:1:1: unknown key 'sit': did you mean 'site'?\n"
	    "x:1:1: a site file needs the key 'circuits'\n"),
	RAW("no closing bracket", "a: [",
	    "x:2:1: did not find expected node content, while parsing a flow "
	    "node from line 2\n"),
	RAW("33 indents",
	    "- - - - - - - - - - - - - - - - - - - - - - - - "
	    "- - - - - - - - - ",
	    "x:1:65: nested over 32 deep\n"),
	RAW("brackets that close first",
	    "]]]]][[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	    "[[[[[[[[[[[[[[[",
	    "x:1:38: nested over 32 deep\n"),
#undef RAW
};

/* Each of these made libyaml, or would make the reader, quadratic. */
static const struct {
	const char *unit;
	const char *expected; /* how the errors begin */
} floods[] = {
	{"[", "x:1:33: nested over 32 deep\n"},
	{"{", "x:1:33: nested over 32 deep\n"},
	{"[{", "x:1:33: nested over 32 deep\n"},
	{"{? ", "x:1:97: nested over 32 deep\n"},
	{"- ", "x:1:65: nested over 32 deep\n"},
	{"? ", "x:1:65: nested over 32 deep\n"},
	{"]", "x:1:1: did not find expected node content"},
	{"- *a\n", "x:1:3: aliases ('*') are refused"},
	{"- &a b\n", "x:1:3: anchors ('&') are refused"},
	{"- !a b\n", "x:1:3: tags ('!') are refused"},
	{"%TAG !a! b\n", "x:1:1: directives ('%') are refused"},
	{"--- a\n", "x:2:1: a second document is refused"},
	{"\"", "x:1:3: did not find expected"},
	{"a\n", "x:1:1: a site file: here should be a mapping"},
	{"- a\n", "x:1:1: a site file: here should be a mapping"},
	{"site: a\n", "x:2:1: key 'site' is given twice, first in line 1\n"},
	{"? a\n", "x:1:3: unknown key 'a': a site file has site, remote"},
	{"#", "x:1:1: the file is empty\n"},
};

/* Strings that YAML would take for something else must come back whole. */
static const char *const awkward[] = {
	"no",	"NULL",	      "~",   "-",	    "- a",
	"a: b", "a #b",	      "#",   "&a",	    "*a",
	"!a",	"%a",	      "@a",  "`a",	    "|",
	">",	"?",	      ":",   ",",	    "[a]",
	"{a}",	"'",	      "\"",  "\\",	    "a\\",
	" a",	"a ",	      "12",  "1e3",	    "0x1f",
	"1:30", "2026-11-22", "...", "---",	    "<<",
	"=",	".",	      "yes", "caf\xc3\xa9", "\xf0\x9f\x98\x80",
};

static const struct {
	const char *word;
	const char *nearest;
} spellings[] = {
	{"interface", "interface"},
	{"Interface", "interface"},
	{"interfaec", "interface"},
	{"intrfce", "interface"},
	{"vln", "vlan"},
	{"fiel", "file"},
	{"nat_pools", "nat-pools"},
	{"x", NULL},
	{"", NULL},
	{"mac-address", NULL},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 NULL},
};

#endif /* ASYMCAP_TEST_SITE_CASES_H */
