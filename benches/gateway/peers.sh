#!/bin/sh
# Installs the gateways that compare.py holds ours against, each in a folder of its own below
# target/peers. What is there already stays. A peer that cannot be installed is named at the end, its
# log kept, and the others are installed all the same; compare.py reports it as not installed.
set -u

here=$(cd "$(dirname "$0")" && pwd)
peers="$here/target/peers"
logs="$peers/logs"
failed=""
mkdir -p "$logs"

# install NAME PROGRAM COMMAND…: runs the command unless the program is there.
install() {
    name=$1
    program=$2
    shift 2
    if [ -x "$program" ]; then
        echo "$name: is there"
    elif "$@" >"$logs/$name.log" 2>&1 && [ -x "$program" ]; then
        echo "$name: installed"
    else
        echo "$name: not installed, see $logs/$name.log"
        failed="$failed $name"
    fi
}

python_package() {
    python3 -m venv "$1" && "$1/bin/pip" install --quiet "$2"
}

# Each crate has its own target directory, which goes when the program is built.
crate() {
    CARGO_TARGET_DIR="$peers/build" nice cargo install --locked --root "$1" --version "$3" "$2" &&
        rm -rf "$peers/build"
}

install supergateway "$peers/supergateway/node_modules/.bin/supergateway" \
    npm install --silent --no-audit --no-fund --prefix "$peers/supergateway" supergateway@4.0.0
install mcp-proxy-py "$peers/mcp-proxy-py/bin/mcp-proxy" \
    python_package "$peers/mcp-proxy-py" mcp-proxy==0.13.0
install mcp-guard-crate "$peers/mcp-guard-crate/bin/mcp-guard" \
    crate "$peers/mcp-guard-crate" mcp-guard 1.0.0
install mcp-proxy-rs "$peers/mcp-proxy-rs/bin/mcp-proxy" \
    crate "$peers/mcp-proxy-rs" mcp-proxy 0.6.0

[ -z "$failed" ] || {
    echo "not installed:$failed"
    exit 1
}
