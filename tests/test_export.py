"""Do the files for Canvas and Moodle hold every mark, and say what is not in them?"""

import csv
import io
import os
import shutil
import sys
import warnings
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from rnn_utils.grading import export

CONFIG = 'c.CourseDirectory.course_id = "rnn"\nc.CourseDirectory.root = {root!r}\n'
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (9),01_sequences (4711),02_rnn (4712),Current Score
,,,,,,Manual Posting,,
    Points Possible,,,,,10.00,30.00,12.00,(read only)
"One, Ada",101,s1,ada@x.org,"1A, B",7,,,70
"Two, Bo",102,s2,Bo,1A,,3.00,EX,
"Three, Cy",103,cy,cylogin,1A,5,4.00,,
"Student, Test",999,,aaaa,1A,,,,
"""
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 7,Ada One,ada@x.org,Submitted,,30.00,Yes,-,-,
Participant 8,Bo Two,BO@x.org,Submitted,,30.00,Yes,-,-,fine
Participant 9,Eve Five,eve@x.org,No submission,2.00,30.00,Yes,-,-,
"""


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """A gradebook of three learners, three exercises, and one written answer not yet marked."""
    path = tmp_path_factory.mktemp("made") / "gradebook.db"
    commands = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", commands)  # nbgrader starts alembic by its name
        book = Gradebook(f"sqlite:///{path}", "rnn")
    with book, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own, of sqlalchemy
        book.add_student("ada", first_name="Ada", last_name="One", email="ada@x.org")
        book.add_student("bo", email="bo@x.org")
        book.add_student("cy")
        for slug in ("01_sequences", "02_rnn", "03_bptt"):
            book.add_assignment(slug)
            book.add_notebook(slug, slug)
            book.add_grade_cell("test_f", slug, slug, max_score=20, cell_type="code")
            book.add_grade_cell("text", slug, slug, max_score=10, cell_type="markdown")
        _submit(book, "01_sequences", "ada", 20, 7.5)
        _submit(book, "01_sequences", "bo", 1 / 3, None)
        _submit(book, "02_rnn", "bo", 20, 10, late=2)
        _submit(book, "02_rnn", "cy", 1, 0, late=5)
    return path


@pytest.fixture
def course(gradebook, tmp_path):
    """A course's folder with that gradebook."""
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\n" + CONFIG.format(root=str(tmp_path))
    )
    shutil.copy(gradebook, tmp_path)
    return tmp_path


def _submit(book, slug, learner, code, text, late=0):
    submission = book.add_submission(slug, learner)
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            grade.needs_manual_grade = grade.name == "text" and text is None
            if grade.name == "test_f":
                grade.auto_score = code
            elif text is not None:
                grade.manual_score = text
        notebook.late_submission_penalty = late
    book.db.commit()


def run(course, *arguments, roster=None):
    """Run the command; return its status and the file's rows by their first cell."""
    if roster is not None:
        (course / "roster.csv").write_text(roster, "utf-8")
        arguments += ("--roster", str(course / "roster.csv"))
    status = export.main(["--course", str(course), "--out", str(course / "out.csv"), *arguments])
    return status, rows((course / "out.csv").read_text("utf-8")) if status == 0 else None


def rows(text, delimiter=","):
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def test_does_a_file_from_canvas_come_back_with_the_marks_and_nothing_else_changed(course, capsys):
    status, found = run(course, "--to", "canvas", roster=CANVAS)
    before = rows(CANVAS)
    assert status == 0
    expected = [list(row) for row in before]
    expected[3][6] = "27.50"  # ada by her address
    expected[4][6] = "0.33"  # bo by his login, in another case
    expected[5][7] = "0.00"  # cy by an id: 1 point less 5 for being late is not negative
    assert found == expected  # bo's EX, cy's earlier mark, totals and remarks are as they were
    notes = capsys.readouterr().err
    assert "01_sequences: text of bo is not marked yet, counts as 0" in notes
    assert "bo: 02_rnn is 'EX' on the platform and was left so; not in the file: 28.00" in notes
    assert "02_rnn: 30.00 points in the gradebook, 12.00 on the platform" in notes
    assert "01_sequences: nothing handed in by cy, Student, Test / 999 / aaaa; the cell" in notes
    assert "03_bptt" not in notes


def test_is_a_mark_given_before_a_regrade_told_from_none(course, capsys):
    with Gradebook(export.database(course)[0]) as book:
        grade = book.find_grade("text", "02_rnn", "02_rnn", "bo")
        grade.needs_manual_grade = True
        book.db.commit()
    _, found = run(course, "--to", "canvas")
    assert [row[-1] for row in found if row[0] == "bo"] == ["28.00"]
    notes = capsys.readouterr().err
    assert "02_rnn: text of bo was graded again after a person marked it; that person" in notes
    assert "02_rnn: text of bo is not marked" not in notes


def test_are_learners_that_the_roster_does_not_have_named_with_their_marks(course, capsys):
    lines = CANVAS.splitlines(keepends=True)
    status, found = run(course, "--to", "canvas", roster="".join(lines[:3] + lines[5:]))
    assert status == 0
    assert len(found) == 5
    notes = capsys.readouterr().err
    assert "ada is not in the roster; not in the file: 01_sequences 27.50" in notes
    assert "bo is not in the roster; not in the file: 01_sequences 0.33, 02_rnn 28.00" in notes


def test_does_a_learner_who_fits_two_rows_get_neither(course, capsys):
    twice = CANVAS + '"Four, Di",104,bo,di,1A,,,,\n"Bo",105,s5,ada@x.org,1A,,,,\n'
    _, found = run(course, "--to", "canvas", roster=twice)
    notes = capsys.readouterr().err
    assert "bo fits 2 rows of the roster; not in the file: 01_sequences 0.33" in notes
    assert "ada fits 2 rows" in notes
    assert [row[6] for row in found[3:]] == ["", "3.00", "4.00", "", "", ""]
    _, found = run(course, "--to", "canvas", "--key", "SIS Login ID", roster=CANVAS)
    assert "cy is not in the roster" in capsys.readouterr().err
    assert found[4][6] == "0.33"


def test_does_one_row_go_to_one_learner_only(course, capsys):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "rnn") as book:
        book.add_student("other", lms_user_id="102")
    _, found = run(course, "--to", "canvas", roster=CANVAS)
    assert "other has the same row of the roster as bo" in capsys.readouterr().err
    assert found[4][6] == "0.33"


def test_can_a_column_be_named_or_added(course, capsys):
    renamed = CANVAS.replace("01_sequences (4711)", "Week 1 (4711)")
    _, found = run(course, "--to", "canvas", "--zero", roster=renamed)
    assert found[0][-1] == "01_sequences"
    assert found[2][-1] == "30.00"
    assert [row[-1] for row in found[3:]] == ["27.50", "0.33", "0.00", "0.00"]
    assert "01_sequences: the roster has no column for it; one was added" in capsys.readouterr().err
    named = ("--assignment", "01_sequences", "--column", "01_sequences=Week 1 (4711)")
    _, found = run(course, "--to", "canvas", *named, roster=renamed)
    assert found[3][6] == "27.50"
    assert len(found[0]) == 9
    status, _ = run(course, "--to", "canvas", "--column", "01_sequences=Week", roster=renamed)
    assert status == 1
    assert "01_sequences: no column 'Week'" in capsys.readouterr().err


def test_does_a_roster_keep_its_separator_and_its_byte_order_mark(course):
    text = "\ufeffStudent;ID;SIS Login ID;Section;01_sequences (1)\n"
    text += "    Points Possible;;;;30,00\nOne;101;ada;1A;\n"
    status, _ = run(course, "--to", "canvas", "--assignment", "01_sequences", roster=text)
    assert status == 0
    assert (course / "out.csv").read_text("utf-8") == text.replace("1A;\n", "1A;27.50\n")


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_does_it_work_without_a_roster(course, platform, capsys):
    status, found = run(course, "--to", platform)
    assert status == 0
    if platform == "canvas":
        assert found == [
            [
                *["Student", "ID", "SIS User ID", "SIS Login ID", "Section"],
                "01_sequences",
                "02_rnn",
            ],
            ["    Points Possible", "", "", "", "", "30.00", "30.00"],
            ["One, Ada", "", "", "ada", "", "27.50", ""],
            ["bo", "", "", "bo", "", "0.33", "28.00"],
            ["cy", "", "", "cy", "", "", "0.00"],
        ]
    else:
        assert found == [
            ["Username", "01_sequences", "02_rnn"],
            ["ada", "27.50", ""],
            ["bo", "0.33", "28.00"],
            ["cy", "", "0.00"],
        ]
    assert "02_rnn: nothing handed in by ada" in capsys.readouterr().err


def test_is_a_grading_worksheet_of_moodle_filled(course, capsys):
    status, found = run(course, "--to", "moodle", "--assignment", "01_sequences", roster=WORKSHEET)
    assert status == 0
    assert [row[4] for row in found] == ["Grade", "27.50", "0.33", "2.00"]
    assert [r[:4] + r[5:] for r in found] == [r[:4] + r[5:] for r in rows(WORKSHEET)]
    notes = capsys.readouterr().err
    assert "cy is not in the roster; not in the file: no marks" in notes
    assert "nothing handed in by Participant 9 / eve@x.org" in notes
    status, _ = run(course, "--to", "moodle", roster=WORKSHEET)
    assert status == 1
    assert "a grading worksheet holds one assignment" in capsys.readouterr().err


def test_is_a_grade_export_of_moodle_filled(course):
    head = "First name,Surname,ID number,Email address,Assignment: 01_sequences (Real),"
    roster = head + "Aufgabe: 02_rnn (Punkte),Course total (Real)\nAda,One,,ada@x.org,-,-,3.00\n"
    status, found = run(course, "--to", "moodle", roster=roster)
    assert status == 0
    assert found[1] == ["Ada", "One", "", "ada@x.org", "27.50", "-", "3.00"]


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1"])
def test_is_a_cell_that_would_run_as_a_formula_guarded(course, name, capsys):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "rnn") as book:
        book.update_or_create_student("ada", last_name=name, first_name=None)
    for arguments in (["--to", "canvas"], ["--to", "canvas", "--key", "SIS Login ID"]):
        _, found = run(course, *arguments)
        assert next(row[0] for row in found if row[3] == "ada") == "'" + name
        assert "could run as a formula" in capsys.readouterr().err
    roster = CANVAS.replace('"One, Ada"', f'"{name}"').replace(",70\n", ",-7.5\n")
    _, found = run(course, "--to", "canvas", roster=roster)
    assert found[3][0] == "'" + name
    assert found[3][6:] == ["27.50", "", "-7.5"]


@pytest.mark.parametrize(
    ("roster", "words"),
    [
        (b"\xff\xfe\x00", "expected a CSV file in UTF-8"),
        (b"Student,ID\n", "expected a header and learners, got 1 lines"),
        (b"Student,Section\na,b\n", "expected a column 'ID' or 'SIS User ID'"),
        (b"Student,ID\na,b,c\n", "row 2: expected 2 cells, got 3"),
        (
            b"Student,ID,01_sequences (1),01_sequences (2)\na,1,,\n",
            "several columns fit (01_sequences (1), 01_sequences (2))",
        ),
    ],
)
def test_is_a_roster_that_cannot_be_read_refused_in_words(course, roster, words, capsys):
    path = course / "roster.csv"
    path.write_bytes(roster)
    assert run(course, "--to", "canvas", "--roster", str(path))[0] == 1
    assert words in capsys.readouterr().err
    assert not (course / "out.csv").exists()


def test_are_a_missing_gradebook_course_and_assignment_named(course, tmp_path, capsys):
    assert run(course, "--to", "canvas", "--assignment", "99_none")[0] == 1
    assert "99_none: not in the gradebook" in capsys.readouterr().err
    assert run(course, "--to", "canvas", "--column", "01_sequences")[0] == 1
    assert "--column: expected NAME=HEADER" in capsys.readouterr().err
    (course / "gradebook.db").unlink()
    assert run(course, "--to", "canvas")[0] == 1
    assert "no gradebook there; run: nbgrader generate_assignment" in capsys.readouterr().err
    assert not (course / "gradebook.db").exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(empty, "--to", "canvas")[0] == 1
    assert "there is no nbgrader_config.py" in capsys.readouterr().err
