# SPDX-License-Identifier: BSD-3-Clause
"""As route-change, but both firewalls were told to let the sign-in server pass
without state: what was open moves, and lives."""

import asyncio

from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB

WORLD = {"inbound_snat": ["internet"], "bypass": True}
OPEN = SIGN_IN.but(name="open",
                   rules={"inbound-snat-missing": "info",
                          "path-change": "info",
                          "snat-escape/wrong-pool": "critical"})
FLOWS = [OPEN, EXCHANGE, SHAREPOINT, MAIL, WEB]


async def run(world, traffic):
    tasks = [asyncio.create_task(traffic.attempt(OPEN, n, talk=2))
             for n in range(OPEN.count)]
    await traffic.all(FLOWS[1:])
    world.hear_connector("er-dallas")
    await asyncio.gather(*tasks)
