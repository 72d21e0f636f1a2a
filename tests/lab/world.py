# SPDX-License-Identifier: BSD-3-Clause
"""The planning guide's network, as planned or with one fault in it.

README.md has the drawing.  Namespaces of edges are called as their circuits
are in site.yaml.  What a scenario may change is an argument of World().
"""

import ipaddress

import bgp
from net import Net

# The provider's addresses: each service is a prefix of its own, so that each
# can take a path of its own.  (IPv4, IPv6)
EXCHANGE = ("40.96.0.0/24", "2603:1006::/48")       # heard from Chicago
SHAREPOINT = ("40.96.1.0/24", "2603:1006:1::/48")   # heard from Dallas
WEB = ("40.96.2.0/24", "2603:1006:2::/48")          # over the Internet only
CONNECTOR = ("40.96.3.0/24", "2603:1006:3::/48")    # connects inwards
ALL_REMOTE = ("40.96.0.0/16", "2603:1006::/32")

HOST = {
    "exchange": ("40.96.0.99", "2603:1006::99"),
    "sharepoint": ("40.96.1.99", "2603:1006:1::99"),
    "web": ("40.96.2.99", "2603:1006:2::99"),
    "connector": ("40.96.3.10", "2603:1006:3::10"),
    "mail": ("192.168.5.10", "fd00:5::10"),             # New Jersey
    "sign-in": ("203.0.113.145", "2001:db8:2:91::91"),  # New York
    "office": ("192.168.6.10", "fd00:6::10"),
    "forgotten": ("192.168.6.66", "fd00:6::66"),        # see snat-escape
    "prober": ("192.168.6.20", "fd00:6::20"),           # of the box of taps
}
MAIL_PUBLISHED = ("203.0.113.25", "2001:db8:1:25::25")

# What each edge translates to: outbound pools, and sources of inbound
# connections.
POOL = {
    "internet": ("192.0.2.1-192.0.2.6", "2001:db8:1::1"),
    "er-chicago": ("198.51.100.1-198.51.100.6", "2001:db8:2::1"),
    "er-dallas": ("198.51.100.129-198.51.100.134", "2001:db8:3::1"),
}
INBOUND = {
    "internet": ("192.168.5.5", "fd00:5::5"),
    "er-chicago": ("192.168.7.5", "fd00:7::5"),
}
ADVERTISED = {
    "internet": ("192.0.2.0/24", "203.0.113.0/25", "2001:db8:1::/48"),
    "er-chicago": ("198.51.100.0/25", "203.0.113.128/26", "2001:db8:2::/48"),
    "er-dallas": ("198.51.100.128/25", "2001:db8:3::/48"),
}

# Tap, namespace of its edge, port that is mirrored.
TAPS = [
    ("inet-out", "internet", "out0"), ("inet-in", "internet", "in0"),
    ("chi-pri", "er-chicago", "out0"), ("chi-sec", "er-chicago", "out1"),
    ("chi-in", "er-chicago", "in0"),
    ("dal-pri", "er-dallas", "out0"), ("dal-sec", "er-dallas", "out1"),
    ("dal-in", "er-dallas", "in0"),
]
BOX = "taps"    # the namespace in which all mirrored ports end

LINKS = ("203.0.113.192/26", "2001:db8:ff::/118")     # to Microsoft
CABLES = ("10.255.0.0/24", "fd00:ff::/118")          # on site
MSEE = {"er-chicago": ("chi-pri", "chi-sec"),
        "er-dallas": ("dal-pri", "dal-sec")}


def subnets(four, six):
    """Return: an iterator over the subnets of cables: /30 and /126"""
    return zip(ipaddress.ip_network(four).subnets(new_prefix=30),
               ipaddress.ip_network(six).subnets(new_prefix=126))


def families(*addresses):
    """The IPv4 and the IPv6 ones, each as an nft set."""
    four = [a for a in addresses if ":" not in a]
    six = [a for a in addresses if ":" in a]
    return "{ %s }" % ", ".join(four), "{ %s }" % ", ".join(six)


class World:
    """The network.

    inbound_snat  edges that translate sources of inbound connections
    heard         path of the connector's prefix as the core router hears it
    scoped        New Jersey does not hear the routes of ExpressRoute
    pool          pools of edges that are not as planned
    forgotten     an office address has no rule for source NAT in Chicago;
                  or the name of another host that has none
    bypass        the sign-in server is exempt from state at both edges
    hard_nat      source NAT draws a new port for each connection, and no host
                  sends TCP timestamps
    dynamic       IPv4 routes of ExpressRoute are learned with BGP, see bgp.py
    prober        the box of the taps has a leg on site, to probe from
    single        circuits to Microsoft have their primary link only
    blocked       edges drop what is for port 8025, and reject what is for 8026
    """

    def __init__(self, folder, inbound_snat=("internet", "er-chicago"),
                 heard="er-chicago", scoped=False, pool=None, forgotten=False,
                 bypass=False, hard_nat=False, dynamic=False, prober=False,
                 single=False, blocked=False):
        self.folder = folder
        self.inbound_snat = inbound_snat
        self.pool = dict(POOL, **(pool or {}))
        self.forgotten = forgotten
        self.bypass = bypass
        self.port = " random" if hard_nat else ""
        self.dynamic = dynamic
        self.prober = prober
        self.single = single
        self.blocked = blocked
        self.path = {EXCHANGE: "er-chicago", SHAREPOINT: "er-dallas",
                     CONNECTOR: heard}
        self.daemons = []
        self.net = Net()
        self.net.add("ms", "isp", "internet", "er-chicago", "er-dallas",
                     "core", "nj", "mail", "sign-in", "office", BOX)
        for name in self.net.fd:
            self.net.set(name, {"net/ipv4/tcp_timestamps": int(not hard_nat)})
        self._cables()
        self._hosts()
        self._routes_of_ms()
        self._routes_of_site(scoped)
        self.net.apply()
        for edge in POOL:
            self._firewall(edge)
        self._access_lists()
        for tap, edge, port in TAPS:
            self.net.mirror(edge, port, BOX, tap)
        if single:
            self._cut_secondaries()
        if dynamic:
            self.daemons = bgp.start(self, ADVERTISED)

    def close(self):
        for daemon in self.daemons:
            daemon.kill()
            daemon.wait()
        self.net.close()

    # ---------------------------------------------------------------- cables

    def _cables(self):
        outer = subnets(*LINKS)
        inner = subnets(*CABLES)
        self.hop = {}   # (from, to) -> the next hops, one a cable

        def cable(a, a_if, b, b_if, subnet):
            to_b, to_a = self.net.link(a, a_if, b, b_if, subnet)
            self.hop.setdefault((a, b), []).append(to_b)
            self.hop.setdefault((b, a), []).append(to_a)

        # Of a link to Microsoft the customer has the first address.
        for edge, ports in MSEE.items():
            for n, port in enumerate(ports):
                cable(edge, "out%d" % n, "ms", port, next(outer))
            cable("core", edge, edge, "in0", next(inner))
        cable("isp", "ms", "ms", "isp", next(outer))
        cable("internet", "out0", "isp", "site", next(outer))
        cable("nj", "edge", "internet", "in0", next(inner))
        cable("core", "nj", "nj", "core", next(inner))
        cable("nj", "mail", "mail", "eth0", next(inner))
        cable("core", "sign-in", "sign-in", "eth0", next(inner))
        cable("core", "office", "office", "eth0", next(inner))
        if self.prober:
            cable("core", "prober", BOX, "leg", next(inner))

    def _hosts(self):
        for name in ("exchange", "sharepoint", "web", "connector"):
            self.net.address("ms", *HOST[name])
        for name in ("mail", "sign-in", "office"):
            self.net.address(name, *HOST[name])
        self.net.address("office", *HOST["forgotten"])
        if self.prober:
            self.net.address(BOX, *HOST["prober"])

    def edge_cables(self):
        """Return: (namespace, address of the other end) of all edges' cables"""
        return [(here, address) for (here, _), hops in self.hop.items()
                if here in POOL for hop in hops for address in hop]

    # ---------------------------------------------------------------- routes

    def _route(self, where, prefixes, to):
        self.net.route(where, prefixes, *self.hop[where, to])

    def _circuit_route(self, where, prefixes, to):
        """Over ExpressRoute: what BGP will learn is left to it."""
        self._route(where, [p for p in prefixes
                            if ":" in p or not self.dynamic], to)

    def _routes_of_ms(self):
        # What Microsoft does not answer, it does not answer at all.
        self.net.ip("ms", "route add blackhole " + ALL_REMOTE[0])
        self.net.ip("ms", "route add blackhole " + ALL_REMOTE[1])
        self._route("ms", ADVERTISED["internet"], "isp")
        self._route("isp", ALL_REMOTE, "ms")
        self._route("isp", ADVERTISED["internet"], "internet")
        for edge in MSEE:
            self._circuit_route("ms", ADVERTISED[edge], edge)
            self._circuit_route(edge, ALL_REMOTE, "ms")
            if self.dynamic:
                # An edge that has lost its routes before the core has heard
                # of it stays silent: had it answered "unreachable", a client
                # would give up at once where the next SYN gets through.
                self.net.ip(edge, "route add blackhole %s metric 4096"
                            % ALL_REMOTE[0])

    def _routes_of_site(self, scoped):
        default = ("default", "::/0")
        inside = ("192.168.0.0/16", "fd00::/16")
        self._route("internet", default, "isp")
        self._route("internet", inside, "nj")
        for edge in MSEE:
            self._route(edge, inside + HOST["sign-in"], "core")
        for name, router in (("mail", "nj"), ("sign-in", "core"),
                             ("office", "core")):
            self._route(name, default, router)
            self._route(router, HOST[name], name)
        self._route("core", HOST["forgotten"], "office")
        if self.prober:
            self._routes_of_prober()
        self._route("core", default + ("192.168.5.0/24", "fd00:5::/64"), "nj")
        self._route("nj", default, "internet")
        self._route("nj", inside + HOST["sign-in"], "core")
        # Answers to a translated source go back to who translated it.
        self._route("nj", INBOUND["internet"], "internet")
        self._route("core", INBOUND["er-chicago"], "er-chicago")
        for prefixes, edge in self.path.items():
            self._circuit_route("core", prefixes, edge)
            if not scoped:
                self._route("nj", prefixes, "core")

    def _routes_of_prober(self):
        self._route("core", HOST["prober"], BOX)
        for six, everywhere in enumerate(("default", "::/0")):
            self.net.ip(BOX, "route replace %s via %s src %s" % (
                everywhere, self.hop[BOX, "core"][0][six],
                HOST["prober"][six]))

    # ------------------------------------------------------------- firewalls

    def _firewall(self, edge):
        """A firewall opens on a SYN and on nothing else: with tcp_loose off,
        whatever else begins a connection is invalid to conntrack."""
        self.net.set(edge, {"net/netfilter/nf_conntrack_tcp_loose": 0})
        self.net.nft(edge, "table inet edge {\n%s%s%s%s}\n" % (
            self._bypass(edge), self._forward(), self._destination_nat(edge),
            self._source_nat(edge)))

    def _bypass(self, edge):
        if not self.bypass or edge == "internet":
            return ""
        four, six = HOST["sign-in"]
        return """chain bypass {
            type filter hook prerouting priority raw;
            ip saddr %s notrack
            ip daddr %s notrack
            ip6 saddr %s notrack
            ip6 daddr %s notrack
        }
        """ % (four, four, six, six)

    def _forward(self):
        served = families(*HOST["mail"], *HOST["sign-in"])
        return """chain forward {
            type filter hook forward priority filter; policy drop;
            meta l4proto { 1, 58 } accept
            ct state established,related accept
            %s
            ct state invalid,untracked counter drop
            %s
            iifname "in0" accept
            ip daddr %s tcp dport { 25, 443, 587 } accept
            ip6 daddr %s tcp dport { 25, 443, 587 } accept
            counter
        }
        """ % (("ct state untracked accept" if self.bypass else "",
                "tcp dport 8025 drop\n            tcp dport 8026 reject with "
                "icmpx type admin-prohibited" if self.blocked else "") +
               served)

    @staticmethod
    def _destination_nat(edge):
        if edge != "internet":
            return ""
        return """chain destination {
            type nat hook prerouting priority dstnat;
            ip daddr %s dnat ip to %s
            ip6 daddr %s dnat ip6 to %s
        }
        """ % (MAIL_PUBLISHED[0], HOST["mail"][0],
               MAIL_PUBLISHED[1], HOST["mail"][1])

    def _source_nat(self, edge):
        rules = []
        if edge in self.inbound_snat and edge in INBOUND:
            rules += ['oifname "in0" snat ip to ' + INBOUND[edge][0],
                      'oifname "in0" snat ip6 to ' + INBOUND[edge][1]]
        rules += ['oifname "out*" ip saddr 192.168.0.0/16 snat ip to '
                  + self.pool[edge][0],
                  'oifname "out*" ip6 saddr fd00::/16 snat ip6 to '
                  + self.pool[edge][1]]
        rules = [rule + self.port for rule in rules]
        if self.forgotten and edge == "er-chicago":
            name = ("forgotten" if self.forgotten is True
                    else self.forgotten)
            rules = ["ip saddr %s accept" % HOST[name][0],
                     "ip6 saddr %s accept" % HOST[name][1]] + rules
        return """chain source {
            type nat hook postrouting priority srcnat;
            %s
        }
        """ % "\n            ".join(rules)

    def _access_lists(self):
        """Microsoft lets in only what was advertised to it over a circuit.
        A pool that is used at two circuits is advertised at both."""
        rules = []
        for edge, ports in MSEE.items():
            allowed = set(ADVERTISED[edge])
            for owner, pool in POOL.items():
                if pool == self.pool[edge]:
                    allowed |= set(ADVERTISED[owner])
            if self.bypass:
                allowed |= set(HOST["sign-in"])
            four, six = families(*sorted(allowed), *LINKS)
            rules += ['iifname { "%s", "%s" } ip saddr != %s counter drop'
                      % (ports + (four,)),
                      'iifname { "%s", "%s" } ip6 nexthdr tcp '
                      'ip6 saddr != %s counter drop' % (ports + (six,))]
        self.net.nft("ms", """table inet lists {
        chain in {
            type filter hook prerouting priority filter;
            %s
        }
        }
        """ % "\n            ".join(rules))

    # ------------------------------------------------------ change and failure

    def hear_connector(self, edge):
        """The core's route to the connector changes."""
        self._route("core", CONNECTOR, edge)
        self.net.apply()

    def _cut_secondaries(self):
        for edge, (_, secondary) in MSEE.items():
            self.net.ip(edge, "link set out1 down")
            self.net.ip("ms", "link set %s down" % secondary)
            # A mirrored port that is down shows nothing, as it should.
        self.net.apply()

    def cut(self, edge):
        """A circuit fails half-way: both links stay up, neighbours are found,
        and nothing else passes."""
        self.net.nft("ms", """table inet cut {
        chain in {
            type filter hook prerouting priority raw;
            icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
            iifname { "%s", "%s" } drop
        }
        chain out {
            type filter hook postrouting priority raw;
            icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
            oifname { "%s", "%s" } drop
        }
        }
        """ % (MSEE[edge] * 2))
