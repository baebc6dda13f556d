#!/usr/bin/env python3
"""Measures what a gateway adds to MCP calls: mcp-guard, bare hops and peers, by turns in one run.

    cargo build --release --manifest-path benches/gateway/Cargo.toml
    benches/gateway/peers.sh                      # once: installs the peers below target/peers
    benches/gateway/compare.py --ours target/release/mcp-guard --json results.json
    benches/gateway/compare.py --ours target/release/mcp-guard --memory      # 1,000,000 calls each
    benches/gateway/compare.py --ours target/release/mcp-guard --crosstalk   # whose answer is it

Every round starts each contender afresh, in the same order, before an echo server of its own; the
table has medians over rounds. What is added to the direct way, and every ratio, is taken inside a
round, so that whatever else the machine does meets both sides. "Direct" is the client at the echo
server: over stdio on the path stdio→stdio, over HTTP on the others. "× hop" is what is added, over
what the bare hop of the same round adds. CPU and memory are those of the contender's process tree
without the echo server. A tenth more calls than counted go before to warm up. Every answer is held
against its question; errors count wrong ones and failures.

The number of calls follows a trial run of each contender, so that each run takes about --seconds.
A peer that is not installed, does not offer a path or does not answer is listed below the table.

With --awake a task on each core, which yields to every other, keeps it from sleeping. Without it a
single call is mostly the time that sleeping cores take to wake, which differs from machine to machine.

Linux, Python 3.9 and its standard library.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from contenders import BENCH, PATHS, contenders
from running import Failed, NotReady, started

TRIAL_CALLS = 200


class Bench:
    """The results of a run, and what could not be measured."""

    def __init__(self, options):
        self.options = options
        self.extra = ["--modern"] if options.modern else []
        self.all = contenders(options.ours and options.ours.resolve(), options.modern)
        self.rows, self.calls = [], {}
        # Path, contender and scenario, and the first reason.
        self.absent = {}

    def entered(self, path):
        """The contenders of a path; the others are noted."""
        for contender in self.all:
            if self.options.only and not contender.base and not any(
                    word in contender.name for word in self.options.only):
                continue
            reason = contender.absence(path)
            if reason:
                self.miss(path, contender, "", reason)
            else:
                yield contender

    def number_of_calls(self, running, contender, path, in_flight, size):
        """As many as fit into the time, from a trial run that happens once."""
        key = (contender.name, path, in_flight, size)
        if key not in self.calls:
            rate = running.run(TRIAL_CALLS, in_flight, size)["per_second"]
            limit = self.options.calls
            self.calls[key] = max(TRIAL_CALLS, min(limit, int(rate * self.options.seconds)))
        return self.calls[key]

    def miss(self, path, contender, scenario, reason):
        self.absent.setdefault((path, contender.name, scenario), str(reason))

    def measure(self, contender, path, in_flight, size):
        """A report, unless the contender fails. One that never answers is not tried again."""
        if (path, contender.name, "") in self.absent:
            return None
        try:
            with started(contender, path, self.extra) as running:
                calls = self.number_of_calls(running, contender, path, in_flight, size)
                return running.run(calls, in_flight, size)
        except NotReady as reason:
            self.miss(path, contender, "", reason)
        except Failed as reason:
            self.miss(path, contender, f"{in_flight} in flight, {size} B", reason)
        return None

    def compare(self):
        for path in self.options.paths:
            entered = list(self.entered(path))
            for size in self.options.sizes:
                for in_flight in self.options.in_flight:
                    for number in range(self.options.rounds):
                        self.round(entered, path, in_flight, size, number)

    def round(self, entered, path, in_flight, size, number):
        scenario = {"path": path, "in_flight": in_flight, "size": size, "round": number}
        for contender in entered:
            print(f"{PATHS[path]}, {in_flight} in flight, {size} B, round {number + 1}: "
                  f"{contender.name}", file=sys.stderr, flush=True)
            report = self.measure(contender, path, in_flight, size)
            if report:
                self.rows.append({**scenario, "contender": contender.name, **report})

    def memory(self):
        for path in self.options.paths:
            for contender in self.entered(path):
                if contender.name == "direct":
                    continue
                print(f"{PATHS[path]}: {contender.name}", file=sys.stderr, flush=True)
                report = self.measure(contender, path, 16, 32)
                if report:
                    self.rows.append({"path": path, "contender": contender.name, **report})

    def crosstalk(self):
        """64 clients with the same ids, before a server that answers out of order."""
        for contender in self.entered("h2s"):
            print(contender.name, file=sys.stderr, flush=True)
            try:
                pace = ["--shuffle", "--delay-ms", "5"]
                with started(contender, "h2s", self.extra, pace) as running:
                    report = running.run(self.options.calls, 64, 32, "crosstalk")
            except Failed as reason:
                self.miss("h2s", contender, "", reason)
                continue
            self.rows.append({"path": "h2s", "contender": contender.name, **report})


AWAKE = "import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"


@contextmanager
def awake(wanted):
    """Keeps all cores from sleeping."""
    count = os.cpu_count() if wanted else 0
    spinning = [subprocess.Popen([sys.executable, "-c", AWAKE]) for _ in range(count)]
    try:
        yield
    finally:
        for task in spinning:
            task.kill()
            task.wait()


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def shown(value, places=1, thousands=False):
    if value is None:
        return "–"
    return f"{value:,.0f}" if thousands else f"{value:.{places}f}"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join("---" if at == 0 else "---:" for at in range(len(head))) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def print_comparison(bench):
    for path in bench.options.paths:
        for size in bench.options.sizes:
            for in_flight in bench.options.in_flight:
                rows = [row for row in bench.rows if (row["path"], row["size"], row["in_flight"])
                        == (path, size, in_flight)]
                if rows:
                    print(f"{PATHS[path]}, {in_flight} in flight, {size} B\n")
                    table(["", "p50 µs", "p99 µs", "added p50 µs", "× hop", "calls/s",
                           "÷ direct", "CPU µs/call", "RSS MB", "errors"], summary(rows))


def summary(rows):
    """One line a contender."""
    rounds = {(row["round"], row["contender"]): row for row in rows}

    def added(row):
        beside = rounds.get((row["round"], "direct"))
        return beside and row["p50_us"] - beside["p50_us"]

    def over_hop(row):
        hop = rounds.get((row["round"], "bare hop"))
        by_hop = hop and added(hop)
        # What the clock can hardly tell from nothing is no base for a ratio.
        return added(row) / by_hop if by_hop and by_hop > 1 and added(row) is not None else None

    def share(row):
        beside = rounds.get((row["round"], "direct"))
        return beside and row["per_second"] / beside["per_second"]

    for name in dict.fromkeys(row["contender"] for row in rows):
        own = [row for row in rows if row["contender"] == name]
        tested = [row["tested"] for row in own if "tested" in row]
        is_direct = name == "direct"
        yield [
            name,
            shown(median(row["p50_us"] for row in own)),
            shown(median(row["p99_us"] for row in own)),
            shown(None if is_direct else median(added(row) for row in own)),
            shown(None if is_direct else median(over_hop(row) for row in own), 2),
            shown(median(row["per_second"] for row in own), thousands=True),
            shown(None if is_direct else median(share(row) for row in own), 2),
            shown(median(entry["cpu_us_per_call"] for entry in tested)),
            shown(median(entry["resident_kib"] / 1024 for entry in tested)),
            sum(row["errors"] for row in own),
        ]


def print_memory(bench):
    for path in bench.options.paths:
        rows = [(row, row["tested"]) for row in bench.rows if row["path"] == path]
        if rows:
            print(f"{PATHS[path]}, 16 in flight, 32 B\n")
            table(["", "calls", "RSS idle MB", "RSS after MB", "highest MB", "errors"],
                  [[row["contender"], f"{row['calls']:,}", shown(tested["resident_kib_idle"] / 1024),
                    shown(tested["resident_kib"] / 1024), shown(tested["peak_kib"] / 1024),
                    row["errors"]] for row, tested in rows])


def print_crosstalk(bench):
    # The calls that warm up count as well: a tenth, and one for each client.
    asked = [row["calls"] + row["calls"] // 10 + row["in_flight"] for row in bench.rows]
    table(["", "asked", "right", "another's answer", "failed"],
          [[row["contender"], f"{calls:,}", f"{calls - row['errors']:,}", row["wrong"],
            row["failed"]] for row, calls in zip(bench.rows, asked)])


def print_absent(bench):
    if bench.absent:
        print("Not measured, or not in every round:\n")
        for (path, name, scenario), reason in bench.absent.items():
            where = ", ".join(filter(None, [PATHS[path], scenario]))
            print(f"- {name}, {where}: {reason}")
        print()


def machine():
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    return {"cores": os.cpu_count(), "processor": model, "kernel": platform.release(),
            "load_at_start": os.getloadavg()}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--ours", type=Path, help="release binary of mcp-guard")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--memory", action="store_true", help="resident memory before and after calls")
    mode.add_argument("--crosstalk", action="store_true", help="count answers to others' questions")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int,
                        help="calls of one run, at most (default 50,000; with --memory 1,000,000; "
                             "with --crosstalk exactly 10,000)")
    parser.add_argument("--seconds", type=float,
                        help="time of one run, about (default 1; with --memory 300)")
    parser.add_argument("--paths", nargs="+", choices=PATHS, default=list(PATHS))
    parser.add_argument("--in-flight", nargs="+", type=int, default=[1, 16])
    parser.add_argument("--sizes", nargs="+", type=int, default=[32, 10240])
    parser.add_argument("--awake", action="store_true", help="keep the processor from sleeping")
    parser.add_argument("--modern", action="store_true", help="speak 2026-07-28")
    parser.add_argument("--only", nargs="+", metavar="WORD",
                        help="besides direct and hop, only contenders with such a word in the name")
    parser.add_argument("--json", type=Path, help="write every run there")
    options = parser.parse_args()
    calls, seconds = (1_000_000, 300) if options.memory else (50_000, 1)
    options.calls = options.calls or (10_000 if options.crosstalk else calls)
    options.seconds = options.seconds or seconds
    if options.ours and not options.ours.exists():
        parser.error(f"{options.ours} does not exist")
    if not Path(BENCH).exists():
        parser.error(f"{BENCH} is not built")
    return options


def main():
    options = arguments()
    bench = Bench(options)
    about = machine()
    if options.memory:
        bench.memory()
        print_memory(bench)
    elif options.crosstalk:
        bench.crosstalk()
        print_crosstalk(bench)
    else:
        with awake(options.awake):
            bench.compare()
        print_comparison(bench)
    print_absent(bench)
    if options.json:
        absent = [{"path": path, "contender": name, "scenario": scenario, "reason": reason}
                  for (path, name, scenario), reason in bench.absent.items()]
        settings = {name: str(value) if isinstance(value, Path) else value
                    for name, value in vars(options).items()}
        text = json.dumps({"machine": about, "settings": settings, "runs": bench.rows,
                           "absent": absent}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
