#!/usr/bin/env bash
# Writes a CycloneDX bill of materials of the program for each target: what is compiled into it.
#
#     packaging/sbom.sh VERSION DIRECTORY
#
# Needs cargo-cyclonedx. SOURCE_DATE_EPOCH, if set, is the time that stands in the files.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: sbom.sh VERSION DIRECTORY" >&2; exit 2; }
version=$1
mkdir -p "$2"
directory=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$(pwd)

for target in {x86_64,aarch64}-unknown-linux-musl {x86_64,aarch64}-apple-darwin {x86_64,aarch64}-pc-windows-msvc; do
    cargo cyclonedx --quiet --format json --spec-version 1.5 --describe binaries --no-build-deps --target "$target"
    # Where the source lay when this was written is nobody's business and differs between machines.
    sed "s#path+file://$root#path+file:///mcp-guard#g" mcp-guard_bin.cdx.json \
        >"$directory/mcp-guard-$version-$target.cdx.json"
    rm mcp-guard_bin.cdx.json
done
