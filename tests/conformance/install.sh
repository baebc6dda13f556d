#!/usr/bin/env bash
# Puts the suites, the SDKs, a Node and two Python environments under target/conformance, and builds
# the client and the server on the SDK of Rust there.
# Does nothing when that is done for these very pins.
set -euo pipefail
cd "$(dirname "$0")"
home=$(cd ../.. && pwd)/target/conformance
npm_home=$home/npm
mkdir -p "$npm_home"

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }
# is_done FOLDER DIGEST: whether that part stands for these very pins.
is_done() { [ -f "$1/.pins" ] && [ "$(cat "$1/.pins")" = "$2" ]; }

want=$(digest package.json package-lock.json)
if ! is_done "$npm_home" "$want"; then
    cp package.json package-lock.json "$npm_home/"
    # vite names an optional package for Windows that the registry does not have; the
    # override in package.json puts an empty one in its place, without which npm ci refuses the lock.
    # No script of a package runs: the suites and the SDKs need none. The engines' warning is about
    # the Node that installs, not about the one of the lock that everything runs on.
    (cd "$npm_home" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
    echo "$want" >"$npm_home/.pins"
fi
# Modules of this folder find their packages here; git ignores the link.
ln -sfn ../../target/conformance/npm/node_modules node_modules

for era in legacy modern; do
    venv=$home/python-$era
    want=$(digest python/$era.txt)
    if ! is_done "$venv" "$want"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --no-deps --disable-pip-version-check -r python/$era.txt
        echo "$want" >"$venv/.pins"
    fi
done

CARGO_TARGET_DIR=$home/rmcp cargo build --quiet --locked --manifest-path rmcp/Cargo.toml
