"""What the site needs beyond Sphinx: links from the API to chapters, and pages for all readers."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

CHAPTER = re.compile(r"^(\s*)Chapter: (\d\d_\w+)\.?$")


def link_chapter(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Turn a docstring's last line, `Chapter: 02_rnn`, into a link."""
    for row, line in enumerate(lines):
        if found := CHAPTER.match(line):
            lines[row : row + 1] = ["", f"{found[1]}Chapter: :doc:`/book/{found[2]}`"]
            return


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", link_chapter, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
