"""Writes marks with nbgrader's own converter, those of a submission in one transaction."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import nbgrader.api
from nbconvert.exporters import NotebookExporter
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from rnn_utils.grading.judge import Judged
from rnn_utils.grading.preprocessors import Apart

LOCK_SECONDS = 60  # how long to wait while formgrader writes to an SQLite file
AUTOTEST = re.compile(r"^\s*### (HASHED )?AUTOTEST", re.M)  # nbgrader writes these cells itself


class GradeError(ValueError):
    """What keeps grading from starting, in a line that says what to do."""


@dataclass(frozen=True)
class Held:
    """What the gradebook holds of one submission."""

    marks: dict[str, float | None]  # the automatic score of each cell
    late: float  # seconds
    penalty: float  # points


class _Shared(Connection):
    """A connection that nbgrader takes for an engine of its own."""

    def dispose(self) -> None:
        """Stay open: whoever opened the connection closes it."""


class Course:
    """One assignment of a course: its configuration, its folders, its part of the gradebook.

    Parameters
    ----------
    root : Path
        The folder of `nbgrader_config.py`.
    assignment : str
        The assignment's name.

    Raises
    ------
    GradeError
        If something is missing without which nothing can be graded, or is out of date.
    """

    def __init__(self, root: Path, assignment: str) -> None:
        if not (root / "nbgrader_config.py").is_file():
            raise GradeError(
                f"{root}: expected the course's folder, with nbgrader_config.py; name it: --course"
            )
        self.assignment = assignment
        config: Config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
        if "root" not in config.CourseDirectory:
            config.CourseDirectory.root = str(root)
        config.Exporter.default_preprocessors = []
        directory = CourseDirectory(config=config)
        self.submitted = Path(directory.root, directory.submitted_directory)
        self.excluded = set(directory.student_id_exclude.split(","))
        self.folder = Path(directory.root, "graded", assignment)
        directory.submitted_directory = str(Path("graded", assignment, "staged"))
        directory.assignment_id = assignment
        self.directory = directory
        self._converter = Autograde(coursedir=directory, config=config, force=True)
        if Apart not in self._converter.autograde_preprocessors:
            raise GradeError(
                f"{root / 'nbgrader_config.py'}: expected the step Apart among "
                "c.Autograde.autograde_preprocessors, where nbgrader has Execute"
            )
        self._engine = self._open()
        self.name = self._checked_name()
        self.release = self._path(directory.release_directory, ".")
        if not self.release.is_file():
            raise GradeError(f"{self.release}: there is no release; {self._remedy(' --force')}")
        exporter: Any = NotebookExporter
        self._sanitiser = exporter(config=config)
        for step in self._converter.sanitize_preprocessors:
            self._sanitiser.register_preprocessor(step)

    def _path(self, step: str, student: str) -> Path:
        folder = self.directory.format_path(step, student, self.assignment)
        return Path(folder) / f"{self.name}.ipynb"

    def staged(self, student: str) -> Path:
        """Return where the notebook stands that a learner's marks come from."""
        return self._path(self.directory.submitted_directory, student)

    def autograded(self, student: str) -> Path:
        """Return where nbgrader puts a learner's graded notebook."""
        return self._path(self.directory.autograded_directory, student)

    def _remedy(self, option: str = "") -> str:
        return f"run: nbgrader generate_assignment {self.assignment}{option}"

    def _open(self) -> Engine:
        url = make_url(self.directory.db_url)
        options: dict[str, Any] = {"poolclass": NullPool}  # nothing is open while slots are forked
        if url.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": LOCK_SECONDS}
            if not (url.database and Path(url.database).is_file()):
                raise GradeError(f"{url.database}: there is no gradebook yet; {self._remedy()}")
        shown = url.render_as_string(hide_password=True)
        try:
            engine = create_engine(url, **options)
            engine.connect().close()
        except ImportError as error:
            raise GradeError(f"{shown}: {error}; install it beside nbgrader") from error
        except SQLAlchemyError as error:
            raise GradeError(f"{shown}: the gradebook cannot be opened: {error}") from error
        return engine

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Let all that nbgrader does to the gradebook arrive there at once, or not at all.

        nbgrader opens the gradebook nine times for a submission, and commits forty times. Here,
        all of these share one connection, in a transaction of ours.
        """
        own = nbgrader.api.create_engine
        with _Shared(self._engine) as connection, connection.begin():
            nbgrader.api.create_engine = lambda *_, **__: connection
            try:
                yield
            finally:
                nbgrader.api.create_engine = own

    def _gradebook(self) -> Gradebook:
        return Gradebook(self.directory.db_url, self.directory.course_id)

    def _checked_name(self) -> str:
        """Return the notebook's name, if the gradebook has its cells as solutions/ has them."""
        with self.transaction(), self._gradebook() as gradebook:
            try:
                notebooks = gradebook.find_assignment(self.assignment).notebooks
            except MissingEntry:
                there = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none yet"
                raise GradeError(
                    f"{self.assignment} is not in the gradebook, which has {there}; "
                    f"{self._remedy()}"
                ) from None
            if len(notebooks) != 1:
                raise GradeError(
                    f"{self.assignment}: expected one notebook in the gradebook, "
                    f"got {len(notebooks)}; {self._remedy(' --force')}"
                )
            name = str(notebooks[0].name)
            held = {c.name: c.source for c in notebooks[0].source_cells if c.locked}
            self.tests = {
                cell.name: float(cell.max_score)
                for cell in notebooks[0].grade_cells
                if cell.name in held and cell.cell_type == "code"
            }
        folder = self.directory.format_path(self.directory.source_directory, ".", self.assignment)
        source = Path(folder) / f"{name}.ipynb"
        if source.is_file():
            now = _locked(source)
            if held.keys() != now.keys() or any(
                held[cell] != text and not AUTOTEST.search(text) for cell, text in now.items()
            ):
                raise GradeError(
                    f"{source}: its locked cells are not those in the gradebook; "
                    f"{self._remedy(' --force')}"
                )
        return name

    def held(self) -> dict[str, Held]:
        """Return what the gradebook holds of each submission."""
        from nbgrader.api import Assignment, Grade, GradeCell, SubmittedAssignment
        from nbgrader.api import SubmittedNotebook as Notebook

        found: dict[str, Held] = {}
        with self.transaction(), self._gradebook() as gradebook:
            rows = gradebook.db.execute(
                select(SubmittedAssignment.student_id, GradeCell.name, Grade.auto_score)
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .join(Notebook, Notebook.assignment_id == SubmittedAssignment.id)
                .join(Grade, Grade.notebook_id == Notebook.id)
                .join(GradeCell, GradeCell.id == Grade.cell_id)
                .where(Assignment.name == self.assignment)
            )
            marks: dict[str, dict[str, float | None]] = {}
            for student, cell, score in rows:
                marks.setdefault(student, {})[cell] = score
            for submission in gradebook.assignment_submissions(self.assignment):
                found[submission.student_id] = _held(
                    submission, marks.get(submission.student_id, {})
                )
        return found

    def sanitised(self, student: str) -> Any:
        """Return a staged notebook as nbgrader sanitises it: locked cells put back, no outputs."""
        notebook = nbformat.read(self.staged(student), as_version=4)  # type: ignore[no-untyped-call]
        resources = {
            "unique_key": self.name,
            "output_files_dir": f"{self.name}_files",
            "nbgrader": {
                "student": student,
                "assignment": self.assignment,
                "notebook": self.name,
                "db_url": self.directory.db_url,
            },
        }
        with self.transaction(), _quiet(logging.getLogger("traitlets")):
            text, _ = self._sanitiser.from_notebook_node(notebook, resources=resources)
        return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]

    def write(self, student: str, judged: Judged) -> Held:
        """Write a learner's marks and graded notebook, and return what the gradebook holds now.

        Raises
        ------
        RuntimeError
            If nbgrader refuses; the message holds its log. The gradebook is as it was.
        """
        self.directory.student_id = student  # a pattern to nbgrader
        Apart.results = staticmethod(lambda *_: judged)
        try:
            with self.transaction(), _quiet(self._converter.log) as log:
                try:
                    self._converter.start()
                except NbGraderException as error:
                    raise RuntimeError(f"nbgrader: {error}\n{log.getvalue()}") from error
                with self._gradebook() as gradebook:
                    submission = gradebook.find_submission(self.assignment, student)
                    (notebook,) = submission.notebooks
                    return _held(submission, {g.name: g.auto_score for g in notebook.grades})
        finally:
            Apart.results = None


def _held(submission: Any, marks: dict[str, float | None]) -> Held:
    penalty = sum(notebook.late_submission_penalty or 0 for notebook in submission.notebooks)
    return Held(marks, float(submission.total_seconds_late), float(penalty))


def _locked(source: Path) -> dict[str, str]:
    notebook: Any = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    return {c.metadata.nbgrader.grade_id: c.source for c in notebook.cells if utils.is_locked(c)}


@contextlib.contextmanager
def _quiet(log: Any) -> Iterator[io.StringIO]:
    """Keep nbgrader's log of one submission off the screen, and give it to whoever wants it."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setLevel(logging.ERROR)
    before, log.handlers, spread = log.handlers, [handler], log.propagate
    log.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's own, of SQLAlchemy and of dates
            yield text
    finally:
        log.handlers, log.propagate = before, spread
