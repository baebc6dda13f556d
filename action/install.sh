# Puts a verified mcp-guard below RUNNER_TEMP and outputs its path (bin) and version.
#
# What may run is decided by the commit of the action: releases.txt beside this file lists the
# SHA-256 of each archive. The alternative is to build the checkout of the action itself.
#
# Reads INPUT_VERSION, INPUT_ALLOW_PULL_REQUEST_TARGET, RUNNER_OS, RUNNER_ARCH, RUNNER_TEMP,
# GITHUB_EVENT_NAME and, for mirrors, MCP_GUARD_RELEASE_BASE.
# shellcheck shell=bash
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
# shellcheck source=action/say.sh
. "$here/say.sh"

# Nothing here needs to prove who it is; what builds or unpacks must not be able to either.
unset GITHUB_TOKEN GH_TOKEN ACTIONS_RUNTIME_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN \
    ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_RESULTS_URL

default_base=https://github.com/mcp-guard/mcp-guard/releases/download
releases=$here/releases.txt

# The target triple that release archives for this runner are named after; nothing if there is none.
target_of() { # target_of OS ARCH
    local machine
    case $2 in
        X64) machine=x86_64 ;;
        ARM64) machine=aarch64 ;;
        *) return ;;
    esac
    case $1 in
        Linux) echo "$machine-unknown-linux-musl" ;;
        macOS) echo "$machine-apple-darwin" ;;
        Windows) echo "$machine-pc-windows-msvc" ;;
    esac
}

# The version of the source that this checkout of the action holds.
source_version() {
    sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\([^"]*\)".*/\1/p' "$root/Cargo.toml"
}

# The version that belongs to this ref: of its newest release, or of its source before there is one.
own_version() {
    local newest
    newest=$(awk '!/^#/ && NF == 3 { print $1; exit }' "$releases")
    printf '%s' "${newest:-$(source_version)}"
}

listed_hash() { # listed_hash VERSION TARGET
    awk -v version="$1" -v target="$2" \
        '!/^#/ && NF == 3 && $1 "" == version && $2 "" == target { print $3; exit }' "$releases"
}

listed_versions() { awk '!/^#/ && NF == 3 && !seen[$1]++ { printf "%s ", $1 }' "$releases"; }

sha256_of() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -c1-64
    elif command -v shasum >/dev/null; then
        shasum -a 256 <"$1" | cut -c1-64
    else
        fail "neither sha256sum nor shasum is there to verify the archive"
    fi
}

download() { # download URL FILE
    case $1 in
        https://*)
            # -q keeps out a .curlrc, which could switch the checks off.
            curl -q --fail --silent --show-error --location \
                --proto '=https' --proto-redir '=https' --tlsv1.2 \
                --retry 5 --retry-connrefused --connect-timeout 20 --max-time 300 \
                --output "$2" "$1"
            ;;
        file:///[A-Za-z]:/*) cp -- "${1#file:///}" "$2" ;;
        file:///*) cp -- "${1#file://}" "$2" ;;
        *) fail "MCP_GUARD_RELEASE_BASE must start with https:// or file:///, but the address is $1" ;;
    esac
}

unpack() { # unpack ARCHIVE, in the current directory
    case $1 in
        *.zip)
            if command -v unzip >/dev/null; then
                unzip -q "$1"
            else
                "${SYSTEMROOT:-C:/Windows}/System32/tar.exe" -xf "$1"
            fi
            ;;
        *) tar -xzf "$1" --no-same-owner ;;
    esac
}

install_release() { # install_release VERSION TARGET SHA256; sets bin
    local version=$1 target=$2 expected=$3 name archive base url got program=mcp-guard
    name=mcp-guard-$version-$target
    archive=$name.tar.gz
    case $target in *windows*) archive=$name.zip program=mcp-guard.exe ;; esac
    base=${MCP_GUARD_RELEASE_BASE:-$default_base}
    url=${base%/}/cli-v$version/$archive

    cd "$place"
    download "$url" "$archive" ||
        fail "$url could not be fetched. A mirror is named in MCP_GUARD_RELEASE_BASE; version: source builds from the action's checkout instead."
    got=$(sha256_of "$archive")
    [ "$got" = "$expected" ] ||
        fail "$archive is not the file that was released: expected SHA-256 $expected, got $got"
    unpack "$archive"
    bin=$place/$name/$program
    { [ -f "$bin" ] && [ ! -L "$bin" ]; } || fail "$archive holds no $name/$program"
}

build() { # sets bin
    [ "${GITHUB_EVENT_NAME:-}" != pull_request_target ] ||
        fail "mcp-guard is not built from source on pull_request_target; name a released version"
    command -v cargo >/dev/null ||
        fail "$1, and there is no cargo to build it: install Rust in an earlier step"
    echo "$1: building it from the action's checkout"
    # Cargo obeys the settings it finds in and above the current directory. Those of the scanned
    # repository must not count, so the build starts from the action.
    cd "$root"
    CARGO_TARGET_DIR=$temp/mcp-guard-build cargo install --locked --path "$(plain_path "$root")" --root "$place" ||
        fail "the build failed; its output above says why"
    bin=$place/bin/mcp-guard
    [ "$RUNNER_OS" != Windows ] || bin=$bin.exe
    [ -f "$bin" ] || fail "the build made no $bin"
}

if [ "${GITHUB_EVENT_NAME:-}" = pull_request_target ] && [ "${INPUT_ALLOW_PULL_REQUEST_TARGET:-}" != true ]; then
    fail "pull_request_target runs with a token that can write, on files that anybody may have written. Use pull_request, or set allow-pull-request-target: true after reading docs/ci.md."
fi

version=${INPUT_VERSION:-}
number='(0|[1-9][0-9]{0,5})'
pattern="^$number\.$number\.$number(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?\$"
if [ -n "$version" ] && [ "$version" != source ] && ! [[ $version =~ $pattern ]]; then
    fail "version must be X.Y.Z or source, but is '${version:0:80}'"
fi

temp=$(plain_path "$RUNNER_TEMP")
# A directory of its own for each run: nothing that lay there before can be taken for the program.
place=$(plain_path "$(mktemp -d "$temp/mcp-guard-bin.XXXXXX")")
own=$(own_version)
target=$(target_of "$RUNNER_OS" "$RUNNER_ARCH")

if [ "$version" = source ]; then
    build "version is source"
    version=$(source_version)
else
    version=${version:-$own}
    hash=
    [ -z "$target" ] || hash=$(listed_hash "$version" "$target")
    if [ -n "$hash" ]; then
        [[ $hash =~ ^[0-9a-f]{64}$ ]] || fail "releases.txt has no SHA-256 for $version $target, but '$hash'"
        install_release "$version" "$target" "$hash"
    elif [ "$version" != "$own" ]; then
        known=$(listed_versions)
        known=${known% }
        fail "this ref of the action does not know version $version for $RUNNER_OS $RUNNER_ARCH. It knows: ${known:-no release yet}. Another ref may, and version: source builds its own."
    elif [ "$version" != "$(source_version)" ]; then
        fail "there is no archive of version $version for $RUNNER_OS $RUNNER_ARCH, and the source of this ref is $(source_version). version: source builds that."
    else
        build "there is no archive of version $version for $RUNNER_OS $RUNNER_ARCH"
    fi
fi

said=$("$bin" --version) || fail "the installed program does not run on this machine"
said=${said%$'\r'}
[ "$said" = "mcp-guard $version" ] ||
    fail "the installed program should be mcp-guard $version, but says '${said:0:80}'"
echo "$said"
output bin "$bin"
output version "$version"
