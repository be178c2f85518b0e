"""Does a mark that an instructor gives in formgrader, in a browser, reach everything after it?"""

from __future__ import annotations

import csv
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from urllib.parse import urlsplit

import nbformat
import pytest
from _grading import ROOT, SLUG, Class
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from rnn_utils.grading import export, sandbox

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.nbgrader,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.filterwarnings("ignore"),  # of nbgrader
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install chromium to run this"),
]

WRITTEN, TASK = "leak", "pad_left"
ANSWER = "The split is by time, since $x_{t+1}$ of a window is an input of the next."
COMMENT = "Say *which* windows, and how many."


def home(course):
    """Return an environment in which nothing of the user's own is read or written."""
    places = {"HOME": "", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data"}
    places |= {"JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython"}
    return os.environ | {name: str(course.root / "home" / to) for name, to in places.items()}


def run(course, *arguments):
    """Run a command of the course's as an instructor does, in its folder."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=course.root,
        env=home(course),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def grade(course, *arguments):
    """Run what `make grade` runs."""
    unboxed = ["--no-sandbox"] if sandbox.available() else []
    return run(course, "rnn_utils.grading.grade", SLUG, "--workers", "1", *unboxed, *arguments)


def hand_in(course, learner):
    """Hand in one function that is right, a written answer, and nothing else."""
    notebook = nbformat.read(ROOT / "exercises" / SLUG / f"{SLUG}.ipynb", as_version=4)
    solved = nbformat.read(ROOT / "solutions" / SLUG / f"{SLUG}.ipynb", as_version=4)
    answers = {TASK: next(c.source for c in solved.cells if c.id == TASK), WRITTEN: ANSWER}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    folder = course.root / "submitted" / learner / SLUG
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{SLUG}.ipynb")


@contextmanager
def lab(course):
    """Start what `make lab` starts, on loopback; give its address and its token."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    settings = [f"--port={port}", "--ServerApp.port_retries=0", "--ip=127.0.0.1", "--no-browser"]
    settings += ["--allow-root"] if os.geteuid() == 0 else []
    log = course.root / "lab.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "lab", "--notebook-dir=.", *settings],
            cwd=course.root,
            env=home(course) | {"JUPYTER_TOKEN": token},
            stdout=file,
            stderr=file,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            assert server.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(f"{address}/api", timeout=10).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address, token
    finally:
        server.terminate()
        server.wait()


class Formgrader:
    """Formgrader's pages in a window, as an instructor uses them, with no other host to reach."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.missed = []
        page.set_default_timeout(120_000)
        page.route("**/*", self.stay)

    def stay(self, route):
        url = route.request.url
        if url.startswith((self.address, "data:")):
            route.continue_()
        else:
            self.missed.append(urlsplit(url).path)
            route.abort()

    def log_in(self, token):
        """Ask for the list of submissions, and be asked for the token first."""
        self.page.goto(f"{self.address}/formgrader/gradebook/{SLUG}/{SLUG}")
        self.page.fill("#password_input", token)
        self.page.press("#password_input", "Enter")
        self.page.wait_for_url(f"**/gradebook/{SLUG}/{SLUG}")

    def rows(self):
        """Return each learner's row of the list, as texts."""
        self.page.goto(f"{self.address}/formgrader/gradebook/{SLUG}/{SLUG}")
        self.page.get_by_role("link", name="Submission #1").wait_for()
        self.page.get_by_role("button", name="Show All Names").click()
        rows = self.page.locator("#main-table tr").all()
        return {
            row.locator("a.name-shown").inner_text(): row.locator("td").all_inner_texts()
            for row in rows
        }

    def waits(self):
        """Return who is said to need a person's mark, in the list that is open."""
        ticked = self.page.locator("#main-table tr:has(.needs-manual-grade .glyphicon-ok)")
        return {row.locator("a.name-shown").inner_text() for row in ticked.all()}

    def open(self, learner):
        """Open a learner's work, from the list."""
        self.rows()
        self.page.get_by_role("link", name=learner, exact=True).click()
        self.page.wait_for_url("**/submissions/**")
        # fields are filled in by requests of the page's own
        self.page.wait_for_function("formgrader.grades?.loaded && formgrader.comments?.loaded")
        return self.page

    def saved(self, kind, act):
        """Do what has to reach the gradebook, and wait until it is there."""
        with self.page.expect_response(
            lambda answer: f"/api/{kind}/" in answer.url and answer.request.method == "PUT"
        ) as answer:
            act()
        assert answer.value.status == 200


@contextmanager
def chromium(playwright, address):
    arguments = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield Formgrader(browser.new_page(viewport={"width": 1400, "height": 1000}), address)
    browser.close()


def held(course, learner):
    """Return what the gradebook holds of the written answer."""
    with Gradebook(course.url, "rnn") as book:
        mark = book.find_grade(WRITTEN, SLUG, SLUG, learner)
        comment = book.find_comment(WRITTEN, SLUG, SLUG, learner)
        total = book.find_submission(SLUG, learner).score
        return mark.manual_score, mark.needs_manual_grade, comment.manual_comment, total


def feedback(course, learner):
    """Return what a learner's page says, with single spaces."""
    page = course.root / "feedback" / learner / SLUG / f"{SLUG}.html"
    said = BeautifulSoup(page.read_text("utf-8"), "html.parser").get_text(" ")
    return " ".join(said.split())


def exported(course, platform, capsys):
    """Return the marks of a platform's file, and what the command says of them."""
    capsys.readouterr()
    assert export.main(["--to", platform, "--course", str(course.root)]) == 0
    key = {"canvas": "SIS Login ID", "moodle": "Username"}[platform]
    with (course.root / f"{platform}.csv").open(encoding="utf-8", newline="") as file:
        marks = {row[key]: row[SLUG] for row in csv.DictReader(file) if row[key]}
    return marks, capsys.readouterr().err


def test_does_a_mark_given_in_formgrader_outlive_a_regrade(tmp_path, capsys, playwright):
    """One of two written answers is marked in a browser; then comes all that may come after."""
    (tmp_path / "course" / "home").mkdir(parents=True)
    course = Class.new(tmp_path / "course")
    for learner in ("ada", "ben"):
        hand_in(course, learner)
    assert "graded 2, failed 0" in grade(course)
    automatic, waiting = 3.0, (None, True, None, 3.0)
    assert [held(course, learner) for learner in ("ada", "ben")] == [waiting, waiting]

    with lab(course) as (address, token), chromium(playwright, address) as formgrader:
        formgrader.log_in(token)
        assert {name: row[2] for name, row in formgrader.rows().items()} == {
            "ada": "3 / 32",
            "ben": "3 / 32",
        }
        assert formgrader.waits() == {"ada", "ben"}

        page = formgrader.open("ada")
        said = page.locator("body").inner_text()
        assert "The split is by time" in said
        assert "Rubric" in said  # for whoever marks
        assert said.count("### BEGIN HIDDEN TESTS") == 7  # of all tasks
        score, comment = page.locator(f"input#{WRITTEN}"), page.locator(f"#{WRITTEN}-comment")
        assert "needs_manual_grade" in score.get_attribute("class")
        assert page.locator(f"input#test_{TASK}").get_attribute("placeholder") == f"{automatic:g}"
        score.fill("2")
        formgrader.saved("grade", lambda: score.press("Tab"))
        comment.fill(COMMENT)
        formgrader.saved("comment", lambda: comment.press("Tab"))
        page.wait_for_function(f"!document.querySelector('#{WRITTEN}.needs_manual_grade')")
        assert held(course, "ada") == (2, False, COMMENT, 5)
        assert held(course, "ben") == waiting
        assert formgrader.rows()["ada"][2] == "5 / 32"
        assert formgrader.waits() == {"ben"}

        assert "graded 0, failed 0, timed out 0, as they were 2" in grade(course)
        assert held(course, "ada") == (2, False, COMMENT, 5)
        assert "graded 1, failed 0" in grade(course, "--student", "ada", "--force")
        assert held(course, "ada") == (2, True, COMMENT, 5)
        assert held(course, "ben") == waiting
        for platform in ("canvas", "moodle"):
            marks, notes = exported(course, platform, capsys)
            assert marks == {"ada": "5.00", "ben": "3.00"}
            assert f"{WRITTEN} of ada {export.GRADED_SINCE}" in notes
            assert f"{WRITTEN} of ben {export.UNMARKED}" in notes

        page = formgrader.open("ada")  # it has been open all the time, and shows what is new
        score = page.locator(f"input#{WRITTEN}")
        assert score.input_value() == "2"
        assert page.locator(f"#{WRITTEN}-comment").input_value() == COMMENT
        answer = page.locator(".nbgrader_cell").filter(has=score)
        formgrader.saved("grade", answer.get_by_role("button", name="Resolve").click)
        assert held(course, "ada") == (2, False, COMMENT, 5)
        assert not [path for path in formgrader.missed if "mathjax" not in path]

    run(course, "nbgrader", "generate_feedback", SLUG)
    pages = {learner: feedback(course, learner) for learner in ("ada", "ben")}
    assert "2 of 3 Comment Say which windows, and how many." in pages["ada"]
    assert "Total 5 of 32" in pages["ada"]
    assert "not marked yet" not in pages["ada"]
    assert "not marked yet of 3" in pages["ben"]
    assert "Total 3 of 32" in pages["ben"]
    assert "Say which windows" not in pages["ben"]
    for platform in ("canvas", "moodle"):
        marks, notes = exported(course, platform, capsys)
        assert marks == {"ada": "5.00", "ben": "3.00"}
        assert f"{WRITTEN} of ada" not in notes
        assert f"{WRITTEN} of ben {export.UNMARKED}" in notes
