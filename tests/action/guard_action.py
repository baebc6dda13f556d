"""The action of this tree with the program of this tree: packed as a release, or as source."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from consumer import repository
from runner import ROOT

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
      run: |
        cp "$FILE" "$STUB/uploaded"
        test ! -e "$STUB/refuses" || { echo "::error::Resource not accessible by integration"; exit 1; }
"""
PROGRAM = Path(os.environ.get("MCP_GUARD_PROGRAM") or ROOT / "target/debug/mcp-guard")


def target():
    system = {"Linux": "unknown-linux-musl", "Darwin": "apple-darwin"}[os.uname().sysname]
    return f"{ {'arm64': 'aarch64'}.get(os.uname().machine, os.uname().machine) }-{system}"


class Action:
    """Two repositories beside each other: the action, and the one that it nests. `mirror` has the archive."""

    def __init__(self, base):
        self.place, self.nested, self.mirror = base / "action", base / "codeql", base / "mirror"
        for name in ("action", "scan"):
            shutil.copytree(ROOT / name, self.place / name)
        for name in ("action.yml", "Cargo.toml"):
            shutil.copy(ROOT / name, self.place)
        said = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout
        self.version = said.split()[1]
        archive, digest = self.pack(base)
        self.archive = archive
        (self.place / "action/releases.txt").write_text(f"# One.\n{self.version} {target()} {digest}\n")
        repository(self.place, {})
        repository(self.nested, {"upload-sarif/action.yml": UPLOAD})
        self.nested_commit = re.search(r"upload-sarif@([0-9a-f]{40})", (ROOT / "action.yml").read_text())[1]

    def pack(self, base):
        program = base / "mcp-guard"
        shutil.copy(PROGRAM, program)
        if shutil.which("strip"):
            subprocess.run(["strip", program], check=True)
        name = f"mcp-guard-{self.version}-{target()}"
        archive = self.mirror / f"cli-v{self.version}" / f"{name}.tar.gz"
        archive.parent.mkdir(parents=True)
        with gzip.GzipFile(archive, "wb", compresslevel=1, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as file:
            file.add(program, f"{name}/mcp-guard")
        return archive, hashlib.sha256(archive.read_bytes()).hexdigest()


class SourceAction:
    """The action as it is before its first release: all of this tree, and no archive."""

    def __init__(self, base, released):
        self.place, self.nested, self.mirror = base / "action", released.nested, base / "nowhere"
        self.nested_commit, self.version = released.nested_commit, released.version
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (self.place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.place / name)
        repository(self.place, {"action/releases.txt": "# None yet.\n"})
