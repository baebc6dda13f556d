#!/usr/bin/env python3
"""Compares two result folders of a conformance suite, check by check.

    compare.py DIRECT THROUGH [--run NAME] [--allowed FILE]

Every check must have the same status in both. A difference that FILE lists for the run NAME is
allowed; one that it lists and that did not occur is told too. Exits with 1 on anything else.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

ABSENT = "ABSENT"
ENTRY_KEYS = {"run", "scenario", "check", "from", "to", "reason"}
STAMP = re.compile(r"-\d{4}-\d\d-\d\dT[\d-]+Z$")


@dataclass(frozen=True, order=True)
class Key:
    """One check of a scenario; the same check can be made several times under one name."""

    scenario: str
    check: str
    name: str
    turn: int

    def __str__(self):
        again = f" #{self.turn + 1}" if self.turn else ""
        return f"{self.check} ({self.name}){again}"


@dataclass(frozen=True)
class Outcome:
    status: str
    message: str = ""


@dataclass
class Difference:
    key: Key
    direct: Outcome
    through: Outcome


@dataclass
class Comparison:
    same: int = 0
    allowed: list = field(default_factory=list)
    unlisted: list = field(default_factory=list)
    unused: list = field(default_factory=list)

    @property
    def ok(self):
        return not self.unlisted and not self.unused


def load(folder):
    """The outcomes in a result folder. What is only information is no outcome."""
    files = sorted(Path(folder).rglob("checks.json"))
    if not files:
        raise ValueError(f"no results in {folder}")
    outcomes = {}
    for file in files:
        scenario = STAMP.sub("", str(file.parent.relative_to(folder))).removeprefix("server-")
        turns = defaultdict(int)
        for check in json.loads(file.read_text()):
            if check["status"] == "INFO":
                continue
            pair = check["id"], check.get("name", "")
            outcomes[Key(scenario, *pair, turns[pair])] = Outcome(check["status"], check.get("errorMessage") or "")
            turns[pair] += 1
    return outcomes


def load_allowed(file, run):
    """The entries for `run` of a list of allowed differences."""
    entries = json.loads(Path(file).read_text())
    for entry in entries:
        missing = ENTRY_KEYS - entry.keys()
        unknown = entry.keys() - ENTRY_KEYS - {"sometimes"}
        if missing or unknown or not entry["reason"]:
            raise ValueError(f"{file}: an entry needs {sorted(ENTRY_KEYS)} and may have 'sometimes': {entry}")
    return [entry for entry in entries if fnmatchcase(run, entry["run"])]


def allows(entry, difference):
    return (
        fnmatchcase(difference.key.scenario, entry["scenario"])
        and fnmatchcase(difference.key.check, entry["check"])
        and difference.direct.status == entry["from"]
        and difference.through.status == entry["to"]
    )


def compare(direct, through, allowed=()):
    result = Comparison()
    used = set()
    nothing = Outcome(ABSENT)
    for key in sorted(direct.keys() | through.keys()):
        difference = Difference(key, direct.get(key, nothing), through.get(key, nothing))
        if difference.direct.status == difference.through.status:
            result.same += 1
            continue
        matching = [index for index, entry in enumerate(allowed) if allows(entry, difference)]
        used.update(matching)
        (result.allowed if matching else result.unlisted).append(difference)
    result.unused = [
        entry for index, entry in enumerate(allowed) if index not in used and not entry.get("sometimes", False)
    ]
    return result


def report(comparison):
    """The lines that tell what differs, in columns, and the counts."""
    rows = [
        (label, d.key.scenario, str(d.key), f"{d.direct.status} -> {d.through.status}", d.through.message[:160])
        for label, differences in (("DIFFERS", comparison.unlisted), ("allowed", comparison.allowed))
        for d in differences
    ]
    rows += [
        ("UNUSED", entry["scenario"], entry["check"], f"{entry['from']} -> {entry['to']}", "allowed, but did not occur")
        for entry in comparison.unused
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths + [0])).rstrip() for row in rows]
    lines.append(
        f"same {comparison.same}, allowed {len(comparison.allowed)}, "
        f"differ {len(comparison.unlisted)}, unused {len(comparison.unused)}"
    )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("direct")
    parser.add_argument("through")
    parser.add_argument("--run", default="")
    parser.add_argument("--allowed")
    options = parser.parse_args()
    allowed = load_allowed(options.allowed, options.run) if options.allowed else []
    comparison = compare(load(options.direct), load(options.through), allowed)
    print("\n".join(report(comparison)))
    sys.exit(0 if comparison.ok else 1)


if __name__ == "__main__":
    main()
