# SPDX-License-Identifier: BSD-3-Clause
"""Both links of a circuit carry traffic, and each side chooses for itself:
handshakes that split over primary and secondary are no fault."""

from flows import EXCHANGE, SHAREPOINT, SIGN_IN, WEB, MAIL

WORLD = {}
FLOWS = [EXCHANGE.but(count=24), SHAREPOINT.but(count=24),
         SIGN_IN.but(count=24), WEB, MAIL]


def links(half):
    return {s["tap"] for s in half["sightings"]} & {
        "chi-pri", "chi-sec", "dal-pri", "dal-sec"}


def also(verdict, attempts):
    """Return: nothing, if some handshakes did split."""
    split = 0
    for a in attempts:
        for c in verdict.of(a):
            split += links(c["syn"]).isdisjoint(links(c["syn_ack"])) and \
                bool(links(c["syn"]))
    return [] if split >= 3 else ["only %d handshakes split" % split]
