# SPDX-License-Identifier: BSD-3-Clause
"""Solution 1a: source NAT of inbound connections at the Internet edge; New
Jersey still hears the routes of ExpressRoute. Chicago does none on the way
in, and does not need it: its server has one path only."""

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB

WORLD = {"inbound_snat": ["internet"]}
FLOWS = [
    MAIL,
    SIGN_IN.but(rules={"inbound-snat-missing": "info"}),
    EXCHANGE, SHAREPOINT, WEB,
]
