#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare asymcap's verdicts with the truth.

generate_truth writes captures of which every verdict is known, in three
layouts and with clocks and order disturbed or not.  Each combination is one
test: asymcap must give the counts by class and exactly the findings that
truth.json has.  What differs is printed with the kind of connection.

usage: compare.py [--asymcap FILE] [--generator FILE] [--keep FOLDER]
                  [--seed N] [--only TEXT] [-v]
"""

import argparse
import collections
import ipaddress
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

TIMEOUT = 60    # seconds for a run that should take a tenth of one

# Name of the combination, options of the generator.
WORLDS = [
    ("plain", []),
    ("shared-domain", ["--shared-domain"]),
    ("offsets", ["--offsets"]),
    ("shuffle", ["--shuffle"]),
    ("offsets+shuffle", ["--offsets", "--shuffle"]),
    ("all", ["--shared-domain", "--offsets", "--shuffle"]),
]

# Name of the layout, its folder, order of its files on the command line.
LAYOUTS = [
    ("files", "files", 1),
    ("files-reversed", "files", -1),
    ("mixed", "mixed", 1),
    ("trunk", "trunk", 1),
]

# What must be equal in a finding, beyond rule and tuple.
ALWAYS = ("severity", "dropped_at")
HANDSHAKE = ("impact", "direction", "src_ip", "src_port", "dest_ip",
             "dest_port", "syn", "syn_ack")
ESCAPE = ("reason", "phase", "count", "circuit", "owner", "escaped_ip")
FIELDS = {
    "asymmetric-handshake": ALWAYS + HANDSHAKE,
    "asymmetric-flow": ALWAYS + ("impact",),
    "snat-escape": ("severity",) + ESCAPE,
    "unanswered": ("severity",) + HANDSHAKE[1:],
    "orphan-syn-ack": ("severity",) + HANDSHAKE[2:],
    "inbound-snat-missing": ("severity",) + HANDSHAKE[1:],
    "off-plan": ("severity",) + HANDSHAKE[1:],
    "nat-off-plan": ("severity",) + HANDSHAKE[1:],
    "path-change": ("severity",),
}


def address(text):
    return str(ipaddress.ip_address(text)) if text else text


def ends(item):
    """The 5-tuple without direction: who is the client is not always known."""
    return frozenset([(address(item["src_ip"]), item["src_port"]),
                      (address(item["dest_ip"]), item["dest_port"])])


def tuple_text(item):
    return "%s:%s > %s:%s" % (item["src_ip"], item["src_port"],
                              item["dest_ip"], item["dest_port"])


def value(item, field):
    """A field of a finding of either origin, in comparable form."""
    v = item.get(field)
    if field in ("syn", "syn_ack"):
        return sorted(v["circuits"] if isinstance(v, dict) else v or [])
    if field.endswith("_ip"):
        return address(v)
    return v


def site_services(path):
    """The rows of a site file of the generator: all are inbound."""
    rows = []
    for line in open(path):
        m = re.match(r"^  - name: (\S+)$|^    (local|ports|circuits): "
                     r"\[(.*)\]$", line)
        if m and m.group(1):
            rows.append({"name": m.group(1)})
        elif m and rows:
            rows[-1][m.group(2)] = m.group(3)
    return {(address(r["local"].split("/")[0]), int(r["ports"])): r
            for r in rows if "local" in r}


class Test:
    """One run of asymcap on one layout of one world."""

    def __init__(self, truth, output, services):
        self.truth = truth
        self.services = services
        self.rows = {}
        self.findings = []
        self.connections = []
        self.summary = None
        self.differences = []
        for line in output.splitlines():
            event = json.loads(line)
            kind = event["event_type"]
            if kind == "finding":
                self.findings.append(event)
            elif kind == "connection":
                self.connections.append(event)
            elif kind == "service" and event["service"]:
                self.rows[event["service"]] = event
            elif kind == "summary":
                self.summary = event

    def differ(self, text, *args):
        self.differences.append(text % args if args else text)

    def index(self):
        """The truth of a connection, by its ends."""
        found = collections.defaultdict(list)
        for t in self.truth["list"]:
            found[ends(t)].append(t)
        return found

    def name(self, event):
        """What kind of connection an event is about, as far as known."""
        known = self.index().get(ends(event), [])
        isn = [t for t in known if t.get("isn") == event.get("isn")]
        return ", ".join(sorted({"%s #%d" % (t["kind"], t["instance"])
                                 for t in isn or known})) or "no such tuple"

    def compare_summary(self):
        if not self.summary:
            self.differ("no summary line")
            return
        if self.summary["packets"] != self.truth["packets"]:
            self.differ("packets: %d, true is %d", self.summary["packets"],
                        self.truth["packets"])
        got, want = self.summary["connections"], self.truth["connections"]
        for key in sorted(set(got) | set(want)):
            if got.get(key) != want.get(key):
                self.differ("connections.%s: %s, true is %s", key,
                            got.get(key), want.get(key))

    def compare_connections(self):
        """Name those that make the counts differ."""
        key = lambda e: (ends(e), e["class"].replace("-", "_"))
        got = collections.Counter(key(e) for e in self.connections)
        want = collections.Counter(key(t) for t in self.truth["list"])
        for t in self.truth["list"]:
            if want[key(t)] > got[key(t)]:
                want[key(t)] -= 1
                self.differ("connection %s %s #%d should be %s", tuple_text(t),
                            t["kind"], t["instance"], t["class"])
        want = collections.Counter(key(t) for t in self.truth["list"])
        for e in self.connections:
            if got[key(e)] > want[key(e)]:
                got[key(e)] -= 1
                self.differ("connection %s is %s (%s)", tuple_text(e),
                            e["class"], self.name(e))

    def compare_details(self):
        """Circuits and impact of the connections, findings or not."""
        got = {(ends(e), e["isn"]): e for e in self.connections}
        for t in self.truth["list"]:
            e = got.get((ends(t), t.get("isn")))
            if not e:
                continue
            fields = ["syn", "syn_ack", "direction"]
            # of half a handshake, nobody can say what became of it
            if t["class"] not in ("unanswered", "orphan_syn_ack"):
                fields.append("impact")
            for field in fields:
                if value(e, field) != value(t, field):
                    self.differ("connection.%s: %s, true is %s: %s (%s #%d)",
                                field, value(e, field), value(t, field),
                                tuple_text(t), t["kind"], t["instance"])

    def compare_findings(self):
        left = collections.defaultdict(list)
        for f in self.findings:
            if "src_ip" in f:
                left[f["rule"], ends(f)].append(f)
            else:
                self.differ("finding %s about tap %s: none is true",
                            f["rule"], f.get("tap"))
        for t in self.truth["findings"]:
            rest = left[t["rule"], ends(t)]
            # two connections on one tuple are told apart by their number
            exact = [f for f in rest
                     if "isn" not in t or f.get("isn") == t["isn"]]
            if not exact:
                self.differ("missing %s %s: %s (%s #%d)", t["rule"],
                            t.get("reason", t["severity"]), tuple_text(t),
                            t["kind"], t["instance"])
                continue
            rest.remove(exact[0])
            self.compare_fields(t, exact[0])
        for f in itertools.chain.from_iterable(left.values()):
            self.differ("too many: %s %s: %s (%s)", f["rule"],
                        f.get("reason", f["severity"]), tuple_text(f),
                        self.name(f))

    def compare_fields(self, t, f):
        for field in FIELDS[t["rule"]]:
            if value(f, field) != value(t, field):
                self.differ("%s.%s: %s, true is %s: %s (%s #%d)", t["rule"],
                            field, value(f, field), value(t, field),
                            tuple_text(t), t["kind"], t["instance"])

    def true_rows(self):
        """What the rows of the plan must say, from the true connections."""
        rows = {r["name"]: collections.Counter() for r in
                self.services.values()}
        for t in self.truth["list"]:
            r = self.services.get((address(t["dest_ip"]), t["dest_port"]))
            if (not r or t["direction"] != "inbound" or
                    t["class"] in ("out_of_scope", "midstream")):
                continue
            row = rows[r["name"]]
            row["connections"] += 1
            row["completed"] += t["impact"] == "working"
            row["unanswered"] += t["class"] == "unanswered"
            row["asymmetric"] += t["class"] == "asymmetric"
            row["off_plan"] += bool(set(value(t, "syn")) - {r["circuits"]})
            for c in value(t, "syn"):
                row["on " + c] += 1
        return rows

    def compare_rows(self):
        for name, want in self.true_rows().items():
            row = self.rows.get(name)
            if not row:
                self.differ("no line about service %s", name)
                continue
            got = {k: row[k] for k in ("connections", "completed",
                                       "unanswered", "asymmetric",
                                       "off_plan")}
            got.update({"on " + c: n
                        for c, n in row["seen_connections"].items()})
            for k in sorted(set(got) | set(want)):
                if got.get(k, 0) != want[k]:
                    self.differ("service %s: %s is %s, true is %s", name, k,
                                got.get(k, 0), want[k])

    def run(self, status):
        worst = {f["severity"] for f in self.truth["findings"]}
        want = 1 if worst & {"warning", "critical"} else 0
        if status != want:
            self.differ("exit status %d, should be %d", status, want)
        self.compare_summary()
        self.compare_connections()
        self.compare_details()
        self.compare_findings()
        self.compare_rows()
        return self.differences


def run_asymcap(program, folder, order):
    """Exit status (or None), standard output, standard error."""
    files = [f for f in sorted(os.listdir(folder)) if f != "site.yaml"]
    try:
        done = subprocess.run(
            [program, "read", "-c", "site.yaml", "--format", "json",
             "--flows"] + files[::order],
            cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return None, "", "did not end within %d s" % TIMEOUT
    return done.returncode, done.stdout, done.stderr.strip()


def test_layout(options, world, layout, out, truth):
    name, folder, order = layout
    status, output, errors = run_asymcap(options.asymcap,
                                         os.path.join(out, folder), order)
    title = "%s/%s" % (world, name)
    if status not in (0, 1, 4):
        differences = ["exit status %s: %s" % (status, errors)]
    else:
        services = site_services(os.path.join(out, folder, "site.yaml"))
        differences = Test(truth, output, services).run(status)
    if differences:
        print("FAILED  %s: %d differences" % (title, len(differences)))
        for d in differences:
            print("    " + d)
    elif options.verbose:
        print("ok      " + title)
    return not differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--asymcap",
                        default=os.path.join(TOP, "build", "asymcap"))
    parser.add_argument("--generator", default=os.path.join(
        TOP, "build", "tests", "generate_truth"))
    parser.add_argument("--keep", help="folder to leave the captures in")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="", help="part of a test's name")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    options.asymcap = os.path.abspath(options.asymcap)

    for program in (options.asymcap, options.generator):
        if not os.access(program, os.X_OK):
            sys.exit("compare.py: %s is not built" % program)
    top = options.keep or tempfile.mkdtemp()
    os.makedirs(top, exist_ok=True)
    results = []
    try:
        for world, flags in WORLDS:
            chosen = [l for l in LAYOUTS
                      if options.only in "%s/%s" % (world, l[0])]
            if not chosen:
                continue
            out = os.path.join(top, world)
            subprocess.run([options.generator, "--seed", options.seed,
                            "--out", out] + flags, check=True)
            with open(os.path.join(out, "truth.json")) as f:
                truth = json.load(f)
            results += [test_layout(options, world, l, out, truth)
                        for l in chosen]
    finally:
        if not options.keep:
            shutil.rmtree(top)
    print("%d passed, %d failed" % (sum(results),
                                    len(results) - sum(results)))
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
