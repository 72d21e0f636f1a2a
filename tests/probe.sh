#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# asymcap probe, in a network namespace that is made for it: what it refuses,
# and that nothing is sent then; how fast it sends; what it needs. What it says
# of networks is tested in the lab.
set -u
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-/usr/bin/python3}

if [ "$(id -u)" != 0 ]; then
	echo "probe: skipped: making network namespaces needs root"
	echo "probe: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
if ! unshare -n -m ip link add test0 type veth peer name test1 2>/dev/null; then
	echo "probe: skipped: no network namespace with a veth pair to be had"
	echo "probe: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
exec unshare -n -m "$python" tests/probe.py "$@"
