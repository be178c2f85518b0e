"""Do feedback pages help a learner, and neither leak a hidden test nor run anybody's code?"""

import html
import os
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config.loader import PyFileConfigLoader

from rnn_utils.grading import feedback, release
from rnn_utils.grading.exercise import BEGIN_HIDDEN, read

pytestmark = [
    pytest.mark.nbgrader,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore"),  # nbgrader's own
]

ROOT = Path(__file__).resolve().parent.parent
SLUGS = release.slugs(ROOT)
MESSAGE = "Your state is the candidate: <b>nothing</b> of the old one is kept. See section 2.4."
MACHINE = ("/home/instructor/site-packages", "/tmp/ipykernel_7", "C:\\Users\\instructor")
PATHS = [
    f"File \x1b[32m{place}/x.py:7\x1b[0m, in x" for place in (*MACHINE, f"file://{MACHINE[0]}")
]
RIGHT = "answer: right in 5 of 5 cases.\nfresh inputs from RNN_UTILS_GRADING_SEED=2026\n"
HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an open script": "<script>alert(1)",
    "a handler": "<img src=x onerror=alert(1)>",
    "a handler in an attribute's value": '<img alt="x" title="x" style="a" onload="alert(1)">',
    "an address that is code": '<a href="javascript:alert(1)">x</a>',
    "the same in two lines": '<a href="java\nscript:alert(1)">x</a>',
    "the same in disguise": '<a href=" &#106;avascript:alert(1)">x</a>',
    "a page as data": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "a page in the page": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "an object": "<object data='x.html'></object><embed src='x.html'>",
    "a drawing": "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "an open drawing": "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "mathematics": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></math>",
    "a form": "<form action='https://example.org'><button>x</button><input name=score></form>",
    "a refresh": "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "a base": "<base href='https://example.org/'>",
    "a style": "<style>body{background:url(https://example.org/x)}</style>",
    "an inline style": "<p style='position:fixed;background:url(https://example.org/x)'>x</p>",
    "a picture from outside": '<img src="https://example.org/x.png" srcset="https://e.org/x 2x">',
    "a file beside the page": '<a href="own.html">x</a> <img src="own.svg">',
    "an id of formgrader's": '<p id="test_leaky_step" name="score">x</p>',
    "a class of formgrader's": '<p class="navbar-fixed-top modal">x</p>',
    "a comment that ends early": "<!--><img src=x onerror=alert(1)>-->",
    "a script within a script": "<scr<script></script>ipt>alert(1)</scr<script></script>ipt>",
    "a style around a script": "<noscript><style></noscript><script>alert(1)</script>",
}
MARKDOWN = (
    "# test_leaky_step\n\n[x](javascript:alert(1)) ![x](https://example.org/x.png) "
    "![y](attachment:gone.png) <javascript:alert(1)>\n\n"
    "```mermaid\n<img src=x onerror=alert(1)>\n```\n\n"
    "$a < b$ and $</code><script>alert(1)</script>$\n\n"
) + "\n\n".join(HOSTILE.values())


class SetOutputs(NbGraderPreprocessor):
    """Stands in the place of execution: what the cells gave is known."""

    def preprocess(self, nb, resources):
        """Give each check an output; those of "wrong" fail in three ways."""
        checks = 0
        for cell in nb.cells:
            meta = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code":
                cell.outputs = hostile_outputs() if cell.id == "own" else []
            if cell.cell_type == "code" and meta.get("grade"):
                wrong = resources["nbgrader"]["student"] == "wrong"
                cell.outputs = failed(cell, checks) if wrong else [stream(RIGHT)]
                checks += 1
        return nb, resources


def stream(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def failed(cell, number):
    """A check's own message, an error with a traceback, or one that was interrupted."""
    source = "\n".join(f"\x1b[32m{line}\x1b[0m" for line in cell.source.split("\n"))
    traceback = [f"File \x1b[32m{MACHINE[0]}/x.py:1\x1b[0m\n{source}"]
    names = [("Mistake", MESSAGE), ("ValueError", f"bad {MACHINE[0]}/x/y.csv"), ("Failed", "No.")]
    name, words = names[number % 3]
    error = nbformat.v4.new_output("error", ename=name, evalue=words, traceback=traceback)
    printed = f"{MACHINE[1]}/12.py:3: UserWarning: look\n{cell.source}\n{RIGHT}"
    return [stream(printed), error]


def hostile_outputs():
    rich = nbformat.v4.new_output
    alert = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    return [
        *(rich("display_data", data={"text/html": source}) for source in HOSTILE.values()),
        rich("display_data", data={"application/javascript": "alert(1)"}),
        rich("display_data", data={"image/svg+xml": alert}),
        rich("display_data", data={"text/markdown": MARKDOWN}),
        rich("display_data", data={"text/latex": "$<script>alert(1)</script>$"}),
        rich(
            "display_data",
            data={"image/png": "AAAA"},
            metadata={"image/png": {"width": "1 onerror=alert(1)", "alt": "<script>"}},
        ),
        rich("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}),
        stream("<script>alert(1)</script> \x1b[31m<img src=x onerror=alert(1)>"),
        rich("error", ename="E", evalue="", traceback=["<script>alert(1)</script>", *PATHS]),
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with nine exercises, each handed in twice and graded, and nothing executed."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "solutions", root / "solutions")
    shutil.copy(ROOT / "_config.yml", root)
    (root / "book").mkdir()
    shutil.copy(ROOT / "book" / "02_rnn.ipynb", root / "book")
    for slug in SLUGS:
        convert(root, GenerateAssignment, slug)
        for learner in ("right", "wrong"):
            path = root / "submitted" / learner / slug / f"{slug}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(handed_in(root, slug, learner), path)
        (path.parent / "timestamp.txt").write_text("2026-03-02 12:30:00 UTC")
        with gradebook(root) as found:
            found.update_or_create_assignment(slug, duedate=datetime(2026, 3, 1, 10))
        convert(root, Autograde, slug)
        with gradebook(root) as found:
            for name in read(release.source(ROOT, slug)).manual:
                found.find_grade(name, slug, slug, "right").manual_score = 2
                comment = found.find_comment(name, slug, slug, "right")
                comment.manual_comment = "Well *put*. <script>alert(1)</script>"
            found.db.commit()
        convert(root, GenerateFeedback, slug)
    return root


def handed_in(root, slug, learner):
    """Return the release with answers, for "wrong" with all that is hostile in it."""
    notebook = nbformat.read(root / "exercises" / slug / f"{slug}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = MARKDOWN if cell.cell_type == "markdown" else "def answer():\n    pass"
            if learner == "right" and cell.cell_type == "markdown":
                cell.source = "It counts, as $h_t < 1$ says."
    if learner == "wrong":
        own = nbformat.v4.new_code_cell("answer()  # <script>alert(1)</script>", id="own")
        own.metadata["tags"] = ['x"><script>alert(1)</script>']
        raw = nbformat.v4.new_raw_cell("<script>alert(1)</script>")
        notebook.cells[2:2] = [own, raw, nbformat.v4.new_markdown_cell(MARKDOWN)]
    return notebook


def gradebook(root):
    return Gradebook(f"sqlite:///{root / 'gradebook.db'}", "rnn")


def configured(root):
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    steps = config.Autograde.autograde_preprocessors
    config.Autograde.autograde_preprocessors = [SetOutputs, *steps[1:]]
    return config


def convert(root, kind, slug, change=lambda config: None):
    """Run one of nbgrader's own converters with the course's configuration."""
    config = configured(root)
    change(config)
    directory = CourseDirectory(config=config)
    directory.assignment_id = slug
    converter = kind(coursedir=directory, config=config)
    converter.force = True
    converter.start()


def page(root, learner, slug):
    return (root / "feedback" / learner / slug / f"{slug}.html").read_text("utf-8")


def text_of(page):
    """Return what a page says, without tags and with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


def hidden_lines(slug):
    """Return the lines that stand in a hidden region and nowhere in what learners get."""
    exercise = read(release.source(ROOT, slug))
    released = nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", as_version=4)
    seen = " ".join(" ".join(cell.source.split()) for cell in released.cells)
    lines = {
        " ".join(line.split()) for t in exercise.tasks.values() for line in t.hidden.split("\n")
    }
    return sorted(line for line in lines if len(line) > 12 and line not in seen)


def rows(page):
    """Return the table's rows as texts."""
    table = BeautifulSoup(page, "html.parser").find("table", class_="tasks")
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in table.find_all("tr")
    ]


def acting(page):
    """Return whatever in a page runs, loads, or leads to code."""
    soup = BeautifulSoup(page, "html.parser")
    found = [str(tag)[:200] for tag in soup.find_all(ACTING)]
    for tag in soup.find_all(True):
        for name, value in tag.attrs.items():
            value = "".join(value) if isinstance(value, list) else value
            address = re.sub(r"\s", "", value).lower()
            if (
                name.startswith("on")
                or name in ("srcset", "srcdoc", "action", "formaction", "background", "data-link")
                or (name == "src" and not address.startswith("data:image/"))
                or (name == "href" and not re.match(r"https?://|mailto:|#", address))
                or (name == "style" and "text-align" not in address and address)
            ):
                found.append(f"{tag.name} {name}={value[:80]}")
    return found


ACTING = ["script", "iframe", "object", "embed", "link", "base", "form", "input", "button", "svg"]
ACTING += ["math", "video", "audio", "source", "noscript", "template"]


@pytest.mark.parametrize("learner", ["right", "wrong"])
@pytest.mark.parametrize("slug", SLUGS)
def test_does_no_page_show_a_hidden_line(course, slug, learner):
    graded = nbformat.read(course / "autograded" / learner / slug / f"{slug}.ipynb", as_version=4)
    assert any(BEGIN_HIDDEN in cell.source for cell in graded.cells)  # it is there to be hidden
    lines = hidden_lines(slug)
    assert len(lines) > 5
    said = text_of(page(course, learner, slug))
    assert [line for line in lines if line in said] == []
    assert "HIDDEN TESTS" not in said
    assert "RNN_UTILS_GRADING_SEED" not in said


@pytest.mark.parametrize("slug", SLUGS)
def test_does_the_table_give_points_and_messages_of_each_task(course, slug):
    exercise = read(release.source(ROOT, slug))
    header, *tasks, total = rows(page(course, "right", slug))
    assert header == ["Task", "Points", "What the check says", "Reread"]
    assert len(tasks) == len(exercise.tasks) + len(exercise.manual)
    checked = [f"{task.points:g} of {task.points:g}" for task in exercise.tasks.values()]
    marked = [f"2 of {points:g}" for points in exercise.manual.values()]
    assert sorted(row[1] for row in tasks) == sorted(checked + marked)
    for name, _, message, _ in tasks:
        assert len(name) > 5
        assert message in ("answer: right in 5 of 5 cases.", "Comment Well put .")
    points = exercise.points - sum(exercise.manual.values()) + 2 * len(exercise.manual)
    assert total[:2] == ["Total", f"{points:g} of {exercise.points:g}"]


def test_does_a_wrong_answer_get_its_message_and_the_section_to_reread(course):
    sent = page(course, "wrong", "02_rnn")
    _, leaky, masked, counting, *_, written, total = rows(sent)
    assert leaky == ["A leaky step", "0 of 4", MESSAGE, "2.4 One step, with every shape"]
    assert masked[1:3] == ["0 of 6", "ValueError: bad …/y.csv"]
    assert masked[3] == "2.10 Sequences of different lengths"  # named by the task's own text
    assert counting[1:3] == ["0 of 3", "No."]
    assert written[1:3] == ["not marked yet of 3", "A person marks this one."]
    assert total[1] == "0 of 26"
    assert "3 of them are not marked yet" in text_of(sent)
    assert "Handed in 1 d 2 h 30 min after the deadline. No points are taken off" in text_of(sent)
    link = BeautifulSoup(sent, "html.parser").find("a", string=re.compile("One step"))
    assert link["href"].endswith("/book/02_rnn.ipynb")


def test_can_an_instructor_say_where_the_book_is(course):
    address = "https://example.org/book/{chapter}.html#{section}"

    def change(config):
        config.Summary.book = address
        config.CourseDirectory.feedback_directory = "elsewhere"

    convert(course, GenerateFeedback, "02_rnn", change)
    sent = (course / "elsewhere" / "wrong" / "02_rnn" / "02_rnn.html").read_text("utf-8")
    links = {a["href"] for a in BeautifulSoup(sent, "html.parser").find_all("a", href=True)}
    assert "https://example.org/book/02_rnn.html#one-step-with-every-shape" in links
    assert "https://example.org/book/02_rnn.html" in links  # from the exercise's own text


def test_is_the_page_the_same_when_formgrader_asks_for_it(course):
    def change(config):  # as nbgrader.apps.api.NbGraderAPI.generate_feedback does
        config.HTMLExporter.template_name = "feedback"
        config.CourseDirectory.feedback_directory = "asked"

    convert(course, GenerateFeedback, "02_rnn", change)
    asked = (course / "asked" / "wrong" / "02_rnn" / "02_rnn.html").read_text("utf-8")
    assert asked == page(course, "wrong", "02_rnn")


def test_is_a_rubric_shown_unless_the_instructor_keeps_it(course):
    def change(config):
        config.HideTests.show_rubrics = False
        config.CourseDirectory.feedback_directory = "without"

    convert(course, GenerateFeedback, "02_rnn", change)
    with_it = text_of(page(course, "right", "02_rnn"))
    without = text_of((course / "without" / "right" / "02_rnn" / "02_rnn.html").read_text("utf-8"))
    assert "How it is marked Rubric, one point each" in with_it
    assert "Rubric" not in without
    assert "MARK SCHEME" not in with_it + without


@pytest.mark.parametrize("released", [True, False], ids=["released", "not released"])
def test_is_a_check_without_marks_shown_as_it_was_released(course, released):
    def change(config):
        config.ClearHiddenTests.begin_test_delimeter = "another mark"
        config.CourseDirectory.feedback_directory = f"unmarked {released}"
        if not released:
            config.CourseDirectory.release_directory = "nowhere"

    convert(course, GenerateFeedback, "03_bptt", change)
    path = course / f"unmarked {released}" / "wrong" / "03_bptt" / "03_bptt.html"
    said = text_of(path.read_text("utf-8"))
    assert [line for line in hidden_lines("03_bptt") if line in said] == []
    assert ("checks.examine(" in said) == released
    assert ("This check is not shown." in said) != released


@pytest.mark.parametrize("slug", SLUGS)
def test_does_no_page_name_the_machine(course, slug):
    sent = page(course, "right", slug) + page(course, "wrong", slug)
    for place in (*MACHINE, str(course), str(Path.home()), sys.prefix, str(ROOT)):
        assert place not in sent, place


@pytest.mark.parametrize("slug", SLUGS)
def test_does_a_page_load_nothing_and_run_nothing(course, slug):
    for learner in ("right", "wrong"):
        sent = page(course, learner, slug)
        assert acting(sent) == []
        assert not re.search(
            r"@import|url\(", "".join(re.findall(r"<style.*?</style>", sent, re.S))
        )
        assert "default-src 'none'" in sent
        assert len(sent) < 200_000


def test_are_formulas_kept_as_their_source(course):
    soup = BeautifulSoup(page(course, "right", "02_rnn"), "html.parser")
    formulas = [code.get_text() for code in soup.find_all("code", class_="tex")]
    assert "h_t < 1" in formulas
    assert any(formula.startswith("h_t = (1 - \\alpha)") for formula in formulas)


@pytest.fixture(scope="module")
def formgrader(course):
    """Return a learner's page as formgrader's own extension, configured as on start, renders it."""
    from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

    shutil.copy(ROOT / "nbgrader_config.py", course)
    before = Path.cwd()
    os.chdir(course)
    try:
        extension = FormgradeExtension()
        extension.root_dir = str(course)
        extension.initialize([])
        server = SimpleNamespace(settings={})
        extension.init_tornado_settings(server)
    finally:
        os.chdir(before)

    def render(learner, slug):
        path = course / "autograded" / learner / slug / f"{slug}.ipynb"
        names = {"assignment_id": slug, "notebook_id": slug, "submission_id": "x", "index": 0}
        names |= {"total": 1, "base_url": "", "student": learner, "notebook_path": "x"}
        exporter = server.settings["nbgrader_exporter"]
        return exporter.from_filename(str(path), resources=names)[0]

    return render


def test_is_a_hostile_submission_inert_in_formgrader(formgrader):
    calm, hostile = formgrader("right", "02_rnn"), formgrader("wrong", "02_rnn")
    assert "Submission 1" in hostile
    assert BEGIN_HIDDEN in text_of(hostile)  # whoever marks sees all of it
    assert sorted(set(acting(hostile)) - set(acting(calm))) == []
    for name in ("test_leaky_step", "sharing"):
        assert len(re.findall(rf"id=\"{name}\"", hostile)) == len(
            re.findall(rf"id=\"{name}\"", calm)
        ), "formgrader finds its fields by their ids"


def test_does_formgrader_keep_formulas_for_mathjax(formgrader):
    said = html.unescape(formgrader("right", "02_rnn"))
    assert "$h_t < 1$" in said
    assert "$$h_t = (1 - \\alpha) \\odot h_{t-1}" in said


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_is_hostile_html_made_inert(source):
    assert acting(feedback.clean_html(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
        '<p style="text-align: right;">x <em>y</em> <code>z</code></p>',
        '<img src="data:image/png;base64,iVBORw0K" alt="a plot">',
        '<a href="https://example.org/a?b=c">x</a>',
        "$a &lt; b$ &amp; c",
    ],
)
def test_does_harmless_html_stay_as_it_is(source):
    assert feedback.clean_html(source) == source


def test_is_a_drawing_shown_as_an_image():
    made = feedback.clean_html('<figure><svg aria-label="a cell"><g/></svg></figure>')
    assert re.fullmatch(
        r'<figure><img alt="a cell" src="data:image/svg\+xml;base64,[\w+/=]+"></figure>', made
    )


@pytest.mark.timeout(60)
@pytest.mark.parametrize("flood", ["<svg ", "<style>", "<div>", "<p a=1 ", "<b><i>", "<p/a/b/c/"])
def test_does_a_flood_of_tags_keep_nobody_waiting(flood):
    assert acting(feedback.clean_html(flood * 100_000)) == []


def test_does_nbgrader_stop_where_the_steps_cannot_be_loaded(monkeypatch):
    """It logs other errors of its configuration, goes on, and would show hidden tests."""
    monkeypatch.setitem(sys.modules, "rnn_utils.grading.feedback", None)
    with pytest.raises(SystemExit, match=r"rnn_utils\.grading\.feedback.*'grade'"):
        PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()


CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None
)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install chromium to run this")
def test_does_a_browser_find_pages_quiet_and_narrow_enough(
    course, formgrader, tmp_path, playwright
):
    """Nothing speaks, nothing is asked of the network, and nothing is wider than a phone."""
    marked = tmp_path / "formgrader.html"
    marked.write_text(formgrader("wrong", "02_rnn"), "utf-8")
    pages = {
        f"feedback/{learner}": course / "feedback" / learner / "02_rnn" / "02_rnn.html"
        for learner in ("right", "wrong")
    }
    arguments = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    for name, path in {**pages, "formgrader": marked}.items():
        window = browser.new_page(viewport={"width": 390, "height": 844})
        heard = []
        window.on("dialog", lambda dialog, heard=heard: (heard.append(dialog), dialog.dismiss()))
        window.route(re.compile(r"^https?:"), lambda route: route.abort())
        if name != "formgrader":
            window.on("request", lambda request, heard=heard: heard.append(request.url))
            window.on("console", lambda said, heard=heard: heard.append(said.text))
        window.goto(path.as_uri())
        window.wait_for_timeout(300)
        outside = [h for h in heard if not str(h).startswith(("data:", path.as_uri()))]
        assert outside == [], name
        if name != "formgrader":
            assert window.evaluate("document.documentElement.scrollWidth") <= 390, name
    browser.close()
