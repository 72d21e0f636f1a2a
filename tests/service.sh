#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What `make install` installs, and whether systemd and logrotate take it.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0 skipped=0
MAX_EXPOSURE=20 # of 100: what systemd-analyze calls "OK" ends at 50

check() {
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "service: $1:"
		cat "$dir/log"
	fi
}

have() {
	command -v "$1" >/dev/null 2>&1 && return 0
	skipped=$((skipped + 1))
	echo "service: skipped: $1 is not installed"
	return 1
}

make -s install BUILD="$build" DESTDIR="$dir/root" PREFIX=/usr >"$dir/log" 2>&1
check "make install" $?
for f in bin/asymcap share/man/man1/asymcap.1 share/man/man5/asymcap-site.5 \
	share/man/man7/asymcap-findings.7 lib/systemd/system/asymcap.service \
	share/doc/asymcap/asymcap.logrotate \
	share/bash-completion/completions/asymcap \
	share/zsh/site-functions/_asymcap \
	share/fish/vendor_completions.d/asymcap.fish; do
	[ -s "$dir/root/usr/$f" ]
	check "/usr/$f is installed" $?
done
grep -q '^ExecStart=/usr/bin/asymcap watch ' \
	"$dir/root/usr/lib/systemd/system/asymcap.service"
check "the service starts what is installed" $?

if have systemd-analyze; then
	make -s install BUILD="$build" PREFIX="$dir/here" >"$dir/log" 2>&1
	unit=$dir/here/lib/systemd/system/asymcap.service
	MANPATH=$dir/here/share/man systemd-analyze verify "$unit" \
		>"$dir/log" 2>&1 && ! grep . "$dir/log"
	check "systemd-analyze verify" $?
	systemd-analyze security --offline=true --threshold=$MAX_EXPOSURE \
		"$unit" >"$dir/log" 2>&1
	check "systemd-analyze security, at most $MAX_EXPOSURE" $?
fi

if have logrotate; then
	sed "s|/var/log/asymcap|$dir/logs|; s|systemctl.*|echo told >$dir/told|" \
		src/app/asymcap.logrotate >"$dir/rotate"
	mkdir "$dir/logs"
	echo '{}' >"$dir/logs/findings.jsonl"
	chmod 755 "$dir/logs"
	logrotate --force --state "$dir/state" "$dir/rotate" >"$dir/log" 2>&1
	check "logrotate" $?
	[ -s "$dir/logs/findings.jsonl.1" ] && [ -e "$dir/told" ] &&
		[ ! -e "$dir/logs/findings.jsonl" ]
	check "moved, told, and not made again" $?
fi
echo "service: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
