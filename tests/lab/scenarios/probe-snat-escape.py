# SPDX-License-Identifier: BSD-3-Clause
"""The prober's address has no rule for source NAT in Chicago."""

from probes import both

WORLD = {"forgotten": "prober"}


def untranslated(events, _):
    """The outside tap shows the source as it was sent."""
    e = events[0]
    outside = [s for s in e["seen"] if s["side"] == "outside"]
    return [] if outside and outside[0]["src_ip"] == e["src_ip"] else [
        "no untranslated source outside"]


PROBES = [
    *both("--tries 2 {exchange$}:443 {sharepoint$}:443",
          dict(outcome="escaped", judged=True, planned=False, answer=None,
               syn=["er-chicago"], answer_over=[], syns=2,
               rules=["snat-escape", "unanswered"]),
          dict(outcome="connected", planned=True, syn=["er-dallas"]),
          status=1, also=untranslated),
]
