"""Reads the part of YAML that the action, the workflows and the hooks of this repository use.

The tests run with nothing but Python, which has no YAML. What is not understood is an error, so
that a file that outgrows this reader is noticed. Comments after a value are kept beside it.
"""

import re
from pathlib import Path

KEY = re.compile(r"""^("[^"]*"|'[^']*'|[A-Za-z0-9_./*@-]+):(?:\s+(.*))?$""")


class Text(str):
    """A scalar; `comment` is what stood after it on its line."""

    comment = ""


def load(path):
    lines = []
    for number, raw in enumerate(Path(path).read_text(encoding="utf-8").split("\n"), 1):
        lines.append((number, len(raw) - len(raw.lstrip(" ")), raw.strip(), raw))
    reader = _Reader(str(path), lines)
    value = reader.block(0)
    reader.skip()
    if reader.at < len(lines):
        reader.stop("this is not understood")
    return value


class _Reader:
    def __init__(self, path, lines):
        self.path, self.lines, self.at = path, lines, 0

    def stop(self, why):
        number = self.lines[min(self.at, len(self.lines) - 1)][0]
        raise ValueError(f"{self.path}:{number}: {why}")

    def skip(self):
        while self.at < len(self.lines) and (
            not self.lines[self.at][2] or self.lines[self.at][2].startswith("#") or self.lines[self.at][2] == "---"
        ):
            self.at += 1

    def block(self, least):
        """The map, list or nothing that starts at `least` columns or further in."""
        self.skip()
        if self.at >= len(self.lines) or self.lines[self.at][1] < least:
            return None
        indent = self.lines[self.at][1]
        return self.list(indent) if self.lines[self.at][2].startswith("- ") else self.map(indent)

    def list(self, indent):
        found = []
        while True:
            self.skip()
            if self.at >= len(self.lines) or self.lines[self.at][1] != indent:
                return found
            number, _, text, raw = self.lines[self.at]
            if not text.startswith("- "):
                return found
            rest = text[2:].strip()
            if KEY.match(rest) and not rest.startswith(('"', "'", "[", "{")):
                # The first key of a map stands behind the hyphen: read it as if it stood alone.
                inner = indent + text.index(rest)
                self.lines[self.at] = (number, inner, rest, " " * inner + rest)
                found.append(self.map(inner))
            else:
                self.at += 1
                found.append(self.scalar(rest, indent))

    def map(self, indent):
        found = {}
        while True:
            self.skip()
            if self.at >= len(self.lines) or self.lines[self.at][1] != indent:
                return found
            match = KEY.match(self.lines[self.at][2])
            if not match:
                self.stop("a key was expected")
            key, rest = match[1].strip("\"'"), match[2] or ""
            if key in found:
                self.stop(f"{key} stands twice")
            self.at += 1
            if not rest or rest.startswith("#"):
                self.skip()
                at_list = self.at < len(self.lines) and self.lines[self.at][2].startswith("- ")
                found[key] = self.block(indent if at_list else indent + 1)
            else:
                found[key] = self.scalar(rest, indent)

    def scalar(self, rest, indent):
        if rest[0] in "|>":
            return self.folded(rest, indent)
        quoted = re.match(r"""^(?:"([^"\\]*)"|'([^']*)')\s*(?:#\s*(.*))?$""", rest)
        if quoted:
            value = Text(quoted[1] if quoted[1] is not None else quoted[2])
            value.comment = quoted[3] or ""
            return value
        if rest[0] in "\"'&*!%@`":
            self.stop("this kind of value is not understood")
        plain, _, comment = rest.partition(" #")
        plain = plain.strip()
        if plain.startswith("["):
            if not plain.endswith("]"):
                self.stop("a list must end on its line")
            return [self.scalar(part.strip(), indent) for part in plain[1:-1].split(",") if part.strip()]
        if plain == "{}":
            return {}
        if plain.startswith("{"):
            self.stop("write maps over several lines")
        value = Text(plain)
        value.comment = comment.strip()
        return value

    def folded(self, style, indent):
        taken = []
        while self.at < len(self.lines):
            _, depth, text, raw = self.lines[self.at]
            if text and depth <= indent:
                break
            taken.append(raw)
            self.at += 1
        while taken and not taken[-1].strip():
            taken.pop()
        inner = min(len(line) - len(line.lstrip(" ")) for line in taken if line.strip())
        taken = [line[inner:] for line in taken]
        if style.startswith("|"):
            return Text("\n".join(taken) + "\n")
        return Text(" ".join(line.strip() for line in taken))
