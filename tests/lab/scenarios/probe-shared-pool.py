# SPDX-License-Identifier: BSD-3-Clause
"""Overlapping pools: Dallas and the Internet edge translate to Chicago's."""

from probes import both
from world import POOL

WORLD = {"pool": {"er-dallas": POOL["er-chicago"],
                  "internet": POOL["er-chicago"]}}


def astray(circuit):
    return dict(outcome="asymmetric", judged=True, planned=False,
                syn=[circuit], answer_over=["er-chicago"], answer=None,
                dropped_at="er-chicago",
                rules=["asymmetric-handshake", "snat-escape"])


PROBES = [
    *both("--tries 2 {exchange$}:443 {sharepoint$}:443 {web$}:443",
          dict(outcome="connected", planned=True), astray("er-dallas"),
          astray("internet"), status=1),
    *both("--tries 2 --connect {sharepoint$}:443", astray("er-dallas"),
          status=1),
]
