"""What users of the action meet, from their workflow to the comment.

act runs the workflow of docs/ci.md on this machine, with the action and the program of this tree and
an API of our own; code scanning is stood in for. What a user reads is kept in snapshots/, and
UPDATE=1 writes it anew. The program is target/debug/mcp-guard or what MCP_GUARD_PROGRAM names.
"""

import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

import act_job
import cheap_cargo
import configs
from configs import BUILD, DOCS, ISSUES, ORDERS, SEARCH, TIME, guarded, mcp
from consumer import Consumer, event, git
from github_api import NUMBER, TOKEN, GitHub
from guard_action import PROGRAM, Action, SourceAction, target
from snapshots import Snapshots

FLOW = ".github/workflows/mcp-guard.yml"
COMMENTS = f"/issues/{NUMBER}/comments"
snapshots, shared, ran = Snapshots(), None, set()


def setUpModule():
    global shared
    if not shutil.which("act"):
        raise unittest.SkipTest("needs act")
    if not PROGRAM.is_file():
        raise unittest.SkipTest(f"needs {PROGRAM}: cargo build --bin mcp-guard")
    shared = Path(tempfile.mkdtemp(prefix="scenarios-"))
    unittest.addModuleCleanup(shutil.rmtree, shared, ignore_errors=True)
    Scenario.action = Action(shared)


def tearDownModule():
    wanted = {name for case in (PullRequest, Compared, Elsewhere, Installing) for name in dir(case) if name.startswith("test_")}
    if ran == wanted and snapshots.unused():
        raise AssertionError(f"no scenario has these: {sorted(snapshots.unused())}")


class Scenario(unittest.TestCase):
    action = None
    shallow = False

    def setUp(self):
        ran.add(self._testMethodName)
        self.base = Path(tempfile.mkdtemp(prefix="scenario-"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.github = GitHub()
        self.addCleanup(self.github.close)
        self.seen = []

    def consumer(self, files, **flow):
        return Consumer(self.base, {FLOW: act_job.workflow(**flow), "README.md": "# Shop\n", **files})

    def run_job(self, consumer, name="pull_request", action=None, fork=False, user="mona", base=None, **how):
        payload, ref = event(name, consumer, fork, user, base)
        self.github.head = consumer.head
        self.github.asked.clear()
        place = consumer.checkout(ref, self.shallow)
        if self.shallow:
            self.assertNotIn(consumer.main, git(place, "rev-list", "--all"), "the base is not there before it is fetched")
        job = act_job.run(self.base, action or self.action, self.github, place, name, payload, **how)
        self.assertTrue(job.log, job.raw)
        self.seen += [job.raw, job.summary, json.dumps(job.outputs), job.sarif_text or ""]
        for text in self.seen + [comment["body"] for comment in self.github.comments]:
            for secret in (TOKEN, *configs.SECRETS):
                self.assertNotIn(secret, text)
        here = git(place, "rev-parse", "HEAD")
        self.known = {self.action.version: "version", target(): "target", str(self.base): "temporary",
                      consumer.main: "base", here: "checked out"}
        if consumer.head:
            self.known[consumer.head] = "head"
        if name == "push":
            self.known[payload["before"]] = "before"
        return job

    def log(self, job):
        return job.log

    def keep(self, name, job, comment=None):
        """Holds what there is to read against the snapshots: log, summary, comment."""
        snapshots.check(f"{name}.log", self.log(job), self.known)
        if job.summary:
            snapshots.check(f"{name}.summary.md", job.summary, self.known)
        if comment:
            snapshots.check(f"{name}.comment.md", comment["body"], self.known)

    def outcome(self, job, code, **outputs):
        self.assertEqual(job.code, code, job.log)
        got = {name.replace("-", "_"): value for name, value in (job.outputs or {}).items()}
        self.assertEqual({name: got.get(name) for name in outputs}, outputs, job.log)
        if got.get("result"):
            self.assertEqual(got["version"], Scenario.action.version)

    def alerts(self, job):
        """The rules that code scanning was told of."""
        return sorted(result["ruleId"] for result in job.sarif["runs"][0]["results"])


class PullRequest(Scenario):
    def test_clean(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)})
        consumer.change({".mcp.json": mcp(time=TIME, docs=DOCS)})
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", findings="0", new_findings="0", fixed_findings="0", highest_severity="none",
                     comment_url="", sarif_uploaded="true")
        self.assertEqual(self.github.writes(), [])
        self.assertEqual(self.alerts(job), [])
        self.assertEqual(job.annotations("error") + job.annotations("warning") + job.annotations("notice"), [])
        self.keep("clean", job)

    def test_fork(self):
        self.github.read_only = True
        consumer = self.consumer({".mcp.json": mcp(time=TIME)})
        consumer.change({".mcp.json": mcp(time=TIME, search=SEARCH)})
        job = self.run_job(consumer, fork=True, refuses=True)
        self.outcome(job, 0, result="pass", new_findings="1", comment_url="", sarif_uploaded="false")
        self.assertEqual(self.github.ours(), [])
        self.keep("fork", job)
        consumer.change({".mcp.json": mcp(time=TIME, orders=ORDERS)})
        job = self.run_job(consumer, fork=True, refuses=True)
        self.outcome(job, 1, result="fail", comment_url="", sarif_uploaded="false")
        self.keep("fork-red", job)

    def test_dependabot(self):
        self.github.read_only = True
        consumer = self.consumer({".mcp.json": mcp(time=TIME), "package.json": "{}\n"})
        consumer.change({"package.json": "{ \"private\": true }\n"})
        job = self.run_job(consumer, user="dependabot[bot]", refuses=True)
        self.outcome(job, 0, result="pass", findings="0", comment_url="", sarif_uploaded="false")
        self.keep("dependabot", job)

    def test_no_token(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)}, inputs={"token": ""})
        consumer.change({".mcp.json": mcp(time=TIME, orders=ORDERS)})
        job = self.run_job(consumer, token=None)
        self.outcome(job, 1, result="fail", comment_url="")
        self.assertEqual(self.github.asked, [])
        self.keep("no-token", job)

    def test_code_scanning_refuses(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)})
        consumer.change({"README.md": "# The shop\n"})
        job = self.run_job(consumer, refuses=True)
        self.outcome(job, 0, result="pass", sarif_uploaded="false")
        self.keep("refused", job)
        consumer.change({FLOW: act_job.workflow({"upload-sarif": "true"})})
        job = self.run_job(consumer, refuses=True)
        self.outcome(job, 1, result="pass", sarif_uploaded="false")
        self.keep("refused-red", job)

    def test_the_action_comes_to_a_well_made_repository(self):
        """Every server behind the gateway: nothing is said anywhere."""
        files = {".mcp.json": mcp(time=TIME, docs=DOCS), "README.md": "# Shop\n"}
        consumer = Consumer(self.base, files)
        consumer.change({FLOW: act_job.workflow()})
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", findings="0", new_findings="0", comment_url="")
        self.assertEqual(self.github.writes(), [])
        self.assertEqual(self.alerts(job), [])
        self.keep("added", job)

    def test_the_action_comes_to_a_careful_repository(self):
        """Pinned versions, no secrets, no gateway: low findings, which the base has as well."""
        clean = Path(__file__).resolve().parents[2] / "fixtures/rules/clean"
        files = {name: (clean / name).read_text() for name in (".mcp.json", ".vscode/mcp.json")}
        consumer = Consumer(self.base, files)
        consumer.change({FLOW: act_job.workflow()})
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", findings="2", new_findings="0", highest_severity="none", comment_url="")
        self.assertEqual(self.github.writes(), [])
        self.assertEqual(self.alerts(job), ["unguarded-server"] * 2)
        self.assertEqual(job.annotations("error") + job.annotations("warning") + job.annotations("notice"), [])
        self.keep("added-unguarded", job)

    def test_base_out_of_reach(self):
        """One commit is checked out, and the repository cannot be asked for another: everything is new."""
        self.shallow = True
        consumer = self.consumer({".mcp.json": mcp(time=TIME, search=SEARCH)})
        consumer.change({"README.md": "# The shop\n"})
        consumer.address = "file:///nowhere/shop.git"
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", findings="1", new_findings="1")
        self.assertIn("/nowhere/shop.git", "".join(job.annotations("notice")))
        self.assertEqual(self.github.ours(), [], "a hint is no reason for a comment")
        self.keep("out-of-reach", job)

    def test_the_last_file_goes(self):
        consumer = self.consumer({".mcp.json": mcp(search=SEARCH)})
        consumer.change({".mcp.json": None})
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", findings="0", comment_url="")
        self.assertNotIn("no MCP configuration", job.summary)
        self.assertRegex(job.summary, r"\d findings? fixed")

    def test_accepted_in_the_change(self):
        consumer = self.consumer({".vscode/mcp.json": json.dumps({"servers": {"time": TIME}}, indent=1) + "\n"})
        build = json.dumps(guarded("build", "docker", *BUILD["args"]))
        text = f'{{\n "servers": {{\n  // mcp-guard: ignore[docker-escape] it builds images\n  "build": {build}\n }}\n}}\n'
        consumer.change({".vscode/mcp.json": text})
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", findings="0", new_findings="0")
        self.assertEqual(self.alerts(job), [])
        self.assertIn("it builds images", job.log)
        self.assertIn("it builds images", job.summary)
        self.keep("accepted", job)

    def test_wrong_setting(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)}, inputs={"paths": ".mcp.json\nno/such/file"})
        consumer.change({"README.md": "# The shop\n"})
        job = self.run_job(consumer)
        self.outcome(job, 1, result="", sarif_uploaded="false")
        self.assertEqual(self.github.asked, [])
        self.keep("wrong-setting", job)

    def test_hostile_names(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)})
        consumer.change({".mcp.json": json.dumps(configs.hostile(), indent=1) + "\n"})
        job = self.run_job(consumer)
        self.outcome(job, 1, result="fail", findings=job.outputs["new-findings"])
        [comment] = self.github.ours()
        for text in (job.log, job.summary, comment["body"]):
            for line in text.splitlines():
                self.assertFalse(line.startswith(("::error::", "::set-output", "##[")), line)
        self.keep("hostile", job, comment)


class Compared:
    """Pull requests that are compared with their base."""

    def test_new_findings_until_they_are_fixed(self):
        consumer = self.consumer({".mcp.json": mcp(search=SEARCH)})
        consumer.change({".mcp.json": mcp(search=SEARCH, issues=ISSUES, build=BUILD)})
        job = self.run_job(consumer)
        self.outcome(job, 1, result="fail", highest_severity="critical", sarif_uploaded="true")
        self.assertEqual(self.github.writes(), [f"POST {COMMENTS}"])
        [comment] = self.github.ours()
        self.assertEqual(job.outputs["comment-url"], comment["html_url"])
        self.assertEqual(len(self.alerts(job)), int(job.outputs["findings"]))
        self.assertEqual(len(job.annotations("error") + job.annotations("warning") + job.annotations("notice")),
                         int(job.outputs["new-findings"]) + 1, "one for each that is new, and one that says why it is red")
        self.keep("new", job, comment)

        consumer.change({"README.md": "# The shop\n"})
        job = self.run_job(consumer)
        self.outcome(job, 1, result="fail", comment_url=comment["html_url"])
        self.assertEqual(self.github.writes(), [])

        consumer.change({".mcp.json": mcp(search=SEARCH)})
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", new_findings="0", comment_url=comment["html_url"])
        self.assertEqual(self.github.writes(), [f"PATCH /issues/comments/{comment['id']}"])
        self.assertEqual(self.github.ours(), [comment])
        self.keep("resolved", job, comment)

    def test_existing_only(self):
        consumer = self.consumer({".mcp.json": mcp(orders=ORDERS, issues=ISSUES)})
        event_base = consumer.main
        consumer.change({"docs/a.md": "a\n", ".mcp.json": mcp(time=TIME, orders=ORDERS, issues=ISSUES)})
        # The branch goes on while the pull request is open: its new finding is not one of the change.
        consumer.push({".vscode/mcp.json": json.dumps({"servers": {"build": BUILD}}, indent=2) + "\n"})
        consumer.change({"docs/b.md": "b\n"})
        job = self.run_job(consumer, base=event_base)
        self.outcome(job, 0, result="pass", new_findings="0", fixed_findings="0", comment_url="")
        self.assertEqual(self.github.writes(), [])
        self.assertEqual(len(self.alerts(job)), int(job.outputs["findings"]))
        self.assertGreater(len(self.alerts(job)), 2)
        self.assertEqual(job.annotations("error") + job.annotations("warning") + job.annotations("notice"), [])
        self.keep("existing", job)

    def test_some_are_fixed(self):
        consumer = self.consumer({".mcp.json": mcp(orders=ORDERS, issues=ISSUES)})
        consumer.change({".mcp.json": mcp(orders=ORDERS, time=TIME)})
        job = self.run_job(consumer)
        self.outcome(job, 0, result="pass", new_findings="0")
        self.assertGreater(int(job.outputs["fixed-findings"]), 0)
        self.assertEqual(self.github.writes(), [])
        self.keep("fixed", job)


class Whole(Compared, Scenario):
    """The checkout has all of the history, as the quick start has it."""


class Shallow(Compared, Scenario):
    """One commit is checked out, as without `fetch-depth: 0`: the base is fetched, and all is the same."""

    shallow = True

    def log(self, job):
        fetched = [line for line in job.log.splitlines(keepends=True) if line.startswith("mcp-guard: fetching the base ")]
        self.assertEqual(len(fetched), 1, job.log)
        return job.log.replace(fetched[0], "")


class Elsewhere(Scenario):
    def test_push(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)})
        consumer.push({".mcp.json": mcp(time=TIME, orders=ORDERS)})
        job = self.run_job(consumer, "push")
        self.outcome(job, 1, result="fail", highest_severity="critical", comment_url="", sarif_uploaded="true")
        self.assertEqual(job.outputs["findings"], job.outputs["new-findings"])
        self.assertEqual(self.github.asked, [])
        self.keep("push", job)

    def test_merge_group(self):
        consumer = self.consumer({".mcp.json": mcp(orders=ORDERS)}, on="  merge_group:\n")
        consumer.change({".mcp.json": mcp(orders=ORDERS, search=SEARCH)})
        job = self.run_job(consumer, "merge_group")
        self.outcome(job, 0, result="pass", new_findings="1", highest_severity="low", comment_url="")
        self.assertEqual(self.github.asked, [])
        self.keep("merge-group", job)

    def test_schedule(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME, search=SEARCH)}, on="  schedule:\n    - cron: 17 4 * * 1\n")
        job = self.run_job(consumer, "schedule")
        self.outcome(job, 0, result="pass", findings="1", comment_url="", sarif_uploaded="true")
        self.assertEqual(self.github.asked, [])
        self.keep("schedule", job)

    def test_nothing_to_scan(self):
        consumer = self.consumer({})
        job = self.run_job(consumer, "push")
        self.outcome(job, 0, result="pass", findings="0", sarif_uploaded="true")
        self.keep("nothing", job)

    def test_broken_file_and_the_entry_without_other_actions(self):
        consumer = self.consumer({"shop/.mcp.json": '{ "mcpServers": {\n'}, entry="mcp-guard/mcp-guard/scan",
                                 inputs={"working-directory": "shop"})
        job = self.run_job(consumer, "push")
        self.outcome(job, 1, result="error", sarif_uploaded=None)
        self.assertIsNone(job.sarif)
        self.keep("broken", job)


class Installing(Scenario):
    def test_tampered_archive(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)})
        consumer.change({"README.md": "# The shop\n"})
        packed = self.action.archive.read_bytes()
        self.addCleanup(self.action.archive.write_bytes, packed)
        self.action.archive.write_bytes(packed + b"x")
        job = self.run_job(consumer)
        self.outcome(job, 1, result="", sarif_uploaded="false")
        self.assertIsNone(job.sarif)
        self.assertEqual(self.github.asked, [])
        self.keep("tampered", job)

    def test_pull_request_target(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)}, on="  pull_request_target:\n")
        consumer.change({"README.md": "# The shop\n"})
        job = self.run_job(consumer, "pull_request_target", fork=True)
        self.outcome(job, 1, result="", version="", sarif_uploaded="false")
        self.assertEqual(self.github.asked, [])
        self.keep("target", job)

    def test_unknown_version(self):
        consumer = self.consumer({".mcp.json": mcp(time=TIME)}, inputs={"version": "9.9.9"})
        consumer.change({"README.md": "# The shop\n"})
        job = self.run_job(consumer)
        self.outcome(job, 1, result="", sarif_uploaded="false")
        self.assertEqual(self.github.asked, [])
        self.keep("unknown-version", job)

    @unittest.skipUnless(shutil.which("cargo"), "needs cargo")
    def test_source_build(self):
        """There is no release of this version yet, so the action builds its own checkout."""
        action = SourceAction(self.base, self.action)
        consumer = self.consumer({".mcp.json": mcp(time=TIME)})
        # Settings of the scanned repository must not count in the build.
        consumer.change({".cargo/config.toml": "[build]\nrustc = \"/nowhere/rustc\"\n"})
        job = self.run_job(consumer, action=action, path=cheap_cargo.put(self.base))
        self.outcome(job, 0, result="pass", findings="0", sarif_uploaded="true")
        arguments = (self.base / "cargo-arguments").read_text().split()
        self.assertEqual(arguments[:3], ["install", "--locked", "--path"])
        self.assertEqual((self.base / "cargo-directory").read_text().strip(), arguments[3])
        self.assertTrue(arguments[3].startswith(str(self.base / "home")), arguments)
        self.assertEqual((self.base / "cargo-tokens").read_text().strip(), "0")
        self.assertIn(f"there is no archive of version {action.version} ", job.log)
