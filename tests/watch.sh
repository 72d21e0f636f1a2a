#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# asymcap watch, on interfaces of a network namespace that is made for it.
# usage: watch.sh [CASE...]; SUITE=unattended: those of unattended.py
set -u
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-/usr/bin/python3}
suite=${SUITE:-watch}

if [ "$(id -u)" != 0 ]; then
	echo "$suite: skipped: making network namespaces needs root"
	echo "$suite: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
if ! unshare -n -m ip link add test0 type veth peer name test1 2>/dev/null; then
	echo "$suite: skipped: no network namespace with a veth pair to be had"
	echo "$suite: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
exec unshare -n -m "$python" "tests/$suite.py" "$@"
