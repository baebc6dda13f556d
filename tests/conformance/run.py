#!/usr/bin/env python3
"""Runs the conformance suites and the clients that people use, directly and through a gateway.

    run.py --direct                  only against the fixture
    run.py --gateway PATH            through that gateway as well, and compares
    run.py … --only 'http *'         only the rows whose name matches

Direct results are kept for as long as nothing that they depend on changes. Exits with 1 if a direct
check fails, or if one through the gateway differs in a way that allowed.json does not list.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

import compare
import gateway
import runner
from plan import (
    ALLOWED,
    CLIENT_SUITES,
    FIXTURE,
    FRONTS,
    HERE,
    HOME,
    RMCP_PAIR,
    ROADS,
    SERVERS,
    SESSIONS,
    SOURCES,
    SUITES,
    TASKS,
)
from runner import Row


def fingerprint():
    digest = hashlib.sha256()
    for source in SOURCES:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


DIRECT = HOME / "direct" / fingerprint()
THROUGH = HOME / "through"


def forget():
    """Removes direct results of other sources."""
    for folder in DIRECT.parent.glob("*"):
        if folder != DIRECT:
            shutil.rmtree(folder)


def direct_work():
    """The rows without a gateway: name -> how it is made."""
    work = {}

    def server(suite):
        with runner.fixture("both") as url:
            runner.server_suite(suite, url, DIRECT / f"server {suite}")
        return runner.suite_row(f"direct server {suite}", DIRECT / f"server {suite}")

    def client(suite):
        runner.client_suite(suite, DIRECT / f"client {suite}")
        return runner.suite_row(f"direct client {suite}", DIRECT / f"client {suite}")

    def over_http(name, session):
        with runner.fixture("both") as url:
            return runner.session_row(name, SESSIONS[session], ["--url", url])

    for suite in SUITES:
        work[f"direct server {suite}"] = lambda suite=suite: server(suite)
    for suite in CLIENT_SUITES:
        work[f"direct client {suite}"] = lambda suite=suite: client(suite)
    for session in SESSIONS:
        http, stdio = f"direct session-http {session}", f"direct session-stdio {session}"
        work[http] = lambda name=http, session=session: over_http(name, session)
        work[stdio] = lambda name=stdio, session=session: runner.session_row(
            name, SESSIONS[session], ["--", *FIXTURE, "--stdio"]
        )
    work["direct tasks-stdio"] = lambda: runner.session_row("direct tasks-stdio", TASKS, ["--", *SERVERS["everything"]])
    work["direct rmcp-stdio"] = lambda: runner.session_row("direct rmcp-stdio", RMCP_PAIR, ["--", *SERVERS["rmcp"]])
    return {name: lambda name=name, make=make: kept(name, make) for name, make in work.items()}


def kept(name, make):
    """The row as it was made with the same sources, else a new one. Only a good one is kept."""
    file = DIRECT / f"{name}.json"
    if file.exists():
        return Row(**json.loads(file.read_text()))
    row = make()
    if row.ok:
        file.parent.mkdir(parents=True, exist_ok=True)
        known = {key: value for key, value in vars(row).items() if key not in ("comparison", "seconds")}
        file.write_text(json.dumps(known))
    return row


def gateway_work(binary):
    """The rows through the gateway: name -> how it is made."""
    work = {}

    def server(front):
        folder = THROUGH / front.name
        with runner.guarded(binary, front.transport, front.era) as url:
            runner.server_suite(front.suite, url, folder)
        return compared(front.name, folder, DIRECT / f"server {front.suite}")

    def client(name, suite):
        runner.client_suite(suite, THROUGH / name, through=binary)
        return compared(name, THROUGH / name, DIRECT / f"client {suite}")

    def compared(name, folder, direct):
        return runner.suite_row(name, folder, direct, compare.load_allowed(ALLOWED, name))

    def over_http(name, road, session):
        with runner.guarded(binary, road.back, road.era) as url:
            return runner.session_row(name, SESSIONS[session], ["--url", url])

    def over_stdio(name, client, server):
        with tempfile.TemporaryDirectory(prefix="mcp-guard-conformance-") as folder:
            command = gateway.stdio_command(binary, "guarded", server, Path(folder))
            return runner.session_row(name, client, ["--", *command])

    def command_over_http(name, client, known):
        server = runner.command_server(SERVERS[known])
        with gateway.Gateway(binary, known, server) as running:
            return runner.session_row(name, client, ["--url", running.url])

    for front in FRONTS:
        work[front.name] = lambda front=front: server(front)
    for suite in CLIENT_SUITES:
        name = f"client {suite}"
        work[name] = lambda name=name, suite=suite: client(name, suite)
    for road in ROADS:
        for session in road.sessions:
            name = f"{road.kind} {session}"
            if road.front == "stdio":
                work[name] = lambda name=name, session=session: over_stdio(
                    name, SESSIONS[session], [*FIXTURE, "--stdio"]
                )
            else:
                work[name] = lambda name=name, road=road, session=session: over_http(name, road, session)
    work["tasks-http-stdio"] = lambda: command_over_http("tasks-http-stdio", TASKS, "everything")
    work["tasks-stdio-stdio"] = lambda: over_stdio("tasks-stdio-stdio", TASKS, SERVERS["everything"])
    work["rmcp-http-stdio"] = lambda: command_over_http("rmcp-http-stdio", RMCP_PAIR, "rmcp")
    work["rmcp-stdio-stdio"] = lambda: over_stdio("rmcp-stdio-stdio", RMCP_PAIR, SERVERS["rmcp"])
    for known in SERVERS:
        name = f"server {known}"
        work[name] = lambda name=name, known=known: runner.server_row(name, known, binary)
    return work


def perform(work, jobs, only):
    """Makes the rows whose name matches, several at a time, and prints them as they come."""
    chosen = {
        name: make
        for name, make in work.items()
        if any(fnmatchcase(name, pattern) for pattern in only)
    }
    with ThreadPoolExecutor(jobs) as pool:
        rows = []
        for row in pool.map(lambda item: runner.timed(item[1], item[0]), chosen.items()):
            print(line(row), flush=True)
            for detail in row.lines:
                print(f"      {detail}", flush=True)
            rows.append(row)
    return rows


def line(row):
    text = f"{'ok' if row.ok else 'FAIL':<5} {row.name:<40} {row.passed:>4} passed {row.failed:>3} failed"
    if row.warned:
        text += f" {row.warned} warned"
    if row.comparison:
        counts = row.comparison
        text += f"  same {counts.same}, allowed {len(counts.allowed)}, differ {len(counts.unlisted)}"
    return f"{text}  {row.seconds:.1f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--gateway", type=os.path.abspath)
    parser.add_argument("--only", action="append")
    parser.add_argument("--jobs", type=int, default=3)
    options = parser.parse_args()
    if not options.direct and not options.gateway:
        parser.error("--direct or --gateway PATH")

    began = time.monotonic()
    subprocess.run([HERE / "install.sh"], check=True)
    forget()
    # What is compared with must be there, whichever rows are chosen.
    rows = perform(direct_work(), options.jobs, ["*"] if options.gateway else options.only or ["*"])
    if options.gateway:
        rows += perform(gateway_work(options.gateway), options.jobs, options.only or ["*"])
    bad = [row.name for row in rows if not row.ok]
    print(f"\n{len(rows) - len(bad)} passed, {len(bad)} failed")
    print(f"{sum(row.passed for row in rows)} checks and steps passed, in {time.monotonic() - began:.0f} s")
    sys.exit(1 if bad or not rows else 0)


if __name__ == "__main__":
    main()
