#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The page of --format html, in a browser: does it open, fit and read well,
and does what strangers wrote stay text.

Drives a headless Chromium over the WebDriver protocol. The pages are files;
the browser has no network to use, and the test fails if it tried.
"""

import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

LAB = "pcaps/lab"
WIDTHS = (1280, 400, 320)
EVIL = ("</title></style><script>window.pwned=1</script>"
        "<img src=x onerror=window.pwned=1>\"'&lt;\u202e\u2066\x1b[31m")
PAGE_BYTES = 5_000_000

# Every text that is shown, with its colour on what is painted behind it.
CONTRAST = """
const luminance = c => { const l = c.map(v => { v /= 255;
    return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
    return .2126 * l[0] + .7152 * l[1] + .0722 * l[2] };
const parse = s => (s.match(/[\\d.]+/g) || []).map(Number);
const ground = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length == 3 || c[3] > 0) return c.slice(0, 3) }
    return [255, 255, 255] };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let worst = 99, what = '', count = 0;
while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest('title, desc')) continue;
    const style = getComputedStyle(e);
    const fore = parse(e.closest('svg') ? style.fill : style.color);
    const a = luminance(fore), b = luminance(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    count++;
    if (ratio < worst) { worst = ratio; what = walker.currentNode.data }
}
return [worst, what, count];
"""

STRUCTURE = """
const bad = [];
const all = q => [...document.querySelectorAll(q)];
const ids = all('[id]').map(e => e.id);
if (new Set(ids).size != ids.length) bad.push('an id stands twice');
if (document.documentElement.lang != 'en') bad.push('no language');
for (const q of ['header', 'nav', 'main', 'footer', 'h1'])
    if (all(q).length != 1) bad.push(all(q).length + ' of ' + q);
for (const e of all('[aria-labelledby]'))
    for (const id of e.getAttribute('aria-labelledby').split(' '))
        if (!ids.includes(id)) bad.push('nothing is called ' + id);
for (const e of all('a[href]'))
    if (!ids.includes(e.getAttribute('href').slice(1)))
        bad.push('a link to ' + e.getAttribute('href'));
for (const e of all('svg')) {
    if (e.getAttribute('role') != 'img') bad.push('a drawing without role');
    if (!e.querySelector('title') || !e.querySelector('desc'))
        bad.push('a drawing without words');
}
for (const e of all('th')) if (!e.scope) bad.push('th without scope: ' + e.textContent);
for (const e of all('.scroll'))
    if (e.tabIndex != 0 || !e.getAttribute('aria-label'))
        bad.push('a scrolling part that no key reaches');
let level = 0;
for (const e of all('h1, h2, h3')) {
    const n = +e.tagName[1];
    if (n > level + 1) bad.push('a heading skips a level: ' + e.textContent);
    level = n;
}
if (all('script, img, iframe, object, embed, form, link, base').length)
    bad.push('something that has no place here');
for (const e of all('*'))
    for (const a of e.attributes)
        if (/^on/i.test(a.name) || a.name == 'style' || a.name == 'src')
            bad.push('an attribute ' + a.name);
if (!document.querySelector('meta[http-equiv=Content-Security-Policy]'))
    bad.push('no policy');
if (performance.getEntriesByType('resource').length) bad.push('it loaded something');
return bad;
"""

OVERFLOW = """
return [document.documentElement.scrollWidth,
        document.documentElement.clientWidth];
"""


class Browser:
    """A headless Chromium, driven over HTTP on the loopback interface."""

    def __init__(self, folder):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                port = found.group(1)
                break
        if not port:
            raise RuntimeError("chromedriver did not start")
        self.base = f"http://127.0.0.1:{port}/session"
        flags = ["--headless", "--no-sandbox", "--disable-gpu",
                 "--disable-quic", "--no-first-run",
                 "--disable-background-networking",
                 "--disable-component-update", "--disable-sync",
                 "--hide-scrollbars", f"--user-data-dir={folder}"]
        answer = self.ask("POST", "", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": shutil.which("chromium"), "args": flags}}}})
        self.base += "/" + answer["sessionId"]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=120) as response:
            return json.load(response)["value"]

    def run(self, script):
        return self.ask("POST", "/execute/sync", {"script": script, "args": []})

    def command(self, name, **params):
        return self.ask("POST", "/goog/cdp/execute",
                        {"cmd": name, "params": params})

    def open(self, path):
        self.ask("POST", "/url", {"url": "file://" + os.path.abspath(path)})

    def size(self, width):
        self.command("Emulation.setDeviceMetricsOverride", width=width,
                     height=900, deviceScaleFactor=1, mobile=False)

    def scheme(self, scheme, media=""):
        self.command("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def key(self, key):
        self.ask("POST", "/actions", {"actions": [
            {"type": "key", "id": "keys", "actions": [
                {"type": "keyDown", "value": key},
                {"type": "keyUp", "value": key}]}]})

    def close(self):
        try:
            self.ask("DELETE", "")
        except OSError:
            pass
        self.driver.terminate()
        self.driver.wait()


class Tests:
    def __init__(self, asymcap, folder):
        self.asymcap = asymcap
        self.folder = folder
        self.passed = self.failed = 0

    def check(self, what, good, seen=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"page: {what}: {seen}")

    def file(self, name):
        return os.path.join(self.folder, name)

    def asymcap_run(self, *args):
        return subprocess.run([self.asymcap, *args], check=False,
                              stdout=subprocess.DEVNULL).returncode

    def capture_files(self, run):
        folder = os.path.join(LAB, run)
        return sorted(os.path.join(folder, f) for f in os.listdir(folder))

    # ------------------------------------------------------------- pages

    def pages(self):
        """name -> path of a page"""
        pages = {}
        for run in ("problem-1", "snat-escape", "solution-1a"):
            path = pages[run] = self.file(run + ".html")
            self.asymcap_run("read", "-q", "--flows", "-c",
                             LAB + "/site.yaml", "--format", "html", "-o",
                             path, *self.capture_files(run))
        path = pages["icmp"] = self.file("icmp.html")
        self.asymcap_run("read", "-q", "--format", "html", "-o", path,
                         "er=pcaps/lab/icmp/er-chicago.pcap",
                         "er.inside=pcaps/lab/icmp/er-chicago-inside.pcap")
        path = pages["hostile"] = self.file("hostile.html")
        self.write_hostile(self.file("hostile.jsonl"),
                           self.lines_of_problem_1())
        self.asymcap_run("report", "-o", path, self.file("hostile.jsonl"))
        self.write_hostile(self.file("aside.jsonl"), self.lines_aside())
        for name, files in (("aside", ["aside"]),
                            ("beside", ["hostile", "aside"])):
            path = pages[name] = self.file(name + ".html")
            self.asymcap_run("report", "-o", path,
                             *[self.file(f + ".jsonl") for f in files])
        path = pages["empty"] = self.file("empty.html")
        open(self.file("empty.jsonl"), "w", encoding="ascii").close()
        self.asymcap_run("report", "-o", path, self.file("empty.jsonl"))
        return pages

    def lines_of_problem_1(self):
        path = self.file("problem-1.jsonl")
        self.asymcap_run("read", "-q", "--flows", "-c", LAB + "/site.yaml",
                         "--format", "json", "-o", path,
                         *self.capture_files("problem-1"))
        with open(path, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def lines_aside(self):
        """What probe and check told."""
        with open("tests/fuzz/corpus/recall/aside", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines] * 20

    def write_hostile(self, path, lines):
        """Every name and sentence is an attack, and some are endless."""
        def poison(value, key=""):
            keep = {"event_type", "rule", "severity", "impact", "class",
                    "direction", "kind", "state", "side", "flags",
                    "timestamp", "last", "first", "time", "src_ip",
                    "dest_ip", "type", "src_mac", "dest_mac", "prefixes",
                    "check", "verdict", "outcome"}
            if isinstance(value, dict):
                return {k: v if k in keep else poison(v, k)
                        for k, v in value.items()}
            if isinstance(value, list):
                return [poison(v, key) for v in value]
            if isinstance(value, str):
                return EVIL + value + "A" * 3000
            return value

        with open(path, "w", encoding="utf-8") as out:
            for line in lines:
                out.write(json.dumps(poison(line)) + "\n")

    def write_many(self, path, count):
        """Findings in groups of two, each with packets of its own."""
        lines = self.lines_of_problem_1()
        findings = [x for x in lines
                    if x.get("rule") == "asymmetric-handshake"]
        rest = [x for x in lines if x["event_type"] != "finding"
                and x["event_type"] != "connection"]
        with open(path, "w", encoding="utf-8") as out:
            for i in range(count):
                f = findings[i % len(findings)]
                n = i // 2
                f["src_ip"] = f"{20 + n // 65536}.{n // 256 % 256}.{n % 256}.9"
                for kind in ("syn", "syn_ack"):
                    for s in f[kind]["sightings"]:
                        s["packet"] = i + 1
                out.write(json.dumps(f, separators=(",", ":")) + "\n")
            for line in rest:
                out.write(json.dumps(line) + "\n")

    # ------------------------------------------------------------- tests

    def layout(self, browser, name, path):
        for width in WIDTHS:
            browser.size(width)
            browser.open(path)
            wide, room = browser.run(OVERFLOW)
            self.check(f"{name}: fits into {width} pixels", wide <= room,
                       f"{wide} of {room}")
        browser.size(1280)

    def contrast(self, browser, name):
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            ratio, what, count = browser.run(CONTRAST)
            self.check(f"{name}: contrast, {scheme}", ratio >= 4.5,
                       f"{ratio:.2f} of '{what}'")
            self.check(f"{name}: texts are looked at", count > 20, count)
        dark = browser.run("return getComputedStyle(document"
                           ".documentElement).backgroundColor")
        browser.scheme("light")
        light = browser.run("return getComputedStyle(document"
                            ".documentElement).backgroundColor")
        self.check(f"{name}: dark is not light", dark != light, dark)

    def structure(self, browser, name):
        bad = browser.run(STRUCTURE)
        self.check(f"{name}: structure", not bad, "; ".join(bad[:5]))

    def hostile(self, browser):
        text = browser.run("return document.documentElement.innerText")
        self.check("nothing ran", not browser.run("return !!window.pwned"))
        self.check("it is shown as what it is", "<script>" in text)
        self.check("nothing turns the text", not re.search(
            "[\u202a-\u202e\u2066-\u2069\x1b]", text))

    def keyboard(self, browser, path):
        """Tab goes to a group, Enter closes and opens it; it can be seen."""
        browser.open(path)
        at = ""
        for _ in range(60):
            browser.key("\ue004")
            at = browser.run("return document.activeElement.tagName")
            if at == "SUMMARY":
                break
        self.check("Tab reaches a group", at == "SUMMARY", at)
        outline = browser.run("return getComputedStyle("
                              "document.activeElement).outlineWidth")
        self.check("the focus is seen", outline == "3px", outline)
        is_open = "return document.activeElement.parentElement.open"
        before = browser.run(is_open)
        browser.key("\ue007")
        self.check("Enter", browser.run(is_open) != before)
        browser.key("\ue007")
        self.check("Enter again", browser.run(is_open) == before)

    def printed(self, browser):
        """Also what is closed on the screen is on paper."""
        browser.run("document.querySelectorAll('details')"
                    ".forEach(d => d.open = false)")
        browser.scheme("light", "print")
        heights = browser.run(
            "return [...document.querySelectorAll('details > .inner')]"
            ".map(e => e.getBoundingClientRect().height)")
        browser.scheme("light")
        self.check("closed groups are printed",
                   heights and min(heights) > 50, heights)
        pdf = base64.b64decode(browser.command(
            "Page.printToPDF")["data"])
        pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        self.check("pages of paper", 2 <= pages <= 12, pages)

    def map_drawn(self, browser):
        """The way of problem 1: in on internet, dropped at er-chicago."""
        marks = browser.run(
            "return ['svg.map .way', 'svg.map .x', 'svg.ladder .lost-x',"
            " 'svg.ladder .req', 'svg.ladder .ans']"
            ".map(q => document.querySelectorAll(q).length)")
        self.check("the drawing has its parts", all(marks), marks)
        text = browser.run("return document.querySelector('svg.ladder')"
                           ".textContent")
        for word in ("internet-inside", "er-chicago-inside", "never seen",
                     "SYN-ACK again", "40.96.0.10"):
            self.check(f"the ladder says {word}", word in text)

    def many(self, browser, count):
        lines, page = self.file("many.jsonl"), self.file("many.html")
        self.write_many(lines, count)
        start = time.monotonic()
        self.asymcap_run("report", "-o", page, lines)
        took = time.monotonic() - start
        size = os.path.getsize(page)
        start = time.monotonic()
        browser.open(page)
        opened = time.monotonic() - start
        print(f"page: {count} findings: read back and written in {took:.1f} s,"
              f" {size / 1e6:.2f} MB, opened in {opened:.1f} s")
        self.check("many: size", size < PAGE_BYTES, size)
        self.check("many: written", took < 300, took)
        self.check("many: opened", opened < 30, opened)
        blocks, rows = browser.run(
            "return [document.querySelectorAll('details').length,"
            " document.querySelectorAll('#findings ~ .scroll tbody tr').length]")
        self.check("many: blocks", blocks == 100, blocks)
        self.check("many: rows", rows == min(1000, count // 2 - 100), rows)
        text = browser.run("return document.body.innerText")
        left = count // 2 - 1100
        if left > 0:
            told = re.search(r"([\d\u202f]+) more groups of ([\d\u202f]+) "
                             "findings", text)
            numbers = told and [int(n.replace("\u202f", ""))
                                for n in told.groups()]
            self.check("many: what is left out is told",
                       numbers == [left, 2 * left], numbers)

    def all(self, browser, count):
        pages = self.pages()
        for name, path in pages.items():
            self.check(f"{name}: is there", os.path.exists(path))
            self.check(f"{name}: size", os.path.getsize(path) < PAGE_BYTES)
            self.layout(browser, name, path)
            self.structure(browser, name)
            self.contrast(browser, name)
            if name in ("hostile", "aside", "beside"):
                self.hostile(browser)
        self.keyboard(browser, pages["problem-1"])
        self.map_drawn(browser)
        self.printed(browser)
        self.many(browser, count)


def skip(why):
    print(f"page: skipped: {why}")
    print("page: 0 passed, 0 failed, 1 skipped")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asymcap", default="build/asymcap")
    parser.add_argument("--many", type=int, default=10000,
                        help="findings of the large page")
    args = parser.parse_args()
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return skip(f"{program} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        tests = Tests(os.path.abspath(args.asymcap), folder)
        try:
            browser = Browser(os.path.join(folder, "profile"))
        except (OSError, RuntimeError) as e:
            return skip(f"the browser does not start: {e}")
        try:
            tests.all(browser, args.many)
        finally:
            browser.close()
    print(f"page: {tests.passed} passed, {tests.failed} failed, 0 skipped")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
