"""The planted set: what is wrong in it, and setting it up with made-up tokens filled in."""

import base64
import json
import os
import random
import re
import shutil
import subprocess
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def expected():
    """The planted problems: what follows the dashes of expected.yaml is JSON."""
    lines = (HERE / "expected.yaml").read_text(encoding="utf-8").splitlines()
    return [json.loads(line[2:]) for line in lines if line.startswith("- ")]


ALPHABETS = {
    "base62": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "alnum-lower": "abcdefghijklmnopqrstuvwxyz0123456789",
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "base32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "base64": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "digits": "0123456789",
    "digits1": "123456789",
    "base64url": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
}


def secret_templates():
    """The first example of each format that rules/secrets describes on a line of its own."""
    found = {}
    for path in sorted((ROOT / "rules/secrets").glob("*.yaml")):
        for entry in re.split(r"(?m)^- id: ", path.read_text(encoding="utf-8"))[1:]:
            example = re.search(r"(?m)^  examples: \['((?:[^']|'')*)'", entry)
            if example:
                found[entry.split("\n", 1)[0].strip()] = example.group(1).replace("''", "'")
    return found


def make(template, rng):
    """Fills in a template of the form that detect/src/secret/template.rs describes."""

    def encoded(match):
        inner = make(match.group(1), rng).encode()
        return base64.urlsafe_b64encode(inner).decode().rstrip("=")

    text = re.sub(r"\{base64(?:url)?\((.*?)\)\}", encoded, template)
    text = re.sub(r"\{uuid\}", lambda _: "%08x-%04x-4%03x-a%03x-%012x" % tuple(
        rng.getrandbits(bits) for bits in (32, 16, 12, 12, 48)), text)
    text = re.sub(r"\{([A-Za-z0-9-]+):(\d+)\}",
                  lambda match: "".join(rng.choices(ALPHABETS[match.group(1)], k=int(match.group(2)))), text)

    def checksum(match):
        number, digits = zlib.crc32(match.group(1).encode()), ""
        for _ in range(6):
            number, digit = divmod(number, 62)
            digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[digit] + digits
        return match.group(1) + digits

    return re.sub(r"([A-Za-z0-9]{30})\{github-crc32\}", checksum, text)


def expand(text, templates, rng):
    text = re.sub(r"\{\{made:(.*?)\}\}", lambda match: make("{" + match.group(1) + "}", rng), text)
    return re.sub(r"\{\{secret:(.*?)\}\}", lambda match: make(templates[match.group(1)], rng), text)


def set_up(place, tree):
    """Copies a tree, tokens filled in, and gives it the world that its problems are about.

    What an earlier tool left there goes away: some write into the home that they look at.
    """
    templates, rng = secret_templates(), random.Random(tree)
    os.umask(0o077)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    if tree == "one":
        (place / "home").mkdir()
        text = (HERE / "mcp.json").read_text(encoding="utf-8")
        (place / "mcp.json").write_text(expand(text, templates, rng), encoding="utf-8")
        return
    for path in sorted((HERE / tree).rglob("*")):
        if path.is_file():
            target = place / path.relative_to(HERE / tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(expand(path.read_text(encoding="utf-8"), templates, rng), encoding="utf-8")
    if tree != "planted":
        return
    place.chmod(0o755)
    for directory in ["home", "home/.aws", "home/.aws/amazonq", "code"]:
        (place / directory).chmod(0o755)
    (place / "home/.aws/amazonq/mcp.json").chmod(0o644)
    (place / "code/harbour-desk/bin/buoy").chmod(0o777)
    if shutil.which("git"):
        desk = place / "code/harbour-desk"
        for words in (["init", "-q"], ["add", "."]):
            subprocess.run(["git", *words], cwd=desk, check=True, env=environment(place))


def environment(place):
    """Nothing of the user's but what a program needs to start."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SystemRoot") if name in os.environ}
    home = str(place / "home")
    return {**kept, "HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": home + "/.config",
            "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1", "COLUMNS": "400"}
