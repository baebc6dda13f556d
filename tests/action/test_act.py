"""The workflow that the documentation shows, run by act with the action of this tree.

act runs jobs on this machine; code scanning is stood in for by a step that takes the report or not,
and the program by the one of the other tests. `.ci/lint` installs act.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from runner import ROOT, archive, program

UPLOAD = """name: stand-in
description: Takes a report, or not.
inputs:
  sarif_file:
    required: true
  category:
    required: true
runs:
  using: composite
  steps:
    - shell: bash
      env:
        FILE: ${{ inputs.sarif_file }}
      run: cp "$FILE" "$STUB/uploaded" && test ! -e "$STUB/refuses"
"""
LAST = """
      - if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.guard.outputs) }}
        run: printf '%s' "$OUTPUTS" >"$STUB/seen"
"""


@unittest.skipUnless(shutil.which("act"), "needs act")
class Act(unittest.TestCase):
    def setUp(self):
        self.base = Path(tempfile.mkdtemp(prefix="act-test-"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.stub, self.mirror = self.base / "stub", self.base / "mirror"
        self.stub.mkdir()
        self.action = self.base / "action"
        for name in ("action", "scan"):
            shutil.copytree(ROOT / name, self.action / name)
        for name in ("action.yml", "Cargo.toml"):
            shutil.copy(ROOT / name, self.action)
        machine = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}[os.uname().machine]
        system = {"Linux": "unknown-linux-musl", "Darwin": "apple-darwin"}[os.uname().sysname]
        target = f"{machine}-{system}"
        said = program("1.2.3").replace('cat "$STUB/outputs"', 'echo "sarif-file=$(printf "%s\\n" "$@" | sed -n '
                                        's/^--sarif-file=//p)" >>"$GITHUB_OUTPUT"\ncat "$STUB/outputs"')
        digest = archive(self.mirror / "cli-v1.2.3", "1.2.3", target, content=said)
        (self.action / "action/releases.txt").write_text(f"1.2.3 {target} {digest}\n")
        upload = self.base / "codeql/upload-sarif"
        upload.mkdir(parents=True)
        (upload / "action.yml").write_text(UPLOAD)
        self.consumer = self.base / "consumer"
        (self.consumer / ".github/workflows").mkdir(parents=True)
        (self.consumer / "nested").mkdir()
        (self.consumer / "nested/.mcp.json").write_text("{}\n")

    def run_workflow(self, result, *, entry="mcp-guard/mcp-guard", event="pull_request", inputs=""):
        (self.stub / "outputs").write_text(f"result={result}\nfindings=3\nnew-findings=1\n")
        (self.stub / "code").write_text("0")
        shown = re.search(r"```yaml\n(name: MCP Guard\n.*?)```", (ROOT / "docs/ci.md").read_text(), re.S)[1]
        workflow = shown.replace("- uses: mcp-guard/mcp-guard@COMMIT", f"- id: guard\n        uses: {entry}@v1{inputs}")
        self.assertNotEqual(workflow, shown)
        (self.consumer / ".github/workflows/guard.yml").write_text(workflow.rstrip() + LAST)
        for place in (self.action, self.base / "codeql", self.consumer):
            git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
            for command in (["init", "--quiet"], ["add", "-A"], ["commit", "--quiet", "--allow-empty", "-m", "x"]):
                subprocess.run([*git, *command], cwd=place, check=True, capture_output=True)
        happened = {"pull_request": {"number": 1, "head": {"sha": "a"}, "base": {"sha": "b", "ref": "main"}}}
        (self.base / "event.json").write_text(json.dumps(happened if event == "pull_request" else {}))
        commit = re.search(r"upload-sarif@([0-9a-f]{40})", (ROOT / "action.yml").read_text())[1]
        return subprocess.run(
            ["act", event, "--platform", "ubuntu-latest=-self-hosted", "--eventpath", self.base / "event.json",
             "--secret", "GITHUB_TOKEN=ghs_thetokenofthejobwhichislong", "--env", f"STUB={self.stub}",
             "--env", f"MCP_GUARD_RELEASE_BASE={self.mirror.as_uri()}",
             "--local-repository", f"mcp-guard/mcp-guard@v1={self.action}",
             "--local-repository", f"github/codeql-action@{commit}={self.base / 'codeql'}"],
            cwd=self.consumer, capture_output=True, text=True, timeout=120,
            env={**os.environ, "HOME": str(self.base), "XDG_CACHE_HOME": str(self.base / "cache")})

    def seen(self):
        return json.loads((self.stub / "seen").read_text())

    def test_a_clean_pull_request(self):
        done = self.run_workflow("pass")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = self.seen()
        self.assertEqual((seen["result"], seen["version"], seen["sarif-uploaded"]), ("pass", "1.2.3", "true"))
        self.assertEqual((self.stub / "uploaded").read_text(), "{}\n")
        self.assertIn("GITHUB_TOKEN=ghs_", (self.stub / "environment").read_text())

    def test_findings_are_uploaded_and_then_red(self):
        done = self.run_workflow("fail", event="push")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Red because of findings", done.stdout)
        self.assertEqual((self.seen()["result"], self.seen()["sarif-uploaded"]), ("fail", "true"))

    def test_a_fork_whose_report_is_refused(self):
        (self.stub / "refuses").touch()
        done = self.run_workflow("pass")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.seen()["sarif-uploaded"], "false")
        self.assertIn("::notice", done.stdout)

    def test_the_entry_without_other_actions(self):
        done = self.run_workflow("error", entry="mcp-guard/mcp-guard/scan",
                                 inputs="\n        with:\n          working-directory: nested")
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not be read", done.stdout)
        self.assertFalse((self.stub / "uploaded").exists())
        self.assertNotIn("sarif-uploaded", self.seen())

    def test_a_tampered_archive(self):
        packed = next(self.mirror.glob("*/*"))
        packed.write_bytes(packed.read_bytes() + b"x")
        done = self.run_workflow("pass")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not the file that was released", done.stdout)
        self.assertFalse((self.stub / "arguments").exists())
