#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Build the network of one scenario, let clients connect, hold what asymcap
says against what they experienced.  run.py calls this inside namespaces of
its own.

usage: scenario.py NAME FOLDER ASYMCAP
       scenario.py --probe      can such a network be built here?

A scenario is a file in scenarios/ with
    WORLD    arguments of World(): what is built otherwise than planned
    FLOWS    connections, and what is to become of each
    run(world, traffic)   a coroutine: the clients' part, if it is not
                          simply all FLOWS at once
    also(verdict, attempts)   more that must hold; what does not, as text
    EARLY    findings that live observers must say before the end, at least
or with PROBES, see probes.py.

Prints what failed and "NAME: N passed, N failed".  Exit status: 0, or 1 if
something failed, or 75 if the run is worth nothing: the machine stood still
for a while, or clients fared unlike the scenario says and every verdict was
true to what they experienced.
"""

import asyncio
import importlib.util
import ipaddress
import json
import os
import sys
import threading
import time
import traceback

import check
import observers
import probes
from net import Net
from traffic import Traffic
from world import HOST, TAPS, World

HERE = os.path.dirname(os.path.abspath(__file__))
LEAD = 0.3      # seconds of chatter before the first client
LINGER = 0.3    # seconds that observers go on after the last client
STILL = 0.3     # seconds without a turn that are too many: see README.md
DISTURBED = 75


def load(name):
    """NAME-single is NAME, with one link a circuit."""
    base = name.removesuffix("-single")
    path = os.path.join(HERE, "scenarios", base + ".py")
    spec = importlib.util.spec_from_file_location("scenario_of_lab", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if base != name:
        module.WORLD = dict(module.WORLD, single=True)
    return module


class Clock(threading.Thread):
    """Notes for how long at most nothing here could run."""

    def __init__(self):
        super().__init__(daemon=True)
        self.gap = 0

    def run(self):
        while True:
            before = time.monotonic()
            time.sleep(0.02)
            self.gap = max(self.gap, time.monotonic() - before)


async def clients(scenario, world):
    """Servers up, clients through. Return: the attempts"""
    traffic = Traffic(world.net)
    chatter = asyncio.create_task(traffic.chatter(world.edge_cables()))
    await asyncio.sleep(LEAD)
    for host in ("exchange", "sharepoint", "web"):
        await traffic.serve("ms", HOST[host], [443])
    await traffic.serve("mail", HOST["mail"], [25, 443])
    await traffic.serve("sign-in", HOST["sign-in"], [443])
    if hasattr(scenario, "run"):
        await scenario.run(world, traffic)
    else:
        await traffic.all(scenario.FLOWS)
    await asyncio.sleep(float(os.environ.get("LINGER") or LINGER))
    chatter.cancel()
    traffic.close()
    return traffic.attempts


def start_all(world, folder, program):
    """Return: the observers that may work here"""
    watching = []
    for observer in [o(world.net, folder, program)
                     for o in observers.OBSERVERS]:
        try:
            observer.ready()
            watching.append(observer)
        except observers.Unable as e:
            print("%s: %s: skipped: %s" % (
                os.path.basename(folder), observer.name, e))
    return watching


def experience(scenario, folder, program, clock):
    """Return: what the clients experienced, and the observers of it"""
    world = World(folder, **scenario.WORLD)
    try:
        watching = start_all(world, folder, program)
        clock.gap = 0
        attempts = asyncio.run(clients(scenario, world))
        for observer in watching:
            observer.stop()
    finally:
        world.close()
    with open(os.path.join(folder, "clients.json"), "w",
              encoding="utf-8") as f:
        for a in attempts:
            f.write(json.dumps(vars(a)) + "\n")
    return attempts, watching


def probe():
    """A firewall, a mirrored port, a capture: may such things be had here?"""
    network = Net()
    network.add("left", "right")
    network.link("left", "to-right", "right", "to-left",
                 (ipaddress.ip_network("192.0.2.0/30"),
                  ipaddress.ip_network("2001:db8::/126")))
    network.nft("left", """table inet probe {
        chain forward {
            type filter hook forward priority filter;
            ct state invalid drop
        }
        chain source {
            type nat hook postrouting priority srcnat;
            ip saddr 192.0.2.1 snat ip to 192.0.2.2
            ip6 saddr 2001:db8::1 snat ip6 to 2001:db8::2
        }
    }
    """)
    network.set("left", {"net/netfilter/nf_conntrack_tcp_loose": 0})
    network.mirror("left", "to-right", "right", "tap")
    with network["right"]:
        dump = observers.start(observers.tcpdump("tap", "/dev/null"),
                               "/run/probe.log")
    observers.wait_for_words(dump, "/run/probe.log", "listening on")
    network.close()


def judge(scenario, checks, attempts, watching):
    """Make all checks, for each observer.  The first one is what the others
    are compared with."""
    checks.of_clients(scenario.FLOWS, attempts)
    first = None
    for observer in watching:
        ignore = getattr(observer, "unseen", ())
        try:
            verdict = check.Verdict(*observer.verdict(), ignore)
        except observers.Trouble as e:
            checks.check(observer.name, [str(e)])
            continue
        checks.of_verdict(observer.name,
                          [flow.without(ignore) for flow in scenario.FLOWS],
                          attempts, verdict)
        if hasattr(observer, "partial"):
            for missing, partial in observer.partial():
                checks.check(
                    "%s without %s" % (observer.name, ", ".join(missing)),
                    check.overstated(attempts, check.Verdict(*partial),
                                     {edge for tap, edge, _ in TAPS
                                      if tap in missing}))
        if hasattr(scenario, "also"):
            checks.check("%s: also" % observer.name,
                         scenario.also(verdict, attempts))
        if first and hasattr(observer, "stopped"):
            checks.of_live(observer, verdict, first,
                           getattr(scenario, "EARLY", 0))
        else:
            first = verdict


def probe_all(scenario, name, folder, program):
    """Return: exit status"""
    began = time.monotonic()
    clock = Clock()
    clock.start()
    try:
        checks = probes.experience(scenario, folder, program)
    except Exception:
        traceback.print_exc()
        return DISTURBED if clock.gap > STILL else 1
    if clock.gap > STILL:
        print("%s: the machine stood still for %.1f s" % (name, clock.gap))
        return DISTURBED
    print("%s: %d passed, %d failed  (%d probes, %.1f s)" % (
        name, checks.passed, checks.failed, len(scenario.PROBES),
        time.monotonic() - began))
    return checks.failed != 0


def main():
    if sys.argv[1:] == ["--probe"]:
        return probe()
    name, folder, program = sys.argv[1:]
    scenario = load(name)
    if hasattr(scenario, "PROBES"):
        return probe_all(scenario, name, folder, program)
    checks = check.Checks(name)
    began = time.monotonic()
    clock = Clock()
    clock.start()
    try:
        attempts, watching = experience(scenario, folder, program, clock)
    except Exception:
        traceback.print_exc()
        return DISTURBED if clock.gap > STILL else 1
    if clock.gap > STILL:
        print("%s: the machine stood still for %.1f s" % (name, clock.gap))
        return DISTURBED
    judge(scenario, checks, attempts, watching)
    print("%s: %d passed, %d failed  (%d connections, %.1f s%s)" % (
        name, checks.passed, checks.failed, len(attempts),
        time.monotonic() - began,
        ", live after %.1f s" % checks.slowest if checks.early else ""))
    if checks.disturbed():
        print("%s: the network did otherwise than the scenario says" % name)
        return DISTURBED
    return checks.failed != 0


if __name__ == "__main__":
    sys.exit(main())
