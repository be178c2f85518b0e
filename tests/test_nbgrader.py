"""The real nbgrader, through its own commands, from release to feedback."""

import ast
import csv
import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from _learner import REASON
from traitlets.config import Config

from rnn_utils.grading import bank, preprocessors, release, sandbox
from rnn_utils.grading.exercise import TEST, read

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow, pytest.mark.timeout(1200)]

ROOT = Path(__file__).resolve().parent.parent
SLUGS = release.slugs(ROOT)
UNBOXED = ["--Apart.sandboxed=False"] if REASON else []
NOISE = """

def _noisy(function):
    import functools, os, sys, warnings
    from tqdm import tqdm

    @functools.wraps(function)
    def noisy(*args, **kwargs):
        if not hasattr(noisy, "heard"):
            noisy.heard = True
            sys.stderr.write("written to stderr\\n")
            warnings.warn("a warning from the answer")
            list(tqdm(range(3), desc="a progress bar"))
            os.write(2, b"written to descriptor 2\\n")
            os.system("echo written by a child >&2")
        return function(*args, **kwargs)

    return noisy


"""
NOISES = (
    "written to stderr",
    "a warning from the answer",
    "a progress bar",
    "written to descriptor 2",
    "written by a child",
)


class Course:
    """A course folder of its own, in which nbgrader's commands run."""

    def __init__(self, root, slugs):
        self.root = root
        root.mkdir(exist_ok=True)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        for slug in slugs:
            for folder in ("solutions", "exercises"):
                shutil.copytree(ROOT / folder / slug, root / folder / slug)

    def nbgrader(self, *arguments, folder=None):
        """Run one command; fail with its log."""
        environment = os.environ | {
            "HOME": str(self.root),
            "JUPYTER_CONFIG_DIR": str(self.root / ".jupyter"),
            "JUPYTER_DATA_DIR": str(self.root / ".jupyter_data"),
            "IPYTHONDIR": str(self.root / ".ipython"),
            "OMP_NUM_THREADS": "1",
            "RNN_UTILS_GRADING_SEED": "11",
        }
        environment.pop("PYTEST_CURRENT_TEST", None)  # ipykernel stops watching descriptor 2
        run = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=folder or self.root,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, f"nbgrader {' '.join(arguments)}\n{run.stdout}\n{run.stderr}"
        return run.stdout + run.stderr

    def submit(self, learner, slug, notebook):
        """Put a notebook where nbgrader collects to."""
        path = self.root / "submitted" / learner / slug / f"{slug}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)

    def scores(self, slug):
        """Return the gradebook's scores of each learner and cell; None where a person is due."""
        from nbgrader.api import Gradebook

        found = {}
        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}", "rnn") as gradebook:
            for submission in gradebook.assignment_submissions(slug):
                (notebook,) = submission.notebooks
                found[submission.student.id] = {
                    grade.name: None if grade.needs_manual_grade else grade.score
                    for grade in notebook.grades
                }
        return found

    def mark(self, learner, slug, cell, points):
        """Give the points of a written answer, as formgrader does."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}", "rnn") as gradebook:
            grade = gradebook.find_grade(cell, slug, slug, learner)
            grade.manual_score = points
            grade.needs_manual_grade = False
            gradebook.db.commit()

    def exported(self, slug):
        """Return the total of each learner from the file that nbgrader exports."""
        self.nbgrader("export", "--to", "grades.csv")
        with (self.root / "grades.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["assignment"] == slug]
        return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}


def released(slug):
    return nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", as_version=4)


def answered(slug, wrong=None, *, noisy=False):
    """Return the release with the reference's answers, one of them perhaps a wrong one."""
    notebook = released(slug)
    sources = {
        cell.id: cell.source
        for cell in nbformat.read(release.source(ROOT, slug), as_version=4).cells
    }
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution"):
            cell.source = sources[cell.id]
            if wrong and cell.id == wrong[0]:
                cell.source = wrong[1].source
            elif noisy and cell.cell_type == "code":
                cell.source = with_noise(cell.source)
        elif noisy and cell.id.startswith("setup"):
            cell.source = "import nunpy as np"  # locked: autograde puts the right one back
    return notebook


def with_noise(source):
    functions = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    return source + NOISE + "\n".join(f"{name} = _noisy({name})" for name in functions)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.filterwarnings("ignore")
def test_does_nbgrader_mark_each_submission_as_it_should(slug, tmp_path):
    """Do the reference, the untouched release and one wrong task get what they should?"""
    exercise = read(release.source(ROOT, slug))
    name, task = next((n, t) for n, t in exercise.tasks.items() if t.has_bank)
    wrong = next(a for a in bank.answers(ROOT, slug, name) if not a.right)
    course = Course(tmp_path, [slug])
    course.nbgrader("generate_assignment", slug, "--force")
    made = (tmp_path / "exercises" / slug / f"{slug}.ipynb").read_text("utf-8")
    assert made == (ROOT / "exercises" / slug / f"{slug}.ipynb").read_text("utf-8")

    course.submit("reference", slug, answered(slug))
    course.submit("untouched", slug, released(slug))
    course.submit("onewrong", slug, answered(slug, (name, wrong), noisy=True))
    course.nbgrader("autograde", slug, *UNBOXED)

    full = {TEST + t.name: t.points for t in exercise.tasks.values()}
    by_hand = dict.fromkeys(exercise.manual)
    scores = course.scores(slug)
    assert scores["reference"] == full | by_hand
    assert scores["untouched"] == dict.fromkeys(full | by_hand, 0)
    assert scores["onewrong"] == full | by_hand | {TEST + name: 0}

    course.nbgrader("generate_feedback", slug)
    pages = {
        learner: page_text(tmp_path / "feedback" / learner / slug / f"{slug}.html")
        for learner in scores
    }
    assert words(wrong.message) in pages["onewrong"]
    assert words(wrong.message) not in pages["reference"]
    assert "Rubric" in pages["reference"]
    for noise in NOISES:  # once in the source and once as output, for each of the other tasks
        assert pages["onewrong"].count(noise) >= 2 * (len(full) - 1), noise

    for learner in ("reference", "onewrong"):
        for cell, points in exercise.manual.items():
            course.mark(learner, slug, cell, points)
    assert course.exported(slug) == {
        "reference": (exercise.points, exercise.points),
        "untouched": (0, exercise.points),
        "onewrong": (exercise.points - task.points, exercise.points),
    }


def page_text(path):
    """Return a feedback page's text with its tags and colours taken out."""
    return words(html.unescape(re.sub(r"<[^>]+>", "", path.read_text("utf-8"))))


def words(text):
    return " ".join(text.split())


def test_does_autograde_stop_at_once_where_there_is_no_sandbox(tmp_path, monkeypatch):
    config = Config({"CourseDirectory": {"root": str(tmp_path)}})
    unmarked = tmp_path / "autograded" / "ada" / "x" / "x.ipynb"
    unmarked.parent.mkdir(parents=True)
    unmarked.touch()
    monkeypatch.setattr(sandbox, "available", lambda: "none here; use --no-sandbox to do without")
    monkeypatch.setattr(preprocessors.Apart, "_nursery", None)
    step = preprocessors.Apart(config=config)
    names = {"student": "ada", "assignment": "x", "notebook": "x"}
    with pytest.raises(SystemExit, match=r"none here; use --Apart\.sandboxed=False to do"):
        step.preprocess(nbformat.v4.new_notebook(), {"nbgrader": names})
    assert not unmarked.exists()


@pytest.mark.parametrize(
    ("name", "words", "shown"),
    [
        ("Mistake", "No.", "No."),
        ("NotImplementedError", "It is not written yet.", "It is not written yet."),
        ("NotImplementedError", "", "NotImplementedError"),
        ("ValueError", "No.", "ValueError: No."),
    ],
)
def test_is_the_kind_of_an_error_left_out_where_its_words_are_enough(name, words, shown):
    assert preprocessors._said(name, words) == shown


def test_does_an_exercise_travel_through_the_exchange(tmp_path):
    """Do release, fetch, submit and collect pass a notebook on unchanged?"""
    slug = SLUGS[0]
    course = Course(tmp_path / "course", [slug])
    exchange, home = tmp_path / "exchange", tmp_path / "learner"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    home.mkdir()
    shared = [f"--Exchange.root={exchange}", "--course=rnn"]
    course.nbgrader("generate_assignment", slug, "--force")
    course.nbgrader("release_assignment", slug, *shared)
    course.nbgrader("fetch_assignment", slug, *shared, folder=home)
    fetched = home / slug / f"{slug}.ipynb"
    assert fetched.read_bytes() == (ROOT / "exercises" / slug / f"{slug}.ipynb").read_bytes()
    course.nbgrader("submit", slug, *shared, folder=home)
    course.nbgrader("collect", slug, *shared)
    (collected,) = (course.root / "submitted").glob(f"*/{slug}/{slug}.ipynb")
    assert collected.read_bytes() == fetched.read_bytes()
