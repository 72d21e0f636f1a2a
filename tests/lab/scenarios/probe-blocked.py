# SPDX-License-Identifier: BSD-3-Clause
"""Ports that the edge drops or rejects, one that is closed, and one that is
open."""

from probes import both

WORLD = {"blocked": True}


def says_edge(events, world):
    """The edge is who rejects: it has an address on the cable to the core."""
    known = world.hop["core", "er-chicago"][0]
    return [] if events[1]["router"] in known else [
        "the router is %s" % events[1]["router"]]


PROBES = [
    *both("--tries 2 {exchange$}:8025 {exchange$}:8026 {exchange$}:81 "
          "{exchange$}:443",
          dict(outcome="dropped", dropped_at="er-chicago", judged=True,
               answer=None, syn=["er-chicago"], answer_over=[], rules=[]),
          dict(outcome="filtered", icmp_type="admin-prohibited",
               answer="icmp", judged=True, syn=["er-chicago"]),
          dict(outcome="refused", answer="rst", judged=True,
               answer_over=["er-chicago"]),
          dict(outcome="connected", planned=True, rules=[]),
          status=1, also=says_edge),
    *both("--tries 2 --connect {exchange$}:8025 {exchange$}:8026 "
          "{exchange$}:81 {exchange$}:443",
          dict(outcome="dropped", dropped_at="er-chicago"),
          dict(outcome="filtered", icmp_type="admin-prohibited"),
          dict(outcome="refused", answer="rst"),
          dict(outcome="connected", planned=True, rules=[]),
          status=1, also=says_edge),
]
