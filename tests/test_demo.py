"""Does a made-up class get from release to exported marks, each learner with what is due?"""

import csv
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from rnn_utils.grading import demo, sandbox

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A class of seven, one learner of each kind, played through once."""
    made = demo.Demo(ROOT, tmp_path_factory.mktemp("demo") / "class")
    return made, made.play(7)


@pytest.mark.slow
@pytest.mark.nbgrader
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("ignore")
def test_does_each_learner_get_what_the_work_is_worth(played):
    made, result = played
    tasks = made.exercise.tasks
    functions = sum(task.points for task in tasks.values() if task.has_bank)
    rows = {row.learner.kind: row for row in result.rows}
    assert [row.learner.id for row in result.rows] == [f"learner{n:02}" for n in range(1, 8)]
    assert rows["right"].automatic == sum(task.points for task in tasks.values())
    mistaken = rows["wrong"].learner.detail.partition(":")[0]
    assert rows["wrong"].automatic == functions - tasks[mistaken].points
    assert rows["blank"].automatic == 0
    assert rows["blank"].exported == "0.00"
    assert rows["late"].automatic == functions
    assert "late" in rows["late"].remark
    assert rows["damaged"].automatic == functions, "the file that was handed in again"
    assert rows["damaged"].remark.startswith("handed in again; at first: The file is not")
    assert rows["absent"].automatic is None
    assert rows["absent"].exported == ""
    if sandbox.available() is None:
        assert rows["hostile"].automatic == 0
    for row in result.rows:
        if row.automatic is not None:
            assert row.exported == f"{row.automatic + row.written:.2f}"
    assert not [note for note in result.notes if note.startswith("failed")]
    assert list(result.seconds) == [
        *("release", "hand in", "collect", "grade", "mark written answers", "feedback"),
        *("regrade one after a fix", "export"),
    ]
    text = demo.summary(result)
    assert "7 learners: 1 right, 1 wrong, 1 blank, 1 late, 1 damaged, 1 hostile, 1 absent" in text


@pytest.mark.slow
@pytest.mark.nbgrader
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("ignore")
def test_are_gradebook_feedback_and_both_files_there(played):
    made, result = played
    with Gradebook(f"sqlite:///{made.root / 'gradebook.db'}", "rnn") as book:
        scores = {s.student.id: s.score for s in book.assignment_submissions(demo.SLUG)}
        assert not any(s.needs_manual_grade for s in book.assignment_submissions(demo.SLUG))
    handed_in = {row.learner.id for row in result.rows if row.learner.kind != "absent"}
    assert set(scores) == handed_in
    for learner in handed_in:
        page = made.root / "feedback" / learner / demo.SLUG / f"{demo.SLUG}.html"
        assert page.is_file()
        assert "BEGIN HIDDEN" not in page.read_text("utf-8")
    for name, key, column in (
        ("canvas.csv", "SIS Login ID", f"{demo.SLUG} (4711)"),
        ("moodle.csv", "Email address", "Grade"),
    ):
        with (made.root / name).open(encoding="utf-8", newline="") as file:
            marks = {row[key].split("@")[0]: row[column] for row in csv.DictReader(file)}
        assert {k: float(v) for k, v in marks.items() if k in handed_in} == scores


def test_has_a_larger_class_all_kinds_of_work(tmp_path):
    class_of_30 = demo.Demo(ROOT, tmp_path / "class").learners(30)
    kinds = Counter(learner.kind for learner in class_of_30)
    assert set(kinds) >= {"right", "wrong", "blank", "late", "damaged", "absent"}
    mistakes = [learner.detail for learner in class_of_30 if learner.kind == "wrong"]
    assert len(set(mistakes)) == len(mistakes)
    assert len({learner.id for learner in class_of_30}) == 30


def test_is_a_task_that_trains_left_out_unless_asked_for(tmp_path, monkeypatch):
    made = demo.Demo(ROOT, tmp_path / "class")
    monkeypatch.setattr(made, "_home", lambda learner: ROOT / "exercises" / demo.SLUG)
    training = [name for name, task in made.exercise.tasks.items() if not task.has_bank]
    for trained in (False, True):
        notebook = made.notebook(demo.Learner("learner01", "right"), 0, trained=trained)
        nbformat.validate(notebook)
        sources = {cell.id: cell.source for cell in notebook.cells}
        assert all(("NotImplementedError" in sources[name]) is not trained for name in training)
        assert all("NotImplementedError" not in sources[name] for name in made._banked())


def test_is_a_folder_with_other_work_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years")
    assert demo.main([str(tmp_path), "--course", str(ROOT)]) == 1
    assert "expected no folder or that of an earlier demo" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "years"


def test_does_it_work_without_the_collections_of_the_tests(tmp_path):
    course = tmp_path / "course"
    for name in (f"solutions/{demo.SLUG}", f"tests/submissions/{demo.SLUG}"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).symlink_to(ROOT / name)
    (course / "nbgrader_config.py").symlink_to(ROOT / "nbgrader_config.py")
    kinds = {one.kind for one in demo.Demo(course, tmp_path / "class").learners(30)}
    assert kinds == {"right", "wrong", "blank", "late", "absent"}


def test_can_each_chosen_damage_and_attack_be_handed_in(tmp_path):
    made = demo.Demo(ROOT, tmp_path / "class")
    for name, case in made.damaged.items():
        folder = tmp_path / "homes" / name / demo.SLUG
        folder.mkdir(parents=True)
        case.build(folder, demo.SLUG)
        assert [path.name for path in folder.iterdir()] == [f"{demo.SLUG}.ipynb"], name
    released = nbformat.read(ROOT / "exercises" / demo.SLUG / f"{demo.SLUG}.ipynb", as_version=4)
    for name, attack in made.hostile.items():
        assert attack.build(released, {}) != released, name
