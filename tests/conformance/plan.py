"""What is run: the suites, the sessions, and what each stands in front of."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE.parent.parent / "target" / "conformance"
NODE = str(HERE / "node_modules" / ".bin" / "node")
FIXTURE = [NODE, str(HERE / "server.mjs")]
ALLOWED = HERE / "allowed.json"


@dataclass(frozen=True)
class Suite:
    """A published suite and the part of it that is run."""

    name: str
    package: str
    server: tuple
    client: tuple
    scenarios: tuple

    @property
    def command(self):
        return [NODE, str(HERE / "node_modules" / self.package / "dist" / "index.js")]


# The scenarios of clients that a connection through a gateway can pass: not those of OAuth, which
# ask for the gateway's own client, and not those of skills, which ask for what a host does.
SESSION_SCENARIOS = ("initialize", "tools_call", "elicitation-sep1034-client-defaults", "sse-retry")
MODERN_SCENARIOS = (
    "tools_call",
    "request-metadata",
    "sep-2322-client-request-state",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "json-schema-ref-no-deref",
    "json-schema-2020-12-preservation",
)

# What the newer suite gives a scenario, in milliseconds.
PATIENCE = ("--timeout", "20000")

SUITES = {
    suite.name: suite
    for suite in (
        Suite("0.1.16", "conformance-0", ("--suite", "all"), (), SESSION_SCENARIOS),
        Suite("2025-06-18", "conformance-1", ("--suite", "all", "--spec-version", "2025-06-18", *PATIENCE), (), ()),
        Suite(
            "2025-11-25",
            "conformance-1",
            ("--requirements", "2025-11-25", *PATIENCE),
            ("--spec-version", "2025-11-25"),
            (*SESSION_SCENARIOS, "json-schema-2020-12-preservation"),
        ),
        Suite(
            "2026-07-28",
            "conformance-1",
            ("--requirements", "2026-07-28", *PATIENCE),
            ("--spec-version", "2026-07-28"),
            MODERN_SCENARIOS,
        ),
    )
}


CLIENT_SUITES = [suite.name for suite in SUITES.values() if suite.scenarios]


@dataclass(frozen=True)
class Front:
    """A server suite through the gateway: the fixture behind it speaks `era` over `transport`."""

    kind: str
    suite: str
    transport: str
    era: str

    @property
    def name(self):
        return f"{self.kind} {self.suite}"


FRONTS = [
    *(Front("http", suite, "http", "both") for suite in SUITES),
    *(Front("stdio", suite, "stdio", "both") for suite in SUITES),
    # A client of one era and a server of the other. What the client should see is what the fixture
    # shows in the client's era.
    Front("modern-to-legacy", "2026-07-28", "http", "legacy"),
    *(Front("legacy-to-modern", suite, "http", "modern") for suite in ("0.1.16", "2025-11-25")),
]


def python(era):
    return [str(HOME / f"python-{era}" / "bin" / "python"), str(HERE / "sessions.py")]


# The official SDK of Rust: a client and a server.
RMCP = str(HOME / "rmcp" / "debug" / "rmcp-peer")

# Clients and the era that each speaks; all take `--url URL` or `-- COMMAND ARGS…` at the end.
SESSIONS = {
    "typescript-1": [NODE, str(HERE / "sessions.mjs"), "--sdk", "1"],
    "typescript-2-legacy": [NODE, str(HERE / "sessions.mjs"), "--era", "legacy"],
    "typescript-2-modern": [NODE, str(HERE / "sessions.mjs"), "--era", "modern"],
    "typescript-2-auto": [NODE, str(HERE / "sessions.mjs"), "--era", "auto"],
    "python-1": python("legacy"),
    "python-2-legacy": [*python("modern"), "--mode", "legacy"],
    "python-2-modern": [*python("modern"), "--mode", "2026-07-28"],
    "python-2-auto": [*python("modern"), "--mode", "auto"],
    "inspector-legacy": [str(HERE / "inspector.sh"), "legacy"],
    "inspector-modern": [str(HERE / "inspector.sh"), "modern"],
    "rmcp-legacy": [RMCP, "session", "--era", "legacy"],
    "rmcp-modern": [RMCP, "session", "--era", "modern"],
}


@dataclass(frozen=True)
class Road:
    """How sessions reach the fixture: over `front` to the gateway, over `back` to a server of `era`."""

    kind: str
    front: str
    back: str
    era: str
    sessions: tuple = tuple(SESSIONS)


ROADS = [
    Road("session-http-http", "http", "http", "both"),
    Road("session-stdio-stdio", "stdio", "stdio", "both"),
    Road(
        "session-http-stdio",
        "http",
        "stdio",
        "both",
        ("typescript-1", "typescript-2-modern", "python-2-auto", "python-2-legacy", "rmcp-legacy", "rmcp-modern"),
    ),
    # Clients of the era that the server behind the gateway does not speak.
    Road(
        "session-to-legacy",
        "http",
        "http",
        "legacy",
        ("typescript-2-modern", "python-2-modern", "inspector-modern", "rmcp-modern"),
    ),
    Road(
        "session-to-modern",
        "http",
        "http",
        "modern",
        ("typescript-1", "typescript-2-legacy", "python-1", "python-2-legacy", "inspector-legacy", "rmcp-legacy"),
    ),
]

# The experimental tasks of 2025-11-25, which the fixture does not have, against server-everything.
TASKS = [NODE, str(HERE / "tasks.mjs")]

# The same session as with the fixture, with a server on the same SDK. That one asks the client
# questions as the revisions with sessions do.
RMCP_PAIR = SESSIONS["rmcp-legacy"]

# Servers that people run. The Inspector must list the same through the gateway as directly.
SERVERS = {
    "everything": [NODE, str(HERE / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"), "stdio"],
    "filesystem": [
        NODE,
        str(HERE / "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js"),
        str(HERE / "fixture"),
    ],
    "git": [str(HOME / "python-legacy" / "bin" / "mcp-server-git")],
    "rmcp": [RMCP, "serve"],
}

# What direct results depend on: with the same bytes they are taken from the last time.
SOURCES = sorted(
    [*HERE.glob("*.mjs"), *HERE.glob("fixture/*.mjs"), *HERE.glob("python/*.txt"), *HERE.glob("rmcp/src/*.rs")]
    + [HERE / name for name in ("rmcp/Cargo.lock", "package-lock.json", "plan.py", "runner.py", "run.py", "sessions.py", "inspector.sh")]
)
