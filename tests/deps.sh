#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Install the named Debian packages that are missing; nothing, fast, if none.
# Of those that are servers only the programs are wanted: what is installed
# here is neither started nor enabled.
set -eu
missing=
for p in "$@"; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || :) in
	*" installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
# Debian asks this script whether a service may be started (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
	$sudo chmod 755 "$policy"
	trap '$sudo rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
fi
# shellcheck disable=SC2086 # a list of words is meant
$sudo apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 || {
	$sudo apt-get update
	$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing
}
command -v systemctl >/dev/null || exit 0
# shellcheck disable=SC2086
for unit in $(dpkg -L $missing |
	sed -n 's#^/lib/systemd/system/\(.*[^@]\.service\)$#\1#p'); do
	$sudo systemctl disable "$unit" >/dev/null 2>&1 || :
done
