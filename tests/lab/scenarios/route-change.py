# SPDX-License-Identifier: BSD-3-Clause
"""A route changes on site while sign-ins over Chicago are open, which have no
source NAT: their answers move to Dallas, whose firewall does not know them.
Those that begin later are problem 2."""

import asyncio

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB
from traffic import STALLED, TIMEOUT

WORLD = {"inbound_snat": ["internet"]}
OPEN = SIGN_IN.but(name="open", outcome=STALLED,
                   rules={"inbound-snat-missing": "info",
                          "path-change": "warning"})
LATER = SIGN_IN.but(name="later", outcome=TIMEOUT, path="asymmetric",
                    impact="broken", dropped_at="er-dallas",
                    circuits=(("er-chicago",), ("er-dallas",)),
                    rules={"asymmetric-handshake": "critical",
                           "inbound-snat-missing": "critical"})
EARLY = 6
FLOWS = [OPEN, LATER, EXCHANGE, SHAREPOINT, MAIL, WEB]


async def run(world, traffic):
    tasks = [asyncio.create_task(traffic.attempt(OPEN, n, talk=60))
             for n in range(OPEN.count)]
    await traffic.all(FLOWS[2:])
    await asyncio.sleep(0.5)
    world.hear_connector("er-dallas")
    await asyncio.gather(traffic.all([LATER]), *tasks)
