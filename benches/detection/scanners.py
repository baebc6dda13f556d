"""mcp-guard and its peers: how each is run, and how what it prints is read."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from trees import environment


@dataclass
class Finding:
    """What a scanner said, in the little that all of them have in common."""

    file: str
    rule: str
    severity: str
    text: str
    server: Optional[str] = None
    line: int = 0


def offline():
    """The words before a command that take the network away from it, where there are such."""
    words = ["unshare", "--net", "--"]
    try:
        works = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        works = False
    return words if works else []


def run(words, place, directory, seconds=300):
    """Standard output, and how long it took."""
    start = time.perf_counter()
    ran = subprocess.run(words, cwd=directory, env=environment(place), capture_output=True,
                         text=True, check=False, timeout=seconds, stdin=subprocess.DEVNULL)
    return ran, time.perf_counter() - start


def first_json(text):
    """The first JSON object of a text that may begin with other lines."""
    at = text.find("{")
    try:
        return json.JSONDecoder().raw_decode(text[at:])[0] if at >= 0 else {}
    except ValueError:
        return {}


def configurations(place):
    """The files that a tool is given which looks at single files."""
    names = re.compile(r"\.(json|jsonc|toml|ya?ml)$")
    return [path for path in sorted(place.rglob("*"))
            if path.is_file() and names.search(path.name) and ".git" not in path.parts]


def mcplint_sec(program, place, whole):
    words = ["scan", "--json", "--home", str(place)] if whole else ["scan", "--json", str(place)]
    yield [program, *words], place, lambda said: [
        Finding(f["file"], f["ruleId"], f["severity"], f"{f['title']} {f['message']}",
                f.get("server"), f.get("line") or 0) for f in said.get("findings", [])]


def agent_audit_kit(program, place, whole):
    user = ["--include-user-config"] if whole else []
    yield ([program, "scan", "--format", "json", "--severity", "info", *user, str(place)], place,
           lambda said: [Finding(f["filePath"], f["ruleId"], f["severity"],
                                 f"{f['title']} {f['description']} {f.get('evidence') or ''}", None,
                                 f.get("lineNumber") or 0) for f in said.get("findings", [])])


def mcp_audit_scanner(program, place, whole):
    def read(said):
        return [Finding(f.get("finding_path") or "", f["id"], f["severity"].lower(),
                        f"{f['title']} {f['description']} {f.get('evidence') or ''}", f.get("server"))
                for f in said.get("findings", [])]
    if whole:
        yield [program, "scan", "--json"], place / "code", read
    for path in configurations(place):
        yield [program, "scan", "--json", "--path", str(path)], place, read


def npm_mcp_scan(program, place, whole):
    def read(said):
        return [Finding(result.get("configPath") or "", f["id"], f["severity"].lower(),
                        f["id"] + " " + f["description"], result.get("serverName"))
                for result in said.get("results", []) for f in result.get("findings", [])]
    if whole:
        yield [program, "scan", "--json", "--offline"], place / "code", read
    for path in configurations(place):
        yield [program, "scan", "--json", "--offline", "--config", str(path)], place, read


def mcp_latchpoint(program, place, whole):
    def read(said):
        return [Finding(f["source"], f["rule_id"], f["severity"],
                        f"{f['title']} {f.get('evidence') or ''} {f['location']}", f.get("server"))
                for f in said.get("findings", [])]
    yield [program, "scan", "--format", "json", "--fail-on", "none",
           *(["--discover"] if whole else []), str(place)], place / "code" if whole else place, read
    for path in configurations(place):
        yield [program, "scan", "--format", "json", "--fail-on", "none", str(path)], place, read


# How a peer is run and read, by the name of its package.
PEERS = {
    "mcplint-sec": mcplint_sec,
    "agent-audit-kit": agent_audit_kit,
    "mcp-audit-scanner": mcp_audit_scanner,
    "mcp-scan": npm_mcp_scan,
    "mcp-latchpoint": mcp_latchpoint,
}


class Tool:
    """One scanner and what it said about a tree."""

    def __init__(self, name, program):
        self.name, self.program = name, program
        self.version = "?"
        for word in ("--version", "version"):
            said = subprocess.run([program, word], capture_output=True, text=True, check=False)
            number = re.search(r"\d+\.\d+\.\d+[.\w]*", said.stdout)
            if number:
                self.version = number.group(0)
                break

    def scan(self, place, whole, prefix, rounds):
        """Findings, seconds of wall time (the median of the rounds), and how many runs it took."""
        times, findings, count = [], [], 0
        commands = list(PEERS[self.name](self.program, place, whole))
        for turn in range(rounds):
            seconds, count = 0, 0
            for words, directory, read in commands:
                ran, took = run([*prefix, *words], place, directory)
                seconds, count = seconds + took, count + 1
                if turn == 0:
                    findings += read(first_json(ran.stdout))
            times.append(seconds)
        # One file that is read in two ways counts once.
        once = {(relative(f.file, place), f.rule, f.server, f.line, f.text): f for f in findings}
        return list(once.values()), statistics.median(times), count


class Ours(Tool):
    """mcp-guard, in the persona that everybody has and in the one that says more."""

    name = "mcp-guard"

    def __init__(self, program):
        super().__init__("mcp-guard", str(Path(program).resolve()))

    def report(self, place, whole, prefix, *more):
        home = "--home" if whole else "--no-home"
        words = [self.program, "scan", "--format", "json", home, *more, "code" if whole else "."]
        ran, took = run([*prefix, *words], place, place)
        if ran.returncode not in (0, 1, 3):
            sys.exit(f"{' '.join(words)}: exit code {ran.returncode}\n{ran.stderr}")
        return json.loads(ran.stdout), took

    def scan(self, place, whole, prefix, rounds):
        runs = [self.report(place, whole, prefix) for _ in range(rounds)]
        pedantic, _ = self.report(place, whole, prefix, "--persona", "pedantic")
        self.said, self.pedantic = runs[0][0], pedantic
        seconds = statistics.median(took for _, took in runs)
        return self.read(self.said), seconds, 1

    @staticmethod
    def read(said):
        return [Finding(f["file"], f["rule"], f["severity"], f["message"], f.get("server"))
                for f in said["findings"]]


def relative(found, place):
    """A path as a tool prints it, from the place where everything lies."""
    found = str(found).replace("\\", "/")
    if os.path.isabs(found):
        found = os.path.relpath(os.path.realpath(found), os.path.realpath(place))
    found = found[2:] if found.startswith("./") else found
    return re.sub(r"^~/", "home/", found)
