# SPDX-License-Identifier: BSD-3-Clause
"""Chicago has failed half-way, and routes have not noticed."""

from probes import both

WORLD = {}
CUT = "er-chicago"
PROBES = [
    *both("--tries 2 {exchange$}:443 {web$}:443",
          dict(outcome="silent", judged=True, planned=False, answer=None,
               dropped_at=None, syn=["er-chicago"], answer_over=[], syns=2),
          dict(outcome="connected", planned=True), status=1),
]
