# SPDX-License-Identifier: BSD-3-Clause
"""Chicago fails under load. BFD notices within a second, the core then
prefers Dallas. What was open stalls, as Dallas knows no such connection; what
is being opened meanwhile comes through after a SYN or two; what comes later
never notices."""

import asyncio

import bgp
from flows import EXCHANGE, MAIL, SHAREPOINT, SIGN_IN, WEB, over
from traffic import STALLED

WORLD = {"dynamic": True}
FOUR = {"both": False}      # IPv6 has static routes here
OPEN = EXCHANGE.but(name="open", outcome=STALLED, patience=7, **FOUR,
                    rules={"path-change": "warning"})
MEANWHILE = EXCHANGE.but(name="meanwhile", patience=7, path="rerouted", **FOUR,
                         circuits=(("er-chicago", "er-dallas"),
                                   ("er-dallas",)))
LATER = EXCHANGE.but(name="later", circuits=over("er-dallas"), **FOUR)
FLOWS = [OPEN, MEANWHILE, LATER, SIGN_IN.but(**FOUR), SHAREPOINT, MAIL, WEB]


async def several(traffic, flow, **how):
    tasks = []
    for n in range(flow.count):
        tasks.append(asyncio.create_task(traffic.attempt(flow, n, **how)))
        await asyncio.sleep(0.03)
    return tasks


async def run(world, traffic):
    before = await several(traffic, OPEN, talk=60)
    await traffic.all(FLOWS[3:])
    world.cut("er-chicago")
    before += await several(traffic, MEANWHILE)
    while bgp.path_of(world, "40.96.0.0/24") != "er-dallas":
        await asyncio.sleep(0.05)
    before += await several(traffic, LATER)
    await asyncio.gather(*before)
