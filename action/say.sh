# How the steps speak to the runner. Sourced by the other scripts.
# shellcheck shell=bash

# Text of a workflow command: what would end the command or start another is encoded.
encoded() {
    local text=$1
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    text=${text//$'\n'/%0A}
    printf '%s' "$text"
}

notice() { printf '::notice title=MCP Guard::%s\n' "$(encoded "$*")"; }

# An error and the end of the step, with exit code 1. On standard error, which the runner reads as
# well, so that it is seen from within $(…) too.
fail() {
    printf '::error title=MCP Guard::%s\n' "$(encoded "$*")" >&2
    exit 1
}

# output NAME VALUE: a value of one line, so that nothing in it can set a second output.
output() {
    case $2 in
        *$'\n'* | *$'\r'*) fail "the output $1 has more than one line" ;;
    esac
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# A path that both the shell and native programs take: D:/a/_temp for D:\a\_temp.
plain_path() {
    if command -v cygpath >/dev/null; then cygpath -m "$1"; else printf '%s' "$1"; fi
}
