# SPDX-License-Identifier: BSD-3-Clause
"""Problem 2: sign-in comes in over Chicago with its original source, and the
best route back to that source is over Dallas."""

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB
from traffic import TIMEOUT

WORLD = {"inbound_snat": ["internet"], "heard": "er-dallas"}
EARLY = 6
FLOWS = [
    SIGN_IN.but(outcome=TIMEOUT, path="asymmetric", impact="broken",
                circuits=(("er-chicago",), ("er-dallas",)),
                dropped_at="er-dallas",
                rules={"asymmetric-handshake": "critical",
                       "inbound-snat-missing": "critical"}),
    MAIL, EXCHANGE, SHAREPOINT, WEB,
]
