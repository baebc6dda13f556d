"""Starting contenders, putting load on them, and ending them again."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from contenders import BENCH, KEY, Setting

# How long a contender may take to answer for the first time, and one run of the load generator.
START_SECONDS = 30
RUN_SECONDS = 900


class Failed(Exception):
    """Why a run has no numbers."""


class NotReady(Failed):
    """The contender does not even answer one call."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment(directory):
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(directory), "BENCH_KEY": KEY}


@contextmanager
def process(words, directory, log):
    """A process in a session of its own, which is ended with all that it started."""
    with open(log, "ab") as output:
        child = subprocess.Popen(words, cwd=directory, env=environment(directory),
                                 stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                 start_new_session=True)
    try:
        yield child
    finally:
        end(child)


def end(child):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            break
        try:
            child.wait(3)
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def last_words(log):
    lines = [line.strip() for line in Path(log).read_text(errors="replace").splitlines()]
    return next((line[-200:] for line in reversed(lines) if line), "")


def load(words, directory, log):
    """One run of the load generator: what it printed, whether or not all answers were right."""
    with open(log, "ab") as errors:
        child = subprocess.Popen([BENCH, *words], cwd=directory, env=environment(directory),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                 start_new_session=True)
    try:
        output, _ = child.communicate(timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {RUN_SECONDS} s") from None
    finally:
        end(child)
    if not output.strip():
        raise Failed(last_words(log) or f"exit code {child.returncode}")
    report = json.loads(output)
    if report.get("stalled"):
        raise Failed(f"no answer for {report['seconds_without_answer']} s after "
                     f"{report['answered']} answers")
    return report


class Running:
    """A started contender that takes load."""

    def __init__(self, way, path, setting, extra, log, child=None):
        self.way, self.path, self.setting, self.extra = way, path, setting, extra
        self.log, self.child = log, child

    def run(self, calls, in_flight, size, task="load-http", probe=False):
        common = ["-c", str(in_flight), "-n", str(calls), "--size", str(size), *self.extra]
        if self.path == "s2s":
            words = ["load-stdio", *common, *self.way.load, "--", *self.way.words]
        else:
            url = f"http://127.0.0.1:{self.setting.port}{self.way.endpoint}"
            words = [task, "--url", url, "--watch", str(self.child.pid), *common, *self.way.load]
        if probe:
            words[1:1] = ["--patience", "3"]
        return load(words, self.setting.directory, self.log)

    def wait_until_ready(self, own_log):
        """The first call goes through, or the last reason why none did."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                report = self.run(1, 1, 32, probe=True)
                if not report["errors"]:
                    return
                reason = report.get("first_fault", "")
            except Failed as failed:
                reason = str(failed)
            if self.child.poll() is not None:
                raise NotReady(f"ended by itself: {last_words(own_log)}")
            if time.monotonic() > until:
                raise NotReady(f"never answered rightly: {reason}")
            time.sleep(0.1)


@contextmanager
def started(contender, path, extra=(), pace=()):
    """The contender before a fresh echo server, ready for load."""
    with tempfile.TemporaryDirectory(prefix="mcpbench-") as name:
        directory = Path(name)
        log, own = directory / "load.log", directory / "own.log"
        upstream_port = free_port()
        setting = Setting(directory, free_port(), [BENCH, "echo-stdio", *pace],
                          f"http://127.0.0.1:{upstream_port}/mcp", list(pace))
        way = contender.way(path)(setting)
        if path == "s2s":
            yield Running(way, path, setting, list(extra), log)
            return
        echo = [BENCH, "echo-http", "--port", str(upstream_port), *pace]
        with upstream(path, echo, directory, upstream_port):
            with process(way.words, directory, own) as child:
                running = Running(way, path, setting, list(extra), log, child)
                running.wait_until_ready(own)
                yield running


@contextmanager
def upstream(path, words, directory, port):
    """The HTTP server behind a gateway, where there is one."""
    if path != "h2h":
        yield
        return
    with process(words, directory, directory / "upstream.log") as child:
        until = time.monotonic() + START_SECONDS
        while child.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield
