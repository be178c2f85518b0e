"""Is a whole class of damaged submissions graded in one run, each with the marks that it is due?"""

import csv
import os
import shutil
import subprocess
import sys

import pytest
from _damaged import CASES
from _grading import ROOT
from _learner import NEEDS_SANDBOX, REASON
from nbgrader.api import Gradebook

SLUG = "02_rnn"
pytestmark = [pytest.mark.slow, pytest.mark.nbgrader, pytest.mark.timeout(900), NEEDS_SANDBOX]
QUIET = os.environ | {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}


def run(folder, *words, status=0):
    """Run a module as a command in the course folder; return what it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=QUIET, capture_output=True, text=True
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade all cases in one run; return points by learner and test, and the report's lines."""
    root = tmp_path_factory.mktemp("damaged")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for folder in ("solutions", "exercises"):
        shutil.copytree(ROOT / folder / SLUG, root / folder / SLUG)
    run(root, "nbgrader", "generate_assignment", SLUG, "--force")
    for name, case in CASES.items():
        case.build(root / "submitted" / name / SLUG, SLUG)
    odd = root / "submitted" / "odd" / SLUG
    CASES["kernel_that_does_not_exist"].build(odd, SLUG)
    text = (odd / f"{SLUG}.ipynb").read_text()
    (odd / f"{SLUG}.ipynb").write_text(text.replace("def leaky_step", "import gc\\ndef leaky_step"))
    told = run(root, "rnn_utils.grading.grade", SLUG, "--cell-seconds", "8")
    points = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "rnn") as gradebook:
        for submission in gradebook.assignment_submissions(SLUG):
            (notebook,) = submission.notebooks
            points[submission.student_id] = {
                grade.name: grade.auto_score / grade.max_score
                for grade in notebook.grades
                if grade.name.startswith("test_")
            }
    with (root / "graded" / SLUG / "report.csv").open(newline="") as file:
        report = {}
        for row in csv.DictReader(file):
            report.setdefault(row["learner"], []).append(
                f"{row['file']}: {row['found']} {row['done']}"
            )
    return points, report, told


@pytest.mark.parametrize("name", CASES)
def test_does_a_damaged_submission_get_its_marks_and_its_line(name, graded):
    points, report, _ = graded
    case = CASES[name]
    assert points[name] == {test: share or 0 for test, share in case.points.items()}
    lines = " | ".join(report.get(name, []))
    for words in case.words:
        assert words in lines


def test_does_none_of_them_stop_the_run(graded):
    points, _, told = graded
    assert REASON is None
    assert set(points) == {*CASES, "odd"}
    assert f"graded {len(CASES) + 1}, failed 0" in told


def test_is_a_cell_reported_that_does_what_no_answer_needs(graded):
    points, report, _ = graded
    assert points["odd"]["test_leaky_step"] == 1
    assert "The cell leaky_step uses what no answer needs: gc." in " ".join(report["odd"])
