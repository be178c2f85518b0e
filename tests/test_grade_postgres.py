"""Does `make grade` do the same with a gradebook on a PostgreSQL server as with a file?"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from _grading import LEARNERS, Class
from nbgrader.preprocessors import SaveAutoGrades

from rnn_utils.grading import grade, slots

BINARIES = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found] + sorted(
    Path("/usr/lib/postgresql").glob("*/bin"), reverse=True
)

pytestmark = [
    pytest.mark.nbgrader,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore"),  # of nbgrader
    pytest.mark.skipif(sys.platform != "linux", reason="slots are forked, with a judge of ours"),
    pytest.mark.skipif(not BINARIES, reason="no PostgreSQL server is installed"),
]


@pytest.fixture(scope="module")
def server():
    """The URL of a private server, on a socket that nobody else can open."""
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path has to be short
    user, data = "postgres", str(folder / "data")
    other = []
    if os.geteuid() == 0:  # the server does not run as root
        shutil.chown(folder, user)
        other = ["runuser", "-u", user, "--"]

    def run(name, *arguments):
        command = [*other, str(BINARIES[0] / name), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-D", data, "-U", user, "-A", "trust", "-N", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg2://{user}@/{{}}?host={folder}", folder, run
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def course(server, tmp_path, monkeypatch, request):
    url, folder, run = server
    name = f"course_{abs(hash(request.node.name))}"
    run("createdb", "-h", str(folder), "-U", "postgres", name)
    (tmp_path / "course").mkdir()
    course = Class.new(tmp_path / "course", url.format(name))
    course.submit_all()
    monkeypatch.setattr(slots.judge, "judge", course.judge)
    monkeypatch.setattr(grade, "_package", lambda: "as it is")
    return course


def test_does_each_learner_get_the_points_of_the_right_answers(course) -> None:
    assert course.grade() == 0
    assert course.marks() == course.points()
    assert course.grade() == 0
    assert sorted(course.judged()) == list(LEARNERS)
    assert not (course.root / "gradebook.db").exists()


def test_is_nothing_lost_after_a_kill_between_two_marks(course) -> None:
    def patch():
        add, number = SaveAutoGrades._add_score, 0

        def killed(self, cell, resources):
            nonlocal number
            number += 1
            if number == 12:  # in the second submission
                os.kill(os.getpid(), signal.SIGKILL)
            add(self, cell, resources)

        SaveAutoGrades._add_score = killed

    assert course.killed(patch)
    (first,) = course.marks().items()
    assert course.points()[first[0]] == first[1]
    assert course.grade() == 0
    assert course.marks() == course.points()


def test_are_marks_shown_only_when_all_of_a_submission_are_there(course, monkeypatch) -> None:
    seen, add = [], SaveAutoGrades._add_score

    def look(self, cell, resources):
        seen.append(len(course.marks()))
        add(self, cell, resources)

    monkeypatch.setattr(SaveAutoGrades, "_add_score", look)
    # another connection would be the grader's own while it writes
    own = course.marks
    monkeypatch.setattr(course, "marks", lambda: outside(own))
    assert course.grade() == 0
    assert sorted(set(seen)) == [0, 1, 2, 3, 4]


def outside(read):
    """Call a function with nbgrader's own way to open a gradebook."""
    import nbgrader.api
    from sqlalchemy import create_engine

    shared = nbgrader.api.create_engine
    nbgrader.api.create_engine = create_engine
    try:
        return read()
    finally:
        nbgrader.api.create_engine = shared


def test_is_a_server_that_does_not_answer_named_without_its_password(course, capsys) -> None:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write('\nc.CourseDirectory.db_url = "postgresql+psycopg2://me:secret@/x?host=/no"\n')
    assert course.grade() == 2
    said = capsys.readouterr().err
    assert "the gradebook cannot be opened" in said
    assert "secret" not in said
