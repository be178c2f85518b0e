"""What feedback pages and formgrader's pages show: a summary, and learners' HTML made inert."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import ALLOWED_TAGS, Cleaner
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool, Unicode

TEMPLATES = Path(__file__).parent / "templates"
TAGS = ALLOWED_TAGS | {"p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "span", "pre", "hr", "br"}
TAGS |= {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "dl", "dt", "dd", "del"}
TAGS |= {"s", "sub", "sup", "details", "summary", "figure", "figcaption", "img"}
KEPT = ("image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown", "text/latex")
NAME = re.compile(r"[\w.-]{1,200}")
CLASSES = re.compile(r"(highlight|hl-\w+|dataframe|tex|display|[a-z][a-z0-9]{0,2}|\s)*")
IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,")
PIXELS = re.compile(r"data:image/[\w+.-]+;base64,[\w+/=]+")
ADDRESS = re.compile(r"(https?://|mailto:)", re.I)
SIZE = re.compile(r"\d{1,4}(px|%)?")
LABEL = re.compile(r"aria-label=\"([^\"<>]*)\"")
SECTION = re.compile(r"[Ss]ections? (\d+\.\d+)")
HEADING = re.compile(r"^#{1,6} +(?:Task \d+: +)?(.+?)\s*$", re.M)
CHAPTER_LINK = re.compile(r"\]\([./]*book/(\w+)\.ipynb(?:#[^)]*)?\)")
PASSED = re.compile(r": (right (in|on) \d+ .*|.*: reached)\.$")
SHOWN_LINES = 6
MOST_TAGS, MOST_HTML, MOST_MARKDOWN = 3000, 30_000, 20_000  # more keeps the reader waiting


# --- learners' HTML ------------------------------------------------------------------------------


def _attribute(tag: str, name: str, value: str) -> bool:
    """Say whether an attribute may stay; none that acts, loads, or takes another's place may."""
    if name == "class":
        return CLASSES.fullmatch(value) is not None
    if name == "href":
        return tag == "a" and ADDRESS.match(value) is not None
    if name == "src":
        return tag == "img" and IMAGE.match(value) is not None
    if name in ("width", "height"):
        return tag == "img" and SIZE.fullmatch(value) is not None
    return name in ("alt", "title", "colspan", "rowspan", "style", "open")


_cleaner = Cleaner(
    tags=TAGS,
    attributes=_attribute,
    protocols={"http", "https", "mailto", "data"},
    css_sanitizer=CSSSanitizer(allowed_css_properties=["text-align"]),
)


def _replace(html: str, tag: str, make: Callable[[str], str]) -> str:
    """Put something in the place of each element of a kind, in time linear in the length."""
    parts, at = [], 0
    closing = re.compile(rf"</{tag}\s*>", re.I)
    for opening in re.finditer(rf"<{tag}\b", html, re.I):
        if opening.start() >= at:
            end = closing.search(html, opening.end())
            if end is None:
                break
            parts += [html[at : opening.start()], make(html[opening.start() : end.end()])]
            at = end.end()
    return "".join(parts) + html[at:]


def _as_image(drawing: str) -> str:
    """Return a drawing as an image, in which nothing runs and nothing is loaded."""
    label = LABEL.search(drawing)
    data = base64.b64encode(drawing.encode("utf-8", "replace")).decode()
    return f'<img alt="{label[1] if label else ""}" src="data:image/svg+xml;base64,{data}">'


def clean_html(html: Any) -> str:
    """Return HTML in which nothing runs, loads, or is found by an id; other tags become text."""
    text = html.decode() if isinstance(html, bytes) else str(html)
    for tag in ("style", "script"):
        text = _replace(text, tag, lambda _: "")
    text = _replace(text, "svg", _as_image)
    size = len(PIXELS.sub("", text))
    small = size <= MOST_HTML and text.count("<") <= MOST_TAGS
    return str(_cleaner.clean(text)) if small else escape(text)


class _Renderer(IPythonRenderer):
    """Renders Markdown; where no MathJax comes with the page, formulas stand as their source."""

    formulas = True

    def inline_math(self, body: str) -> str:
        return super().inline_math(body) if self.formulas else self._source(body, "tex")

    def block_math(self, body: str) -> str:
        return super().block_math(body) if self.formulas else self._source(body, "tex display")

    def latex_environment(self, name: str, body: str) -> str:
        whole = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        if self.formulas:
            return str(super().latex_environment(name, body))
        return self._source(whole, "tex display")

    def _source(self, body: str, name: str) -> str:
        return f'<code class="{name}">{self.escape_html(body.strip())}</code>'


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """Return Markdown as HTML in which nothing runs.

    Parameters
    ----------
    context : jinja2.runtime.Context
        Of the cell; ``resources["feedback"]`` tells a feedback page from a page of formgrader.
    source : str
        Markdown, with raw HTML and formulas.
    """
    if len(source) > MOST_MARKDOWN:
        return f"<pre>{escape(source)}</pre>"
    attachments = {
        name: {kind: data for kind, data in bundle.items() if isinstance(data, str)}
        for name, bundle in context.get("cell", {}).get("attachments", {}).items()
    }
    source = re.sub(  # an image whose file was not attached would stop the page
        r"\(attachment:([^)\s]*)",
        lambda found: found[0] if attachments.get(found[1]) else "(missing",
        source,
    )
    renderer = _Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    renderer.formulas = "feedback" not in context.get("resources", {})
    return clean_html(MarkdownWithMath(renderer=renderer).render(source))


class Inert(Preprocessor):
    """Leaves nothing in a learner's cells that could run in the browser of whoever marks them."""

    enabled = Bool(True).tag(config=True)

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Make one cell inert; the HTML that is left goes through `clean_html` in the page."""
        meta = _meta(cell)
        cell.metadata = _node({"nbgrader": meta} if NAME.fullmatch(_id(meta)) else {})
        if not NAME.fullmatch(str(cell.get("id", ""))):
            cell.id = f"cell-{cell_index}"
        if cell.cell_type == "code":
            if not isinstance(cell.get("execution_count"), int):
                cell.execution_count = None
            cell.outputs = [_inert(output) for output in cell.get("outputs", [])]
        return cell, resources


def _meta(cell: Any) -> Any:
    meta = cell.metadata.get("nbgrader", {})
    return meta if isinstance(meta, dict) else {}


def _id(meta: Any) -> str:
    return str(meta.get("grade_id", ""))


def _node(fields: dict[str, Any]) -> Any:
    return nbformat.from_dict(fields)  # type: ignore[no-untyped-call]


def _inert(output: Any) -> Any:
    """Return an output with text and images only; the first kind that can be shown is kept."""
    kind = output.get("output_type")
    if kind == "stream":
        text = str(output.get("text", ""))
        return _node({"output_type": kind, "name": "stdout", "text": text})
    if kind == "error":
        lines = [str(line) for line in output.get("traceback", [])]
        words = {name: str(output.get(name, "")) for name in ("ename", "evalue")}
        return _node({"output_type": kind, "traceback": lines, **words})
    data = {
        name: "".join(map(str, value)) if isinstance(value, list) else value
        for name, value in output.get("data", {}).items()
    }
    kept = [name for name in KEPT if isinstance(data.get(name), str)][:1]
    plain = {"text/plain": str(data.get("text/plain", "an output that this page does not show"))}
    shown = {name: data[name] for name in kept} or plain
    return _node({"output_type": "display_data", "data": shown, "metadata": {}})


# --- the summary ---------------------------------------------------------------------------------


class Summary(Preprocessor):
    """Collects what stands above the notebook: points, messages, sections, comments."""

    enabled = Bool(True).tag(config=True)
    book = Unicode(
        help="Address of a chapter, in which {chapter} stands for 02_rnn and {section} for the "
        "anchor of a section; the notebook in the repository of _config.yml unless given."
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put the rows into the resources, and into each cell what it is for."""
        found = resources["nbgrader"]
        with Gradebook(found["db_url"]) as gradebook:
            submission = gradebook.find_submission(found["assignment"], found["student"])
            late = submission.total_seconds_late
            pending = {
                grade.name
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.needs_manual_grade and grade.manual_score is None
            }
        rows: list[dict[str, Any]] = []
        title, heading, text, comments = "", "", "", []
        for number, cell in enumerate(nb.cells):
            meta = cell.metadata.get("nbgrader", {})
            cell.metadata["feedback"] = {"number": number, "role": _role(cell, meta)}
            if cell.cell_type == "markdown" and not meta.get("solution"):
                headings = HEADING.findall(cell.source)
                if headings:
                    heading, text = headings[0], ""
                title, text = title or heading, text + cell.source
                cell.source = CHAPTER_LINK.sub(self._link, cell.source)
            if meta.get("comment"):
                comments.append(meta["comment"])
            if meta.get("grade"):
                row = self._row(cell, meta, text, meta["grade_id"] in pending)
                row |= {"task": heading or meta["grade_id"], "comments": comments}
                cell.metadata["feedback"]["row"] = row
                rows.append(row)
                comments = []
        resources["feedback"] = {
            "title": title or found["notebook"],
            "rows": rows,
            "pending": sum(row["most"] for row in rows if row["state"] == "pending"),
            "late": _duration(late) if late else "",
        }
        return nb, resources

    def _row(self, cell: Any, meta: Any, text: str, pending: bool) -> dict[str, Any]:
        points, most = float(meta.get("score") or 0), float(meta.get("points") or 0)
        state = "pending" if pending else "full" if points >= most else "part" if points else "none"
        lines = [] if cell.cell_type == "markdown" else _message(cell)
        # what the message names, else what the task's own text names
        named = SECTION.findall("\n".join(lines)) or SECTION.findall(text)
        sections = dict.fromkeys(named if state in ("part", "none") else [])
        return {
            "number": cell.metadata.feedback.number,
            "points": points,
            "most": most,
            "state": state,
            "lines": lines[:SHOWN_LINES],
            "more": len(lines) > SHOWN_LINES,
            "sections": [self._section(name) for name in sections],
        }

    def _section(self, number: str) -> dict[str, str]:
        chapter, title = self._sections.get(number, ("", ""))
        anchor = re.sub(r"[^a-z0-9]+", "-", re.sub(r"^[^a-z]+", "", title.lower())).strip("-")
        address = self._address(chapter, anchor) if chapter else ""
        return {"number": number, "title": title, "address": address}

    def _link(self, found: re.Match[str]) -> str:
        address = self._address(found[1], "")
        return f"]({address})" if address else "](#)"

    def _address(self, chapter: str, section: str) -> str:
        pattern = self.book or self._repository
        return pattern.format(chapter=chapter, section=section).removesuffix("#")

    @cached_property
    def _course(self) -> Path:
        return Path(CourseDirectory(parent=self).root)

    @cached_property
    def _repository(self) -> str:
        """The notebooks of the book in the repository that `_config.yml` names, if it is there."""
        file = self._course / "_config.yml"
        text = file.read_text("utf-8") if file.is_file() else ""
        url = re.search(r"^repository:\n(?:\s.*\n)*?\s+url:\s*(\S+)", text, re.M)
        branch = re.search(r"^\s+branch:\s*(\S+)", text, re.M)
        if not url:
            return ""
        return f"{url[1]}/blob/{branch[1] if branch else 'main'}/book/{{chapter}}.ipynb"

    @cached_property
    def _sections(self) -> dict[str, tuple[str, str]]:
        """The chapter and the title of each section, from the book's notebooks where they are."""
        found = {}
        for path in sorted((self._course / "book").glob("[0-9]*.ipynb")):
            notebook: Any = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
            for cell in notebook.cells:
                if cell.cell_type == "markdown":
                    for number, title in re.findall(r"^## (\d+\.\d+) (.+?)\s*$", cell.source, re.M):
                        found[number] = (path.stem, title)
        return found


def _role(cell: Any, meta: Any) -> str:
    if meta.get("grade"):
        return "written" if meta.get("solution") else "check"
    if meta.get("solution"):
        return "answer"
    if cell.cell_type == "code" and (meta.get("locked") or cell.id == "install"):
        return "setup"
    return "own" if cell.cell_type == "code" else "text"


def _message(cell: Any) -> list[str]:
    """Return what a check said: its error, or the lines that tell what is right."""
    for output in cell.outputs:
        if output.output_type == "error":
            return [line for line in "\n".join(output.traceback).split("\n") if line.strip()]
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream").split("\n")
    return [line for line in printed if PASSED.search(line)]


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
