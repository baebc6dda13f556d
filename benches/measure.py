#!/usr/bin/env python3
"""Runs the commands of scan.sh by turns and prints one table.

Every round runs each command once, so that whatever else the machine does meets them all. The
first round only warms the caches. Wall time is from start to exit; CPU time is user and system
time of the command and what it started, and is steadier where others use the machine.
"""

import argparse
import os
import statistics
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Command:
    """A command, and the command of the same table that it is held against."""

    name: str
    words: list
    beside: str = ""
    codes: tuple = (0,)
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    memory: int = 0

    def run(self, null):
        actions = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
        start = time.perf_counter()
        child = os.posix_spawnp(self.words[0], self.words, os.environ, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        if code not in self.codes:
            sys.exit(f"{self.name}: exit code {code}: {' '.join(self.words)}")
        return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss


def commands(options):
    ours, trees = options.binary, options.trees
    one, many, tree = f"{trees}/one/.mcp.json", f"{trees}/many", f"{trees}/tree"
    scan = [ours, "scan"]
    found = (0, 1)
    yield Command("start a process (`true`)", ["true"])
    yield Command("--version", [ours, "--version"], "start a process (`true`)")
    yield Command("22 servers: cat", ["cat", one])
    yield Command("22 servers: text", [*scan, one], "22 servers: cat", found)
    yield Command("22 servers: JSON", [*scan, "--format", "json", one], "22 servers: cat", found)
    yield Command("22 servers: SARIF", [*scan, "--format", "sarif", one], "22 servers: cat", found)
    cat = "10,000 files: cat"
    yield Command(cat, ["xargs", "-0", "-a", f"{trees}/many.list", "cat"])
    yield Command("10,000 files: text, 1 thread", [*scan, "--jobs", "1", many], cat, found)
    yield Command("10,000 files: text", [*scan, many], cat, found)
    yield Command("10,000 files: JSON", [*scan, "--format", "json", many], cat, found)
    find = ["find", tree]
    skipped = [word for name in ("node_modules", "target", ".venv", ".git")
               for word in ("-name", name, "-o")][:-1]
    yield Command("200,000 files: find", [*find, "-name", "mcp.json"])
    yield Command("200,000 files: find that prunes as we do",
                  [*find, "(", *skipped, ")", "-prune", "-o", "-name", "mcp.json", "-print"])
    yield Command("200,000 files: text", [*scan, tree], "200,000 files: find that prunes as we do",
                  found)
    if options.peer:
        # xargs says 123 when the peer says 1 for what it found.
        every = ["xargs", "-0", "-s", "1900000", "-a", f"{trees}/json.list"]
        peer = [options.peer, "scan"]
        yield Command("22 servers: peer", [*peer, one], codes=(0, 1, 2))
        yield Command("22 servers: text, beside peer", [*scan, one], "22 servers: peer", found)
        yield Command("its files: peer", [*every, *peer], codes=(0, 123))
        yield Command("its files: text, 1 thread", [*every, *scan, "--jobs", "1"],
                      "its files: peer", (0, 123))
        yield Command("its files: text", [*every, *scan], "its files: peer", (0, 123))


def main():
    parser = argparse.ArgumentParser(description="Runs the commands of scan.sh by turns.")
    parser.add_argument("binary")
    parser.add_argument("trees")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--peer", default="")
    options = parser.parse_args()
    table = list(commands(options))
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(options.rounds + 1):
        for command in table:
            wall, cpu, memory = command.run(null)
            if number:
                command.wall.append(wall)
                command.cpu.append(cpu)
            command.memory = max(command.memory, memory)
    middle = {command.name: command for command in table}
    # What a child shows as its peak is never less than that of the process that started it.
    floor = middle["start a process (`true`)"].memory / 1024
    print(f"{options.rounds} rounds by turns, {os.cpu_count()} cores; milliseconds")
    print(f"memory: peak of the largest process, MB; below {floor:.0f} it does not show\n")
    print("| command | wall min | wall median | CPU min | CPU median | memory | × wall | × CPU | beside |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|---|")
    for command in table:
        wall, cpu = statistics.median(command.wall), statistics.median(command.cpu)
        memory = command.memory / 1024
        ratios = "| | "
        if command.beside:
            other = middle[command.beside]
            ratios = (f"{wall / statistics.median(other.wall):.2f} | "
                      f"{cpu / max(statistics.median(other.cpu), 0.01):.2f} | {command.beside}")
        print(f"| {command.name} | {min(command.wall):.1f} | {wall:.1f} | {min(command.cpu):.1f} | "
              f"{cpu:.1f} | {f'{memory:.0f}' if memory > floor * 1.05 else ''} | {ratios} |")


if __name__ == "__main__":
    main()
