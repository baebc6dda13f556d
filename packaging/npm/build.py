#!/usr/bin/env python3
"""Makes the npm packages of a release from its archives.

    packaging/npm/build.py VERSION ARCHIVES OUT

ARCHIVES holds mcp-guard-VERSION-TARGET.tar.gz or .zip for every target, OUT gets one folder for each
package: those of the platforms, and mcp-guard-scan, which depends on them and picks one.
"""

import json
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "mcp-guard-scan"
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")
PLATFORMS = {
    "x86_64-unknown-linux-musl": ("linux", "x64"),
    "aarch64-unknown-linux-musl": ("linux", "arm64"),
    "x86_64-apple-darwin": ("darwin", "x64"),
    "aarch64-apple-darwin": ("darwin", "arm64"),
    "x86_64-pc-windows-msvc": ("win32", "x64"),
    "aarch64-pc-windows-msvc": ("win32", "arm64"),
}
COMMON = {
    "license": "Apache-2.0 OR MIT",
    "repository": {"type": "git", "url": "git+https://github.com/mcp-guard/mcp-guard.git"},
    "homepage": "https://github.com/mcp-guard/mcp-guard",
}


def member(archive, path):
    """The bytes of one file of an archive."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as opened:
            return opened.read(path)
    with tarfile.open(archive) as opened:
        file = opened.extractfile(path)
        if file is None:
            raise KeyError(path)
        return file.read()


def write(folder, package):
    text = json.dumps({**package, **COMMON}, indent=2) + "\n"
    (folder / "package.json").write_text(text, encoding="utf-8")


def main(version, archives, out):
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?", version):
        sys.exit(f"'{version}' is no version")
    for target, (system, machine) in PLATFORMS.items():
        windows = system == "win32"
        stem = f"mcp-guard-{version}-{target}"
        archive = Path(archives, stem + (".zip" if windows else ".tar.gz"))
        if not archive.is_file():
            sys.exit(f"{archive.name} is missing in {archives}")
        name = f"{NAME}-{system}-{machine}"
        folder = Path(out, name)
        folder.mkdir(parents=True)
        program = folder / ("mcp-guard.exe" if windows else "mcp-guard")
        program.write_bytes(member(archive, f"{stem}/{program.name}"))
        program.chmod(0o755)
        for licence in LICENCES:
            (folder / licence).write_bytes(member(archive, f"{stem}/{licence}"))
        (folder / "README.md").write_text(
            f"# {name}\n\nThe program of {NAME} for {system} {machine}.\n",
            encoding="utf-8",
        )
        write(folder, {
            "name": name, "version": version, "description": f"mcp-guard for {system} {machine}",
            "os": [system], "cpu": [machine], "files": [program.name, *LICENCES], "preferUnplugged": True,
        })
    folder = Path(out, NAME)
    shutil.copytree(HERE / NAME, folder)
    for licence in LICENCES:
        shutil.copy(HERE.parents[1] / licence, folder / licence)
    write(folder, {
        "name": NAME, "version": version,
        "description": "Finds what is unsafe in the MCP configuration of clients and repositories",
        "keywords": ["mcp", "model-context-protocol", "security", "scanner"],
        "bin": {"mcp-guard": "mcp-guard.js"}, "files": ["mcp-guard.js", *LICENCES], "engines": {"node": ">=18"},
        "optionalDependencies": {f"{NAME}-{s}-{m}": version for s, m in PLATFORMS.values()},
    })


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: build.py VERSION ARCHIVES OUT")
    main(*sys.argv[1:])
