"""The course's own steps in nbgrader: execution apart, checks that stay hidden, tidy cells."""

from __future__ import annotations

import atexit
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import nbformat
from nbconvert.filters import strip_ansi
from nbconvert.preprocessors import Preprocessor
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, NbGraderPreprocessor
from traitlets import Bool
from traitlets.config import Config

from rnn_utils.checks import SEED_VARIABLE
from rnn_utils.grading import collect, recover, sandbox
from rnn_utils.grading.judge import Judged, judge
from rnn_utils.grading.sandbox import Nursery


class TrimCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Takes the empty lines off a cell's end, which stand where a hidden region was cut out."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Trim one cell."""
        cell.source = cell.source.rstrip()
        return cell, resources


NOT_SHOWN = "# This check is not shown."
RUBRIC = "**How it is marked**"
PATH = re.compile(
    r"(?:file://|~|(?<![\w./+])(?<!base64,))"
    r"(?:/(?:[\w.@+~-]+/)+|(?:[\w.@-]{1,60}/){0,9}site-packages/(?:[\w.@-]+/)*|[A-Za-z]:[\\/](?:[^\\/\s:\"'<>|]+[\\/])+)([\w.@+~-]*)"
)


class HideTests(Preprocessor):
    """Shows of each check what its learner was given, and of an error in it the message alone."""

    enabled = Bool(True).tag(config=True)
    show_rubrics = Bool(
        True, help="Whether learners see how their written answers are marked."
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Cut the hidden lines out of the sources, then what they left in the outputs."""
        before = _lines(nb)
        for index, cell in enumerate(nb.cells):
            if utils.is_locked(cell):
                self._show_visible(cell, resources, index)
        # a short line, a bracket say, may stand in what a learner prints as well
        hidden = {line for line in before - _lines(nb) if len(line) > 12}
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                _clean(output, hidden, check=utils.is_grade(cell))
        return nb, resources

    def _show_visible(self, cell: Any, resources: Any, index: int) -> None:
        tests, rubric = self._step(ClearHiddenTests), self._step(ClearMarkScheme)
        if tests.begin_test_delimeter in cell.source:
            tests.preprocess_cell(cell, resources, index)
        elif utils.is_grade(cell):  # marked by other means: what was released may be seen
            cell.source = self._released(resources).get(cell.metadata.nbgrader.grade_id, NOT_SHOWN)
        if not self.show_rubrics:
            rubric.preprocess_cell(cell, resources, index)
        marks = {rubric.begin_mark_scheme_delimeter: RUBRIC, rubric.end_mark_scheme_delimeter: ""}
        for mark, words in marks.items():
            cell.source = re.sub(rf"^.*{re.escape(mark)}.*$", words, cell.source, flags=re.M)
        cell.source = cell.source.rstrip()

    def _step(self, kind: Any) -> Any:
        return kind(config=Config({kind.__name__: self.config[kind.__name__]}))

    def _released(self, resources: Any) -> dict[str, str]:
        course, names = CourseDirectory(parent=self), resources["nbgrader"]
        folder = course.format_path(course.release_directory, ".", names["assignment"])
        path = Path(folder) / f"{names['notebook']}.ipynb"
        if not path.is_file():
            return {}
        notebook: Any = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        metas = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in notebook.cells]
        return {meta["grade_id"]: source for meta, source in metas if meta}


def _lines(nb: Any) -> set[str]:
    return {line.strip() for cell in nb.cells for line in cell.source.split("\n")}


def _clean(output: Any, hidden: set[str], *, check: bool) -> None:
    """Take hidden lines, paths of this machine and colours out of one output."""

    def cleaned(text: str) -> str:
        lines = strip_ansi(text).split("\n")  # type: ignore[no-untyped-call]
        kept = [
            line
            for line in lines
            if line.strip() not in hidden and not (check and SEED_VARIABLE in line)
        ]
        return PATH.sub(lambda path: f"…/{path[1]}" if "." in path[1] else "…", "\n".join(kept))

    if output.output_type == "stream":
        output.text = cleaned(output.text)
    elif output.output_type == "error":
        if check:
            output.traceback = [_said(output.ename, output.evalue)]
        output.traceback = [cleaned("\n".join(output.traceback))]
    else:
        for kind, value in output.data.items():
            if isinstance(value, str) and kind.startswith("text/"):
                output.data[kind] = cleaned(value)


def _said(name: str, message: str) -> str:
    """Return what an error says: a check's own words stand alone, others with their kind."""
    if name == "KeyboardInterrupt":
        return "It was stopped: it took too long."
    own = ("Failed", "Mistake", "NotImplementedError", "Unreadable")
    known = (name in own and message) or f"{name}: " in message
    return message if known else f"{name}: {message}".removesuffix(": ")


class Recover(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts a damaged submission back into the release's shape, before nbgrader looks at it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return the notebook in shape; what was wrong with it goes to the log."""
        course, names = CourseDirectory(parent=self), resources["nbgrader"]
        folder = course.format_path(course.release_directory, ".", names["assignment"])
        release, _ = recover.read(Path(folder) / f"{names['notebook']}.ipynb")
        if release is None:
            return nb, resources
        nb, findings = recover.recover(nb, release)
        for finding in findings:
            self.log.warning("%s: %s %s", names["student"], finding.found, finding.done)
        return nb, resources


class Apart(NbGraderPreprocessor):  # type: ignore[misc]
    """Executes a submission with the learner's cells in a process of their own, and judges there.

    It stands where nbgrader's `Execute` does. A sandbox is kept warm from one submission to the
    next. Where `results` is set, the outputs come from there and nothing is run.
    """

    sandboxed = Bool(True, help="Whether bubblewrap keeps the learner's process in.").tag(
        config=True
    )
    results: ClassVar[Callable[[str, str], Judged | None] | None] = None
    _nursery: ClassVar[Nursery | None] = None

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put the outputs of every cell in."""
        names = resources["nbgrader"]
        given = type(self).results
        judged = None if given is None else given(names["student"], names["assignment"])
        if judged is None:
            course = CourseDirectory(parent=self)
            folder = course.format_path(
                course.submitted_directory, names["student"], names["assignment"]
            )
            files, findings = collect.beside(Path(folder))
            for finding in findings:
                told = (names["student"], finding.file, finding.found, finding.done)
                self.log.warning("%s: %s: %s %s", *told)
            judged = judge(nb, self.nursery(names).learner, files=files)
            for problem in judged.problems:
                self.log.warning("%s: %s", names["student"], problem)
        for cell, outputs in zip(nb.cells, judged.outputs, strict=True):
            if outputs is not None:
                cell.outputs = nbformat.from_dict(outputs)  # type: ignore[no-untyped-call]
        return nb, resources

    def nursery(self, names: dict[str, str]) -> Nursery:
        """Return the warm sandbox of this process, opened when it is first needed."""
        if Apart._nursery is None:
            reason = sandbox.available() if self.sandboxed else None
            if reason is not None:
                self._leave(names, reason.replace("--no-sandbox", "--Apart.sandboxed=False"))
            Apart._nursery = Nursery(sandboxed=self.sandboxed)
            atexit.register(Apart._nursery.close)
        return Apart._nursery

    def _leave(self, names: dict[str, str], reason: str) -> NoReturn:
        """Stop before the next learner: nbgrader goes on after other errors, to the same one."""
        course = CourseDirectory(parent=self)
        folder = course.format_path(
            course.autograded_directory, names["student"], names["assignment"]
        )
        shutil.rmtree(folder, ignore_errors=True)  # what has no marks yet must not look graded
        raise SystemExit(reason)
