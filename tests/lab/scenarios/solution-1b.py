# SPDX-License-Identifier: BSD-3-Clause
"""Solution 1b, route scoping: no source NAT at the Internet edge, but New
Jersey does not hear the routes of ExpressRoute, so there is one way back."""

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB

WORLD = {"inbound_snat": ["er-chicago"], "scoped": True}
FLOWS = [
    MAIL.but(rules={"inbound-snat-missing": "info"}),
    SIGN_IN, EXCHANGE, SHAREPOINT, WEB,
]
