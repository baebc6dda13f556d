"""One run of the documented workflow by act, and everything that a user gets to see of it."""

import json
import os
import re
import shutil
import subprocess

from github_api import REPOSITORY, TOKEN
from runner import ROOT

LAST = """
      - if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.guard.outputs) }}
        run: printf '%s' "$OUTPUTS" >"$STUB/outputs"
"""
COMMIT = "5c0ffee5c0ffee5c0ffee5c0ffee5c0ffee5c0ff"


def workflow(inputs=None, entry="mcp-guard/mcp-guard", on=""):
    """The quick start of docs/ci.md, with inputs and more events, and with a last step that keeps the outputs."""
    shown = re.search(r"```yaml\n(name: MCP Guard\n.*?)```", (ROOT / "docs/ci.md").read_text(), re.S)[1]
    inputs = inputs or {}
    given = "".join(f"\n          {name}: {json.dumps(value)}" for name, value in inputs.items())
    step = f"- id: guard\n        uses: {entry}@{COMMIT}" + (f"\n        with:{given}" if given else "")
    text = shown.replace("- uses: mcp-guard/mcp-guard@COMMIT", step)
    if text == shown:
        raise AssertionError("the quick start has no `uses: mcp-guard/mcp-guard@COMMIT`")
    return text.replace("  pull_request:\n", f"  pull_request:\n{on}", 1).rstrip() + LAST


class Job:
    """What came of a run: exit code, log, outputs, summary, and the report that code scanning got."""

    def __init__(self, done, stub):
        self.code = done.returncode
        self.raw = done.stdout + done.stderr
        records = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        self.summary = "".join(r["content"] for r in records if r.get("command") == "summary")
        lines = [r for r in records if r.get("raw_output") or r.get("command")]
        self.log = "".join(said(r) for r in lines)
        seen = stub / "outputs"
        self.outputs = json.loads(seen.read_text()) if seen.exists() else None
        uploaded = stub / "uploaded"
        self.sarif_text = uploaded.read_text() if uploaded.exists() else None
        self.sarif = json.loads(self.sarif_text) if self.sarif_text else None

    def annotations(self, level):
        return [line for line in self.log.splitlines() if line.startswith(f"::{level} ")]


def said(record):
    """What the runner took for a command, and what it showed as it is."""
    if record.get("command") in ("summary", "set-output", "add-path", "set-env"):
        return ""
    return (record.get("raw") or record["msg"]).rstrip("\n") + "\n"


def run(base, action, github, checkout, event, payload, token=TOKEN, refuses=False, path=None):
    stub = base / f"stub-{len(list(base.glob('stub-*')))}"
    stub.mkdir()
    if refuses:
        (stub / "refuses").touch()
    (stub / "event.json").write_text(json.dumps(payload))
    environment = {
        "STUB": stub, "GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_RUN_ID": "1234567",
        "MCP_GUARD_RELEASE_BASE": action.mirror.as_uri(),
    }
    home = base / "home"
    command = ["act", event, "--json", "--insecure-secrets", "--platform", "ubuntu-latest=-self-hosted",
               "--eventpath", stub / "event.json"]
    if token:
        command += ["--secret", f"GITHUB_TOKEN={token}"]
    for name, value in environment.items():
        command += ["--env", f"{name}={value}"]
    for name, place in ((f"mcp-guard/mcp-guard@{COMMIT}", action.place), (f"github/codeql-action@{action.nested_commit}", action.nested)):
        command += ["--local-repository", f"{name}={place}"]
    outside = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PATH": path or os.environ["PATH"]}
    for name in list(outside):
        if name.startswith(("GITHUB_", "GIT_")) or name == "UPDATE":
            del outside[name]
    done = subprocess.run(command, cwd=checkout, env=outside, capture_output=True, text=True, timeout=900)
    shutil.rmtree(home / "cache", ignore_errors=True)
    return Job(done, stub)
