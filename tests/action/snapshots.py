"""Texts that are kept in files, but for what is not the same in every run and on every machine."""

import difflib
import os
import re
from pathlib import Path

PLACE = Path(__file__).resolve().parent / "snapshots"


class Snapshots:
    def __init__(self):
        self.used = set()

    def check(self, name, text, known):
        """Compares with the file, or with UPDATE=1 writes it; `known` names what stands for what."""
        path = PLACE / name
        self.used.add(name)
        text = plain(text, known)
        if os.environ.get("UPDATE"):
            PLACE.mkdir(exist_ok=True)
            path.write_text(text)
        kept = path.read_text() if path.exists() else ""
        if kept != text:
            differs = difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "now", lineterm="", n=1)
            raise AssertionError("\n".join([f"{name} differs; UPDATE=1 writes it anew", *differs]))

    def unused(self):
        """Files that no test asked for; with UPDATE=1 they are removed."""
        left = {path.name for path in PLACE.iterdir()} - self.used
        for name in left if os.environ.get("UPDATE") else ():
            (PLACE / name).unlink()
        return set() if os.environ.get("UPDATE") else left


def plain(text, known):
    for value, name in sorted(known.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(value, f"<{name}>")
        if re.fullmatch("[0-9a-f]{40}", value):
            text = re.sub(rf"\b{value[:7]}[0-9a-f]*\b", f"<{name} short>", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "<sha256>", text)
    text = re.sub(r"http://127\.0\.0\.1:\d+", "<api>", text)
    text = re.sub(r'"digest":"[0-9a-f]{32}"', '"digest":"<digest>"', text)
    text = re.sub(r"/[^\s'\"`]*/(?:hostexecutor|tmp|act)(?=/)", "<runner>", text)
    text = re.sub(r"mcp-guard-bin\.\w{6}", "mcp-guard-bin.XXXXXX", text)
    text = re.sub(r"\bfor (Linux|macOS) (X64|ARM64)\b", "for <machine>", text)
    return text if text.endswith("\n") else text + "\n"
