# SPDX-License-Identifier: BSD-3-Clause
"""Was the same said live as of the captures afterwards, and was it in time?

What a finding says of its connection must be the same, but for:

  - counts, times and sightings: live they are those of the moment;
  - an escape, which is told before its connection is judged: impact, class
    and the like may not be known yet;
  - where the filter in the kernel lets no data through, what only data shows:
    moves, the phase of an escape, whether what has no handshake works.

The time in which something must be said begins with the packet that decides
it, which is looked up in what the captures have of the same finding.
"""

import datetime

from events import ends, rule_of, text_of

SOON = 2.0      # seconds from the packet that decides to the line
SILENCE = 25.0  # seconds without a packet that decide, too

OF_FINDING = ("severity", "direction", "service", "confidence", "translated",
              "circuit", "escaped_ip", "owner", "phase", "moved_from",
              "moved_to", "cause", "remedy", "impact", "class", "dropped_at",
              "syn", "syn_ack")
OF_CONNECTION = ("class", "impact", "dropped_at", "direction", "service",
                 "confidence", "translated", "completed", "reset", "syn",
                 "syn_ack")

# What an escape may say instead, as it is told early.
NOT_YET = {"impact": "unknown", "class": "indeterminate", "dropped_at": None}


def seconds(text):
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()


def key(event):
    if not event.get("src_ip"):
        return event["rule"], event.get("tap"), event.get("other_tap")
    kind = rule_of(event) if event["event_type"] == "finding" else None
    return kind, event.get("escaped_ip"), text_of(ends(event)), event["isn"]


def value(event, name):
    """Of a half of the handshake, only the circuits."""
    v = event.get(name)
    return tuple(v["circuits"] or ()) if isinstance(v, dict) else v


def differences(name, live, read, names, excused):
    """Return: as text, what is not the same of an event"""
    return ["%s: %s %s, and of the captures %s" % (
        name, n, value(live, n), value(read, n)) for n in names
        if value(live, n) != value(read, n) and not excused(n, live, read)]


def pairs(live, read):
    """Return: those with the same key, and what is on one side only"""
    by_key = [{}, {}]
    for side, events in zip(by_key, (live, read)):
        for e in events:
            side.setdefault(key(e), []).append(e)
    both, alone = [], []
    for k in sorted(set(by_key[0]) | set(by_key[1]), key=str):
        mine, theirs = (side.get(k, []) for side in by_key)
        both += zip(mine, theirs)
        if len(mine) != len(theirs):
            alone.append("%s: said %d times live, %d of the captures" % (
                k, len(mine), len(theirs)))
    return both, alone


def said(live, read, unseen):
    """Return: how live findings differ from those of the captures, leaving
    out rules that saw too little"""
    def excused(n, mine, theirs):
        if mine["rule"] == "snat-escape" and n in NOT_YET and \
           value(mine, n) == NOT_YET[n]:
            return True
        return unseen and n == "phase" and theirs[n] == "data"

    both, wrong = pairs(live.all, [f for f in read.all
                                   if f["rule"] not in unseen])
    for mine, theirs in both:
        wrong += differences(key(mine), mine, theirs, OF_FINDING, excused)
    counts = {}
    for f in live.all + live.ignored:
        counts[f["severity"]] = counts.get(f["severity"], 0) + 1
    if counts != {k: n for k, n in live.summary["findings"].items() if n}:
        wrong.append("the summary counts %s, the lines are %s" % (
            live.summary["findings"], counts))
    return wrong


def in_scope(connections):
    """Without those of the routers, which begin before anybody watches."""
    return [c for c in connections if c["class"] != "out-of-scope"]


def judged(live, read, unseen):
    """Return: how connections differ from those of the captures"""
    def excused(n, mine, _theirs):
        return unseen and n == "impact" and mine["class"] == "midstream"

    both, wrong = pairs(in_scope(live.every), in_scope(read.every))
    for mine, theirs in both:
        wrong += differences(key(mine), mine, theirs, OF_CONNECTION, excused)
    counts = [{k: n for k, n in side.summary["connections"].items()
               if k not in ("total", "out_of_scope")} for side in (live, read)]
    if counts[0] != counts[1]:
        wrong.append("the summaries differ: %s, and of the captures %s"
                     % tuple(counts))
    return wrong


# ------------------------------------------------------------------- in time

def sightings(finding, half, resent=False):
    return [seconds(s["time"]) for s in finding[half]["sightings"]
            if s["resent"] == resent]


def of_handshake(f):
    """The impact: the first answer that came again, or SYN that did although
    there was an answer; else the handshake itself."""
    answers = sightings(f, "syn_ack")
    if f["impact"] == "broken":
        again = sightings(f, "syn_ack", True)
        if answers:
            again += [t for t in sightings(f, "syn", True)
                      if t > min(answers) + 0.1]
        return min(again) if again else seconds(f["last"]) + SILENCE
    return max(sightings(f, "syn") + answers)


def of_escape(f, moved):
    """The packet that escaped; if it was no handshake, it moved just then."""
    if f["phase"] in ("syn", "syn-ack"):
        return min(sightings(f, f["phase"].replace("-", "_")))
    return seconds(moved["sighting"]["time"]) if moved else None


def decided(f, moved):
    """Return: when the packet passed that decides a finding, in seconds since
    1970; or None, if that cannot be known before the connection is over"""
    if f["rule"] == "path-change":
        return None
    if f["rule"] == "unanswered":
        return max(sightings(f, "syn") + sightings(f, "syn", True)) + SILENCE
    if f["rule"] == "snat-escape":
        return of_escape(f, moved)
    return of_handshake(f)


def late(live, read, stopped):
    """Return: findings that were not said in time, although watch still ran;
    how many had to be said before its end, and the longest that one took"""
    wrong, early, longest = [], 0, 0.0
    connections = {ends(c): c for c in live.every}
    for mine, theirs in pairs(live.all, read.all)[0]:
        if not theirs.get("src_ip"):
            continue
        c = connections.get(ends(theirs))
        if not c:
            wrong.append("%s: no connection is called so" % (key(mine),))
            continue
        at = decided(theirs, c["moved"])
        if at is None or at + SOON > stopped:
            continue
        early += 1
        took = mine["seen_at"] - at
        longest = max(longest, took)
        if not 0 <= took <= SOON:
            wrong.append("%s: said %.2f s after the packet that decides it"
                         % (key(mine), took))
    return wrong, early, longest
