#!/usr/bin/env python3
"""Makes docs/comment.png from the body of a comment that `mcp-guard ci github` wrote.

    docs/picture/comment.py BODY.md docs/comment.png

Needs Chromium and the PyPI packages markdown-it-py and Pillow. The frame around the comment is drawn
here; everything in it is what the program said.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

from markdown_it import MarkdownIt
from PIL import Image, ImageChops

WIDTH = 900
PAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 16px; width: 868px; font: 14px/1.5 "DejaVu Sans", sans-serif; color: #1f2328; background: #fff }
.comment { border: 1px solid #d1d9e0; border-radius: 6px }
.author { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; padding: 8px 16px; color: #59636e; font-size: 13px }
.author b { color: #1f2328 }
.author i { font-style: normal; border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 6px; font-size: 11px; margin: 0 4px }
.body { padding: 4px 16px 8px }
h3 { font-size: 17px; margin: 12px 0 8px }
p { margin: 0 0 12px }
a { color: #0969da; text-decoration: none }
table { border-collapse: collapse; margin: 0 0 14px }
th, td { border: 1px solid #d1d9e0; padding: 6px 12px; text-align: left; vertical-align: top; font-size: 13px }
tr:nth-child(2n) { background: #f6f8fa }
td:nth-child(3) { white-space: nowrap }
code { font: 12px/1.4 "DejaVu Sans Mono", monospace; background: #818b981f; border-radius: 6px; padding: 2px 5px; overflow-wrap: anywhere }
details { margin: 0 0 12px }
sub { font-size: 11px; color: #59636e; vertical-align: baseline }
</style><div class="comment"><div class="author"><b>github-actions</b><i>bot</i> commented now</div>
<div class="body">BODY</div></div>"""


def main():
    body, picture = map(pathlib.Path, sys.argv[1:])
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    html = PAGE.replace("BODY", markdown.render(body.read_text()))
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        sys.exit("there is no Chromium")
    with tempfile.TemporaryDirectory() as directory:
        page = pathlib.Path(directory, "page.html")
        page.write_text(html)
        shot = pathlib.Path(directory, "shot.png")
        subprocess.run([browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
                        f"--screenshot={shot}", f"--window-size={WIDTH},3000", page.as_uri()],
                       check=True, capture_output=True)
        image = Image.open(shot).convert("RGB")
        blank = Image.new("RGB", image.size, (255, 255, 255))
        bottom = ImageChops.difference(image, blank).getbbox()[3]
        image = image.crop((0, 0, WIDTH, bottom + 16))
        image.quantize(64).save(picture, optimize=True)


if __name__ == "__main__":
    main()
