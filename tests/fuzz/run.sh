#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Build every fuzz target with clang's libFuzzer and run it over its corpus.
#
# SEED=N walks the same inputs each time, as far as the time allows: what a
# commit's test finds is then the commit's own.  Without it each run is another.
#
# usage: [SEED=N] run.sh SECONDS [TARGET...]
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-10}
[ $# -gt 0 ] && shift
build=${BUILD:-build}/fuzz
clang=${CLANG:-clang}
passed=0 failed=0

if ! command -v "$clang" >/dev/null 2>&1 || ! echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n); int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { (void)d; (void)n; return 0; }' |
	"$clang" -x c - -fsanitize=fuzzer,address -o /dev/null 2>/dev/null; then
	echo "fuzz: skipped: no clang with libFuzzer (packages clang, libclang-rt-14-dev)"
	echo "fuzz: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
mkdir -p "$build"
sources=$(ls src/*/*.c | grep -v '^src/app/')
for source in tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	what=${target#fuzz_}
	if [ $# -gt 0 ]; then
		case " $* " in *" $what "*) ;; *) continue ;; esac
	fi
	# The targets share one build of the sources, as one archive.
	if [ ! -f "$build/lib.a" ] || [ -n "$(find src include -newer "$build/lib.a" -name '*.[ch]' | head -n 1)" ]; then
		rm -rf "$build/obj" "$build/lib.a"
		mkdir -p "$build/obj"
		for s in $sources; do
			"$clang" -std=gnu11 -D_GNU_SOURCE -O1 -g -Iinclude \
				-DASYMCAP_VERSION='"fuzz"' \
				-fsanitize=fuzzer-no-link,address,undefined \
				-fno-sanitize-recover=undefined -c "$s" \
				-o "$build/obj/$(echo "$s" | tr / _).o" || exit 1
		done
		ar rcs "$build/lib.a" "$build"/obj/*.o
	fi
	"$clang" -std=gnu11 -D_GNU_SOURCE -O1 -g -Iinclude \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined "$source" "$build/lib.a" \
		-Wl,--wrap=slab_get,--wrap=slab_put \
		-Wl,--wrap=slab_destroy,--wrap=slab_ready \
		-lpcap -lyaml -ljansson -lz -lzstd -lcap-ng -lnet \
		-o "$build/$target" || exit 1
	mkdir -p "$build/corpus/$what"
	if "$build/$target" -max_total_time="$seconds" -timeout=30 \
		-seed="${SEED:-0}" \
		-rss_limit_mb=2048 -artifact_prefix="$build/$what-" \
		"$build/corpus/$what" tests/fuzz/corpus/"$what" \
		>"$build/$what.log" 2>&1; then
		passed=$((passed + 1))
		echo "fuzz: $what: $(grep -E '^Done' "$build/$what.log")"
	else
		failed=$((failed + 1))
		echo "fuzz: $what failed:"
		tail -n 40 "$build/$what.log"
	fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" = 0 ]
