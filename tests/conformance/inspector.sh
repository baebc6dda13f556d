#!/usr/bin/env bash
# The Inspector's command line as a client of the fixture, one line a step:
#
#   inspector.sh legacy|modern|auto --url URL
#   inspector.sh legacy|modern|auto -- COMMAND ARGS…
#
# Exits with 1 if a step fails.
set -uo pipefail
era=$1 kind=$2
shift 2
bin=$(cd "$(dirname "$0")" && pwd)/node_modules/.bin
export PATH=$bin:$PATH MCP_INSPECTOR_SECRET_STORE=memory
failed=0

if [ "$kind" = --url ]; then
    target=(--server-url "$1" --transport http) command=()
else
    target=() command=(-- "$@")
fi

step() { # step NAME EXPECTED ARGS…: the output of the Inspector must hold EXPECTED
    local name=$1 expected=$2 output
    shift 2
    output=$(timeout 20 mcp-inspector --cli ${target[@]+"${target[@]}"} --protocol-era "$era" --format json -q "$@" \
        ${command[@]+"${command[@]}"} 2>&1 </dev/null)
    if grep -qF -- "$expected" <<<"$output"; then
        echo "ok    $name"
    else
        failed=1
        echo "FAIL  $name: ${output:0:300}" | tr '\n' ' '
        echo
    fi
}

step "tools/list" '"name":"test_simple_text"' --method tools/list
step "tools/call" 'Hello, Ada!' --method tools/call --tool-name greet --tool-arg name=Ada
exit $failed
