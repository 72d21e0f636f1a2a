#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The planning guide's network in network namespaces, with real firewalls:
# asymcap must say of each connection what its client experienced.
#
# usage: run.sh [SCENARIO...]
#
# KEEP=1	keep the captures in build/lab/SCENARIO and say where
# JOBS=N	scenarios at a time (default 3: they mostly wait)
# LINGER=SECONDS	watch on after the last client
# ASYMCAP=FILE	the program to test (default build/asymcap)
#
# Closing line: "lab: N passed, N failed, N skipped". README.md tells more.
set -u
cd "$(dirname "$0")/../.." || exit 1
PATH=$PATH:/usr/sbin:/sbin
export PATH
BUILD=${BUILD:-build}
PYTHON=${PYTHON:-/usr/bin/python3}
ASYMCAP=${ASYMCAP:-$BUILD/asymcap}

skip() {
	echo "lab: skipped: $*"
	echo "lab: 0 passed, 0 failed, 1 skipped"
	exit 0
}

[ "$(uname -s)" = Linux ] || skip "network namespaces are Linux's"
[ "$(id -u)" = 0 ] || skip "only root may build networks: sudo make lab"
for tool in unshare mount ip tc nft tcpdump "$PYTHON"; do
	command -v "$tool" >/dev/null || skip "$tool is not installed (make deps)"
done
exec "$PYTHON" tests/lab/run.py "$BUILD/lab" "$ASYMCAP" "$@"
