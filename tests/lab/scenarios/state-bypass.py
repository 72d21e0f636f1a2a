# SPDX-License-Identifier: BSD-3-Clause
"""Problem 2 once more, but both firewalls were told to let the sign-in server
pass without state: asymmetric, and it works, and shall be called so: whether
it is short, or still goes on when that is said."""

import asyncio

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB

WORLD = {"inbound_snat": ["internet"], "heard": "er-dallas", "bypass": True}
EARLY = 24
SHORT = SIGN_IN.but(path="asymmetric",
                    circuits=(("er-chicago",), ("er-dallas",)),
                    rules={"asymmetric-handshake": "warning",
                           "inbound-snat-missing": "critical",
                           "snat-escape/wrong-pool": "critical"})
LONG = SHORT.but(name="long")
FLOWS = [SHORT, LONG, MAIL, EXCHANGE, SHAREPOINT, WEB]


async def run(world, traffic):
    tasks = [asyncio.create_task(traffic.attempt(LONG, n, talk=3))
             for n in range(LONG.count)]
    await traffic.all([flow for flow in FLOWS if flow is not LONG])
    await asyncio.gather(*tasks)
