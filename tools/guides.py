"""The guides of ``docs/`` as pages the blocks link to: ``static/guides/*.html``, made with docutils."""

import re
import sys
from pathlib import Path

from docutils.core import publish_string

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = ROOT / "static" / "guides"
GUIDES = ("trainers", "handbook", "guidelines", "countries", "authors", "activities", "privacy")
_LINK = re.compile(r'href="([\w-]+)\.rst(#[\w-]*)?"')
# A file that stands in docs/ only.
_ELSEWHERE = re.compile(r'<a class="[^"]*" href="(?!https?:|mailto:|#|[\w-]+\.html)[^"]*">(.*?)</a>', re.DOTALL)
_STYLE = re.compile(r' style="[^"]*"')
_PICTURE = re.compile(r"<img [^>]*>")


def page(name):
    """Return a guide as HTML: no script, no style of its own, links to the other guides."""
    html = publish_string(
        (DOCS / f"{name}.rst").read_text("utf-8"), writer="html5", source_path=str(DOCS / f"{name}.rst"),
        settings_overrides={"stylesheet_path": "../css/guide.css", "embed_stylesheet": False, "report_level": 5,
                            "output_encoding": "unicode", "syntax_highlight": "none", "generator": False,
                            "file_insertion_enabled": False, "raw_enabled": False, "math_output": "MathML",
                            "smart_quotes": False, "datestamp": None, "source_link": False})
    html = _LINK.sub(lambda link: f'href="{link[1]}.html{link[2] or ""}"' if link[1] in GUIDES else link[0], html)
    html = _ELSEWHERE.sub(lambda link: link[1], html)
    html = re.sub(r'<link rel="stylesheet" href="[^"]*"[^>]*>', '<link rel="stylesheet" href="../css/guide.css">', html)
    html = re.sub(r"<meta name=\"generator\"[^>]*>\n?", "", html)
    return re.sub(r"\n<figure[^>]*>.*?</figure>", "", _STYLE.sub("", _PICTURE.sub("", html)), flags=re.DOTALL)


def write():
    """Write all pages."""
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in GUIDES:
        (PAGES / f"{name}.html").write_text(page(name), "utf-8")


if __name__ == "__main__":
    sys.exit(write())
