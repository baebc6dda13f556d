#!/usr/bin/env bash
# Tags the current commit as the action's release of the newest version in releases.txt, and moves
# the tag of its major version there. Prints the tags that it set, one a line.
#
#     action/tag-release.sh REMOTE
#
# An exact tag is set once and never moved. The major tag only moves forward: a correction of an older
# version, or a prerelease, leaves it where it is.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: tag-release.sh REMOTE" >&2; exit 2; }
remote=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# awk reads to the end, so that nothing upstream is cut off.
version=$(awk '!/^#/ && NF == 3 && !found { print $1; found = 1 }' action/releases.txt)
[ -n "$version" ] || { echo "tag-release: releases.txt lists no release yet" >&2; exit 0; }
# What an earlier run left undone is done now, on the commit that has the exact tag.
commit=$(git ls-remote "$remote" "refs/tags/v$version" | cut -f1)
if [ -z "$commit" ]; then
    commit=$(git rev-parse HEAD)
    git push --quiet "$remote" "$commit:refs/tags/v$version"
    echo "v$version"
fi

major=${version%%.*}
highest=$(awk '!/^#/ && NF == 3 { print $1 }' action/releases.txt | grep -E "^$major\.[0-9]+\.[0-9]+\$" | sort -V | tail -n 1 || true)
moved=$(git ls-remote "$remote" "refs/tags/v$major" | cut -f1)
if [ "$version" = "$highest" ] && [ "$moved" != "$commit" ]; then
    git push --quiet --force "$remote" "$commit:refs/tags/v$major"
    echo "v$major"
fi
