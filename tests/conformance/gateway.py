#!/usr/bin/env python3
"""Starts a gateway in front of one server, for as long as somebody needs it.

    gateway.py BINARY NAME --url URL              guard a server over HTTP
    gateway.py BINARY NAME -- COMMAND ARGS…       guard a server over stdio

Prints the address of the guarded server and runs until standard input ends.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

READY_SECONDS = 15
STOP_SECONDS = 5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def records(folder):
    """The settings that keep what a gateway writes out of the user's own files."""
    return {"policies": {"audit_log": f"{folder}/audit.jsonl"}, "state": f"sqlite://{folder}/state.db"}


def configuration(port, name, server, folder):
    """The configuration of the gateway. JSON is YAML, and needs no library."""
    return json.dumps(
        {
            "version": 1,
            "listen": f"127.0.0.1:{port}",
            "auth": {"mode": "none"},
            "servers": {name: server},
            **records(folder),
        },
        indent=2,
    )


def stdio_command(binary, name, command, folder):
    """The command of a gateway that guards `command` over stdio, as it stands in a client's file."""
    config = folder / "mcp-guard.yaml"
    config.write_text(json.dumps({"version": 1, **records(folder)}, indent=2))
    config.chmod(0o600)
    return [binary, "serve", "--config", str(config), "--server", name, "--", *command]


class Gateway:
    """A running gateway; `url` is the address of the server behind it."""

    def __init__(self, binary, name, server):
        self.binary, self.name, self.server = binary, name, server

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mcp-guard-conformance-")
        folder = Path(self.folder.name)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/mcp/{self.name}"
        config = folder / "mcp-guard.yaml"
        config.write_text(configuration(port, self.name, self.server, folder))
        config.chmod(0o600)
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--config", config],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env={**os.environ, "HOME": str(folder)},
            start_new_session=True,
        )
        try:
            self.wait(f"http://127.0.0.1:{port}/ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait(self, ready):
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(ready, timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"the gateway is not ready:\n{self.output()}")

    def output(self):
        return (Path(self.folder.name) / "log").read_text(errors="replace")[-4000:]

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        self.log.close()
        self.folder.cleanup()


def main(arguments):
    if len(arguments) < 4 or arguments[2] not in ("--url", "--"):
        sys.exit(__doc__)
    binary, name, kind, *rest = arguments
    server = {"url": rest[0]} if kind == "--url" else {"command": rest[0], "args": rest[1:]}
    with Gateway(binary, name, server) as gateway:
        print(gateway.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
