# SPDX-License-Identifier: BSD-3-Clause
"""Outbound with overlapping pools: Dallas and the Internet edge translate to
Chicago's pool, too. Microsoft knows one way back to it: over Chicago."""

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB
from traffic import TIMEOUT
from world import POOL


def astray(flow, circuit):
    return flow.but(outcome=TIMEOUT, path="asymmetric", impact="broken",
                    circuits=((circuit,), ("er-chicago",)),
                    dropped_at="er-chicago",
                    rules={"asymmetric-handshake": "critical",
                           "snat-escape/wrong-pool": "critical"})


WORLD = {"pool": {"er-dallas": POOL["er-chicago"],
                  "internet": POOL["er-chicago"]}}
EARLY = 6
FLOWS = [
    astray(SHAREPOINT, "er-dallas"), astray(WEB, "internet"),
    MAIL, SIGN_IN, EXCHANGE,
]
