"""Runs one suite, session or list against an address, and counts what came of it."""

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import compare
from gateway import Gateway
from plan import FIXTURE, HERE, NODE, SERVERS, SUITES

SUITE_SECONDS = 240
SESSION_SECONDS = 90


@dataclass
class Row:
    """One line of the table."""

    name: str
    passed: int = 0
    failed: int = 0
    warned: int = 0
    comparison: compare.Comparison | None = None
    seconds: float = 0
    lines: list = field(default_factory=list)

    @property
    def ok(self):
        return self.comparison.ok if self.comparison else not self.failed


@contextmanager
def fixture(era):
    """The fixture over HTTP; gives its address."""
    process = subprocess.Popen([*FIXTURE, "--era", era], stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the fixture did not start")
        yield url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def command_server(command):
    return {"command": command[0], "args": command[1:]}


@contextmanager
def guarded(binary, transport, era):
    """The fixture behind a gateway; gives the gateway's address."""
    if transport == "stdio":
        server = command_server([*FIXTURE, "--era", era, "--stdio"])
        with Gateway(binary, "fixture", server) as gateway:
            yield gateway.url
    else:
        with fixture(era) as url, Gateway(binary, "fixture", {"url": url}) as gateway:
            yield gateway.url


def execute(command, seconds, **environment):
    """Runs to the end, or for so long; gives exit code and output."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            timeout=seconds,
        )
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return -1, (late.stdout or b"").decode(errors="replace") + f"\nstopped after {seconds} s"


def clear(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def server_suite(suite, url, folder):
    clear(folder)
    suite = SUITES[suite]
    command = [*suite.command, "server", "--url", url, *suite.server, "-o", str(folder)]
    _, output = execute(command, SUITE_SECONDS)
    (folder / "output.log").write_text(output)


def client_suite(suite, folder, through=""):
    clear(folder)
    suite = SUITES[suite]
    for scenario in suite.scenarios:
        client = f"{NODE} {HERE / 'client.mjs'}"
        command = [*suite.command, "client", "--command", client, "--scenario", scenario, *suite.client]
        _, output = execute([*command, "-o", str(folder)], SESSION_SECONDS, MCP_GUARD_THROUGH=through)
        (folder / f"{scenario}.log").write_text(output)


def suite_row(name, folder, direct=None, allowed=()):
    """Counts the results in `folder`, and compares them with the direct ones if given."""
    outcomes = compare.load(folder)
    statuses = [outcome.status for outcome in outcomes.values()]
    row = Row(name, statuses.count("SUCCESS"), statuses.count("FAILURE"), statuses.count("WARNING"))
    if direct is None:
        row.lines = [
            f"{outcome.status}  {key.scenario}  {key}  {outcome.message[:200]}"
            for key, outcome in outcomes.items()
            if outcome.status in ("FAILURE", "WARNING")
        ]
    else:
        row.comparison = compare.compare(compare.load(direct), outcomes, allowed)
        row.lines = compare.report(row.comparison)[:-1]
    return row


def session_row(name, client, target):
    """The client with the command `client` against `target`, which is its last arguments."""
    code, output = execute([*client, *target], SESSION_SECONDS)
    lines = output.splitlines()
    failures = [line for line in lines if line.startswith("FAIL")]
    if code and not failures:
        failures = [f"FAIL  exit {code}: {' '.join(lines[-5:])}"]
    return Row(name, sum(line.startswith("ok") for line in lines), len(failures), lines=failures)


def listing(target):
    """What the Inspector lists of a server; `target` is its last arguments."""
    inspector = [NODE, str(HERE / "node_modules" / ".bin" / "mcp-inspector"), "--cli"]
    common = ["--protocol-era", "legacy", "--format", "json", "-q", "--method", "tools/list"]
    address = ["--server-url", target[1], "--transport", "http"] if target[0] == "--url" else []
    command = [*inspector, *address, *common, *([] if address else target)]
    code, output = execute(command, SESSION_SECONDS, MCP_INSPECTOR_SECRET_STORE="memory")
    try:
        return json.loads(output[output.index("{") :])["result"]["tools"]
    except (ValueError, KeyError) as error:
        raise RuntimeError(f"exit {code}: {output[:300]}") from error


def server_row(name, server, binary):
    direct = listing(["--", *SERVERS[server]])
    with Gateway(binary, server, command_server(SERVERS[server])) as gateway:
        through = listing(["--url", gateway.url])
    same = json.dumps(direct) == json.dumps(through)
    row = Row(name, len(through), 0 if same else 1)
    if not same:
        row.lines = ["DIFFERS  the list of tools"]
    return row


def timed(make, name):
    """The row that `make` gives; what it raises is a failure."""
    began = time.monotonic()
    try:
        row = make()
    except Exception as error:
        row = Row(name, failed=1, lines=[f"FAILED  {type(error).__name__}: {error}"])
    row.seconds = time.monotonic() - began
    return row
