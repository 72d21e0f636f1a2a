#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The main job on real captures: the planning guide's first problem, its two
# solutions, and a source that escapes NAT.
set -u
cd "$(dirname "$0")/.." || exit 1
asymcap=${BUILD:-build}/asymcap
wrong=0

# scenario, exit status that its captures must give, what happened there
show() {
	echo
	echo "=== $1: $3"
	echo "\$ $asymcap read -c pcaps/lab/site.yaml pcaps/lab/$1/*.pcap"
	echo
	"$asymcap" read -c pcaps/lab/site.yaml pcaps/lab/"$1"/*.pcap
	status=$?
	echo "(exit status $status)"
	if [ "$status" != "$2" ]; then
		echo "demo: expected exit status $2" >&2
		wrong=1
	fi
}

show problem-1 1 "no source NAT at the Internet edge, replies leave by ExpressRoute"
show solution-1a 0 "inbound source NAT at the Internet edge"
show solution-1b 0 "route scoping"
show snat-escape 1 "as problem-1, and no source NAT rule at the ExpressRoute edge"
echo
if [ "$wrong" = 0 ]; then
	echo "demo: every scenario was judged as it is."
fi
exit "$wrong"
