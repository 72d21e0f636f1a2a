# SPDX-License-Identifier: BSD-3-Clause
"""A sound network is asked: every target connects over the circuit that was
planned, a closed port refuses, an address that nobody has is silent."""

from flows import MAIL, SIGN_IN
from probes import Probe, agrees_with_traceroute, both

WORLD = {}
CLIENTS = [MAIL.but(count=2), SIGN_IN.but(count=2)]


def over(circuit, **more):
    return dict(outcome="connected", judged=True, planned=True, path="symmetric",
                syn=[circuit], answer_over=[circuit], rules=[], **more)


def swept(events, world):
    """All links carry SYNs of a sweep, each of which has a port of its own."""
    taps = {s["tap"] for e in events for s in e["seen"]} - {"chi-in"}
    ports = {e["src_port"] for e in events}
    links = {"chi-pri"} if world.single else {"chi-pri", "chi-sec"}
    wrong = [] if taps == links else [
        "only %s were seen" % ", ".join(sorted(taps))]
    if len(ports) != len(events):
        wrong.append("a port came twice")
    # The target has forgotten all of them: no half-open connection is left.
    left = world.net.run("ms", ["ss", "-Htn", "state", "syn-recv"])
    return wrong + left.splitlines()


def translated(events, _):
    """What an outside tap saw is not the source that was sent from."""
    return ["%s is not translated" % s["tap"] for e in events
            for s in e["seen"] if s["side"] == "outside" and
            s["src_ip"] == e["src_ip"]]


CHICAGO = over("er-chicago")
INWARDS = dict(outcome="connected", planned=True, judged=True,
               source_hidden=True, direction="inbound", rules=[])
PROBES = [
    Probe("--listen --service all --count 4",
          results=[dict(INWARDS, syn=["internet"], service="mail-inbound"),
                   dict(INWARDS, syn=["er-chicago"],
                        service="sign-in-inbound")] * 2),
    *both("{exchange$}:443 {sharepoint$}:443 {web$}:443",
          CHICAGO, over("er-dallas"), over("internet"), also=translated),
    *both("--connect {exchange$}:443", CHICAGO),
    *both("--via er-chicago --interface leg {exchange$}:443", CHICAGO),
    *both("--via er-dallas {exchange$}:443",
          dict(outcome="connected", planned=False), status=1),
    *both("{exchange$}:81 --tries 2",
          dict(outcome="refused", answer="rst", answer_over=["er-chicago"]),
          status=1),
    *both("--ports 24 --rate 40 {exchange$}:443", *[CHICAGO] * 24,
          also=swept),
    *both("--count 3 --interval 200ms {web$}:443", *[over("internet")] * 3),
    Probe("--service exchange-out",
          results=[dict(CHICAGO, service="exchange-out")] * 2),
    # A row on another circuit, and one that names no host.
    Probe("--service sharepoint-wrong", 1,
          [dict(outcome="connected", planned=False, syn=["er-dallas"],
                rules=["off-plan"])]),
    Probe("--service all", 1,
          [dict(service="exchange-out", planned=True)] * 2 +
          [dict(service="sharepoint-wrong", planned=False)],
          end=dict(probes=3, unplanned=1, unjudged=0)),
    *both("--trace {exchange$}:443", CHICAGO, also=agrees_with_traceroute),
    *both("--trace {web$}:443", over("internet"),
          also=agrees_with_traceroute),
]
