"""Plays a week of a term on a made-up class: release, collect, grade, mark, feedback, export.

`python -m rnn_utils.grading.demo --learners 30 build/demo` hands in right, wrong, blank, late,
damaged and hostile work for learners who do not exist, grades it with the course's own commands,
and prints what became of each.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeSubmit
from traitlets.config.loader import PyFileConfigLoader

from rnn_utils.grading import bank, export, release, sandbox
from rnn_utils.grading.exercise import Exercise, read

SLUG = "02_rnn"  # the exercise that the collections of damaged and hostile work are made for
DUE = datetime(2026, 3, 6, 22, 0)  # nbgrader keeps times in UTC
SEED = "2026"
FIRST = ("right", "wrong", "blank", "late", "damaged", "hostile")
THEN = ("absent", "wrong", "right", "damaged", "wrong", "hostile", "right", "late")
TRAINED = 2  # so many learners answer the task that trains a model
DAMAGED = (
    *("not_json", "colab", "windows_line_ends", "answer_doubled", "locked_cells_deleted"),
    *("points_edited", "truncated", "format_3", "test_edited", "no_metadata"),
)
HOSTILE = (
    *("builtins_all_and_range", "ipython_run_cell_replaced", "objects_equal_to_everything"),
    *("read_solutions", "notebook_tests_deleted", "frames_reference", "checks_replaced"),
    *("subclass_int", "protocol_outputs_forged", "notebook_outputs_kept"),
)
MARKER = ".demo-class"


class DemoError(RuntimeError):
    """What keeps the demo from going on, with the reason."""


@dataclass(frozen=True)
class Learner:
    """A made-up learner and the kind of work that is handed in."""

    id: str
    kind: str
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """What became of one learner's work."""

    learner: Learner
    automatic: float | None  # None where nothing was handed in
    written: float
    exported: str
    remark: str


@dataclass(frozen=True)
class Played:
    """What happened: a row for each learner, the most points, times and notes."""

    rows: list[Row]
    most: float
    seconds: dict[str, float]
    notes: list[str]


class Demo:
    """The class in its own course folder.

    Parameters
    ----------
    course : Path
        The course that solutions, banks, damaged and hostile work are taken from.
    into : Path
        A folder that is empty, not there, or an earlier demo, which is replaced.

    Raises
    ------
    DemoError
        If the folder holds something else.
    """

    def __init__(self, course: Path, into: Path) -> None:
        self.course, self.root = course.resolve(), into.resolve()
        if self.root.exists() and any(self.root.iterdir()):
            if not (self.root / MARKER).is_file():
                raise DemoError(f"{into}: expected no folder or that of an earlier demo")
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / MARKER).touch()
        shutil.copy(self.course / "nbgrader_config.py", self.root)
        shutil.copytree(self.course / "solutions" / SLUG, self.root / "solutions" / SLUG)
        self.exercise: Exercise = read(release.source(self.course, SLUG))
        self.unsafe = sandbox.available()
        self.damaged = self._collection("_damaged", "CASES", DAMAGED)
        self.hostile = {} if self.unsafe else self._collection("_attacks", "ATTACKS", HOSTILE)
        self.seconds: dict[str, float] = {}
        self.notes: list[str] = []
        if self.unsafe:
            self.notes.append(f"no hostile work, and no sandbox: {self.unsafe}")

    def _collection(self, module: str, name: str, wanted: tuple[str, ...]) -> dict[str, Any]:
        """Return a part of a collection of the tests; nothing where there are no tests."""
        path = self.course / "tests" / f"{module}.py"
        spec = importlib.util.spec_from_file_location(f"rnn_utils_demo{module}", path)
        if not path.is_file() or spec is None or spec.loader is None:
            return {}
        loaded = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        cases = getattr(loaded, name)
        return {case: cases[case] for case in wanted if case in cases}

    # --- the class -------------------------------------------------------------------------------

    def learners(self, count: int) -> list[Learner]:
        """Return the class; its first six hand in the six kinds of work."""
        made = []
        details = {"damaged": list(self.damaged), "hostile": list(self.hostile)}
        wrong = [(name, a) for name in self._banked() for a in self._answers(name) if not a.right]
        random.Random(SEED).shuffle(wrong)
        details["wrong"] = [f"{name}: {answer.name}" for name, answer in wrong]
        used: Counter[str] = Counter()
        for number in range(count):
            kind = FIRST[number] if number < len(FIRST) else THEN[(number - len(FIRST)) % len(THEN)]
            if kind in details and not details[kind]:
                kind = "right"
            detail = details[kind][used[kind] % len(details[kind])] if kind in details else ""
            used[kind] += 1
            made.append(Learner(f"learner{number + 1:02}", kind, detail))
        return made

    def _banked(self) -> list[str]:
        return [name for name, task in self.exercise.tasks.items() if task.has_bank]

    def _answers(self, task: str) -> list[bank.Answer]:
        return bank.answers(self.course, SLUG, task)

    def notebook(self, learner: Learner, number: int, *, trained: bool) -> Any:
        """Return the release with a learner's answers: the bank's right ones, but for one."""
        made = _read(self._home(learner) / f"{SLUG}.ipynb")
        if learner.kind == "blank":
            return made
        answers = {}
        for name in self._banked():
            right = [answer for answer in self._answers(name) if answer.right]
            answers[name] = right[number % len(right)].source
        if learner.kind == "wrong":
            task, _, mistake = learner.detail.partition(": ")
            answers[task] = next(a.source for a in self._answers(task) if a.name == mistake)
        if trained:
            answers |= {
                name: task.solution
                for name, task in self.exercise.tasks.items()
                if not task.has_bank
            }
        answers |= dict.fromkeys(self.exercise.manual, f"What learner {number + 1} thinks of it.")
        for cell in made.cells:
            cell.source = answers.get(cell.id, cell.source)
        return made

    def _home(self, learner: Learner) -> Path:
        return self.root / "homes" / learner.id / SLUG

    # --- the steps -------------------------------------------------------------------------------

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        sys.stdout.write(f"{name} ...\n")
        sys.stdout.flush()
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began

    def _run(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> str:
        """Run a command of the course in its folder and return what it says; fail with its log."""
        environment = os.environ | {
            "HOME": str(self.root),
            "JUPYTER_CONFIG_DIR": str(self.root / ".jupyter"),
            "JUPYTER_DATA_DIR": str(self.root / ".jupyter_data"),
            "IPYTHONDIR": str(self.root / ".ipython"),
            "OMP_NUM_THREADS": "1",
            "RNN_UTILS_GRADING_SEED": SEED,
        }
        run = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
        )
        if run.returncode not in accept:
            raise DemoError(f"{' '.join(arguments)}:\n{run.stdout}{run.stderr}")
        return run.stdout

    def _nbgrader(self, *arguments: str) -> None:
        self._run("nbgrader", *arguments, f"--Exchange.root={self.root / 'exchange'}")

    def _gradebook(self) -> Gradebook:
        return Gradebook(*export.database(self.root))

    def release(self, learners: list[Learner]) -> None:
        """Enter the exercise and the class in the gradebook, and hand the exercise out."""
        (self.root / "exchange").mkdir(mode=0o777)
        (self.root / "exchange").chmod(0o777)
        self._nbgrader("generate_assignment", SLUG, "--force")
        with self._gradebook() as gradebook:
            gradebook.update_or_create_assignment(SLUG, duedate=DUE)
            for learner in learners:
                gradebook.add_student(learner.id, email=_address(learner))
        self._nbgrader("release_assignment", SLUG)

    def hand_in(self, learners: list[Learner]) -> None:
        """Let learners fetch the exercise and hand their work in, each at a time of their own."""
        trained = 0
        for number, learner in enumerate(learners):
            if learner.kind == "absent":
                continue
            self._exchange(ExchangeFetchAssignment, learner, DUE - timedelta(days=6))
            folder = self._home(learner)
            late = learner.kind == "late"
            when = DUE + timedelta(hours=(5 if late else -4) * (number + 1), minutes=number)
            path = folder / f"{SLUG}.ipynb"
            if learner.kind == "damaged":
                path.unlink()
                self.damaged[learner.detail].build(folder, SLUG)
            elif learner.kind == "hostile":
                _write(path, self.hostile[learner.detail].build(_read(path), {}))
            else:
                trains = trained < TRAINED * (learner.kind == "right")
                trained += trains
                self._answer(learner, number, trained=trains)
            self._exchange(ExchangeSubmit, learner, when)

    def _answer(self, learner: Learner, number: int, *, trained: bool = False) -> None:
        made = self.notebook(learner, number, trained=trained)
        _write(self._home(learner) / f"{SLUG}.ipynb", made)

    def _exchange(self, transfer: Any, learner: Learner, when: datetime) -> None:
        """Do what `nbgrader fetch_assignment` or `nbgrader submit` does, at a made-up time."""
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        config.Exchange.root = str(self.root / "exchange")
        config.Exchange.cache = str(self._home(learner).parent / ".cache")
        config.Exchange.assignment_dir = str(self._home(learner).parent)
        directory = CourseDirectory(config=config)
        directory.assignment_id, directory.student_id = SLUG, learner.id
        self._home(learner).parent.mkdir(parents=True, exist_ok=True)
        one = transfer(
            coursedir=directory, authenticator=Authenticator(config=config), config=config
        )
        one.set_timestamp = lambda: setattr(one, "timestamp", f"{when:%Y-%m-%d %H:%M:%S.%f} UTC")
        one.log.disabled = True  # of a notebook that is missing, the report tells
        try:
            one.start()
        finally:
            one.log.disabled = False

    def grade(self, *options: str) -> None:
        """Grade as `make grade` does, and note what failed."""
        options += ("--no-sandbox",) if self.unsafe else ()
        said = self._run("rnn_utils.grading.grade", SLUG, *options, accept=(0, 1))
        self.notes += [line for line in said.split("\n") if line.startswith("failed: ")]

    def mark(self) -> None:
        """Mark the written answers as formgrader does, with made-up points."""
        with self._gradebook() as gradebook:
            for submission in gradebook.assignment_submissions(SLUG):
                points = random.Random(submission.student.id)
                for notebook in submission.notebooks:
                    for grade in notebook.grades:
                        if grade.needs_manual_grade:
                            grade.manual_score = points.randint(0, round(2 * grade.max_score)) / 2
                            grade.needs_manual_grade = False
            gradebook.db.commit()

    def feedback(self, *only: str) -> None:
        """Write the feedback pages and hand them out."""
        self._nbgrader("generate_feedback", SLUG, "--force", *only)
        self._nbgrader("release_feedback", SLUG, *only)

    def mend(self, learners: list[Learner]) -> str:
        """Let one learner whose file was damaged hand in a good one, and grade it alone."""
        ruined = [learner for learner in learners if learner.kind == "damaged"]
        again = (ruined or [learner for learner in learners if learner.kind == "wrong"])[0]
        shutil.copy(self.root / "exercises" / SLUG / f"{SLUG}.ipynb", self._home(again))
        self._answer(Learner(again.id, "right"), learners.index(again))
        self._exchange(ExchangeSubmit, again, DUE - timedelta(minutes=7))
        self._nbgrader("collect", SLUG, "--update")
        self.grade("--student", again.id)
        self.mark()
        self.feedback("--student", again.id)
        return again.id

    def export(self, learners: list[Learner]) -> dict[str, dict[str, str]]:
        """Write the marks for both platforms into rosters as these export them."""
        most = f"{self.exercise.points:.2f}"
        numbered = list(enumerate(learners, start=1))
        canvas = [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{SLUG} (4711)"],
            ["    Points Possible", "", "", "", "", most],
            *([f"Learner, {n:02}", str(100 + n), "", one.id, "A", ""] for n, one in numbered),
            ["Student, Test", "99", "", "", "A", ""],
        ]
        moodle = [
            [
                *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
                *("Grade can be changed", "Last modified (submission)", "Last modified (grade)"),
            ],
            *(
                [f"Participant {n}", f"Learner {n:02}", _address(one), "", "", most, "Yes", "", ""]
                for n, one in numbered
            ),
        ]
        held = export.marks(*export.database(self.root), [SLUG])
        marks = {}
        for platform, rows in (("canvas", canvas), ("moodle", moodle)):
            roster, out = self.root / f"{platform}_roster.csv", self.root / f"{platform}.csv"
            with roster.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
            table = export.read(roster)
            notes = export.fill(table, platform, held)
            self.notes += [f"{out.name}: {note}" for note in notes]
            out.write_text(table.text(), "utf-8", newline="")
            written = csv.DictReader(io.StringIO(table.text()))
            key, mark = ("SIS Login ID", f"{SLUG} (4711)"), ("Email address", "Grade")
            name, column = key if platform == "canvas" else mark
            marks[platform] = {row[name].split("@")[0]: row[column] for row in written}
        return marks

    def play(self, count: int) -> Played:
        """Play it all through, and return what happened.

        Parameters
        ----------
        count : int
            How many learners.
        """
        learners = self.learners(count)
        with self._step("release"):
            self.release(learners)
        with self._step("hand in"):
            self.hand_in(learners)
        with self._step("collect"):
            self._nbgrader("collect", SLUG)
        with self._step("grade"):
            self.grade()
        with self._step("mark written answers"):
            self.mark()
        with self._step("feedback"):
            self.feedback()
        remarks = self.report()
        with self._step("regrade one after a fix"):
            again = self.mend(learners)
        remarks[again] = f"handed in again; at first: {remarks.get(again, 'no remark')}"
        with self._step("export"):
            marks = self.export(learners)
        if marks["canvas"] | {"": ""} != marks["moodle"] | {"": ""}:
            raise DemoError(f"the platforms would get different marks: {marks}")
        rows = [self._row(learner, marks["canvas"], remarks) for learner in learners]
        return Played(rows, self.exercise.points, self.seconds, self.notes)

    def report(self) -> dict[str, str]:
        """Return the first line about each learner in the report that grading has written."""
        found: dict[str, str] = {}
        with (self.root / "graded" / SLUG / "report.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["learner"], " ".join(row["found"].split()))
        return found

    def _row(self, learner: Learner, marks: dict[str, str], remarks: dict[str, str]) -> Row:
        remark = remarks.get(learner.id, "")
        if learner.kind == "absent":
            return Row(learner, None, 0.0, marks[learner.id], remark or "handed in nothing")
        with self._gradebook() as gradebook:
            submission = gradebook.find_submission(SLUG, learner.id)
            written, total = submission.written_score, submission.score
        return Row(learner, total - written, written, marks[learner.id], remark)


def _read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def _write(path: Path, notebook: Any) -> None:
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def _address(learner: Learner) -> str:
    return f"{learner.id}@example.org"


def summary(played: Played) -> str:
    """Return what happened as a table, for people."""
    head = ("learner", "handed in", "automatic", "written", "exported", "remark")
    lines = [head]
    for row in played.rows:
        what = f"{row.learner.kind} {row.learner.detail}".strip()
        automatic = "" if row.automatic is None else f"{row.automatic:g}"
        written = "" if row.automatic is None else f"{row.written:g}"
        remark = row.remark if len(row.remark) <= 70 else row.remark[:67] + "..."
        lines.append((row.learner.id, what, automatic, written, row.exported or "-", remark))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    kinds = Counter(row.learner.kind for row in played.rows)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    text += ["", f"{len(played.rows)} learners: {counted}; {played.most:g} points at most"]
    text.append(", ".join(f"{step} {seconds:.0f} s" for step, seconds in played.seconds.items()))
    return "\n".join(text + [f"note: {note}" for note in played.notes]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m rnn_utils.grading.demo", description="Play a week with a made-up class."
    )
    parser.add_argument(
        "into", type=Path, help="the folder to play in; an earlier demo is replaced"
    )
    parser.add_argument("--learners", type=int, default=30, help="how many; 30 unless given")
    parser.add_argument("--course", type=Path, default=Path(), help="the course's folder")
    options = parser.parse_args(arguments)
    if options.learners < 2:
        parser.error(f"--learners: expected at least 2, got {options.learners}")
    try:
        played = Demo(options.course, options.into).play(options.learners)
    except (DemoError, export.ExportError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n" + summary(played))
    sys.stdout.write(f"all of it: {options.into} (formgrader runs there too)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
