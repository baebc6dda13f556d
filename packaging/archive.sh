#!/usr/bin/env bash
# Packs a built program as release archives are: mcp-guard-VERSION-TARGET/{mcp-guard,README.md,…}.
#
#     packaging/archive.sh VERSION TARGET PROGRAM DIRECTORY
#
# The same program gives the same bytes: order, times and owners are fixed.
set -euo pipefail

[ $# -eq 4 ] || { echo "usage: archive.sh VERSION TARGET PROGRAM DIRECTORY" >&2; exit 2; }
version=$1 target=$2 program=$3 directory=$4
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$(command -v python3 || command -v python)

mkdir -p "$directory"
"$python" - "$root" "$version" "$target" "$program" "$directory" <<'END'
import gzip, io, pathlib, sys, tarfile, zipfile

root, version, target, program, directory = sys.argv[1:]
windows = "windows" in target
stem = f"mcp-guard-{version}-{target}"
members = [(f"{stem}/mcp-guard{'.exe' if windows else ''}", pathlib.Path(program), 0o755)]
for name in ("LICENSE-APACHE", "LICENSE-MIT", "README.md"):
    members.append((f"{stem}/{name}", pathlib.Path(root, name), 0o644))
out = pathlib.Path(directory, stem + (".zip" if windows else ".tar.gz"))
if windows:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path, mode in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, (0o100000 | mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
else:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path, mode in members:
            content = path.read_bytes()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            archive.addfile(info, io.BytesIO(content))
    with open(out, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(plain.getvalue())
print(out)
END
