"""What the site needs beyond Sphinx: links from the API to chapters, mathematics in raw HTML."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

CHAPTER = re.compile(r"^(\s*)Chapter: (\d\d_\w+)\.?$")
SUMMARY = re.compile(r"<summary>.*?</summary>", re.S)
THEBE = {"init_thebe_core", "update_thebe_context"}
INLINE = re.compile(r"\$([^$]+)\$")


def link_chapter(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Turn a docstring's last line, `Chapter: 02_rnn`, into a link, if the book has the chapter."""
    for row, line in enumerate(lines):
        if (found := CHAPTER.match(line)) and f"book/{found[2]}" in app.env.found_docs:
            lines[row : row + 1] = ["", f"{found[1]}Chapter: :doc:`/book/{found[2]}`"]
            return


def mathematics_in_summaries(app: Sphinx, doctree: nodes.document) -> None:
    r"""Mark `$h_t$` in a folded answer's question as MathJax wants it.

    JupyterLab and Colab typeset it anywhere; Markdown leaves what stands in HTML alone.
    """
    span = r'<span class="math notranslate nohighlight">\\(\1\\)</span>'
    for node in doctree.findall(nodes.raw):
        html = node.astext()
        changed = SUMMARY.sub(lambda found: INLINE.sub(span, found[0]), html)
        if changed != html:
            node.children = [nodes.Text(changed)]


def displays_as_written(app: Sphinx, doctree: nodes.document) -> None:
    r"""Leave a display with a `\tag` as it is.

    Sphinx puts one that has several lines into `split`, in which MathJax refuses a tag.
    """
    for node in doctree.findall(nodes.math_block):
        if r"\tag{" in node.astext() and not node.get("nowrap"):
            node["nowrap"] = True
            node.children = [nodes.Text(rf"\[{node.astext().strip()}\]")]


def without_thebe(app: Sphinx, config: Any) -> None:
    """Keep out thebe, which Jupyter Book brings along: its code lives on another host."""
    for listeners in list(app.events.listeners.values()):
        for listener in list(listeners):
            if getattr(listener.handler, "__name__", "") in THEBE:
                app.disconnect(listener.id)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", link_chapter, priority=400)
    app.connect("config-inited", without_thebe)
    app.connect("doctree-read", mathematics_in_summaries)
    app.connect("doctree-read", displays_as_written)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
