"""What stands in more than one file is the same in all of them, and nothing floats."""

import re
import unittest

import plainyaml
from runner import ROOT
from test_install import TARGETS

ACTIONS = ("action.yml", "scan/action.yml")
WORKFLOWS = sorted(str(p.relative_to(ROOT)) for p in (ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}$")


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def steps_of(path):
    content = plainyaml.load(ROOT / path)
    if "runs" in content:
        return content["runs"]["steps"]
    return [step for job in content["jobs"].values() for step in job["steps"]]


def inputs_table():
    rows = []
    for name, entry in plainyaml.load(ROOT / "action.yml")["inputs"].items():
        default = "the job's" if name == "token" else entry["default"] and f"`{entry['default']}`"
        rows.append(f"| `{name}` | {default} | {entry['description']} |")
    return "\n".join(rows)


def outputs_table():
    outputs = plainyaml.load(ROOT / "action.yml")["outputs"]
    return "\n".join(f"| `{name}` | {entry['description']} |" for name, entry in outputs.items())


class Pins(unittest.TestCase):
    def test_every_action_is_a_commit_with_its_version(self):
        seen = {}
        for path in (*ACTIONS, *WORKFLOWS):
            for step in steps_of(path):
                uses = step.get("uses")
                if uses is None or uses.startswith(("./", "$/")):
                    continue
                self.assertRegex(uses, PINNED, path)
                self.assertRegex(uses.comment, r"^v\d+\.\d+\.\d+$", f"{path}: {uses}")
                name, commit = uses.split("@")
                self.assertEqual(seen.setdefault(name, (commit, uses.comment)), (commit, uses.comment), path)
        self.assertIn("github/codeql-action/upload-sarif", seen)
        # What the documentation shows is what is used here.
        for name, commit, version in re.findall(r"uses: (\S+)@([0-9a-f]{40}) # (\S+)", read("docs/ci.md")):
            self.assertEqual(seen[name], (commit, version))

    def test_one_entry_needs_no_other_action(self):
        self.assertEqual([s["id"] for s in steps_of("action.yml") if "uses" in s], ["upload"])
        self.assertEqual([s["id"] for s in steps_of("scan/action.yml") if "uses" in s], [])

    def test_tools_have_versions(self):
        for line in read(".ci/tools.txt").splitlines():
            self.assertRegex(line, r"^(#.*|[\w-]+==[\d.]+)$")


class Agreement(unittest.TestCase):
    def test_the_two_entries(self):
        whole, scan = (plainyaml.load(ROOT / path) for path in ACTIONS)
        whole["inputs"].pop("upload-sarif")
        whole["outputs"].pop("sarif-uploaded")
        self.assertEqual(whole["inputs"], scan["inputs"])
        self.assertEqual(whole["outputs"], scan["outputs"])
        whole_steps = {s["id"]: s for s in whole["runs"]["steps"] if s["id"] != "upload"}
        for step in scan["runs"]["steps"]:
            other = whole_steps.pop(step["id"])
            for name in ("UPLOAD", "INPUT_UPLOAD_SARIF"):
                other["env"].pop(name, None)
            self.assertEqual(step["env"], other["env"], step["id"])
            self.assertEqual(step["shell"], other["shell"])
            self.assertEqual(step["run"].replace("/../action/", "/action/"), other["run"])
        self.assertEqual(whole_steps, {})

    def test_every_input_is_passed_on(self):
        for path in ACTIONS:
            content = plainyaml.load(ROOT / path)
            used = set(re.findall(r"inputs\.([\w-]+)", read(path)))
            self.assertEqual(used, set(content["inputs"]))
            for name, entry in content["inputs"].items():
                self.assertEqual(entry["required"], "false", name)
                self.assertIn("default", entry, name)

    def test_targets(self):
        targets = set(TARGETS.values())
        build = plainyaml.load(ROOT / ".github/workflows/release.yml")["jobs"]["build"]
        self.assertEqual({row["target"] for row in build["strategy"]["matrix"]["include"]}, targets)
        for path in ("action/record-release.sh", "packaging/npm/build.py"):
            found = set(re.findall(r"\b(?:x86_64|aarch64)-[a-z]+(?:-[a-z]+){1,2}\b", read(path)))
            self.assertEqual(found, targets, path)

    def test_releases_are_complete(self):
        listed = {}
        for line in read("action/releases.txt").splitlines():
            if not line.startswith("#"):
                self.assertRegex(line, r"^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)? [a-z0-9_-]+ [0-9a-f]{64}$")
                version, target, _ = line.split()
                self.assertNotIn(target, listed.setdefault(version, set()))
                listed[version].add(target)
        for version, targets in listed.items():
            self.assertEqual(targets, set(TARGETS.values()), version)

    def test_names(self):
        cargo = read("Cargo.toml")
        repository = re.search(r'^repository = "(.+)"$', cargo, re.M)[1]
        name = re.search(r'^\[package\]\nname = "(.+)"$', cargo, re.M)[1]
        self.assertIn(f'name = "{name}"', read("packaging/wheel/pyproject.toml"))
        self.assertIn(f'NAME = "{name}"', read("packaging/npm/build.py"))
        for path in ("action/install.sh", "packaging/wheel/pyproject.toml", "packaging/npm/build.py", "docs/ci.md"):
            for found in re.findall(r"https://github\.com/[\w-]+/[\w-]+", read(path)):
                self.assertEqual(found, repository, path)
        slug = repository.removeprefix("https://github.com/")
        self.assertIn(f"repository={slug}\n", read("action/record-release.sh"))

    def test_the_documentation(self):
        page = read("docs/ci.md")
        self.assertIn(f"\n{inputs_table()}\n\n", page, "the table of inputs should be:\n" + inputs_table())
        self.assertIn(f"\n{outputs_table()}\n\n", page, "the table of outputs should be:\n" + outputs_table())
        known = set(plainyaml.load(ROOT / "action.yml")["inputs"])
        for name in re.findall(r"`([a-z][a-z-]+): [a-z-]+`", page):
            self.assertIn(name, known | {"contents", "pull-requests", "security-events", "actions", "fetch-depth",
                                         "persist-credentials"})
        for link in re.findall(r"\]\(([^)#]+)", page):
            self.assertTrue((ROOT / "docs" / link).exists(), link)


class Hardening(unittest.TestCase):
    def test_no_expression_is_code(self):
        for path in (*ACTIONS, *WORKFLOWS):
            for step in steps_of(path):
                self.assertNotIn("${{", step.get("run", ""), path)

    def test_scripts_start_without_what_the_job_has_set(self):
        for path in ACTIONS:
            for step in steps_of(path):
                if "run" in step:
                    self.assertEqual(step["shell"], "bash --noprofile --norc -peuo pipefail {0}")

    def test_only_the_scan_sees_the_token(self):
        for path in ACTIONS:
            for step in steps_of(path):
                holds = "token" in str(step.get("env", {})) + str(step.get("with", {}))
                self.assertEqual(holds, step["id"] == "scan", step["id"])

    def test_nothing_is_left_for_later_steps(self):
        for path in (ROOT / "action").iterdir():
            self.assertNotRegex(path.read_text(encoding="utf-8"), r"GITHUB_(ENV|PATH|STATE)\b", path.name)

    def test_workflows_are_granted_little(self):
        for path in WORKFLOWS:
            content = plainyaml.load(ROOT / path)
            self.assertEqual(content["permissions"], {}, path)
            self.assertNotIn("pull_request_target", content["on"])
            self.assertTrue("concurrency" in content or "workflow_call" in content["on"], path)
            for name, job in content["jobs"].items():
                self.assertIn("permissions", job, f"{path}: {name}")
                self.assertLessEqual(int(job["timeout-minutes"]), 90)
                for step in job["steps"]:
                    if step.get("uses", "").startswith("actions/checkout@"):
                        self.assertEqual(step["with"]["persist-credentials"], "false", f"{path}: {name}")

    def test_what_is_built_cannot_write(self):
        jobs = plainyaml.load(ROOT / ".github/workflows/release.yml")["jobs"]
        for name in ("plan", "build", "sbom", "npm-packages"):
            self.assertEqual(jobs[name]["permissions"], {"contents": "read"}, name)
