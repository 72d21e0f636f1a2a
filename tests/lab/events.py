# SPDX-License-Identifier: BSD-3-Clause
"""asymcap's events, as everybody here names them."""

import ipaddress


def ends(item):
    return (str(ipaddress.ip_address(item["src_ip"])), item["src_port"],
            str(ipaddress.ip_address(item["dest_ip"])), item["dest_port"])


def text_of(key):
    return "%s:%s > %s:%s" % key


def rule_of(finding):
    if finding.get("reason"):
        return "%s/%s" % (finding["rule"], finding["reason"])
    return finding["rule"]
