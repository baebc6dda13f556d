# Decides, as the last step, whether the check is green, and says in one line why not.
#
# Reads the outcomes of the steps before (INSTALL, SCAN, UPLOAD), the scan's RESULT, FINDINGS and
# NEW_FINDINGS, and INPUT_UPLOAD_SARIF, INPUT_FAIL_ON. Outputs sarif-uploaded where there is such a
# step.
# shellcheck shell=bash
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/say.sh
. "$here/say.sh"

count() { if [[ ${1:-} =~ ^[0-9]{1,9}$ ]]; then printf '%s' "$1"; else printf 'an unknown number'; fi; }

limit='fail-on (high, unless mcp-guard.yaml says otherwise)'
! [[ ${INPUT_FAIL_ON:-} =~ ^[a-z]{1,10}$ ]] || limit="fail-on ($INPUT_FAIL_ON)"
numbers="Findings: $(count "${FINDINGS:-}")"
[ "$numbers" = "Findings: 0" ] || numbers+=", of which $(count "${NEW_FINDINGS:-}") count"

upload_setting=${INPUT_UPLOAD_SARIF:-false}
case $upload_setting in
    auto | true | false) ;;
    *) fail "upload-sarif must be auto, true or false, but is '${upload_setting:0:40}'" ;;
esac

if [ "$upload_setting" != false ] || [ -n "${UPLOAD:-}" ]; then
    if [ "${UPLOAD:-}" = success ]; then
        output sarif-uploaded true
    else
        output sarif-uploaded false
    fi
fi

# The step that failed has an annotation with the reason, beside which another one would say nothing.
follow() {
    echo "Red because $*"
    exit 1
}
[ "${INSTALL:-}" = success ] || follow "mcp-guard was not installed; the step Install mcp-guard says why."
[ "${SCAN:-}" = success ] || follow "the scan did not run to its end; the step Scan and report says why."

if [ "$upload_setting" != false ] && [ "${UPLOAD:-}" != success ]; then
    why="code scanning did not take the report. It needs security-events: write, in a private repository also actions: read and Code Security; tokens of forks and of Dependabot cannot write."
    [ "$upload_setting" != true ] || upload_failed="$why"
    [ "$upload_setting" != auto ] || notice "Not red for this: $why upload-sarif: false stops trying."
fi

case ${RESULT:-} in
    fail)
        fail "Red because a finding that counts reaches $limit. $numbers; the summary lists them."
        ;;
    error)
        fail "Red because something could not be read, so the scan is not complete. The summary names it; allow-incomplete: true accepts it."
        ;;
    pass) ;;
    *) fail "Red because the scan gave no result." ;;
esac
[ -z "${upload_failed:-}" ] || fail "Red because upload-sarif is true and $upload_failed"
echo "Green: no finding that counts reaches $limit. $numbers."
