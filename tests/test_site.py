"""Does the built site hold what the chapters say, and nothing that it should not?"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import _book
import _site
import jupyter_cache
import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = _site.pages()
NOTEBOOKS = [
    page for page in PAGES if (ROOT / page.relative_to(_site.SITE)).with_suffix(".ipynb").exists()
]
CHAPTERS = [page for page in NOTEBOOKS if page.parent.name == "book"]
EXERCISES = [page for page in NOTEBOOKS if page.parent.parent.name == "exercises"]
slow = [pytest.mark.slow, pytest.mark.timeout(1800)]
pytestmark = slow


def name(page):
    return str(page.relative_to(_site.SITE).with_suffix(""))


each_page = pytest.mark.parametrize("page", PAGES, ids=name)
each_notebook = pytest.mark.parametrize("page", NOTEBOOKS, ids=name)
each_chapter = pytest.mark.parametrize("page", CHAPTERS, ids=name)


@pytest.fixture(autouse=True, scope="session")
def site():
    """The site, built as `make book` builds it."""
    _site.build()


def test_does_the_table_of_contents_name_every_chapter_exercise_and_page():
    listed = {name(page) for page in PAGES}
    assert {f"book/{slug}" for slug in _book.CHAPTERS} <= listed
    assert {f"exercises/{slug}/{slug}" for slug in _book.EXERCISES} <= listed
    written = {f"book/{path.stem}" for path in (ROOT / "book").glob("*.md")}
    assert written <= listed


@each_page
def test_does_the_page_exist_with_one_title(page):
    assert page.exists()
    titles = _site.article(page).find("h1")
    assert len(titles) == 1


def executed(page):
    """The cells of a chapter as they ran: the cache knows this very code, or it raises."""
    source = nbformat.read(ROOT / "book" / f"{page.stem}.ipynb", as_version=4)
    cache = jupyter_cache.get_cache(ROOT / "_build" / ".jupyter_cache")
    _, ran = cache.merge_match_into_notebook(source)
    cache.db.dispose()
    return [cell for cell in ran.cells if cell.cell_type == "code" and cell.source.strip()]


def words(text):
    """The text without what HTML and Markdown do to blanks, quotes and terminal colours."""
    return re.sub(r"\s+", "", re.sub(r"\x1b\[[0-9;]*m", "", text))


@each_chapter
def test_does_the_page_hold_the_output_of_every_cell_that_has_one(page):
    cells = executed(page)
    shown = [cell for cell in _site.article(page).find("div", "cell") if "docutils" in cell.classes]
    assert len(shown) == len(cells) >= 2
    assert any(cell.outputs for cell in cells)
    for cell, html in zip(cells, shown, strict=True):
        (source,) = html.find("div", "cell_input")
        assert words(cell.source) == words(source.text())
        visible = [out for out in cell.outputs if out.get("name") != "stderr"]
        outputs = html.find("div", "cell_output")
        assert bool(outputs) == bool(visible), cell.id
        text = words(" ".join(out.text() for out in outputs))
        for out in visible:
            data = out.get("data", {"text/plain": out.get("text", "")})
            if "text/html" in data:
                inside = re.sub(r"<style.*?</style>|<[^>]+>", "", data["text/html"], flags=re.S)
                first = words(inside)[:20].split("&")[0]
            else:
                first = words(data["text/plain"])[:60]
            assert first in text, cell.id


@each_chapter
def test_did_every_cell_run_without_an_error_or_a_warning(page):
    for cell in executed(page):
        for out in cell.outputs:
            assert out.output_type != "error", cell.id
            assert "Warning" not in out.get("text", "") or out.get("name") != "stderr", out.text
    assert not (_site.SITE / "reports").exists()


@each_page
def test_is_no_raw_markup_left_on_the_page(page):
    article = _site.article(page)
    text = article.text(without=("pre", "code", "script", "style"))
    for raw in ("{eq}", "{ref}", "{doc}", ":::", "$$", "\\tag", "```", "]("):
        # Mathematics is typeset in the browser: its source lies in elements of its own.
        for element in article.find(of_class="math"):
            text = text.replace(element.text(), "")
        assert raw not in text
    assert not re.search(r"(?<![\\$])\$[^$\n]{1,80}\$", text)


@each_chapter
def test_is_every_display_of_the_chapter_on_its_page(page):
    boxes = [box for box in _site.article(page).find("div") if "math" in box.classes]
    tags = [tag for box in boxes for tag in _book.TAG.findall(box.text())]
    assert tags == _book.equations(page.stem)
    assert tags


@each_chapter
def test_has_every_figure_a_number_a_caption_and_alt_text(page):
    figures = _site.article(page).find("figure", "rnn-figure")
    assert len(figures) == sum(code.count("plotting.show(") for code in _book.code(page.stem)) >= 1
    numbers = []
    for figure in figures:
        (svg,) = figure.find("svg")
        (caption,) = figure.find("figcaption")
        assert svg.attributes["role"] == "img"
        assert len(svg.attributes["aria-label"].split()) >= 4
        numbers += re.findall(r"^Figure (\d+\.\d+)\. \S", caption.text())
    chapter = int(page.stem[:2])
    assert numbers == [f"{chapter}.{count}" for count in range(1, len(figures) + 1)]


@each_page
def test_has_every_picture_alt_text(page):
    for image in _site.page(page).find("img"):
        assert "alt" in image.attributes
        # An image with empty alt text only decorates the words beside it.
        if not image.attributes["alt"]:
            assert {"logo__image"} & set(image.classes) or "btn__icon" in str(
                image.parent.classes if image.parent else ""
            )


@each_page
def test_are_the_ids_of_a_page_unique(page):
    ids = [e.attributes["id"] for e in _site.page(page).elements() if "id" in e.attributes]
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})


@each_page
def test_do_all_links_of_the_page_resolve(page):
    checked = 0
    for link in _site.page(page).find("a"):
        target, anchor = urldefrag(link.attributes.get("href", ""))
        if urlsplit(target).scheme in {"http", "https", "mailto"}:
            continue
        path = (page.parent / unquote(target)).resolve() if target else page
        assert path.is_file(), f"{link.text().strip()!r} leads to {target}"
        if anchor and path.suffix == ".html":
            ids = {e.attributes.get("id") for e in _site.page(path).elements()}
            assert unquote(anchor) in ids, f"{target}#{anchor}"
        checked += 1
    assert checked > 10


def loads(element):
    """What a browser fetches because of an element."""
    if element.tag == "link" and element.attributes.get("rel") not in {
        "stylesheet",
        "icon",
        "preload",
    }:
        return ""
    if element.tag in {"script", "img", "iframe", "source", "video", "audio", "embed"}:
        return element.attributes.get("src", "")
    if element.tag in {"use", "image", "link"}:
        return element.attributes.get("href", "")
    return ""


@each_page
def test_does_the_page_load_nothing_from_another_host(page):
    sources = [source for e in _site.page(page).elements() if (source := loads(e))]
    assert len(sources) > 5
    for source in sources:
        assert not urlsplit(source).netloc, source
        if not source.startswith(("data:", "#")):
            assert (page.parent / unquote(urlsplit(source).path)).is_file(), source
    inline = "".join(s.text() for s in _site.page(page).find("script"))
    assert not re.search(r"(src|import\()\s*=?\s*[\"']https?:", inline)


def test_does_no_style_sheet_load_from_another_host():
    sheets = list(_site.SITE.rglob("*.css"))
    assert any("@font-face" in sheet.read_text("utf-8") for sheet in sheets)
    for sheet in sheets:
        text = sheet.read_text("utf-8")
        assert not re.search(r"@import\s+(url\()?[\"']?(https?:)?//", text), sheet
        for target in re.findall(r"url\([\"']?([^\"')]+)", text):
            assert not target.startswith(("http", "//")), sheet
            if not target.startswith(("data:", "#")):
                assert (sheet.parent / urlsplit(target).path).is_file(), f"{sheet.name}: {target}"


def test_are_solutions_and_answers_kept_out_of_the_site():
    released = {slug: ROOT / "solutions" / slug / f"{slug}.ipynb" for slug in _book.EXERCISES}
    site = "".join(
        path.read_text("utf-8")
        for path in _site.SITE.rglob("*")
        if path.suffix in {".html", ".js", ".ipynb", ".txt", ".md"}
    )
    assert "BEGIN SOLUTION" not in site
    assert "BEGIN HIDDEN TESTS" not in site
    checked = 0
    for source in released.values():
        for cell in _book.cells(source):
            found = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.S)
            for solution in found:
                longest = max(solution.splitlines(), key=len).strip()
                if len(longest) > 40:
                    assert longest not in site, f"{source.name}: {longest}"
                    checked += 1
    assert checked or not released
    for folder in ("solutions", "tests", "submissions"):
        assert not list(_site.SITE.rglob(folder))


@each_notebook
def test_can_the_notebook_be_launched_on_colab_and_downloaded(page):
    notebook = page.relative_to(_site.SITE).with_suffix(".ipynb")
    repository = re.search(r"^\s*url:\s*(\S+)", (ROOT / "_config.yml").read_text("utf-8"), re.M)[1]
    links = [a.attributes.get("href", "") for a in _site.page(page).find("a")]
    github = repository.removeprefix("https://")
    github = github.removeprefix("github.com/")
    assert f"https://colab.research.google.com/github/{github}/blob/main/{notebook}" in links
    assert any(link.endswith(f"_sources/{notebook}") for link in links)


@each_page
def test_leads_the_page_onward_and_to_search_and_theme(page):
    html = _site.page(page)
    steps = {kind for kind in ("left-prev", "right-next") if html.find("a", kind)}
    first, last = page == PAGES[0], page == PAGES[-1]
    assert steps == {"left-prev", "right-next"} - ({"left-prev"} if first else set()) - (
        {"right-next"} if last else set()
    )
    assert html.find("button", "theme-switch-button")
    assert html.find("button", "search-button__button")


def test_does_the_api_reference_hold_every_public_name():
    for path in (ROOT / "book" / "api").glob("*.md"):
        if path.stem == "index":
            continue
        module = importlib.import_module(f"rnn_utils.{path.stem}")
        html = _site.page(_site.SITE / "book" / "api" / f"{path.stem}.html")
        ids = {e.attributes.get("id") for e in html.elements()}
        own = [
            thing
            for thing, value in vars(module).items()
            if not thing.startswith("_")
            and (inspect.isclass(value) or inspect.isfunction(value))
            and value.__module__ == module.__name__
        ]
        public = [f"{module.__name__}.{thing}" for thing in getattr(module, "__all__", own)]
        assert public
        assert set(public) <= ids


def test_does_the_search_know_exactly_the_pages():
    index = (_site.SITE / "searchindex.js").read_text("utf-8")
    documents = json.loads(index[index.index("(") + 1 : index.rindex(")")])["docnames"]
    assert sorted(documents) == sorted(name(page) for page in PAGES)


def test_does_the_root_lead_to_the_landing_page():
    assert "book/index.html" in (_site.SITE / "index.html").read_text("utf-8")


# The command itself, on a book of one page.


@pytest.fixture
def book(tmp_path, monkeypatch):
    """The command of `make book`, at work on a small book in another folder."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import book
    finally:
        sys.path.pop(0)
    for constant, value in {
        "ROOT": tmp_path,
        "BUILD": tmp_path / "_build",
        "SITE": tmp_path / "_build" / "html",
        "LOG": tmp_path / "_build" / "book.log",
        "CACHE": tmp_path / "_build" / ".jupyter_cache",
    }.items():
        monkeypatch.setattr(book, constant, value)
    (tmp_path / "rnn_utils").mkdir()
    (tmp_path / "rnn_utils" / "rnn.py").write_text("x = 1\n")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "sphinx_course.py").write_text("")
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (tmp_path / "_config.yml").write_text(
        "title: Small\nonly_build_toc_files: true\n"
        "execute: {execute_notebooks: cache}\nsphinx: {config: {suppress_warnings: []}}\n"
    )
    return book


def write_notebook(folder, source, name="index"):
    new = nbformat.v4
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [new.new_markdown_cell("# Small"), new.new_code_cell(source)]
    nbformat.write(new.new_notebook(cells=cells, metadata=kernel), folder / f"{name}.ipynb")


def test_does_make_book_execute_render_and_then_reuse(book, tmp_path, capfd):
    write_notebook(tmp_path, "print(6 * 7)")
    assert book.main() == 0
    said = capfd.readouterr().out
    assert "executing index.ipynb" in said
    assert str(tmp_path / "_build" / "html" / "index.html") in said
    assert "42" in (tmp_path / "_build" / "html" / "index.html").read_text("utf-8")
    assert book.main() == 0
    assert "executing" not in capfd.readouterr().out
    (tmp_path / "rnn_utils" / "rnn.py").write_text("x = 2\n")  # the package has changed
    assert book.main() == 0
    assert "executing index.ipynb" in capfd.readouterr().out


def test_do_chapters_run_before_the_pages_are_rendered_and_only_once(book, tmp_path, capfd):
    write_notebook(tmp_path, "print('first page')")
    (tmp_path / "book").mkdir()
    sources = ("print(6 * 7)", "print(2 ** 9)", "1 / 0", "import os; os._exit(1)")
    for number, source in enumerate(sources, start=1):
        write_notebook(tmp_path, source, f"book/0{number}_part")
    book.BUILD.mkdir()
    book.execute_chapters()
    assert sorted(capfd.readouterr().out.splitlines()) == [
        f"executing book/0{number}_part.ipynb" for number in (1, 2, 3, 4)
    ]
    chapters = "".join(f"  - file: book/0{number}_part\n" for number in (1, 2))
    (tmp_path / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{chapters}")
    assert book.build()[0] == 0
    said = capfd.readouterr().out
    assert said.split() == ["executing", "index.ipynb"]  # what ran is read from the cache
    for number, shown in ((1, "42"), (2, "512")):
        assert shown in (book.SITE / "book" / f"0{number}_part.html").read_text("utf-8")
    book.execute_chapters()  # those that failed are tried again
    assert sorted(capfd.readouterr().out.splitlines()) == [
        f"executing book/0{number}_part.ipynb" for number in (3, 4)
    ]


def test_does_make_book_name_the_chapter_that_fails_each_time(book, tmp_path, capfd):
    write_notebook(tmp_path, "1 / 0")
    for _ in range(2):
        assert book.main() == 1
        said = capfd.readouterr().err
        assert "ZeroDivisionError: division by zero" in said
        assert "make book: index.ipynb failed" in said.splitlines()[-1]


def test_does_make_book_fail_on_a_warning_each_time(book, tmp_path, capfd):
    (tmp_path / "index.md").write_text("# Small\n\n[nowhere](nowhere.md)\n")
    for _ in range(2):
        assert book.main() == 1
        said = capfd.readouterr().err
        assert "nowhere.md" in said
        assert "make book: 1 warning(s)" in said.splitlines()[-1]


def test_does_make_book_refuse_another_jupyter_book_and_a_full_disk(book, monkeypatch, capsys):
    monkeypatch.setattr(book.metadata, "version", lambda _: "2.0.1")
    assert book.main() == 1
    assert "needs jupyter-book 1.x, found 2.0.1" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setattr(book, "ROOM", 10**18)
    assert book.main() == 1
    assert "of disk" in capsys.readouterr().err
    assert book.explain(["OSError: [Errno 28] No space left on device: 'x'"]) == 1
    assert capsys.readouterr().err.startswith("make book: no space left on the disk")
