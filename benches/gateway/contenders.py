"""What is measured: direct, bare hops, mcp-guard and its peers, and how each is started."""

import base64
import hashlib
import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

HERE = Path(__file__).resolve().parent
PEERS = HERE / "target/peers"
BENCH = str(HERE / "target/release/mcpbench")
KEY = "bench-key-0123456789abcdef"
PATHS = {"s2s": "stdio→stdio", "h2s": "HTTP→stdio", "h2h": "HTTP→HTTP"}


@dataclass
class Setting:
    """Where a contender is started, and what it stands in front of."""

    directory: Path
    port: int
    # The server's command, or its URL.
    server: list
    upstream: str
    # When an echo server answers.
    pace: list


@dataclass
class Way:
    """How a contender is started on one path, and what the load generator has to know of it."""

    words: list
    endpoint: str = "/mcp"
    load: list = field(default_factory=list)


@dataclass
class Contender:
    """`ways` gives a Way for each path that it carries; `lacks` says why not for the others."""

    name: str
    ways: dict
    lacks: dict = field(default_factory=dict)
    program: Optional[Path] = None
    base: bool = False

    def way(self, path: str) -> Optional[Callable]:
        return self.ways.get(path)

    def absence(self, path: str) -> Optional[str]:
        """Why it is not measured on a path."""
        if path not in self.ways:
            return self.lacks.get(path, "does not offer this path")
        if self.program is not None and not self.program.exists():
            return "not installed"
        return None


def direct():
    def http(setting):
        return Way([BENCH, "echo-http", "--port", str(setting.port), *setting.pace])

    return Contender("direct", {
        "s2s": lambda setting: Way(setting.server),
        "h2s": http,
        "h2h": http,
    }, program=Path(BENCH), base=True)


def hop():
    return Contender("bare hop", {
        "s2s": lambda setting: Way([BENCH, "hop-stdio", "--", *setting.server]),
        "h2s": lambda setting: Way(
            [BENCH, "hop-h2s", "--port", str(setting.port), "--", *setting.server]),
        "h2h": lambda setting: Way(
            [BENCH, "hop-http", "--port", str(setting.port), "--to", setting.upstream]),
    }, program=Path(BENCH), base=True)


def written(setting, name, text):
    path = setting.directory / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def guard_config(setting, guarded, target=None, rpc=False):
    """JSON, which is YAML as well."""
    config = {"auth": {"mode": "none"}}
    if guarded:
        config["auth"] = {"mode": "api_key", "keys": [{"id": "bench", "key": "${BENCH_KEY}"}]}
        config["policies"] = {"allow": ["echo.*"], "deny": ["echo.delete_*"],
                              "audit_log": str(setting.directory / "audit.jsonl")}
    if target:
        config["listen"] = f"127.0.0.1:{setting.port}"
        config["servers"] = {"echo": target}
    if rpc:
        config["routes"] = [{"mode": "default", "target": "echo"}]
    return written(setting, "mcp-guard.yaml", json.dumps(config, indent=2) + "\n")


def ours(binary: Path, guarded: bool, rpc: bool = False):
    load = ["--key", KEY] if guarded else []
    endpoint = "/rpc" if rpc else "/mcp/echo"
    if rpc:
        load.append("--rpc")

    def stdio(setting):
        config = guard_config(setting, guarded)
        return Way([str(binary), "serve", "--config", config, "--server", "echo", "--",
                    *setting.server])

    def http(setting, target):
        config = guard_config(setting, guarded, target, rpc)
        return Way([str(binary), "serve", "--config", config], endpoint, load)

    def to_stdio(setting):
        command, *arguments = setting.server
        return http(setting, {"command": command, "args": arguments})

    def to_http(setting):
        return http(setting, {"url": setting.upstream})

    name = "mcp-guard, auth, policy, audit" if guarded else "mcp-guard, no auth"
    name += ", /rpc" if rpc else ""
    ways = {"h2s": to_stdio, "h2h": to_http}
    return Contender(name, ways if rpc else {"s2s": stdio, **ways},
                     {"s2s": "/rpc is HTTP"} if rpc else {}, program=binary)


def proxy_crate():
    program = PEERS / "mcp-proxy-rs/bin/mcp-proxy"

    def start(setting, backend):
        config = written(setting, "proxy.toml", (
            '[proxy]\nname = "bench"\n[proxy.listen]\nhost = "127.0.0.1"\n'
            f"port = {setting.port}\n[[backends]]\nname = \"echo\"\n{backend}"
            '[observability]\nlog_level = "warn"\n'))
        return Way([str(program), "--config", config], "/", ["--tool", "echo/echo"])

    def to_stdio(setting):
        command, *arguments = setting.server
        return start(setting, f'transport = "stdio"\ncommand = {json.dumps(command)}\n'
                              f"args = {json.dumps(arguments)}\n")

    def to_http(setting):
        return start(setting, f'transport = "http"\nurl = {json.dumps(setting.upstream)}\n')

    return Contender("mcp-proxy 0.6.0 (crate)", {"h2s": to_stdio, "h2h": to_http},
                     {"s2s": "no stdio front"}, program)


def guard_crate():
    program = PEERS / "mcp-guard-crate/bin/mcp-guard"

    def to_stdio(setting):
        command, *arguments = setting.server
        # It takes no caller without a key.
        key_hash = base64.b64encode(hashlib.sha256(KEY.encode()).digest()).decode()
        config = written(setting, "mcp-guard.toml", (
            f'[server]\nhost = "127.0.0.1"\nport = {setting.port}\n'
            "[rate_limit]\nenabled = false\n[audit]\nenabled = false\n"
            f'[[auth.api_keys]]\nid = "bench"\nkey_hash = "{key_hash}"\n'
            f'[upstream]\ntransport = "stdio"\ncommand = {json.dumps(command)}\n'
            f"args = {json.dumps(arguments)}\n"))
        return Way([str(program), "--config", config, "run"], "/mcp",
                   ["--skip-initialized", "--key", KEY])

    return Contender("mcp-guard 1.0.0 (crate, another product)", {"h2s": to_stdio},
                     {"s2s": "its stdio front has tools of its own only",
                      "h2h": "HTTP upstreams in its paid edition only"}, program)


def supergateway():
    program = PEERS / "supergateway/node_modules/.bin/supergateway"

    def to_stdio(setting):
        return Way([str(program), "--stdio", shlex.join(setting.server), "--outputTransport",
                    "streamableHttp", "--stateful", "--port", str(setting.port), "--logLevel",
                    "none"])

    return Contender("supergateway 4.0.0 (npm)", {"h2s": to_stdio},
                     {"s2s": "no stdio to stdio", "h2h": "no HTTP to HTTP"}, program)


def proxy_python():
    program = PEERS / "mcp-proxy-py/bin/mcp-proxy"

    def to_stdio(setting):
        command, *arguments = setting.server
        return Way([str(program), "--host", "127.0.0.1", "--port", str(setting.port),
                    "--log-level", "WARNING", command, "--", *arguments])

    return Contender("mcp-proxy 0.13.0 (PyPI)", {"h2s": to_stdio},
                     {"s2s": "no stdio to stdio", "h2h": "no HTTP to HTTP"}, program)


def contenders(binary: Optional[Path], modern: bool):
    """In the order of the table. mcp-guard only if its binary is given, and /rpc only in the era
    before 2026-07-28."""
    of_ours = [ours(binary, False), ours(binary, True)] if binary else []
    if binary and not modern:
        of_ours.append(ours(binary, True, rpc=True))
    return [direct(), hop(), *of_ours, proxy_crate(), guard_crate(), supergateway(), proxy_python()]
