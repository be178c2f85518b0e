"""Does `make grade` give each submission its marks, whatever happens on the way?"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from _grading import FORK, LEARNERS, SLUG, Class
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades

from rnn_utils.grading import collect, grade, gradebook, journal, sandbox, slots

pytestmark = [
    pytest.mark.nbgrader,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore"),  # of nbgrader
    pytest.mark.skipif(sys.platform != "linux", reason="slots are forked, with a judge of ours"),
]


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course with an exercise in its gradebook and nobody in it."""
    return Class.new(tmp_path_factory.mktemp("course")).root


@pytest.fixture
def course(made, tmp_path, monkeypatch):
    """The same with the submissions of five learners, and a judge that looks for one word."""
    course = Class(shutil.copytree(made, tmp_path / "course"))
    course.submit_all()
    monkeypatch.setattr(slots.judge, "judge", course.judge)
    monkeypatch.setattr(grade, "_package", lambda: "as it is")
    return course


@pytest.fixture
def points(course):
    """Each learner's marks as they have to be."""
    return course.points()


# --- from submissions to marks -------------------------------------------------------------------


def test_does_each_learner_get_the_points_of_the_right_answers(course, points, capsys) -> None:
    assert course.grade() == 0
    assert course.marks() == points
    assert sorted(course.judged()) == list(LEARNERS)
    assert "graded 5, failed 0, timed out 0" in capsys.readouterr().out
    assert course.rows("report.csv") == []
    rows = {(row["learner"], row["task"]): row for row in course.rows("times.csv")}
    assert rows["ben", "pad_left"]["points"] == "3"
    assert rows["ben", "pad_left"]["seconds"] == "0.500"
    assert rows["ben", "all"]["points"] == "7"
    for learner in LEARNERS:
        assert (course.root / "autograded" / learner / SLUG / f"{SLUG}.ipynb").is_file()


def test_is_what_is_graded_left_alone_and_what_is_new_graded(course, points, capsys) -> None:
    course.grade()
    before = {path: path.stat().st_mtime_ns for path in course.folder.glob("*.json")}
    course.submit("fay")
    assert course.grade() == 0
    assert course.judged()[5:] == ["fay"]
    assert course.marks() == points | {"fay": points["ada"]}
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert "graded 1, failed 0, timed out 0, as they were 5" in capsys.readouterr().out


def test_is_it_said_whose_work_is_gone(course, points, capsys) -> None:
    course.grade()
    assert "now gone" not in capsys.readouterr().out
    gone = next(iter(LEARNERS))
    shutil.rmtree(course.root / "submitted" / gone)
    assert course.grade() == 0
    assert f"marks of earlier work, now gone: {gone}\n" in capsys.readouterr().out
    (line,) = course.report(gone)
    assert line["done"] == "The earlier marks stay in the gradebook."
    assert course.marks() == points


def test_is_an_answer_that_was_handed_in_again_graded_again(course, points) -> None:
    course.grade()
    course.submit("ben")
    assert course.grade() == 0
    assert course.judged()[5:] == ["ben"]
    assert course.marks()["ben"] == points["ada"]


def test_is_a_changed_file_beside_the_notebook_a_changed_submission(course, monkeypatch) -> None:
    def judge(notebook, *args, tasks=None, files=None, **kwargs):
        whole = "whole" if tasks is None else "part"
        (course.root / "given").write_text(" ".join([whole, *(p.name for p in files.values())]))
        return course.judge(notebook, *args, tasks=tasks, **kwargs)

    def graded(*arguments):
        (course.root / "given").unlink(missing_ok=True)
        assert course.grade("--student", "ben", *arguments) == 0
        found = course.root / "given"
        return found.read_text() if found.is_file() else ""

    monkeypatch.setattr(slots.judge, "judge", judge)
    folder = course.root / "submitted" / "ben" / SLUG
    assert graded() == "whole"
    (folder / "helper.py").write_text("SIZE = 1")
    assert graded() == "whole helper.py"
    assert "came helper.py" in course.report("ben")[0]["found"]
    assert graded() == ""
    assert graded("--task", "pad_left") == "part helper.py"
    (folder / "helper.py").write_text("SIZE = 2")
    assert graded("--task", "pad_left") == "whole helper.py"
    (folder / "data.csv").write_text("1")
    assert graded() == "whole data.csv helper.py"
    (folder / "helper.py").unlink()
    assert graded() == "whole data.csv"
    assert graded() == ""


def test_does_a_later_time_change_the_lateness_and_run_nothing(course) -> None:
    course.submit("ada", stamp="2026-01-10 10:00:00 UTC")
    course.grade()
    with Gradebook(course.url, "rnn") as book:
        book.find_assignment(SLUG).duedate = datetime(2026, 1, 10, 12)
        book.db.commit()
    assert course.grade() == 0
    assert course.report("ada") == []
    course.submit("ada", stamp="2026-01-10 14:05:00 UTC")
    assert course.grade() == 0
    (row,) = course.report("ada")
    assert row["found"] == "It came 2 h 5 min late."
    assert row["done"] == "No points were taken off."
    assert len(course.judged()) == len(LEARNERS)


def test_are_marks_that_a_person_gave_kept(course) -> None:
    course.grade()
    with Gradebook(course.url, "rnn") as book:
        mark = book.find_grade("test_pad_left", SLUG, SLUG, "ben")
        mark.manual_score = 1.5
        book.db.commit()
    assert course.grade("--force") == 0
    with Gradebook(course.url, "rnn") as book:
        mark = book.find_grade("test_pad_left", SLUG, SLUG, "ben")
        assert (mark.score, mark.auto_score) == (1.5, 3)
        assert mark.needs_manual_grade


def test_are_one_learner_and_one_task_graded_again(course, points, capsys) -> None:
    course.grade()
    assert course.grade("--force", "--student", "ben", "--student", "eve") == 0
    assert sorted(course.judged()[5:]) == ["ben", "eve"]
    for learner in LEARNERS:  # only the outcome of the task that is named may change
        entry = journal.Journal(course.folder).read(learner)
        for outputs in entry.judged["outputs"]:
            if outputs == []:
                outputs.append({"output_type": "stream", "name": "stdout", "text": "kept"})
        journal.Journal(course.folder).save(learner, entry)
    assert course.grade("--task", "pad_left") == 0
    assert sorted(course.judged()[7:]) == list(LEARNERS)
    assert course.marks() == points
    text = (course.root / "autograded" / "ada" / SLUG / f"{SLUG}.ipynb").read_text()
    graded = {cell.id: cell for cell in nbformat.reads(text, as_version=4).cells}
    assert graded["test_pad_left"].outputs == []
    assert graded["test_standardise"].outputs[0].text == "kept"
    assert course.grade() == 0
    assert len(course.judged()) == 12


def test_is_all_graded_again_after_a_test_was_mended(course, points, capsys) -> None:
    course.grade()
    path = course.root / "solutions" / SLUG / f"{SLUG}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    test = next(cell for cell in notebook.cells if cell.id == "test_pad_left")
    test.source = test.source.replace("### END HIDDEN TESTS", "1 + 1\n### END HIDDEN TESTS")
    nbformat.write(notebook, path)
    assert course.grade() == 2
    assert f"run: nbgrader generate_assignment {SLUG} --force" in capsys.readouterr().err
    course.generate()
    assert course.grade("--task", "pad_left", "--student", "ada") == 0
    assert course.grade() == 0
    assert sorted(course.judged()[5:]) == list(LEARNERS)
    assert course.marks() == points


# --- kill -9 -------------------------------------------------------------------------------------


def calls(count, before, function):
    """Return the function so that its call of this number is the last thing that happens."""
    number = 0

    def counted(*args, **kwargs):
        nonlocal number
        number += 1
        if number == count and before:
            kill()
        result = function(*args, **kwargs)
        if number == count:
            kill()
        return result

    return counted


def at(owner, name, count, *, before):
    return lambda: setattr(owner, name, calls(count, before, getattr(owner, name)))


POINTS = {
    "before the first submission is staged": at(collect, "stage", 1, before=True),
    "after the third submission is staged": at(collect, "stage", 3, before=False),
    "when a slot was given its first work": at(slots._Slot, "give", 1, before=False),
    "while two are judged": at(slots._Slot, "outcome", 1, before=True),
    "when an outcome has come": at(grade.Grader, "take", 2, before=True),
    "before a journal entry": at(journal.Journal, "save", 3, before=True),
    "in the middle of a journal entry": at(os, "fsync", 3, before=True),
    "when an entry has its name and its folder is not safe": at(os, "fsync", 4, before=True),
    "after a journal entry": at(journal.Journal, "save", 3, before=False),
    "before the converter": at(gradebook.Course, "write", 2, before=True),
    "between two marks of a submission": at(SaveAutoGrades, "_add_score", 12, before=True),
    "between two comments of a submission": at(SaveAutoGrades, "_add_comment", 12, before=False),
    "after the marks, before the journal has it": at(gradebook.Course, "write", 2, before=False),
    "after the last mark": at(gradebook.Course, "write", 5, before=False),
    "before the report": at(grade.Grader, "report", 1, before=True),
    "in the report": at(grade, "put", 1, before=True),
}


@pytest.mark.parametrize("point", POINTS)
def test_is_nothing_lost_and_nothing_done_twice_after_a_kill(point, course, points) -> None:
    assert course.killed(POINTS[point])
    whole = set(sqlite3.connect(course.root / "gradebook.db").execute("PRAGMA integrity_check"))
    assert whole == {("ok",)}
    for learner, marks in course.marks().items():  # all of a submission's marks or none
        assert marks == points[learner]
    kept = journal.Journal(course.folder)
    known = [name for name in LEARNERS if (e := kept.read(name)) is not None and e.judged]
    done = course.judged()
    assert course.grade() == 0
    assert course.marks() == points
    assert not set(course.judged()[len(done) :]) & set(known)  # what was judged stays
    with Gradebook(course.url, "rnn") as book:
        assert len(book.assignment_submissions(SLUG)) == len(LEARNERS)
    before = course.judged()
    assert course.grade() == 0
    assert course.judged() == before


def test_does_a_killed_regrade_go_on_without_being_told_again(course, points) -> None:
    course.grade()
    assert course.killed(at(gradebook.Course, "write", 2, before=True), "--force")
    assert course.grade() == 0
    assert sorted(set(course.judged()[5:])) == list(LEARNERS)
    assert course.killed(at(grade.Grader, "take", 3, before=True), "--task", "pad_left")
    before = len(course.judged())
    assert course.grade() == 0
    assert 3 <= len(course.judged()[before:]) <= 5
    assert course.marks() == points


@pytest.mark.parametrize("harm", ["cut", "zeros", "empty", "other", "gone", "edited"])
def test_is_a_torn_entry_taken_for_none(harm, course, points) -> None:
    """After a power cut the gradebook may be ahead of the journal."""
    course.grade()
    path = course.folder / "ben.json"
    raw = path.read_bytes()
    torn = {
        "cut": raw[: len(raw) // 2],
        "zeros": raw[:100] + b"\0" * 100 + raw[200:],
        "empty": b"",
        "other": b"[1]",
        "edited": raw.replace(b'"written"', b'"writtem"'),
    }
    path.unlink() if harm == "gone" else path.write_bytes(torn[harm])
    assert course.grade() == 0
    assert course.judged()[5:] == ["ben"]
    assert course.marks() == points


def test_are_marks_written_again_where_the_gradebook_lost_them(course, points, made) -> None:
    course.grade()
    shutil.copy(made / "gradebook.db", course.root)  # an older copy was put back
    assert course.marks() == {}
    assert course.grade() == 0
    assert course.marks() == points
    assert len(course.judged()) == len(LEARNERS)
    shutil.rmtree(course.root / "autograded" / "eve")
    assert course.grade() == 0
    assert (course.root / "autograded" / "eve" / SLUG / f"{SLUG}.ipynb").is_file()
    assert len(course.judged()) == len(LEARNERS)


def test_can_the_gradebook_be_read_while_marks_are_written(course, monkeypatch) -> None:
    seen = []
    add = SaveAutoGrades._add_score

    def read_then_add(self, cell, resources):
        with sqlite3.connect(course.root / "gradebook.db", timeout=0) as other:
            (count,) = other.execute("SELECT count(*) FROM submitted_assignment").fetchone()
        seen.append(count)
        return add(self, cell, resources)

    monkeypatch.setattr(SaveAutoGrades, "_add_score", read_then_add)
    assert course.grade() == 0
    assert sorted(set(seen)) == [0, 1, 2, 3, 4]


# --- slots that die ------------------------------------------------------------------------------


def dying(course, monkeypatch, learner, times):
    """Let the slot that judges a learner be killed, a number of times."""
    whole = slots.judge.judge

    def judge(notebook, *args, **kwargs):
        result = whole(notebook, *args, **kwargs)
        if course.judged().count(learner) <= times and any(
            cell.source.startswith(f"# {learner} ") for cell in notebook.cells
        ):
            kill()
        return result

    monkeypatch.setattr(slots.judge, "judge", judge)


def test_is_a_submission_tried_again_when_its_slot_was_killed(course, points, monkeypatch) -> None:
    dying(course, monkeypatch, "cleo", 1)
    assert course.grade() == 0
    assert course.judged().count("cleo") == 2
    assert course.marks() == points


def test_is_a_submission_reported_whose_slots_all_die(course, points, monkeypatch, capsys) -> None:
    dying(course, monkeypatch, "cleo", 2)
    assert course.grade() == 1
    assert course.judged().count("cleo") == 2
    assert course.marks() == {name: points[name] for name in LEARNERS if name != "cleo"}
    (row,) = course.report("cleo")
    assert row["found"] == "the process that judged it was ended by SIGKILL"
    assert row["done"] == "It was not graded; run the same command again."
    assert "failed: cleo: the process that judged it was" in capsys.readouterr().out
    assert course.grade() == 0
    assert course.judged()[-1] == "cleo"
    assert course.marks() == points
    assert course.report("cleo") == []


def test_is_a_slot_that_does_not_come_to_an_end_put_to_an_end(course, monkeypatch) -> None:
    whole = slots.judge.judge

    def judge(notebook, *args, **kwargs):
        if any(cell.source.startswith("# dan ") for cell in notebook.cells):
            time.sleep(60)
        return whole(notebook, *args, **kwargs)

    monkeypatch.setattr(slots.judge, "judge", judge)
    monkeypatch.setattr(slots, "SLACK", 1)
    assert course.grade("--notebook-seconds", "0.5") == 1
    (row,) = course.report("dan")
    assert "did not come to an end" in row["found"]
    assert len(course.marks()) == 4


def test_is_an_error_of_the_judge_reported_and_the_others_graded(course, monkeypatch) -> None:
    whole = slots.judge.judge

    def judge(notebook, *args, **kwargs):
        if any(cell.source.startswith("# ada ") for cell in notebook.cells):
            raise ZeroDivisionError("division by zero")
        return whole(notebook, *args, **kwargs)

    monkeypatch.setattr(slots.judge, "judge", judge)
    assert course.grade() == 1
    assert course.report("ada")[0]["found"].startswith("ZeroDivisionError: division by zero")
    assert sorted(course.marks()) == ["ben", "cleo", "dan", "eve"]


def test_is_marking_that_fails_undone_whole_and_done_next_time(course, points, monkeypatch) -> None:
    add = SaveAutoGrades._add_score

    def fail(self, cell, resources):
        if resources["nbgrader"]["student"] == "dan" and cell.id == "test_standardise":
            raise OSError("no space left on device")
        return add(self, cell, resources)

    with monkeypatch.context() as patch:
        patch.setattr(SaveAutoGrades, "_add_score", fail)
        assert course.grade() == 1
    assert sorted(course.marks()) == ["ada", "ben", "cleo", "eve"]
    assert "no space left on device" in course.report("dan")[0]["found"]
    assert course.grade() == 0
    assert course.marks() == points
    assert len(course.judged()) == len(LEARNERS)


# --- odd submissions -----------------------------------------------------------------------------


def test_does_a_submission_that_cannot_be_read_have_0_points(course, points, capsys) -> None:
    path = course.root / "submitted" / "ada" / SLUG / f"{SLUG}.ipynb"
    path.write_bytes(b"\x89PNG not a notebook")
    (course.root / "submitted" / "fay" / SLUG).mkdir(parents=True)
    assert course.grade() == 0
    none = dict.fromkeys(points["ada"], 0.0)
    assert course.marks() == points | {"ada": none, "fay": none}
    assert path.read_bytes() == b"\x89PNG not a notebook"
    assert "with 0 points" in course.report("ada")[-1]["done"]
    assert "with 0 points" in course.report("fay")[-1]["done"]
    assert "\nnothing to be read, 0 points: ada, fay\n" in capsys.readouterr().out
    page = (course.root / "autograded" / "ada" / SLUG / f"{SLUG}.ipynb").read_text()
    assert "What was handed in could not be read." in page
    assert course.grade() == 0
    assert sorted(course.judged()) == ["ben", "cleo", "dan", "eve"]


def test_are_odd_names_graded_or_reported(course, points, capsys) -> None:
    for name in ("[a-z]*", "o'neil (late) {0}", "=1+1", "Zoë", "a" * 130):
        course.submit(name)
    submitted = course.root / "submitted"
    (submitted / "mallory").symlink_to(submitted / "ada")
    (submitted / "left.txt").write_text("")
    assert course.grade() == 0
    graded = {*LEARNERS, "o'neil (late) {0}", "=1+1", "Zoë"}
    assert set(course.marks()) == graded
    reported = {row["learner"] for row in course.rows("report.csv")}
    assert reported == {"mallory", "a" * 130, "[a-z]*"}
    assert "'=1+1" in {row["learner"] for row in course.rows("times.csv")}
    assert course.marks()["ada"] == points["ada"]


def test_is_work_that_lies_in_a_wrong_folder_reported(course, capsys) -> None:
    submitted = course.root / "submitted"
    right = submitted / "ada" / SLUG / f"{SLUG}.ipynb"
    for place in (f"fay/{SLUG}.ipynb", f"gil/Week 1/{SLUG}.ipynb", f"{SLUG}/hal/{SLUG}.ipynb"):
        (submitted / place).parent.mkdir(parents=True)
        shutil.copy(right, submitted / place)
    shutil.copy(right, submitted / "ivy.ipynb")
    (submitted / "ada" / ".ipynb_checkpoints").mkdir()
    shutil.copy(right, submitted / "ada" / ".ipynb_checkpoints")
    assert course.grade() == 0
    found = {row["file"]: row["done"] for row in course.rows("report.csv")}
    advice = {"fay": "fay", "gil": "gil", SLUG: "LEARNER", "ivy.ipynb": "LEARNER"}
    assert {file.split("/")[0] for file in found} == set(advice)
    for file, done in found.items():
        folder = advice[file.split("/")[0]]
        assert done == f"It was not graded; please put it into {folder}/{SLUG}/."
    assert f"\nnot graded: {', '.join(found)}\n" in capsys.readouterr().out


def test_is_it_said_that_nobody_handed_anything_in(course, capsys) -> None:
    shutil.rmtree(course.root / "submitted")
    (course.root / "submitted" / "ada" / "another").mkdir(parents=True)
    assert course.grade() == 0
    said = capsys.readouterr().out
    assert f"no learner has a folder {course.root / 'submitted'}/LEARNER/{SLUG}\n" in said


# --- wrong use -----------------------------------------------------------------------------------


def test_is_a_second_grader_sent_away(course, capsys) -> None:
    ready, leave = FORK.Event(), FORK.Event()

    def hold():
        with grade.locked(course.folder / "lock"):
            ready.set()
            leave.wait(60)

    course.folder.mkdir(parents=True)
    other = FORK.Process(target=hold)
    other.start()
    ready.wait(60)
    assert course.grade() == 2
    said = capsys.readouterr().err
    assert f"{SLUG} is being graded already, by process {other.pid} on " in said
    leave.set()
    other.join()
    assert course.grade() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--task", "nothing"], "--task: expected one of distant_windows, pad_left"),
        (["--student", "nobody"], "--student: expected a learner with work in"),
        (["--course", "/"], "expected the course's folder, with nbgrader_config.py"),
        (["--gpu", "--workers", "4"], "--workers: expected 1 with --gpu"),
    ],
)
def test_does_wrong_use_get_a_line_that_names_the_argument(
    arguments, words, course, capsys
) -> None:
    assert course.grade(*arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--workers", "0"], ["--cell-seconds", "-1"], ["--nope"]])
def test_are_wrong_numbers_refused(arguments, course, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        course.grade(*arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "size"),
    [([], 2), (["--workers", "3"], 3), (["--gpu", "--workers", "1"], 1)],
)
def test_do_as_many_work_at_once_as_asked(arguments, size, course, monkeypatch) -> None:
    sizes, works = [], []

    def judged(jobs, size, work):
        sizes.append(size)
        works.append(work)
        return iter(())

    monkeypatch.setattr(grade, "_cores", os.cpu_count)
    monkeypatch.setattr(grade.slots, "judged", judged)
    course.grade(*arguments)
    assert sizes == [size]
    assert works[0].gpu == ("--gpu" in arguments)
    assert works[0].threads == max(1, os.cpu_count() // size)


def test_is_a_course_that_is_not_ready_told_what_to_run(course, capsys) -> None:
    assert grade.main(["09_attention", "--course", str(course.root), "--no-sandbox"]) == 2
    said = capsys.readouterr().err
    assert f"which has {SLUG}; run: nbgrader generate_assignment 09_attention\n" in said
    (course.root / "gradebook.db").unlink()
    assert course.grade() == 2
    assert f"run: nbgrader generate_assignment {SLUG}\n" in capsys.readouterr().err
    assert not (course.root / "gradebook.db").exists()


def test_does_grading_stop_without_a_sandbox(course, monkeypatch, capsys) -> None:
    reason = "bubblewrap is not installed; use --no-sandbox to do without"
    monkeypatch.setattr(grade.sandbox, "available", lambda: reason)
    assert grade.main([SLUG, "--course", str(course.root)]) == 2
    assert capsys.readouterr().err == reason + "\n"
    assert course.judged() == []


# --- with the judge and the sandbox that learners get --------------------------------------------


def answered(course, learner, wrong=(), blank=("next_symbol",), beside=()):
    """Hand in the reference's answers, but for some; those that train a network take long."""
    source = nbformat.read(course.root / "solutions" / SLUG / f"{SLUG}.ipynb", as_version=4)
    answers = {cell.id: cell.source for cell in source.cells}
    course.submit(learner)
    path = course.root / "submitted" / learner / SLUG / f"{SLUG}.ipynb"
    released = nbformat.read(course.root / "exercises" / SLUG / f"{SLUG}.ipynb", as_version=4)
    for cell in released.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.id not in blank:
            cell.source = "pad_left = len" if cell.id in wrong else answers[cell.id]
        if cell.id in beside:
            (path.parent / "helper.py").write_text("import numpy as np\n\n" + cell.source)
            (path.parent / "names.txt").write_text(cell.id)
            cell.source = "import helper\n\npad_left = getattr(helper, open('names.txt').read())"
    nbformat.write(released, path)
    return path


@pytest.fixture
def real(made, tmp_path):
    if reason := sandbox.available():
        pytest.skip(reason)
    return Class(shutil.copytree(made, tmp_path / "course"))


def command(course, *arguments):
    """Start Python in the course's folder."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "RNN_UTILS_GRADING_SEED": "11"}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=course.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(run):
    """Wait until a command is done; fail with what it said."""
    said, _ = run.communicate()
    assert run.returncode == 0, said


WARM = shutil.which("bwrap") or "bwrap"
GRADE = ("-m", "rnn_utils.grading.grade", SLUG, "--workers", "2")


@pytest.mark.slow
def test_are_the_marks_those_of_nbgrader_autograde(real) -> None:
    answered(real, "ada", beside=("pad_left",))
    answered(real, "ben", wrong=("pad_left",))
    answered(real, "cleo", blank=("pad_left", "leak", "next_symbol"))
    run = command(real, *GRADE)
    finish(run)
    ours = real.marks()
    full = real.points()["ada"] | {"test_next_symbol": 0.0, "leak": None}
    assert ours["ada"] == full
    assert ours["ben"] == full | {"test_pad_left": 0.0}
    assert ours["cleo"] == full | {"test_pad_left": 0.0, "leak": 0.0}
    with Gradebook(real.url, "rnn") as book:
        for learner in ours:
            book.remove_submission(SLUG, learner)
    run = command(real, "-m", "nbgrader", "autograde", SLUG, "--force")
    finish(run)
    assert real.marks() == ours


@pytest.mark.slow
def test_is_a_submission_tried_again_when_its_sandbox_was_killed(real) -> None:
    path = answered(real, "ada")
    notebook = nbformat.read(path, as_version=4)
    answer = next(cell for cell in notebook.cells if cell.id == "pad_left")
    answer.source += "\nimport time\ntime.sleep(3)\n"
    nbformat.write(notebook, path)
    run = command(real, *GRADE)
    sandboxes = working(run)
    for process in sandboxes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    finish(run)
    assert real.marks()["ada"] == real.points()["ada"] | {"test_next_symbol": 0.0, "leak": None}


def test_does_a_slot_end_whose_grader_was_gone_before_it_began(monkeypatch) -> None:
    """Between the fork and the first look at the grader it can be killed, too."""
    ours, theirs = FORK.Pipe()

    def grader():
        monkeypatch.setattr(os, "setsid", lambda: time.sleep(1))
        theirs.send(slots._Slot(slots.Work(sandbox.Limits(), sandboxed=False)).process.pid)
        kill()

    process = FORK.Process(target=grader)
    process.start()
    assert ours.poll(60)
    slot = Path(f"/proc/{ours.recv()}/stat")
    process.join()
    for _ in range(300):
        if not slot.exists() or slot.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            break
        time.sleep(0.1)
    else:
        pytest.fail("the slot still runs after 30 s")


@pytest.mark.slow
def test_is_nothing_left_running_when_the_grader_is_killed(real) -> None:
    path = answered(real, "ada")
    notebook = nbformat.read(path, as_version=4)
    answer = next(cell for cell in notebook.cells if cell.id == "pad_left")
    answer.source += "\nimport time\ntime.sleep(100)\n"
    nbformat.write(notebook, path)
    run = command(real, *GRADE)
    working(run)
    running = descendants(run.pid)
    assert len(running) >= 3  # a slot, bubblewrap, the learner's
    run.kill()
    run.communicate()
    end = time.monotonic() + 30
    while (left := [p for p in running if words_of(p)]) and time.monotonic() < end:
        time.sleep(0.2)
    assert left == []


def working(run):
    """Wait until a learner's process is there beside the warm one; return their sandboxes."""
    inside = []
    while run.poll() is None and len(inside) < 2:
        time.sleep(0.1)
        sandboxes = [p for p in descendants(run.pid) if words_of(p).startswith(WARM)]
        found = {child for sandbox in sandboxes for child in descendants(sandbox)}
        inside = [p for p in found if "rnn_utils.grading.learner" in words_of(p)]
        inside = [p for p in inside if not words_of(p).startswith(WARM)]
    time.sleep(1)
    return sandboxes


def words_of(process):
    """Return the command line of a process; nothing where it is gone or a zombie."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def descendants(process):
    """Return a process's children, theirs, and so on."""
    found, parents = [], {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
    pending = [process]
    while pending:
        parent = pending.pop()
        children = [child for child, of in parents.items() if of == parent]
        found += children
        pending += children
    return found


@pytest.mark.slow
def test_does_a_dask_cluster_give_the_same_marks(real) -> None:
    distributed = pytest.importorskip("distributed", exc_type=ImportError)
    answered(real, "ada", beside=("pad_left",))
    answered(real, "ben", wrong=("pad_left",))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as local:
        run = command(real, *GRADE[:3], "--scheduler", local.scheduler_address)
        finish(run)
    full = real.points()["ada"] | {"test_next_symbol": 0.0, "leak": None}
    assert real.marks() == {"ada": full, "ben": full | {"test_pad_left": 0.0}}
