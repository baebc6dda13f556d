#!/usr/bin/env bash
# Measures the release binary on trees made from a seed, beside `cat`, `find` and, if given, a peer.
#
#   benches/scan.sh
#   ROUNDS=20 SEED=7 TREES=/dev/shm/trees PEER=/path/to/venv/bin/mcp-guard benches/scan.sh
#
# TREES is where the trees are made and kept; without it they go away at the end. Needs Python 3.7,
# nothing besides its standard library.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."

cargo build --quiet --release --locked
binary=${CARGO_TARGET_DIR:-target}/release/mcp-guard

trees=${TREES:-$(mktemp -d)}
[[ -n ${TREES:-} ]] || trap 'rm -rf "$trees"' EXIT
if [[ ! -e $trees/json.list ]]; then
    python3 "$here/generate.py" --seed "${SEED:-1}" "$trees"
    find "$trees/many" -type f -print0 >"$trees/many.list"
    find "$trees/many" -type f -name '*.json' -print0 >"$trees/json.list"
fi

# Nothing is measured before it is known to have read the files.
scanned() { # scanned TREE: how many files, and how many of them not whole
    "$binary" scan --format json "$1" | python3 -c '
import json, sys
summary = json.load(sys.stdin)["summary"]
print(summary["files"], "files,", summary["servers"], "servers,", summary["incomplete"], "incomplete")'
}
printf '%s\n' "$("$binary" --version), seed ${SEED:-1}"
for tree in one many tree; do
    printf '%s: %s\n' "$tree" "$(scanned "$trees/$tree" || true)"
done
if [[ -n ${PEER:-} ]]; then
    said=$(xargs -0 -s 1900000 -a "$trees/json.list" "$PEER" scan || true)
    printf 'peer: %s files, of which it could not parse %s and found no servers in %s\n' \
        "$(grep -c '^📁' <<<"$said")" "$(grep -c 'Cannot parse' <<<"$said")" \
        "$(grep -c 'No mcpServers' <<<"$said")"
fi
python3 "$here/measure.py" "$binary" "$trees" --rounds "${ROUNDS:-10}" ${PEER:+--peer "$PEER"}
