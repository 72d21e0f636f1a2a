# SPDX-License-Identifier: BSD-3-Clause
"""Are asymcap's verdicts what the clients experienced?

truth() knows nothing of the scenario: a connection that its client saw fail
must be in a finding that says so, one that it saw succeed in none that calls
it broken.  The other checks hold the verdicts against what the scenario
expects: class, circuits, exactly these findings, and nothing beyond them.
"""

import same
from events import ends, rule_of, text_of
from traffic import OK, REFUSED, TIMEOUT

GRAVE = ("warning", "critical")

# Findings that say of a failed connection that it failed, without the word.
TELLING = ("unanswered", "snat-escape")


class Verdict:
    """asymcap's events, put to the attempts that they are about."""

    def __init__(self, events, status, ignore=()):
        self.status = status
        self.summary = events[-1]
        self.connections = {}      # any tuple of it -> connections
        self.findings = {}         # main tuple, ISN -> findings
        self.of_taps = []
        self.all = []
        self.ignored = []          # findings of rules to ignore
        self.every = []            # connection
        for event in events:
            if event["event_type"] == "connection":
                self.every.append(event)
                for t in event.get("tuples") or [event]:
                    self.connections.setdefault(ends(t), []).append(event)
            elif event.get("rule") in ignore:
                self.ignored.append(event)
            elif event["event_type"] == "finding":
                self.all.append(event)
                if event.get("src_ip"):
                    self.findings.setdefault(self.id(event), []).append(event)
                else:
                    self.of_taps.append(event)

    @staticmethod
    def id(event):
        return ends(event) + (event.get("isn"),)

    def of(self, attempt):
        """Return: the connections of an attempt; there should be one."""
        return self.connections.get(attempt.tuple(), [])

    def findings_of(self, attempt):
        return [f for c in self.of(attempt)
                for f in self.findings.get(self.id(c), [])]


def truth(attempt, flow, verdict):
    """Return: what is wrong, or None."""
    found = verdict.findings_of(attempt)
    broken = [f["rule"] for f in found if f.get("impact") == "broken"]
    connections = verdict.of(attempt)
    if not connections:
        return "no tap saw it"
    if attempt.outcome == OK:
        if broken or connections[0]["impact"] == "broken":
            return "succeeded, and is called broken by %s" % (broken or "it")
    elif attempt.outcome == REFUSED:
        if broken or connections[0]["class"] != "refused":
            return "refused, and is %s" % (broken or connections[0]["class"])
    elif not broken and not flow.untold and not [
            f for f in found if f["rule"] in TELLING or
            (f["rule"] == "path-change" and f["severity"] in GRAVE)]:
        return "failed (%s), and no finding says so" % attempt.outcome
    return None


def path(attempt, flow, verdict):
    """Return: how class, circuits, impact and place differ, or None."""
    connections = verdict.of(attempt)
    if len(connections) != 1:
        return "%d connections" % len(connections)
    c = connections[0]
    seen = [c["class"], c["dropped_at"]]
    want = [flow.path, flow.dropped_at]
    if flow.impact:
        seen.append(c["impact"])
        want.append(flow.impact)
    if flow.circuits:
        seen += [tuple(c[half]["circuits"] if c[half] else ())
                 for half in ("syn", "syn_ack")]
        want += list(flow.circuits)
    if seen != want:
        return "%s, expected %s" % (seen, want)
    return None


def rules(attempt, flow, verdict):
    """Return: how the findings differ from those of the flow, or None."""
    seen = sorted((rule_of(f), f["severity"])
                  for f in verdict.findings_of(attempt))
    want = sorted(flow.rules.items())
    if seen != want:
        return "findings %s, expected %s" % (seen, want)
    return None


def nothing_else(flows, attempts, verdict):
    """Return: what the run as a whole has that nobody caused."""
    wrong = []
    s = verdict.summary
    own = {a.tuple() for a in attempts}
    ours = {id(f) for a in attempts for f in verdict.findings_of(a)}
    for f in verdict.all:
        if id(f) not in ours and f["severity"] in GRAVE:
            wrong.append("a finding on nobody's connection: %s %s" % (
                rule_of(f), f.get("message")))
    grave = any(severity in GRAVE for flow in flows
                for severity in flow.rules.values()) or \
        any(f["severity"] in GRAVE for f in verdict.ignored)
    if verdict.status != int(grave):
        wrong.append("exit status %d" % verdict.status)
    for key in ("evicted", "unmapped", "unlinked", "late"):
        if s[key]:
            wrong.append("%s: %s" % (key, s[key]))
    if not s["judged"]:
        wrong.append("not judged: %s" % s["not_judged_why"])
    judged = sum(s["connections"].values()) - s["connections"]["total"] - \
        s["connections"]["out_of_scope"]
    if judged != len(own):
        wrong.append("%d connections of %d attempts" % (judged, len(own)))
    return wrong


def overstated(attempts, verdict, circuits):
    """Return: what is claimed although captures of some circuits are missing:
    less may be said then, and nothing wrong."""
    wrong = []
    for a in attempts:
        if a.outcome != OK:
            continue
        for c in verdict.of(a):
            broken = [f["rule"] for f in verdict.findings_of(a)
                      if f.get("impact") == "broken"]
            if broken or c["impact"] == "broken":
                wrong.append("%s: succeeded, and is called broken"
                             % text_of(a.tuple()))
    for key, connections in verdict.connections.items():
        wrong += ["%s: said to be dropped at %s" % (text_of(key),
                                                    c["dropped_at"])
                  for c in connections if c["dropped_at"] in circuits]
    return wrong


def blind(flows, attempts, verdict):
    """The check of the check: had the clients experienced the opposite,
    truth() would have to complain.  Return: flows of which it would not."""
    missed = set()
    for flow in flows:
        for a in attempts:
            if a.flow != flow.name:
                continue
            real = a.outcome
            a.outcome = TIMEOUT if real == OK else OK
            # Of an unanswered SYN nothing says "broken": no contradiction.
            if not truth(a, flow, verdict) and \
               verdict.of(a)[0]["impact"] == "broken":
                missed.add(flow.name)
            a.outcome = real
    return sorted(missed)


class Checks:
    """Counts; prints what failed, with the first few cases of each."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.passed = 0
        self.failed = 0
        self.unlike = 0     # flows whose clients fared unlike the scenario
        self.untrue = 0     # flows of which a verdict said what was not so
        self.early = 0      # findings that were due before the end
        self.slowest = 0.0  # seconds that one of them took

    def check(self, what, wrong):
        """Return: whether nothing is wrong"""
        wrong = [w for w in wrong if w]
        if not wrong:
            self.passed += 1
            return True
        self.failed += 1
        print("FAIL %s: %s: %d" % (self.scenario, what, len(wrong)))
        for w in wrong[:3]:
            print("     " + w)
        return False

    def disturbed(self):
        """Whether the network did otherwise than the scenario says and every
        verdict followed it: nothing that asymcap could have caused."""
        return self.unlike != 0 and self.untrue == 0

    def of_clients(self, flows, attempts):
        for flow in flows:
            mine = [a for a in attempts if a.flow == flow.name]
            wrong = ["%s: %s, expected %s" % (text_of(a.tuple()), a.outcome,
                                              flow.outcome)
                     for a in mine if a.outcome != flow.outcome]
            if len(mine) < flow.count:
                wrong.append("%d of %d attempts" % (len(mine), flow.count))
            self.unlike += not self.check("clients of %s" % flow.name, wrong)

    def of_verdict(self, observer, flows, attempts, verdict):
        for flow in flows:
            mine = [a for a in attempts if a.flow == flow.name]
            for what, of in (("truth", truth), ("path", path),
                             ("findings", rules)):
                wrong = [(a, of(a, flow, verdict)) for a in mine]
                holds = self.check(
                    "%s: %s of %s" % (observer, what, flow.name),
                    ["%s: %s" % (text_of(a.tuple()), w)
                     for a, w in wrong if w])
                self.untrue += of is truth and not holds
        self.check("%s: nothing else" % observer,
                   nothing_else(flows, attempts, verdict))
        self.check("%s: the opposite would be noticed" % observer,
                   blind(flows, attempts, verdict))

    def of_live(self, observer, live, read, least):
        """What was said while it went on, against what is said afterwards;
        at least so many findings must have been due before the end."""
        late, early, longest = same.late(live, read, observer.stopped)
        if early < least:
            late.append("only %d were due before the end" % early)
        for what, wrong in (
                ("findings as of the captures",
                 same.said(live, read, observer.unseen)),
                ("connections as of the captures",
                 same.judged(live, read, observer.unseen)),
                ("in time", late)):
            self.check("%s: %s" % (observer.name, what), wrong)
        if early:
            self.slowest = max(self.slowest, longest)
            self.early += early
