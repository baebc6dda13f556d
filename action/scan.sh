# Runs the scan. Findings never fail this step: the gate, which comes last, decides.
#
# Reads MCP_GUARD_BIN, the INPUT_* that options are made of, RUNNER_TEMP and GITHUB_WORKSPACE.
# The program writes the outputs that action.yml declares; this script adds `upload`, which says
# whether there is a report for code scanning.
# shellcheck shell=bash
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/say.sh
. "$here/say.sh"

# An empty token is no token.
[ -n "${GITHUB_TOKEN:-}" ] || unset GITHUB_TOKEN

name=${INPUT_COMMENT_ID:-default}
[[ $name =~ ^[A-Za-z0-9._-]{1,64}$ ]] ||
    fail "comment-id must be 1 to 64 letters, digits, dots, underscores or hyphens"
place=$(plain_path "$RUNNER_TEMP")/mcp-guard
sarif=$place/$name.sarif
mkdir -p "$place"
rm -f "$sarif" "$place/$name.json"

arguments=(ci github --no-gate "--sarif-file=$sarif" "--json-file=$place/$name.json")
# Joined with `=`, so that no value can be taken for an option.
for option in paths config persona fail-on min-severity new-only base-ref baseline allow-incomplete \
    category comment comment-id comment-author suggestions annotations summary allow-pull-request-target; do
    variable=${option//-/_}
    variable=INPUT_$(printf '%s' "$variable" | tr '[:lower:]' '[:upper:]')
    [ -z "${!variable:-}" ] || arguments+=("--$option=${!variable}")
done

directory=${INPUT_WORKING_DIRECTORY:-.}
cd "$(plain_path "$GITHUB_WORKSPACE")"
[ -d "./$directory" ] || fail "working-directory '$directory' is no directory below the workspace"
cd "./$directory"

# Git Bash on Windows would rewrite arguments that look like paths.
code=0
MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*' "$MCP_GUARD_BIN" "${arguments[@]}" || code=$?
if [ "$code" -eq 2 ]; then
    # It said why, with an annotation unless an option is wrong.
    echo "The scan did not run to its end; its output above says why."
    exit 1
fi
[ "$code" -eq 0 ] || fail "the scan did not run to its end (exit code $code); its output above says why"

if [ "${INPUT_UPLOAD_SARIF:-false}" != false ] && [ -s "$sarif" ]; then
    output upload true
else
    output upload false
fi
