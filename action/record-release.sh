#!/usr/bin/env bash
# Adds the archives of a release to releases.txt, newest first, after their attestations and their
# checksums were verified.
#
#     action/record-release.sh VERSION DIRECTORY
#
# DIRECTORY holds the archives of all targets and SHA256SUMS, as the release cli-vVERSION has them.
# Needs gh, signed in. The action installs what stands in releases.txt and nothing else, so this is
# the place where a file becomes trusted.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=mcp-guard/mcp-guard
targets='x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-apple-darwin aarch64-apple-darwin
x86_64-pc-windows-msvc aarch64-pc-windows-msvc'

stop() {
    printf 'record-release: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 2 ] || stop "usage: record-release.sh VERSION DIRECTORY"
version=$1 directory=$2 list=${MCP_GUARD_RELEASES_FILE:-$here/releases.txt}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || stop "'$version' is no version"
[ -d "$directory" ] || stop "'$directory' is no directory"
! awk -v version="$version" '$1 "" == version { found = 1 } END { exit !found }' "$list" ||
    stop "$list has $version already; what was released once does not change"

lines=
for target in $targets; do
    archive=mcp-guard-$version-$target.tar.gz
    case $target in *windows*) archive=${archive%.tar.gz}.zip ;; esac
    [ -f "$directory/$archive" ] || stop "$archive is missing"
    gh attestation verify "$directory/$archive" \
        --repo "$repository" \
        --signer-workflow "$repository/.github/workflows/release.yml" \
        --source-ref "refs/tags/cli-v$version" \
        --deny-self-hosted-runners >/dev/null ||
        stop "$archive was not built by the release workflow of $repository at cli-v$version"
    hash=$(sha256sum <"$directory/$archive" | cut -c1-64)
    grep -qxF "$hash  $archive" "$directory/SHA256SUMS" || stop "SHA256SUMS says otherwise of $archive"
    lines+="$version $target $hash"$'\n'
done

# The comment at the top stays there.
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
    grep '^#' "$list" || true
    printf '%s' "$lines"
    grep -v '^#' "$list" || true
} >"$new"
cat "$new" >"$list"
printf 'recorded %s in %s\n' "$version" "$list"
