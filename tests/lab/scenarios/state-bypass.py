# SPDX-License-Identifier: BSD-3-Clause
"""Problem 2 once more, but both firewalls were told to let the sign-in server
pass without state: asymmetric, and it works, and shall be called so."""

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB

WORLD = {"inbound_snat": ["internet"], "heard": "er-dallas", "bypass": True}
FLOWS = [
    SIGN_IN.but(path="asymmetric",
                circuits=(("er-chicago",), ("er-dallas",)),
                rules={"asymmetric-handshake": "warning",
                       "inbound-snat-missing": "critical",
                       "snat-escape/wrong-pool": "critical"}),
    MAIL, EXCHANGE, SHAREPOINT, WEB,
]
