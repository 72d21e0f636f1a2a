# SPDX-License-Identifier: BSD-3-Clause
"""BIRD on Microsoft's side, both ExpressRoute edges and the core router.

IPv4 of both ExpressRoute circuits is learned then: Microsoft announces all of
its services over both, the edges announce their pools, and the core prefers
for each service one circuit and falls back to the other. BFD watches the
links to Microsoft, as it does on real circuits; it is what notices a circuit
that fails half-way.
"""

import os
import subprocess
import time

import net

AS = {"ms": 12076, "core": 65000, "er-chicago": 65010, "er-dallas": 65020}
CONVERGENCE = 20    # seconds until all routes must be there

BASE = """
router id 10.0.0.%d;
log "%s" all;
protocol device { scan time 1; }
protocol bfd { interface "*" {
    interval 200 ms; multiplier 5;
}; }
protocol kernel {
    merge paths on;
    ipv4 { import none; export where source = RTS_BGP; };
}
protocol static announced { ipv4; %s}
"""

SESSION = """
protocol bgp to_%s_%d {
    local as %d;
    neighbor %s as %d;
    bfd %s;
    hold time 30;
    connect delay time 1;
    connect retry time 1;
    error wait time 1, 2;
    ipv4 {
        import filter { %s accept; };
        export where source = %s;
    };
}
"""


def session(world, here, there, bfd="off", what="RTS_STATIC", prefer=()):
    """Sessions over each cable between two routers."""
    choose = ""
    if prefer:
        choose = "if net ~ [ %s ] then bgp_local_pref = 200;" % \
            ", ".join(prefer)
    return "".join(
        SESSION % (there.replace("-", "_"), n, AS[here], hop[0], AS[there],
                   bfd, choose, what)
        for n, hop in enumerate(world.hop[here, there]))


def configurations(world, advertised):
    """Return: what each router is told"""
    told = {
        "ms": (sorted(p[0] for p in world.path),
               session(world, "ms", "er-chicago", "on") +
               session(world, "ms", "er-dallas", "on")),
        "core": ([], ""),
    }
    for edge in ("er-chicago", "er-dallas"):
        told[edge] = ([p for p in advertised[edge] if ":" not in p],
                      session(world, edge, "ms", "on") +
                      session(world, edge, "core", what="RTS_BGP"))
        told["core"] = ([], told["core"][1] + session(
            world, "core", edge, what="RTS_STATIC",
            prefer=[p[0] for p, e in world.path.items() if e == edge]))
    return told


def start(world, advertised):
    """Start all routers and wait until they know the way.
    Return: the processes"""
    daemons = []
    for n, (name, (prefixes, sessions)) in enumerate(
            configurations(world, advertised).items(), 1):
        stem = os.path.join(os.path.abspath(world.folder), "bird-" + name)
        with open(stem + ".conf", "w", encoding="ascii") as f:
            f.write(BASE % (n, stem + ".log", "".join(
                "route %s blackhole; " % p for p in prefixes)))
            f.write(sessions)
        with world.net[name]:
            daemons.append(subprocess.Popen(
                ["bird", "-f", "-c", stem + ".conf",
                 "-s", "/run/%s.ctl" % name], stdin=subprocess.DEVNULL))
    end = time.monotonic() + CONVERGENCE
    while not converged(world):
        if time.monotonic() > end:
            raise RuntimeError("BGP did not converge in %d s" % CONVERGENCE)
        time.sleep(0.1)
    return daemons


def converged(world):
    """All services on their planned circuit, all links in use and watched."""
    for prefixes, edge in world.path.items():
        if path_of(world, prefixes[0]) != edge:
            return False
    for edge, ports in (("er-chicago", 2), ("er-dallas", 2)):
        hops = net.run(["ip", "-n", edge, "route", "show", "40.96.0.0/24"])
        if hops.count("via") != ports:
            return False
    up = world.net.run("ms", ["birdc", "-s", "/run/ms.ctl",
                              "show bfd sessions"])
    return up.count(" Up ") == 4


def path_of(world, prefix):
    """Return: the edge by which the core reaches an IPv4 prefix, or None"""
    words = net.run(["ip", "-n", "core", "route", "show", prefix]).split()
    return words[words.index("dev") + 1] if "dev" in words else None
