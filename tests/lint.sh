#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Format, static analysis and layers. usage: lint.sh FILE...
# A tool that is not installed is named and skipped.
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0 skipped=0
flags="-std=gnu11 -D_GNU_SOURCE -DASYMCAP_VERSION=\"lint\" -Iinclude"

result() {
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "lint: $1 failed"
	fi
}

have() {
	command -v "$1" >/dev/null 2>&1 && return 0
	skipped=$((skipped + 1))
	echo "lint: $1 skipped: not installed"
	return 1
}

# shellcheck disable=SC2086 # words are meant
sources=$(printf '%s\n' "$@" | grep '^src/.*\.c$')
layered=$(printf '%s\n' "$@" | grep -E '^(src|include)/')

awk -f tests/check-layers.awk tests/layers $layered
result layers $?

if have clang-format; then
	clang-format --dry-run -Werror "$@"
	result clang-format $?
fi
if have cppcheck; then
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=uninitvar:*uthash.h \
		-D_GNU_SOURCE -DASYMCAP_VERSION='"lint"' -Iinclude $sources
	result cppcheck $?
fi
if have clang-tidy; then
	clang-tidy --quiet $sources -- $flags 2>/dev/null
	result clang-tidy $?
fi
echo "lint: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
