# SPDX-License-Identifier: BSD-3-Clause
"""Scenarios that ask the network with `asymcap probe`, from the box in which
all mirrored ports end.

A scenario has PROBES instead of FLOWS: each is one run of the program, a few
at a time.  CLIENTS are flows that connect meanwhile, for --listen.  With
CUT a circuit fails before the first probe.
"""

import asyncio
import dataclasses
import json
import os
import re
import subprocess
import sys

import check
from observers import SITE, Trouble
from traffic import Traffic
from world import BOX, HOST, TAPS, World

# Rows that the plan of the lab does not have: it is for all scenarios.
ROWS = """
  - {name: exchange-out, direction: outbound, circuits: [er-chicago],
     remote: [40.96.0.99, "2603:1006::99"], ports: [443]}
  - {name: sharepoint-wrong, direction: outbound, circuits: [internet],
     remote: [40.96.1.99], ports: [8025]}
  - {name: web-out, direction: outbound, circuits: [internet],
     remote: [40.96.2.0/24], ports: [443]}
"""
PORTS_OF_MS = [443, 8025, 8026]
SECONDS = 40
AT_A_TIME = 4
NO_MODULE = 77      # of validate-json.py: it cannot say
HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass(frozen=True)
class Probe:
    """A run of the program.

    args      what the command line says beyond site and taps; {name4}, {name6}
              are addresses of hosts, IPv6 in brackets
    status    its exit status
    results   for each target, in order: what its JSON must say. "syn" and
              "answer" are circuits, "rules" the findings at warning or above
    also      more: a function of the lines about probes and the world, which
              returns what does not hold, as text
    end       what the last line must say
    """
    args: str
    status: int = 0
    results: tuple = ()
    also: object = None
    end: dict = dataclasses.field(default_factory=dict)


def names():
    """Return: what stands for addresses in arguments"""
    return {**{host + "4": a[0] for host, a in HOST.items()},
            **{host + "6": "[%s]" % a[1] for host, a in HOST.items()}}


def both(args, *results, status=0, also=None):
    """Return: the same probe of IPv4 and of IPv6"""
    return [Probe(args.replace("$", family), status, results, also)
            for family in "46"]


def said(event):
    """Return: of a probe's line, what results may speak of"""
    c = event["connection"] or {"syn": {"circuits": []},
                                "syn_ack": {"circuits": []}, "class": None}
    return dict(event, syn=c["syn"]["circuits"],
                answer_over=c["syn_ack"]["circuits"], path=c["class"],
                rules=sorted(f["rule"] for f in event["findings"]
                             if f["severity"] != "info"))


def differences(probe, events, status):
    """Return: what is not as it should be, as text"""
    probes = [said(e) for e in events if e["event_type"] == "probe"]
    wrong = []
    if status != probe.status:
        wrong.append("exit status %d, not %d" % (status, probe.status))
    if len(probes) != len(probe.results):
        wrong.append("%d results, not %d" % (len(probes), len(probe.results)))
    for event, wanted in zip(probes, probe.results):
        wrong += ["%s: %s is %s, not %s" % (event["target"], key, event[key],
                                            value)
                  for key, value in wanted.items() if event[key] != value]
    return wrong + ["%s is %s, not %s" % (key, events[-1][key], value)
                    for key, value in probe.end.items()
                    if events[-1][key] != value]


def site(folder):
    """Return: a site file with all rows"""
    path = os.path.join(folder, "site.yaml")
    if not os.path.exists(path):
        with open(SITE, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(text + ROWS)
    return path


class Run:
    """One probe that runs in the box."""

    def __init__(self, world, folder, program, n, probe):
        self.probe = probe
        self.args = probe.args.format(**names())
        self.base = os.path.join(folder, "probe-%d" % n)
        command = [program, "probe", "-v", "-c", site(folder), "--format", "json",
                   "-o", self.base + ".json"] + self.args.split()
        for tap, edge, _ in TAPS:
            command += ["--tap", "%s.%s=%s" % (edge, tap, tap)]
        with open(self.base + ".log", "wb") as log, world.net[BOX]:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def log(self):
        with open(self.base + ".log", encoding="utf-8", errors="replace") as f:
            return f.read()

    async def watching(self):
        while "watching" not in self.log():
            if self.process.poll() is not None:
                raise Trouble("%s: %s" % (self.args, self.log().strip()))
            await asyncio.sleep(0.02)

    async def over(self):
        for _ in range(SECONDS * 50):
            if self.process.poll() is not None:
                return
            await asyncio.sleep(0.02)
        self.process.kill()
        raise Trouble("%s: not over after %d s" % (self.args, SECONDS))

    def verdict(self, world):
        """Return: what is wrong, as text"""
        try:
            with open(self.base + ".json", encoding="utf-8") as f:
                events = [json.loads(line) for line in f]
        except OSError as e:
            return ["status %d, %s: %s" % (self.process.returncode, e,
                                           self.log().strip())]
        wrong = differences(self.probe, events, self.process.returncode)
        if self.probe.also:
            wrong += self.probe.also(
                [e for e in events if e["event_type"] == "probe"], world)
        return wrong


async def carriers(world):
    """Wait until the kernel has noticed that mirrored ports are up: until then
    their silence proves nothing."""
    for _ in range(SECONDS * 10):
        links = json.loads(world.net.run(BOX, ["ip", "-j", "link"]))
        state = {link["ifname"]: link["operstate"] for link in links}
        if all(state[tap] == "UP" for tap, _, _ in TAPS):
            return
        await asyncio.sleep(0.1)
    raise Trouble("a mirrored port has no carrier")


async def ask(scenario, world, folder, program):
    """Servers up, probes and clients through. Return: the runs"""
    traffic = Traffic(world.net)
    for host in ("exchange", "sharepoint", "web"):
        await traffic.serve("ms", HOST[host], PORTS_OF_MS)
    await traffic.serve("mail", HOST["mail"], [25])
    await traffic.serve("sign-in", HOST["sign-in"], [443])
    await carriers(world)
    runs = []
    try:
        for n, probe in enumerate(scenario.PROBES):
            while sum(run.process.poll() is None for run in runs) >= AT_A_TIME:
                await asyncio.sleep(0.02)
            runs.append(Run(world, folder, program, n, probe))
            await runs[-1].watching()
            if n == 0:
                clients = asyncio.create_task(traffic.all(getattr(
                    scenario, "CLIENTS", [])))
        await clients
        for run in runs:
            await run.over()
    finally:
        for run in runs:
            if run.process.poll() is None:
                run.process.kill()
        traffic.close()
    return runs


def experience(scenario, folder, program):
    """Build, probe, compare. Return: the checks that were made"""
    checks = check.Checks(os.path.basename(folder))
    world = World(folder, prober=True, **scenario.WORLD)
    try:
        if hasattr(scenario, "CUT"):
            world.cut(scenario.CUT)
        for run in asyncio.run(ask(scenario, world, folder, program)):
            checks.check("probe " + run.args, run.verdict(world))
        checks.check("schema", validate(folder, len(scenario.PROBES)))
    finally:
        world.close()
    return checks


def validate(folder, count):
    """Hold what was written against the schema. Return: what is wrong"""
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "..", "validate-json.py")] +
        [os.path.join(folder, "probe-%d.json" % n) for n in range(count)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=SECONDS, check=False)
    return [] if done.returncode in (0, NO_MODULE) else [done.stdout]


def traceroute(world, address, port, source_port):
    """Ask traceroute(1). Return: the address of each hop, None for silence"""
    with world.net[BOX]:
        done = subprocess.run(
            ["traceroute", "-6" if ":" in address else "-4", "-T", "-n",
             "-q", "1", "-w", "1", "-m", "8", "-p", str(port),
             "--sport=%d" % source_port, address],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=SECONDS, check=False)
    hops = re.findall(r"^ *[0-9]+ +(\S+)", done.stdout, re.M)
    return [None if hop == "*" else hop for hop in hops]


def agrees_with_traceroute(events, world):
    """Return: where --trace and traceroute -T say something else"""
    wrong = []
    for e in events:
        theirs = traceroute(world, e["dest_ip"], e["dest_port"],
                            e["src_port"])
        ours = [hop["ip"] for hop in e["hops"]]
        if ours != theirs or len(ours) < 3:
            wrong.append("%s: %s, and traceroute says %s" % (
                e["target"], ours, theirs))
    return wrong
