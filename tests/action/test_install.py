"""The install step: only what the commit of the action lists, or its own source."""

import itertools
import re
import unittest

from runner import ROOT, Runner, program

TARGETS = {
    ("Linux", "X64"): "x86_64-unknown-linux-musl",
    ("Linux", "ARM64"): "aarch64-unknown-linux-musl",
    ("macOS", "X64"): "x86_64-apple-darwin",
    ("macOS", "ARM64"): "aarch64-apple-darwin",
    ("Windows", "X64"): "x86_64-pc-windows-msvc",
    ("Windows", "ARM64"): "aarch64-pc-windows-msvc",
}
OWN = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]
LINUX = "x86_64-unknown-linux-musl"
UNZIP = "import sys, zipfile, os\narchive = sys.argv[-1]\nwith zipfile.ZipFile(archive) as z:\n" \
    "    for i in z.infolist():\n        z.extract(i)\n        os.chmod(i.filename, 0o755)\n"
# Writes down its arguments, directory and environment, and makes the program where it was told to.
CARGO = """#!/bin/sh
printf '%s\\n' "$@" >"$STUB/cargo"
pwd >"$STUB/cargo-directory"
env >"$STUB/cargo-environment"
while [ $# -gt 0 ]; do [ "$1" = --root ] && root=$2; shift; done
mkdir -p "$root/bin"
cat >"$root/bin/mcp-guard" <<'END'
PROGRAM
END
chmod +x "$root/bin/mcp-guard"
"""


def cargo(version=OWN):
    return CARGO.replace("PROGRAM", program(version))


class Install(unittest.TestCase):
    def runner(self, *arguments, **how):
        runner = Runner(*arguments, **how)
        self.addCleanup(runner.close)
        return runner

    def refused(self, done, *words):
        self.assertEqual(done.code, 1, done.log)
        self.assertEqual(done.outputs, {})
        error = [line for line in done.log.splitlines() if line.startswith("::error title=MCP Guard::")]
        self.assertEqual(len(error), 1, done.log)
        for word in words:
            self.assertIn(word, error[0])

    def built(self, runner, done, version=OWN):
        self.assertEqual(done.code, 0, done.log)
        self.assertEqual(set(done.outputs), {"bin", "version"})
        self.assertEqual(done.outputs["version"], version)
        self.assertTrue((runner.stub / "cargo").exists())

    def test_installs_the_listed_archive(self):
        runner = self.runner()
        runner.releases("# comment\n" + runner.release("1.2.3", LINUX) + runner.release("1.2.2", LINUX))
        for asked, got in (("", "1.2.3"), ("1.2.3", "1.2.3"), ("1.2.2", "1.2.2")):
            done = runner.step("install", {"version": asked})
            self.assertEqual(done.code, 0, done.log)
            self.assertEqual(set(done.outputs), {"bin", "version"})
            self.assertEqual(done.outputs["version"], got)
            self.assertTrue(done.outputs["bin"].startswith(str(runner.temp)))

    def test_every_runner_has_its_archive(self):
        for (system, machine), target in TARGETS.items():
            with self.subTest(system=system, machine=machine):
                runner = self.runner(operating_system=system, machine=machine)
                runner.python_tool("unzip", UNZIP)
                # All the others are listed too, and not there.
                lines = "".join(f"1.0.0 {other} {'0' * 64}\n" for other in TARGETS.values() if other != target)
                runner.releases(lines + runner.release("1.0.0", target))
                done = runner.step("install")
                self.assertEqual(done.code, 0, done.log)
                self.assertIn(f"mcp-guard-1.0.0-{target}/mcp-guard", done.outputs["bin"])

    def test_windows_without_unzip_uses_its_tar(self):
        runner = self.runner(operating_system="Windows")
        (runner.base / "System32").mkdir()
        runner.python_tool("unzip", UNZIP).rename(runner.base / "System32" / "tar.exe")
        runner.releases(runner.release("1.0.0", "x86_64-pc-windows-msvc"))
        done = runner.step("install", job={"SYSTEMROOT": str(runner.base)})
        self.assertEqual(done.code, 0, done.log)

    def test_other_runners_build_the_own_version_or_are_refused(self):
        machines = itertools.product(("Linux", "macOS", "Windows"), ("X86", "ARM"))
        for system, machine in machines:
            with self.subTest(system=system, machine=machine):
                runner = self.runner(operating_system=system, machine=machine)
                self.refused(runner.step("install"), system, machine, "no cargo")
        runner = self.runner(machine="ARM")
        runner.tool("cargo", cargo())
        self.built(runner, runner.step("install"))

    def test_shasum_where_there_is_no_sha256sum(self):
        runner = self.runner()
        (runner.bin / "sha256sum").unlink()
        runner.python_tool("shasum", "import sys, hashlib\nassert sys.argv[1:] == ['-a', '256'], sys.argv\n"
                           "print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest(), ' -')\n")
        runner.releases(runner.release("1.2.3", LINUX))
        self.assertEqual(runner.step("install").code, 0)
        (runner.bin / "shasum").unlink()
        self.refused(runner.step("install"), "sha256sum", "shasum")

    def test_a_changed_archive_is_not_unpacked(self):
        runner = self.runner()
        listed = runner.release("1.2.3", LINUX)
        changed = runner.release("1.2.3", LINUX, content="#!/bin/sh\ntouch $STUB/ran\necho mcp-guard 1.2.3\n")
        runner.releases(listed)
        runner.tool("cargo", cargo())
        done = runner.step("install")
        self.refused(done, "expected SHA-256 " + listed.split()[2], "got " + changed.split()[2])
        self.assertFalse((runner.stub / "ran").exists())
        self.assertFalse((runner.stub / "cargo").exists(), "it fell back to a build")

    def test_a_missing_archive_is_an_error_and_no_build(self):
        runner = self.runner()
        runner.tool("cargo", cargo("1.2.3"))
        runner.releases(f"1.2.3 {LINUX} {'a' * 64}\n")
        self.refused(runner.step("install"), "could not be fetched", "cli-v1.2.3/mcp-guard-1.2.3-" + LINUX + ".tar.gz")
        self.assertFalse((runner.stub / "cargo").exists())

    def test_unknown_versions_are_refused(self):
        runner = self.runner()
        runner.tool("cargo", cargo("9.9.9"))
        runner.releases(runner.release("1.2.3", LINUX))
        self.refused(runner.step("install", {"version": "9.9.9"}), "9.9.9", "It knows: 1.2.3")
        runner.releases("# none\n")
        self.refused(runner.step("install", {"version": "9.9.9"}), "no release yet")
        self.assertFalse((runner.stub / "cargo").exists())

    def test_a_known_version_is_not_built_for_another_machine(self):
        runner = self.runner(machine="ARM64")
        runner.tool("cargo", cargo("1.2.2"))
        runner.releases(runner.release("1.2.3", LINUX) + runner.release("1.2.2", LINUX))
        self.refused(runner.step("install", {"version": "1.2.2"}), "does not know version 1.2.2 for Linux ARM64")
        # Nor is the newest, if the source has moved on since.
        self.refused(runner.step("install"), "no archive of version 1.2.3", f"the source of this ref is {OWN}")

    def test_malformed_versions_are_refused(self):
        runner = self.runner()
        runner.tool("cargo", cargo())
        for version in ("latest", "v1.2.3", "1.2", "1.2.3.4", "../1.2.3", "1.2.3/..", "1.2.3 x", "$(id)", "1.2.3;id",
                        "01.2.3", "1.2.3-", "1.2.3\n", "1.2.3\nbin=/bin/false", "-1.2.3", "source\n", "SOURCE", "*",
                        "9" * 5000):
            with self.subTest(version=version[:40]):
                self.refused(runner.step("install", {"version": version}), "version must be X.Y.Z or source")

    def test_wrong_lists_are_refused(self):
        runner = self.runner()
        runner.release("1.2.3", LINUX)
        runner.releases(f"1.2.3 {LINUX} abc\n")
        self.refused(runner.step("install"), "no SHA-256")

    def test_wrong_archives_are_refused(self):
        runner = self.runner()
        runner.releases(runner.release("1.2.3", LINUX, name="elsewhere/mcp-guard"))
        self.refused(runner.step("install"), "holds no mcp-guard-1.2.3-" + LINUX + "/mcp-guard")
        runner.releases(runner.release("1.2.3", LINUX, content=program("1.2.2")))
        self.refused(runner.step("install"), "should be mcp-guard 1.2.3", "says 'mcp-guard 1.2.2'")
        runner.releases(runner.release("1.2.3", LINUX, content="#!/bin/sh\nexit 1\n"))
        self.refused(runner.step("install"), "does not run")

    def test_only_https_and_files(self):
        runner = self.runner()
        runner.releases(runner.release("1.2.3", LINUX))
        for base in ("http://127.0.0.1:9", "ftp://x", "/tmp", "file:relative", "file://host/x", "-K/etc/passwd"):
            with self.subTest(base=base):
                self.refused(runner.step("install", job={"MCP_GUARD_RELEASE_BASE": base}), "MCP_GUARD_RELEASE_BASE", base)

    def test_downloads_are_held_to_https_and_new_tls(self):
        runner = self.runner()
        line = runner.release("1.2.3", LINUX)
        runner.releases(line)
        runner.python_tool("curl", f"""import os, shutil, sys
open(os.environ["STUB"] + "/curl", "w").write("\\n".join(sys.argv[1:]))
shutil.copy({str(runner.mirror)!r} + "/cli-v1.2.3/" + sys.argv[-1].rsplit("/", 1)[1], sys.argv[sys.argv.index("--output") + 1])
""")
        done = runner.step("install", job={"MCP_GUARD_RELEASE_BASE": ""})
        self.assertEqual(done.code, 0, done.log)
        arguments = (runner.stub / "curl").read_text().split("\n")
        self.assertEqual(arguments[0], "-q")
        for option in ("--tlsv1.2", "--fail", "--retry"):
            self.assertIn(option, arguments)
        for option in ("--proto", "--proto-redir"):
            self.assertEqual(arguments[arguments.index(option) + 1], "=https")
        repository = re.search(r'^repository = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]
        self.assertEqual(arguments[-1], f"{repository}/releases/download/cli-v1.2.3/mcp-guard-1.2.3-{LINUX}.tar.gz")

    def test_builds_its_own_source(self):
        for inputs in ({"version": "source"}, {"version": OWN}, {}):
            with self.subTest(inputs=inputs):
                runner = self.runner()
                runner.tool("cargo", cargo())
                done = runner.step("install", inputs, job={"GITHUB_TOKEN": "ghs_secret", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "oidc"})
                self.built(runner, done)
                arguments = (runner.stub / "cargo").read_text().split("\n")
                self.assertEqual(arguments[:4], ["install", "--locked", "--path", str(runner.action)])
                # Not in the workspace, whose .cargo/config.toml could name a compiler.
                self.assertEqual((runner.stub / "cargo-directory").read_text().strip(), str(runner.action))
                seen = (runner.stub / "cargo-environment").read_text()
                for secret in ("ghs_", "oidc"):
                    self.assertNotIn(secret, seen)

    def test_a_build_that_fails_is_told(self):
        runner = self.runner()
        runner.tool("cargo", "#!/bin/sh\nexit 101\n")
        self.refused(runner.step("install"), "the build failed")
        runner.tool("cargo", "#!/bin/sh\n")
        self.refused(runner.step("install"), "made no")
        runner.tool("cargo", cargo("7.7.7"))
        self.refused(runner.step("install"), f"should be mcp-guard {OWN}")

    def test_pull_request_target(self):
        runner = self.runner(event="pull_request_target")
        runner.releases(runner.release("1.2.3", LINUX))
        runner.tool("cargo", cargo())
        for value in ("false", "", "TRUE", "yes"):
            self.refused(runner.step("install", {"allow-pull-request-target": value}), "pull_request_target")
        allowed = {"allow-pull-request-target": "true"}
        self.assertEqual(runner.step("install", allowed).code, 0)
        self.refused(runner.step("install", {**allowed, "version": "source"}), "not built from source")
        runner.releases("# none\n")
        self.refused(runner.step("install", allowed), "not built from source")
        self.assertFalse((runner.stub / "cargo").exists())

    def test_the_job_cannot_smuggle_code_in(self):
        runner = self.runner()
        runner.releases(runner.release("1.2.3", LINUX))
        evil = runner.base / "evil.sh"
        evil.write_text(f"touch {runner.stub}/ran\n")
        job = {"BASH_ENV": str(evil), "ENV": str(evil)}
        for name in ("cd", "printf", "curl", "sha256sum", "fail", "cut"):
            job[f"BASH_FUNC_{name}%%"] = f"() {{ touch {runner.stub}/ran; }}"
        done = runner.step("install", job=job)
        self.assertEqual(done.code, 0, done.log)
        self.assertFalse((runner.stub / "ran").exists())

    def test_a_program_that_lay_there_is_not_taken(self):
        runner = self.runner()
        runner.releases(runner.release("1.2.3", LINUX))
        first = runner.step("install").outputs["bin"]
        with open(first, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\ntouch $STUB/ran\n")
        second = runner.step("install")
        self.assertEqual(second.code, 0, second.log)
        self.assertNotEqual(second.outputs["bin"], first)
        self.assertFalse((runner.stub / "ran").exists())
