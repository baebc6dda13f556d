"""Archives, npm packages and the list of releases, from a program to what the action installs."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

from runner import ROOT
from test_install import TARGETS

VERSION = "1.2.3"
GH = """#!/bin/sh
# Says yes to attestations of what lies in $GOOD, if it is asked about the right workflow and tag.
printf '%s\\n' "$*" >>"$ASKED"
case "$*" in
    "attestation verify $GOOD/"*"--repo mcp-guard/mcp-guard --signer-workflow mcp-guard/mcp-guard/.github/workflows/release.yml --source-ref refs/tags/cli-v1.2.3 --deny-self-hosted-runners") exit 0 ;;
esac
exit 1
"""


def run(*command, **how):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, **how)


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = Path(tempfile.mkdtemp(prefix="packages-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        source = cls.base / "program"
        source.write_text("#!/bin/sh\nif [ \"$1\" = signal ]; then kill -TERM $$; fi\n"
                          "if [ \"$1\" = code ]; then exit \"$2\"; fi\necho \"said $*\"\n")
        cls.archives = cls.base / "archives"
        for target in TARGETS.values():
            done = run(ROOT / "packaging/archive.sh", VERSION, target, source, cls.archives)
            assert done.returncode == 0, done.stderr
        cls.sums = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in cls.archives.iterdir()}
        (cls.archives / "SHA256SUMS").write_text("".join(f"{h}  {n}\n" for n, h in sorted(cls.sums.items())))
        cls.source = source

    def test_archives_hold_program_and_licences_and_are_the_same_each_time(self):
        for target in TARGETS.values():
            windows = "windows" in target
            stem = f"mcp-guard-{VERSION}-{target}"
            path = self.archives / (stem + (".zip" if windows else ".tar.gz"))
            if windows:
                names = zipfile.ZipFile(path).namelist()
            else:
                with tarfile.open(path) as archive:
                    names = archive.getnames()
                    self.assertEqual(archive.getmember(f"{stem}/mcp-guard").mode, 0o755)
            self.assertEqual(names, [f"{stem}/{n}" for n in ("mcp-guard.exe" if windows else "mcp-guard",
                                                             "LICENSE-APACHE", "LICENSE-MIT", "README.md")])
            again = self.base / "again"
            os.utime(self.source, (1, 1))
            run(ROOT / "packaging/archive.sh", VERSION, target, self.source, again)
            self.assertEqual(hashlib.sha256((again / path.name).read_bytes()).hexdigest(), self.sums[path.name])

    def packages(self):
        out = Path(tempfile.mkdtemp(dir=self.base))
        done = run(sys.executable, ROOT / "packaging/npm/build.py", VERSION, self.archives, out)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out

    def test_npm_packages(self):
        out = self.packages()
        wrapper = json.loads((out / "mcp-guard-scan/package.json").read_text())
        others = sorted(p.name for p in out.iterdir() if p.name != "mcp-guard-scan")
        self.assertEqual(sorted(wrapper["optionalDependencies"]), others)
        self.assertEqual(len(others), len(TARGETS))
        for name in (*others, "mcp-guard-scan"):
            package = json.loads((out / name / "package.json").read_text())
            self.assertEqual((package["name"], package["version"]), (name, VERSION))
            self.assertNotIn("scripts", package)
            for file in package["files"]:
                self.assertTrue((out / name / file).is_file(), f"{name} lacks {file}")
        self.assertEqual(set(wrapper["optionalDependencies"].values()), {VERSION})

    @unittest.skipUnless(shutil.which("node"), "needs node")
    def test_the_shim_starts_the_program_of_its_platform(self):
        out = self.packages()
        modules = self.base / "project" / "node_modules"
        modules.mkdir(parents=True)
        shutil.copytree(out / "mcp-guard-scan", modules / "mcp-guard-scan")
        shim = modules / "mcp-guard-scan" / "mcp-guard.js"
        missing = run("node", shim, "x")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("is missing", missing.stderr)
        here = run("node", "-p", "`mcp-guard-scan-${process.platform}-${process.arch}`").stdout.strip()
        shutil.copytree(out / here, modules / here)
        done = run("node", shim, "scan", "a b", "--x")
        self.assertEqual((done.returncode, done.stdout), (0, "said scan a b --x\n"))
        for code in (1, 2, 3):
            self.assertEqual(run("node", shim, "code", code).returncode, code)
        self.assertEqual(run("node", shim, "signal").returncode, -15)
        odd = run("node", "-e", f"Object.defineProperty(process,'arch',{{value:'mips'}});require({str(shim)!r})")
        self.assertEqual(odd.returncode, 2)
        self.assertIn("no program for", odd.stderr)

    def test_npm_packages_need_every_archive(self):
        some = self.base / "some"
        shutil.copytree(self.archives, some)
        next(some.glob("*apple*")).unlink()
        done = run(sys.executable, ROOT / "packaging/npm/build.py", VERSION, some, self.base / "none")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is missing", done.stderr)

    def record(self, archives, *, good=None, before="# top\n1.0.0 t h\n", version=VERSION):
        place = Path(tempfile.mkdtemp(dir=self.base))
        (place / "gh").write_text(GH)
        (place / "gh").chmod(0o755)
        (place / "releases.txt").write_text(before)
        environment = {**os.environ, "PATH": f"{place}:{os.environ['PATH']}", "GOOD": str(good or archives),
                       "ASKED": str(place / "asked"), "MCP_GUARD_RELEASES_FILE": str(place / "releases.txt")}
        done = run("bash", ROOT / "action/record-release.sh", version, archives, env=environment)
        return done, (place / "releases.txt").read_text()

    def test_records_verified_archives(self):
        done, after = self.record(self.archives)
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = [f"{VERSION} {t} {self.sums[f'mcp-guard-{VERSION}-{t}' + ('.zip' if 'windows' in t else '.tar.gz')]}"
                    for t in TARGETS.values()]
        self.assertEqual(after.splitlines()[0], "# top")
        self.assertEqual(sorted(after.splitlines()[1:-1]), sorted(expected))
        self.assertEqual(after.splitlines()[-1], "1.0.0 t h")

    def test_records_nothing_that_is_not_verified(self):
        changed = self.base / "changed"
        shutil.copytree(self.archives, changed)
        with open(next(changed.glob("*aarch64-apple*")), "ab") as file:
            file.write(b"x")
        missing = self.base / "missing"
        shutil.copytree(self.archives, missing)
        next(missing.glob("*.zip")).unlink()
        before = "# top\n1.0.0 t h\n"
        for archives, how, word in (
            (self.archives, {"good": "/elsewhere"}, "was not built by the release workflow"),
            (changed, {}, "SHA256SUMS says otherwise"),
            (missing, {}, "is missing"),
            (self.archives, {"version": "1.2.3; id"}, "is no version"),
            (self.archives, {"before": "# top\n1.2.3 t h\n"}, "has 1.2.3 already"),
            (Path("/nowhere"), {}, "is no directory"),
        ):
            done, after = self.record(archives, **how)
            self.assertEqual(done.returncode, 1, word)
            self.assertIn(word, done.stderr)
            self.assertEqual(after, how.get("before", before))
