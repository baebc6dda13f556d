#!/usr/bin/env python3
"""Writes the trees that scan.sh measures: the same bytes for the same seed, on any machine.

    one/.mcp.json   22 servers
    many/           10,000 projects with one configuration each, in ten clients' formats
    tree/           a repository of 200,000 files, 5 of them configurations; beside these, 50,000
                    in directories of dependencies and builds

Sizes and shares follow what public repositories hold: 1 to 3 servers and 200 to 600 bytes a file,
nine in ten package runners without a version, a literal secret in one file of ten, one JSON file
of twenty with comments or trailing commas. Secrets are random and of no account.
"""

import argparse
import json
import random
from pathlib import Path

NPM = [
    "@modelcontextprotocol/server-filesystem", "@modelcontextprotocol/server-github",
    "@modelcontextprotocol/server-memory", "@playwright/mcp", "@upstash/context7-mcp",
    "chrome-devtools-mcp", "mcp-remote", "@acme/tickets-mcp", "@notionhq/notion-mcp-server",
]
PYPI = ["mcp-server-fetch", "mcp-server-git", "mcp-server-time", "awslabs.core-mcp-server"]
IMAGES = ["mcp/postgres", "ghcr.io/github/github-mcp-server", "mcp/sqlite", "acme/search"]
HOSTS = ["mcp.linear.app", "mcp.notion.com", "mcp.context7.com", "api.acme.example"]
WORDS = "ledger atlas orbit harbor lumen quartz river signal tidal vector willow zephyr".split()
HEX = "0123456789abcdef"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Writer:
    """Chooses what stands in the files."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def pick(self, values):
        return self.random.choice(values)

    def word(self):
        return f"{self.pick(WORDS)}-{self.random.randrange(1000)}"

    def run_of(self, alphabet, length):
        return "".join(self.random.choices(alphabet, k=length))

    def secret(self):
        """A name and a value that a scanner should stop at."""
        return self.pick([
            ("OPENROUTER_API_KEY", "sk-or-v1-" + self.run_of(HEX, 64)),
            ("LINEAR_API_KEY", "lin_api_" + self.run_of(LETTERS, 40)),
            ("ACME_API_KEY", self.run_of(HEX, 32)),
            ("DATABASE_URL", f"postgres://app:{self.run_of(LETTERS, 14)}@db.acme.example:5432/app"),
        ])

    def env(self, literal):
        env = {}
        if self.chance(0.4):
            name = self.pick(["GITHUB_TOKEN", "ACME_API_KEY", "LINEAR_API_KEY"])
            env[name] = "${" + name + "}"
        if self.chance(0.4):
            env["ACME_HOME"] = f"/home/{self.word()}/{self.word()}"
        if self.chance(0.3):
            env["LOG_LEVEL"] = self.pick(["info", "debug", "error"])
        if literal:
            name, value = self.secret()
            env[name] = value
        return env

    def server(self, literal=False):
        """One server in the shape most clients share."""
        kind = self.random.random()
        if kind < 0.45:
            package = self.pick(NPM)
            if self.chance(0.08):
                package += f"@{self.random.randrange(9)}.{self.random.randrange(20)}.0"
            elif self.chance(0.3):
                package += "@latest"
            args = ["-y", package]
            if "filesystem" in package:
                args.append(f"/home/{self.word()}/projects/{self.word()}")
            server = {"command": "npx", "args": args}
        elif kind < 0.6:
            server = {"command": "uvx", "args": [self.pick(PYPI)]}
        elif kind < 0.68:
            server = {"command": "docker", "args": ["run", "-i", "--rm", self.pick(IMAGES)]}
        elif kind < 0.8:
            script = f"/home/{self.word()}/{self.word()}/dist/index.js"
            server = {"command": self.pick(["node", "python", "uv"]), "args": [script]}
        else:
            scheme = "http://localhost:8" + str(self.random.randrange(100, 999))
            url = scheme if self.chance(0.3) else "https://" + self.pick(HOSTS)
            server = {"type": "http", "url": url + self.pick(["/mcp", "/sse", "/v1/mcp"])}
            if self.chance(0.2):
                server["headers"] = {"Authorization": "Bearer ${ACME_TOKEN}"}
            return server
        env = self.env(literal)
        if env:
            server["env"] = env
        return server

    def servers(self):
        count = self.random.choices([0, 1, 2, 3, 4, 5, 6, 8, 12], [6, 60, 17, 7, 4, 3, 1, 1, 1])[0]
        literal = self.chance(0.1)
        return {self.word(): self.server(literal and at == 0) for at in range(count)}


def as_json(document, writer, comments=False):
    text = json.dumps(document, indent=writer.pick([2, 2, 2, 4]))
    if comments and writer.chance(0.5):
        text = text.replace("{\n", "{\n  // Servers of this project.\n", 1)
    elif comments:
        text = text.replace('"\n', '",\n', 1)
    return text + "\n" * writer.chance(0.7)


def shared(writer):
    return as_json({"mcpServers": writer.servers()}, writer)


def approving(writer):
    servers = writer.servers()
    for server in servers.values():
        if writer.chance(0.2):
            server["alwaysAllow"] = ["search", "read"]
    return as_json({"mcpServers": servers}, writer)


def vscode(writer):
    servers = writer.servers()
    for server in servers.values():
        server.setdefault("type", "stdio")
    return as_json({"inputs": [], "servers": servers}, writer, comments=writer.chance(0.15))


def gemini(writer):
    return as_json({"theme": "Default", "mcpServers": writer.servers()}, writer)


def opencode(writer):
    servers = {}
    for name, server in writer.servers().items():
        if "url" in server:
            servers[name] = {"type": "remote", "url": server["url"], "enabled": True}
        else:
            command = [server["command"], *server["args"]]
            servers[name] = {"type": "local", "command": command, "enabled": True}
            if "env" in server:
                servers[name]["environment"] = server["env"]
    document = {"$schema": "https://opencode.ai/config.json", "mcp": servers}
    return as_json(document, writer, comments=True)


def codex(writer):
    lines = ['model = "gpt-5.4"', 'approval_policy = "on-request"', ""]
    for name, server in writer.servers().items():
        lines.append(f"[mcp_servers.{name}]")
        for key in ("command", "args", "url"):
            if key in server:
                lines.append(f"{key} = {json.dumps(server[key])}")
        if "env" in server:
            pairs = ", ".join(f"{key} = {json.dumps(value)}" for key, value in server["env"].items())
            lines.append(f"env = {{ {pairs} }}")
        lines.append("")
    return "\n".join(lines)


def continuing(writer):
    lines = ["name: Servers", "version: 0.0.1", "schema: v1", "mcpServers:"]
    for name, server in writer.servers().items():
        lines.append(f"  - name: {name}")
        for key in ("command", "url"):
            if key in server:
                lines.append(f"    {key}: {json.dumps(server[key])}")
        if "args" in server:
            lines.append("    args:")
            lines += [f"      - {json.dumps(value)}" for value in server["args"]]
        if "env" in server:
            lines.append("    env:")
            lines += [f"      {key}: {json.dumps(value)}" for key, value in server["env"].items()]
    return "\n".join(lines) + "\n"


# Where each client keeps it, how it is written, and how often it is met.
CLIENTS = [
    (".mcp.json", shared, 36),
    (".vscode/mcp.json", vscode, 28),
    (".cursor/mcp.json", shared, 18),
    ("claude_desktop_config.json", shared, 10),
    (".roo/mcp.json", approving, 6),
    (".codex/config.toml", codex, 6),
    (".kiro/settings/mcp.json", approving, 5),
    (".gemini/settings.json", gemini, 4),
    ("opencode.jsonc", opencode, 3),
    (".continue/mcpServers/servers.yaml", continuing, 3),
]
SHARES = [share for _, _, share in CLIENTS]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def one(root, seed):
    writer = Writer(f"{seed} one")
    servers = {writer.word() + f"-{at}": writer.server(literal=at % 7 == 3) for at in range(22)}
    write(root / ".mcp.json", json.dumps({"mcpServers": servers}, indent=2) + "\n")


def many(root, seed, count):
    writer = Writer(f"{seed} many")
    for number in range(count):
        name, content, _ = writer.random.choices(CLIENTS, SHARES)[0]
        write(root / f"{number:05}" / name, content(writer))


def tree(root, seed, count):
    """Twenty files a directory, four levels of directories; the dependencies lie apart."""
    writer = Writer(f"{seed} tree")
    endings = [".rs", ".ts", ".py", ".md", ".json", ".yaml", ".toml", ".png"]
    beside = ["node_modules", "target", ".venv", ".git"]
    names = [f"part_{at}" for at in range(20)]

    def fill(directory, files):
        for at in range(0, files, 20):
            leaf = at // 20
            place = directory / f"{WORDS[leaf % 12]}" / f"m{leaf // 12 % 40}" / f"p{leaf // 480}"
            place.mkdir(parents=True)
            for name in names[: files - at]:
                (place / (name + writer.pick(endings))).touch()

    configurations = CLIENTS[:5]
    fill(root / "src", count - len(configurations))
    for at, (name, content, _) in enumerate(configurations):
        write(root / ("src/ledger/m7" if at % 2 else "") / name, content(writer))
    for name in beside:
        fill(root / name, count // 4 // len(beside))


def main():
    parser = argparse.ArgumentParser(description="Writes the trees that scan.sh measures.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--many", type=int, default=10_000, metavar="FILES")
    parser.add_argument("--tree", type=int, default=200_000, metavar="FILES")
    options = parser.parse_args()
    one(options.directory / "one", options.seed)
    many(options.directory / "many", options.seed, options.many)
    tree(options.directory / "tree", options.seed, options.tree)


if __name__ == "__main__":
    main()
