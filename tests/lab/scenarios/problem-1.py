# SPDX-License-Identifier: BSD-3-Clause
"""Problem 1: mail comes in over the Internet with its original source, and
New Jersey hears the routes of ExpressRoute: answers leave by Chicago."""

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB
from traffic import TIMEOUT

WORLD = {"inbound_snat": ["er-chicago"]}
EARLY = 6
FLOWS = [
    MAIL.but(outcome=TIMEOUT, path="asymmetric", impact="broken",
             circuits=(("internet",), ("er-chicago",)),
             dropped_at="er-chicago",
             rules={"asymmetric-handshake": "critical",
                    "inbound-snat-missing": "critical"}),
    SIGN_IN, EXCHANGE, SHAREPOINT, WEB,
]
