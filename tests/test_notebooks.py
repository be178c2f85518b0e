"""Is every notebook in the form that reads well on the site, in JupyterLab and on Colab?"""

from __future__ import annotations

import ast
import importlib.util
import re

import nbformat
import pytest
from _book import CHAPTERS, DISPLAY, EXERCISES, ROOT, cells, chapter, code, equations, prose

spec = importlib.util.spec_from_file_location("notebooks", ROOT / "tools" / "notebooks.py")
assert spec is not None
assert spec.loader is not None
notebooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(notebooks)

SOURCES = [ROOT / "book" / f"{slug}.ipynb" for slug in CHAPTERS] + [
    ROOT / "solutions" / slug / f"{slug}.ipynb" for slug in EXERCISES
]
ALL = [*SOURCES, *sorted((ROOT / "exercises").glob("*/*.ipynb"))]
NOT_OUR_VOICE = (
    r"\bsimply\b|\bobviously\b|\bpowerful\b|well known|let us explore|dive in|\bnote that\b"
    r"|in this section,? we will|left to the reader|\btrivial"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_is_it_in_the_committed_form(path) -> None:
    text = path.read_text("utf-8")
    normal = notebooks.normalise(nbformat.reads(text, as_version=4))
    assert nbformat.writes(normal) + "\n" == text, "run `python tools/notebooks.py`"


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_is_it_valid_and_stripped(path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_is_the_markdown_plain(path) -> None:
    """Does a notebook keep to CommonMark and dollars, with no role or directive of one tool?"""
    for cell in cells(path):
        if cell.cell_type == "markdown":
            text = re.sub(r"`[^`\n]+`", "", re.sub(r"```\w*\n.*?```", "", cell.source, flags=re.S))
            assert not re.search(r"\{[a-z]+\}`|^:::|^```\{|\\begin\{equation|\\\[|\\\(", text, re.M)
            assert text.count("$$") % 2 == 0
            inline = DISPLAY.sub("", text).replace(r"\$", "")
            assert inline.count("$") % 2 == 0, f"an odd dollar in cell {cell.id}"


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_does_it_install_itself_first(path) -> None:
    first = next(cell for cell in cells(path) if cell.cell_type == "code")
    assert first.source == notebooks.INSTALL.format(repository=notebooks.repository())


@pytest.mark.parametrize("slug", CHAPTERS)
def test_are_the_cells_short(slug: str) -> None:
    for cell in chapter(slug):
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= 15, f"cell {cell.id} has {len(lines)} lines"


@pytest.mark.parametrize("slug", CHAPTERS)
def test_are_titles_sections_and_figures_numbered_in_order(slug: str) -> None:
    number = int(slug[:2])
    heads = re.findall(r"^(#+) (.+)$", re.sub(r"```.*?```", "", prose(slug), flags=re.S), re.M)
    assert next(text for level, text in heads if level == "#").startswith(f"{number} ")
    assert sum(level == "#" for level, _ in heads) == 1
    sections = [text.split()[0] for level, text in heads if level == "##"]
    assert sections == [f"{number}.{index}" for index in range(1, len(sections) + 1)]
    figures = re.findall(r"""\bnumber\s*=\s*["']([\d.]+)["']""", "\n".join(code(slug)))
    assert figures == [f"{number}.{index}" for index in range(1, len(figures) + 1)]
    assert len(figures) >= 4


@pytest.mark.parametrize("slug", CHAPTERS)
def test_does_every_reference_point_to_something(slug: str) -> None:
    """Does each "(3.4)" name a display of the book, and each "section 3.2" a section?"""
    text = prose(slug)
    for number in re.findall(r"(?<![\w.])\((\d{1,2}\.\d{1,2})\)", DISPLAY.sub("", text)):
        owner = next((s for s in CHAPTERS if int(s[:2]) == int(number.split(".")[0])), None)
        if owner:
            assert number in equations(owner), f"({number}) is no equation of {owner}"
    for number in re.findall(r"\b[Ss]ections? (\d{1,2}\.\d{1,2})", text):
        owner = next((s for s in CHAPTERS if int(s[:2]) == int(number.split(".")[0])), None)
        if owner:
            assert re.search(rf"^## {re.escape(number)} ", prose(owner), re.M), f"section {number}"


@pytest.mark.parametrize("slug", CHAPTERS)
def test_does_it_end_with_questions_and_the_exercise(slug: str) -> None:
    text = prose(slug)
    assert text.count("<details>") >= 5
    assert text.count("<details>") == text.count("</details>") == text.count("</summary>")
    assert f"../exercises/{slug}/{slug}.ipynb" in text
    assert "references.md" in text


@pytest.mark.parametrize("slug", CHAPTERS)
def test_does_it_assert_what_it_claims(slug: str) -> None:
    found = 0
    for source in code(slug):
        plain = re.sub(r"^(\s*)%.*$", r"\1pass", source, flags=re.M)  # a magic is no Python
        tree = ast.parse(plain)
        found += sum(isinstance(node, ast.Assert) for node in ast.walk(tree))
        found += plain.count("assert_close(") + plain.count("assert_allclose(")
    assert found >= 10


@pytest.mark.parametrize("slug", CHAPTERS)
def test_does_it_keep_the_voice(slug: str) -> None:
    hits = re.findall(NOT_OUR_VOICE, prose(slug), re.I)
    assert not hits


@pytest.mark.parametrize("slug", CHAPTERS)
def test_is_every_figure_shown_with_words(slug: str) -> None:
    """Is each figure shown by the cell that draws it, with a caption and an alt text?"""
    for source in code(slug):
        assert "plt.show(" not in source
        if re.search(r"^fig\b.*= plt\.", source, re.M):
            assert "plotting.show(" in source, source
        if "plotting.show(" in source:
            assert "caption=" in source
            assert "alt=" in source


HOURS = {"two": 2, "two and a half": 2.5, "three": 3, "three and a half": 3.5, "four": 4}


@pytest.mark.parametrize("slug", CHAPTERS)
def test_does_the_map_tell_the_times_of_chapter_and_exercise(slug: str) -> None:
    exercise = cells(ROOT / "exercises" / slug / f"{slug}.ipynb")[0].source
    opening = " ".join(cell.source for cell in chapter(slug)[:3])
    stated = [
        HOURS[found[1]]
        for text in (opening, exercise)
        if (found := re.search(r"about ([a-z ]+?) hours", text, re.I))
    ]
    page = (ROOT / "book" / "_static" / "map.html").read_text("utf-8")
    (row,) = (line for line in page.splitlines() if f'"{slug}.html"' in line)
    shown = [int(whole) + 0.5 * bool(half) for whole, half in re.findall(r"(\d)(½?) h<", row)]
    assert len(stated) == 2
    assert shown == stated
