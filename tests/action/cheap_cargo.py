"""A cargo that builds what it is told to, but fast: unoptimised, with the dependencies of this tree."""

import os
import shlex
import shutil

from runner import ROOT


def take(source, place):
    """Links what is never written to again, and copies the rest with its times."""
    linked = source.endswith((".rlib", ".rmeta", ".so", ".dylib"))
    return (os.link if linked else shutil.copy2)(source, place)


def put(base):
    """Makes the program in a directory, and returns a PATH that begins with it."""
    build, tools = base / "build", base / "tools"
    for name in (".fingerprint", "build", "deps"):
        there = ROOT / "target/debug" / name
        if there.is_dir():
            skip = shutil.ignore_patterns("*.o", "*.d", "mcp_guard*", "libmcp_guard*", "mcp-guard*")
            shutil.copytree(there, build / "debug" / name, copy_function=take, ignore=skip, symlinks=True)
    tools.mkdir()
    home = os.environ["HOME"]
    settings = {
        "HOME": home, "CARGO_HOME": os.environ.get("CARGO_HOME", f"{home}/.cargo"),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", f"{home}/.rustup"),
        "CARGO_BUILD_BUILD_DIR": str(build), "CARGO_PROFILE_DEV_INCREMENTAL": "false",
    }
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items())
    # What it was asked to do is kept, to be held against what the action says that it does.
    script = f"""#!/bin/sh
{exports}printf '%s\\n' "$@" >{shlex.quote(str(base / "cargo-arguments"))}
pwd >{shlex.quote(str(base / "cargo-directory"))}
env | grep -c '^GITHUB_TOKEN=' >{shlex.quote(str(base / "cargo-tokens"))}
exec {shlex.quote(shutil.which("cargo"))} "$@" --debug
"""
    (tools / "cargo").write_text(script)
    (tools / "cargo").chmod(0o755)
    return f"{tools}:{os.environ['PATH']}"
