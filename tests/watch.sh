#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# asymcap watch, on interfaces of a network namespace that is made for it.
set -u
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-/usr/bin/python3}

if [ "$(id -u)" != 0 ]; then
	echo "watch: skipped: making network namespaces needs root"
	echo "watch: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
if ! unshare -n -m ip link add test0 type veth peer name test1 2>/dev/null; then
	echo "watch: skipped: no network namespace with a veth pair to be had"
	echo "watch: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
exec unshare -n -m "$python" tests/watch.py "$@"
