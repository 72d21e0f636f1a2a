# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces, links, firewalls and mirrored ports.

Everything is made inside the mount, network and process namespaces that
run.sh enters first: nothing here is seen from outside, two labs cannot
collide, and all of it goes when the last process of the lab ends, however
that ends.

One Python thread may stand in one network namespace after the other:

    with net["core"]:
        ...                     # sockets and programs made here are there

A socket stays in the namespace that it was made in.
"""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL("libc.so.6", use_errno=True)

# What a new namespace is set to before it has an interface: no waiting for
# duplicate addresses, no opinion on where packets should come from, and a
# hash of both ends where there are several next hops, as routers do it.
SYSCTL = {
    "net/ipv4/ip_forward": 1,
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    "net/ipv4/fib_multipath_hash_policy": 1,
    "net/ipv6/conf/all/forwarding": 1,
    "net/ipv6/conf/all/accept_dad": 0,
    "net/ipv6/conf/default/accept_dad": 0,
    "net/ipv6/conf/default/router_solicitations": 0,
    "net/ipv6/fib_multipath_hash_policy": 1,
}


def run(command, text=None):
    """Run a program to its end; what it complains of is the error's text."""
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError("%s: status %d: %s" % (
            " ".join(command), done.returncode, done.stderr.strip()))
    return done.stdout


class Net:
    """Namespaces by name; close() gives back their file descriptors."""

    def __init__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.fd = {}
        self.batch = {}    # namespace -> lines for ip(8)

    def close(self):
        for fd in list(self.fd.values()) + [self.home]:
            os.close(fd)
        self.fd = {}

    @contextlib.contextmanager
    def __getitem__(self, name):
        self._enter(self.fd[name])
        try:
            yield
        finally:
            self._enter(self.home)

    @staticmethod
    def _enter(fd):
        if LIBC.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def run(self, name, command, text=None):
        """Run a program in a namespace."""
        with self[name]:
            return run(command, text)

    # ------------------------------------------------------------- building

    def add(self, *names):
        """Make namespaces."""
        run(["ip", "-batch", "-"],
            "".join("netns add %s\n" % name for name in names))
        for name in names:
            self.fd[name] = os.open("/run/netns/" + name, os.O_RDONLY)
            self.batch[name] = ["link set lo up"]
            self.set(name, SYSCTL)

    def set(self, name, values):
        """Set sysctls, by path below /proc/sys."""
        with self[name]:
            for path, value in values.items():
                with open("/proc/sys/" + path, "w", encoding="ascii") as f:
                    f.write(str(value))

    def ip(self, name, line):
        """Note a line for ip(8); lines are run, in order, by apply()."""
        self.batch[name].append(line)

    def apply(self):
        """Run what was noted: a namespace after the other."""
        for name, lines in self.batch.items():
            if lines:
                run(["ip", "-n", name, "-batch", "-"], "\n".join(lines) + "\n")
            self.batch[name] = []

    def link(self, a, a_if, b, b_if, subnets):
        """A cable between two namespaces; subnets are an IPv4 /30 and an IPv6
        /126, of which a has the first address and b the second.
        Return: what a and b see as a next hop: (IPv4, IPv6) of b and of a."""
        run(["ip", "link", "add", a_if, "netns", a, "type", "veth",
             "peer", "name", b_if, "netns", b])
        hops = []
        for side, (name, port) in enumerate(((a, a_if), (b, b_if)), 1):
            hop = tuple(str(subnet[side]) for subnet in subnets)
            self.ip(name, "addr add %s/30 dev %s" % (hop[0], port))
            self.ip(name, "addr add %s/126 dev %s nodad" % (hop[1], port))
            self.ip(name, "link set %s up" % port)
            hops.append(hop)
        return hops[1], hops[0]

    def address(self, name, *addresses):
        """Addresses of a host, whatever its interfaces are."""
        for a in addresses:
            self.ip(name, "addr add %s/%d dev lo%s" % (
                a, 128 if ":" in a else 32, " nodad" if ":" in a else ""))

    def route(self, name, prefixes, *hops):
        """Routes over one or several next hops, each an (IPv4, IPv6) pair."""
        for prefix in prefixes:
            six = ":" in prefix
            if len(hops) == 1:
                via = "via " + hops[0][six]
            else:
                via = " ".join("nexthop via " + hop[six] for hop in hops)
            self.ip(name, "route replace %s %s" % (prefix, via))

    def nft(self, name, text):
        self.run(name, ["nft", "-f", "-"], text)

    def mirror(self, name, port, box, tap):
        """Mirror a port, both directions, to an interface called tap in the
        namespace box: what a switch does with `both`."""
        run(["ip", "link", "add", "m-" + tap, "netns", name, "type", "veth",
             "peer", "name", tap, "netns", box])
        for where, end in ((name, "m-" + tap), (box, tap)):
            # No address of its own: the port only listens.
            self.ip(where, "link set %s addrgenmode none arp off" % end)
            self.ip(where, "link set %s up" % end)
        self.apply()
        lines = ["qdisc add dev %s clsact" % port]
        for direction in ("ingress", "egress"):
            lines.append("filter add dev %s %s protocol all prio 1 u32 "
                         "match u32 0 0 action mirred egress mirror dev m-%s"
                         % (port, direction, tap))
        run(["tc", "-n", name, "-batch", "-"], "\n".join(lines) + "\n")
