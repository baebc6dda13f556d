#!/usr/bin/env python3
"""Gives one planted set of configuration files to mcp-guard and to peers, and prints who found what.

    cargo build --release
    benches/detection/detect.py --ours target/release/mcp-guard \\
        --peer mcplint-sec=VENV/bin/mcplint-sec --peer agent-audit-kit=VENV/bin/agent-audit-kit \\
        --peer mcp-scan=PREFIX/node_modules/.bin/mcp-scan

The files are set up in a temporary directory: a home, projects (of which git tracks one, if there is
a git), and the same servers once more in a single `mcp.json`. Made-up tokens are filled in on the
way. A peer is run in the ways that scanners.py lists, and what its runs say counts together. Nothing
is started or contacted: no peer is given a switch that does, and where the system has network
namespaces everything runs in one without a network.

A planted problem is found by a peer if one of its findings is about that file, names the server
(in a field of its own, as a word of its text, or by a line of the server's entry) and has a word of
the problem's topic (judging.py) in its rule or text; advice on repairs is not looked at. Severity
does not matter. A rule that a peer reports for more than half of the clean servers says nothing
about any of them and does not count; the tables show it as a dot. Ours is found if the rule of
expected.yaml is reported there with at least the severity given there.

Python 3.9 and its standard library.
"""

import argparse
import os
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from judging import (
    GATEWAY, SEVERITIES, alarms, judge_ours, judge_peer, rank, said_of_everything, spans_of, unplanted,
)
from scanners import PEERS, Ours, Tool, offline
from trees import expected, set_up


def table(rows, head):
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join("---" for _ in head) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


@dataclass
class Round:
    """What all tools said of one tree."""

    title: str
    place: Path
    problems: list
    results: list
    said: dict
    pedantic: list

    @classmethod
    def of(cls, title, tools, place, problems, prefix, rounds):
        whole, ours, results = place.name != "one", tools[0], []
        for tool in tools:
            set_up(place, place.name)
            results.append(tool.scan(place, whole, prefix, rounds))
        return cls(title, place, problems, results, ours.said, Ours.read(ours.pedantic))

    def clean(self):
        return unplanted(self.problems, self.said)

    def empty(self):
        """For each peer the rules that it reports for most of the clean servers."""
        return [said_of_everything(findings, self.clean(), spans_of(self.said), self.place)
                for findings, _, _ in self.results[1:]]

    def ours(self, problem):
        findings = self.results[0][0]
        mark = judge_ours(problem, findings, self.place)
        if not mark and "persona" in problem:
            mark = judge_ours(problem, self.pedantic, self.place)
            return f"({mark})" if mark else None
        return mark

    def marks(self, empty):
        """By the number of a problem, what each tool says of it."""
        spans = spans_of(self.said)
        return {problem["id"]: [self.ours(problem)] + [
            judge_peer(problem, findings, spans, rules, self.place)
            for (findings, _, _), rules in zip(self.results[1:], empty)
        ] for problem in self.problems}

    def summary(self, tools, marks):
        missed = [f"{p['id']} ({p['wrong']})" for p in self.problems if not marks[p["id"]][0]]
        counted = [marks[p["id"]] for p in self.problems if "own" not in p]
        spans, rows = spans_of(self.said), []
        for at, (tool, (findings, seconds, runs)) in enumerate(zip(tools, self.results)):
            found = sum(1 for cells in counted if cells[at] in SEVERITIES)
            count, servers = alarms(findings, self.clean(), spans, self.place)
            rows.append([f"{tool.name} {tool.version}", found, count,
                         f"{servers} of {len(self.clean())}", len(findings), runs, f"{seconds:.2f}"])
        print(f"### {self.title}\n")
        print(f"Missed by ours: {'; '.join(missed) or 'none'}.\n")
        table(rows, ["", f"of {len(counted)} found", "false alarms", "on clean servers",
                     "findings in all", "runs", "seconds"])


def each(tools, problems, tree, one):
    """One row for each problem: what was found in the tree and, where that differs, in one file."""
    print("### Each problem\n")
    rows = []
    for problem in problems:
        cells = [mark or "–" for mark in tree[problem["id"]]]
        if problem["id"] in one:
            alone = [mark or "–" for mark in one[problem["id"]]]
            cells = [a if a == b else f"{a} / {b}" for a, b in zip(cells, alone)]
        elif "own" in problem:
            cells = cells[:1] + [""] * (len(cells) - 1)
        shown = re.sub(r"^(home|code)/", lambda m: "~/" if m.group(1) == "home" else "", problem["file"])
        if "server" in problem:
            shown += f"` `{problem['server']}"
        rows.append([problem["id"], problem["wrong"], f"`{shown}`", *cells])
    table(rows, ["#", "planted", "file, server", *(tool.name for tool in tools)])


def clean_servers(tools, place, prefix):
    clean_round = Round.of("", tools, place, [], prefix, 1)
    clean, rows = clean_round.clean(), []
    for tool, (findings, _, _) in zip(tools, clean_round.results):
        told = [finding for finding in findings if finding.rule != GATEWAY]
        _, servers = alarms(told, clean, spans_of(clean_round.said), place)
        most = Counter(finding.rule for finding in told).most_common(6)
        rows.append([f"{tool.name} {tool.version}", len(told), f"{servers} of {len(clean)}",
                     ", ".join(f"`{rule}` {count}" for rule, count in most) or "–"])
    gateway = sum(finding.rule == GATEWAY for finding in clean_round.results[0][0])
    print(f"### {len(clean)} clean servers\n")
    print(f"Besides, ours says once for each of the {gateway} files that no gateway stands in front "
          "of its servers.\n")
    table(rows, ["", "findings", "servers", "most of them"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--ours", required=True, help="the program mcp-guard")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PROGRAM",
                        help="one of " + ", ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=3, help="runs for the time, default 3")
    parser.add_argument("--keep", metavar="DIR", help="set the files up below it and keep them")
    options = parser.parse_args()
    tools = [Ours(options.ours)]
    for peer in options.peer:
        name, _, program = peer.partition("=")
        if name not in PEERS or not program:
            parser.error(f"--peer {peer}: NAME=PROGRAM, NAME one of {', '.join(PEERS)}")
        tools.append(Tool(name, str(Path(program).absolute())))
    if options.keep and os.path.isdir(options.keep) and os.listdir(options.keep):
        parser.error(f"--keep {options.keep}: is not empty")
    place = Path(options.keep or tempfile.mkdtemp(prefix="detection-")).resolve()
    place.mkdir(parents=True, exist_ok=True)
    prefix, problems = offline(), expected()
    place.chmod(0o755)
    try:
        # What the world makes worse is one step less bad where nothing of it is set up.
        single = [{**p, "file": "mcp.json", "severity": SEVERITIES[rank(p["severity"]) - ("world" in p)]}
                  for p in problems if p["one"]]
        tree = Round.of("The tree", tools, place / "planted", problems, prefix, options.rounds)
        one = Round.of("The same in one file", tools, place / "one", single, prefix, options.rounds)
        # What a peer says of everything is seen best where it reads everything.
        empty = [in_tree | alone for in_tree, alone in zip(tree.empty(), one.empty())]
        in_tree, alone = tree.marks(empty), one.marks(empty)
        tree.summary(tools, in_tree)
        one.summary(tools, alone)
        for tool, rules in zip(tools[1:], empty):
            if rules:
                print(f"Said by {tool.name} of most clean servers, and not counted as found: "
                      + ", ".join(f"`{rule}`" for rule in sorted(rules)) + ".\n")
        clean_servers(tools, place / "clean", prefix)
        each(tools, problems, in_tree, alone)
    finally:
        if not options.keep:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
