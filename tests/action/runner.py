"""A runner for one machine and one action: what a step sees of GitHub, and nothing else."""

import hashlib
import io
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import plainyaml

ROOT = Path(__file__).resolve().parents[2]
TOOLS = "awk bash cat chmod cp curl cut dirname env grep gzip mkdir mktemp rm sed sha256sum sort tar tr uname".split()
PROGRAM = """#!/bin/sh
# Stands in for mcp-guard: says its version, and writes down what it is asked to do.
if [ "$1" = --version ]; then echo "mcp-guard VERSION"; exit 0; fi
printf '%s\\0' "$@" >"$STUB/arguments"
env >"$STUB/environment"
pwd >"$STUB/directory"
for argument in "$@"; do
    case $argument in --sarif-file=*) [ -e "$STUB/no-sarif" ] || echo '{}' >"${argument#*=}" ;; esac
done
cat "$STUB/outputs" >>"$GITHUB_OUTPUT"
exit "$(cat "$STUB/code")"
"""
RESULTS = ("result", "findings", "new-findings", "accepted-findings", "fixed-findings", "reason", "highest-severity", "sarif-file", "json-file",
           "comment-url", "version")


def program(version):
    return PROGRAM.replace("VERSION", version)


def archive(directory, version, target, content=None, name=None):
    """Makes the archive of a release as the release workflow does; returns its SHA-256."""
    inner = "mcp-guard.exe" if "windows" in target else "mcp-guard"
    stem = f"mcp-guard-{version}-{target}"
    content = (program(version) if content is None else content).encode()
    member = name or f"{stem}/{inner}"
    directory.mkdir(parents=True, exist_ok=True)
    if "windows" in target:
        path = directory / f"{stem}.zip"
        with zipfile.ZipFile(path, "w") as file:
            info = zipfile.ZipInfo(member)
            info.external_attr = 0o755 << 16
            file.writestr(info, content)
    else:
        path = directory / f"{stem}.tar.gz"
        with tarfile.open(path, "w:gz") as file:
            info = tarfile.TarInfo(member)
            info.size, info.mode = len(content), 0o755
            file.addfile(info, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Outcome:
    def __init__(self, done, outputs):
        self.code, self.outputs = done.returncode, outputs
        self.log = done.stdout + done.stderr


class Runner:
    """A fresh copy of the action, a workspace, a temporary directory, and a PATH of few tools."""

    def __init__(self, entry="action.yml", operating_system="Linux", machine="X64", event="pull_request"):
        self.base = Path(tempfile.mkdtemp(prefix="action-test-"))
        self.action = self.base / "actions" / "mcp-guard"
        self.action.mkdir(parents=True)
        for name in ("action.yml", "Cargo.toml"):
            shutil.copy(ROOT / name, self.action / name)
        for name in ("action", "scan"):
            shutil.copytree(ROOT / name, self.action / name)
        self.releases("# none\n")
        self.entry = plainyaml.load(self.action / entry)
        self.here = (self.action / entry).parent
        self.bin, self.temp, self.stub = self.base / "bin", self.base / "temp", self.base / "stub"
        self.workspace, self.mirror = self.base / "workspace", self.base / "mirror"
        for directory in (self.bin, self.temp, self.stub, self.workspace, self.mirror):
            directory.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            if found:
                (self.bin / tool).symlink_to(os.path.realpath(found))
        self.system, self.machine = operating_system, machine
        self.answer({"result": "pass", "findings": "0", "new-findings": "0"})
        self.job = {
            "PATH": str(self.bin), "HOME": str(self.base), "STUB": str(self.stub), "LC_ALL": "C",
            "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp), "MCP_GUARD_RELEASE_BASE": self.mirror.as_uri(),
        }

    def close(self):
        shutil.rmtree(self.base)

    def releases(self, text):
        (self.action / "action" / "releases.txt").write_text(text)

    def release(self, version, *targets, **how):
        """Publishes archives in the mirror and returns their lines for releases.txt."""
        lines = []
        for target in targets:
            lines.append(f"{version} {target} {archive(self.mirror / f'cli-v{version}', version, target, **how)}\n")
        return "".join(lines)

    def tool(self, name, text):
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def python_tool(self, name, text):
        return self.tool(name, f"#!{os.path.realpath(sys.executable)}\n{text}")

    def answer(self, outputs, code=0):
        """What the stand-in will output, and its exit code."""
        (self.stub / "outputs").write_text("".join(f"{key}={value}\n" for key, value in outputs.items()))
        (self.stub / "code").write_text(str(code))

    def asked(self):
        """The arguments that the stand-in was called with; None if it was not."""
        path = self.stub / "arguments"
        return path.read_text().split("\0")[:-1] if path.exists() else None

    def seen(self):
        return (self.stub / "environment").read_text()

    def step(self, identifier, inputs=None, steps=None, job=None):
        """Runs one step as the action's metadata says; fails if it touches what it must not."""
        step = next(s for s in self.entry["runs"]["steps"] if s["id"] == identifier)
        given = {name: str(i.get("default") or "") for name, i in self.entry["inputs"].items()}
        given["token"] = "ghs_thetokenofthejob"
        unknown = set(inputs or {}) - set(given)
        if unknown:
            raise KeyError(f"no such input: {unknown}")
        given.update(inputs or {})
        files = {name: self.base / f"{name}-{identifier}" for name in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")}
        for path in files.values():
            path.write_text("")
        environment = {**self.job, **(job or {}), "GITHUB_ACTION_PATH": str(self.here)}
        environment.update({f"GITHUB_{name}": str(path) for name, path in files.items()})
        for name, value in step["env"].items():
            environment[name] = self.value(value, given, steps or {})
        script = self.base / f"{identifier}.sh"
        script.write_text(step["run"])
        command = [part.replace("{0}", str(script)) for part in step["shell"].split()]
        command[0] = str(self.bin / command[0])
        done = subprocess.run(command, env=environment, cwd=self.workspace, capture_output=True, text=True, timeout=60)
        for name in ("ENV", "PATH", "STATE"):
            if files[name].read_text():
                raise AssertionError(f"{identifier} wrote GITHUB_{name}: {files[name].read_text()!r}")
        return Outcome(done, dict(line.split("=", 1) for line in files["OUTPUT"].read_text().splitlines()))

    def value(self, text, inputs, steps):
        def one(match):
            path = match[1].split(".")
            if path[0] == "inputs":
                return inputs[path[1]]
            if path[:2] == ["runner", "os"]:
                return self.system
            if path[:2] == ["runner", "arch"]:
                return self.machine
            if path[0] == "steps" and path[2] == "outcome":
                return steps.get(path[1], {}).get("outcome", "skipped")
            if path[0] == "steps" and path[2] == "outputs":
                return steps.get(path[1], {}).get("outputs", {}).get(path[3], "")
            raise KeyError(f"{text} is not understood")

        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", one, text)

    def run(self, inputs=None, upload="success", job=None):
        """All steps in their order; `upload` is the outcome of the step that needs GitHub."""
        steps = {}
        failed = False
        for step in self.entry["runs"]["steps"]:
            name = step["id"]
            if "uses" in step:
                wanted = not failed and steps["scan"]["outputs"].get("upload") == "true"
                steps[name] = {"outcome": upload if wanted else "skipped", "outputs": {}}
            elif failed and step.get("if") != "always()":
                steps[name] = {"outcome": "skipped", "outputs": {}}
            else:
                done = self.step(name, inputs, steps, job)
                failed = failed or done.code != 0
                steps[name] = {"outcome": "failure" if done.code else "success", "outputs": done.outputs, "log": done.log}
        steps["red"] = failed
        return steps
