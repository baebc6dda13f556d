"""The hooks for pre-commit know the files of every client."""

import itertools
import re
import unittest

import plainyaml
from runner import ROOT

# Names that mostly belong to something else; whoever scans the tree gets them all the same.
LEFT_OUT = {"config.json", "config.toml", "manifest.json", "server.json"}
OTHERS = ("package.json", ".github/workflows/ci.yml", "src/settings.json", "README.md", "agents/x.md", "tsconfig.json",
          "mcp.json.bak", "xmcp.json", "notes/mcp-settings.md", "Cargo.lock", "mcp.rs", "x/.claude/commands/y.md")


def spelled_out(pattern):
    """The paths that a location with braces and stars stands for, with x for each star."""
    parts = re.split(r"\{([^{}]*)\}", pattern)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    for chosen in itertools.product(*choices):
        path = "".join(chosen)
        yield from (path.replace("**", deep).replace("*", "x") for deep in (("x", "x/y") if "**" in path else ("",)))


class Hooks(unittest.TestCase):
    def setUp(self):
        self.hooks = plainyaml.load(ROOT / ".pre-commit-hooks.yaml")

    def test_two_hooks_that_differ_in_where_the_program_comes_from(self):
        self.assertEqual([(h["id"], h["language"]) for h in self.hooks],
                         [("mcp-guard", "rust"), ("mcp-guard-system", "system")])
        for hook in self.hooks:
            self.assertEqual((hook["entry"], hook["require_serial"]), ("mcp-guard scan", "true"))
        self.assertEqual(self.hooks[0]["files"], self.hooks[1]["files"])

    def test_every_location_in_a_project(self):
        files = re.compile(self.hooks[0]["files"])
        known = 0
        for client in sorted((ROOT / "rules/clients").glob("*.yaml")):
            for pattern in re.findall(r'path: "\{project\}/(.+)"', client.read_text(encoding="utf-8")):
                for path in spelled_out(pattern):
                    if path in LEFT_OUT or "recipe." in path:
                        continue
                    known += 1
                    for place in (path, f"packages/one/{path}"):
                        self.assertTrue(files.search(place), f"{client.name}: {place}")
        self.assertGreater(known, 100)
        for path in (*OTHERS, *LEFT_OUT):
            self.assertFalse(files.search(path), path)
