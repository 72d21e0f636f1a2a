#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Validate asymcap's JSON Lines against the schema that is shipped.

    tests/validate-json.py [--schema FILE] [FILE...]

Without a FILE, standard input is read.

Prints the first invalid lines and why, then a summary.  Exit status: 0 all
lines are valid, 1 some are not (or there is none), 2 wrong usage, 77 the
jsonschema module is not there.
"""
import argparse
import collections
import json
import os
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "..", "src", "report", "asymcap.schema.json")
SHOWN = 5  # invalid lines that are printed
KNOWN_MAX = 1 << 20  # values that are remembered


def inline(node, defs):
    """Replace references by what they name: ten times faster to check."""
    if isinstance(node, list):
        return [inline(item, defs) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return inline(defs[node["$ref"].removeprefix("#/$defs/")], defs)
    return {key: inline(value, defs) for key, value in node.items()
            if key != "$defs"}


def fast(kind):
    """A validator class that makes each part of the schema ready once.

    The module does so for each value anew.  Values that come again and again
    are checked once for each part.  Neither changes an answer: what is not
    valid takes the usual way, which also says why.
    """
    ready = {}
    known = set()

    def valid(validator, schema, value):
        key = None
        if not isinstance(value, (dict, list)):
            key = (id(schema), type(value), value)
            if key in known:
                return True
        if id(schema) not in ready:
            ready[id(schema)] = validator.evolve(schema=schema)
        answer = ready[id(schema)].is_valid(value)
        if key and answer and len(known) < KNOWN_MAX:
            known.add(key)
        return answer

    def properties(validator, schemas, instance, _schema):
        if not validator.is_type(instance, "object"):
            return
        for name, schema in schemas.items():
            if name in instance and not valid(validator, schema,
                                              instance[name]):
                yield from validator.descend(instance[name], schema,
                                             path=name, schema_path=name)

    def items(validator, schema, instance, _schema):
        if not validator.is_type(instance, "array"):
            return
        for index, item in enumerate(instance):
            if not valid(validator, schema, item):
                yield from validator.descend(item, schema, path=index)

    def condition(validator, question, instance, schema):
        branch = "then" if valid(validator, question, instance) else "else"
        if branch in schema and not valid(validator, schema[branch],
                                          instance):
            yield from validator.descend(instance, schema[branch],
                                         schema_path=branch)

    return jsonschema.validators.extend(
        kind, {"properties": properties, "items": items, "if": condition})


class Lines:
    """A validator for each kind of line, compiled once.

    The schema chooses by event_type, and findings by rule; so does this, for
    speed.  Whatever the choice does not know is left to the whole schema.
    """

    def __init__(self, schema):
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        kind = fast(kind)
        defs = schema["$defs"]
        self.whole = kind(inline(schema, defs))
        self.kinds = {}
        for name in ("connection", "tap", "service", "pool", "summary",
                     "probe", "probe-summary"):
            self.kinds[name, None] = kind(inline(defs[name], defs))
        for name in ("connection_finding", "escape_finding", "tap_finding"):
            rule = defs[name]["properties"]["rule"]
            validator = kind(inline(defs[name], defs))
            for value in rule.get("enum", [rule.get("const")]):
                self.kinds["finding", value] = validator

    def problem(self, line):
        """Why a line is not valid, or None, and its kind."""
        try:
            event = json.loads(line, object_pairs_hook=no_duplicates)
        except (ValueError, RecursionError) as error:
            return str(error), "?"
        if not isinstance(event, dict):
            return "is no object", "?"
        name = str(event.get("event_type"))
        rule = str(event.get("rule")) if name == "finding" else None
        validator = self.kinds.get((name, rule), self.whole)
        if validator.is_valid(event):
            return None, name
        error = jsonschema.exceptions.best_match(validator.iter_errors(event))
        where = "/".join(str(step) for step in error.absolute_path)
        return f"{where or 'line'}: {error.message[:300]}", name


def no_duplicates(pairs):
    event = dict(pairs)
    if len(event) != len(pairs):
        raise ValueError("a key stands there twice")
    return event


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--schema", default=SCHEMA)
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE")
    args = parser.parse_args()
    with open(args.schema, encoding="utf-8") as source:
        lines = Lines(json.load(source))

    seen = collections.Counter()
    bad = 0
    for path in args.files:
        source = (sys.stdin.buffer if path == "-" else open(path, "rb"))
        with source:
            for number, line in enumerate(source, 1):
                try:
                    why, name = lines.problem(line.decode("utf-8"))
                except UnicodeDecodeError as error:
                    why, name = str(error), "?"
                seen[name] += 1
                if not why:
                    continue
                bad += 1
                if bad <= SHOWN:
                    print(f"{path}:{number}: {why}", file=sys.stderr)

    kinds = ", ".join(f"{count} {name}" for name, count in sorted(seen.items()))
    print(f"{sum(seen.values())} lines ({kinds or 'none'}), {bad} invalid")
    return 1 if bad or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
