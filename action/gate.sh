# Decides, as the last step, whether the check is green, and says in one line why not.
#
# Reads the outcomes of the steps before (INSTALL, SCAN, UPLOAD), the scan's RESULT and REASON, and
# INPUT_UPLOAD_SARIF. Outputs sarif-uploaded where there is such a step.
# shellcheck shell=bash
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/say.sh
. "$here/say.sh"

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

reason=${REASON:-}
reason=${reason:0:400}
case ${RESULT:-} in
    fail | error) fail "Red: ${reason:-the step Scan and report says why}." ;;
    pass) ;;
    *) fail "Red because the scan gave no result." ;;
esac
[ -z "${upload_failed:-}" ] || fail "Red because upload-sarif is true and $upload_failed"
# On one line, whatever it holds.
echo "Green: $(encoded "${reason:-the step Scan and report says why}")."
