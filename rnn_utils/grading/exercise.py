"""Reads an exercise's source notebook and runs single tasks of it in this process."""

from __future__ import annotations

import contextlib
import io
import linecache
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
TEST = "test_"


@dataclass(frozen=True)
class Task:
    """A solution cell and the test cell that marks it."""

    name: str
    solution: str
    visible: str
    hidden: str
    points: float

    @property
    def has_bank(self) -> bool:
        """Whether wrong answers can be told by name: the visible check looks at outcomes."""
        return "checks.examine(" in self.visible


@dataclass(frozen=True)
class Exercise:
    """The parts of a source notebook that matter for grading."""

    slug: str
    setup: tuple[tuple[str, str], ...]
    tasks: dict[str, Task]
    manual: dict[str, float]

    @property
    def points(self) -> float:
        """All points, those that a person gives included."""
        return sum(task.points for task in self.tasks.values()) + sum(self.manual.values())


def split_hidden(source: str) -> tuple[str, str]:
    """Return a test cell's visible and hidden part, lines kept at their numbers."""
    visible, hidden, inside = [], [], False
    for line in source.split("\n"):
        mark = line.strip() in (BEGIN_HIDDEN, END_HIDDEN)
        inside = line.strip() == BEGIN_HIDDEN if mark else inside
        visible.append("" if inside or mark else line)
        hidden.append(line if inside and not mark else "")
    if inside:
        raise ValueError(f"a hidden region has no {END_HIDDEN}")
    return "\n".join(visible).rstrip(), "\n".join(hidden).rstrip()


def read(path: Path) -> Exercise:
    """Read a source notebook (or a release); say which cell breaks the format.

    Raises
    ------
    ValueError
        If a cell of the notebook does not follow the format of an exercise.
    """
    setup, solutions, tests, manual = [], {}, {}, {}
    notebook: Any = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta and meta["grade_id"] != cell.id:
            raise ValueError(f"{path.name}: cell {cell.id} has the grade_id {meta['grade_id']}")
        if cell.cell_type == "code" and cell.id.startswith("setup"):
            setup.append((cell.id, cell.source))
        elif meta.get("grade") and meta.get("solution"):
            manual[cell.id] = float(meta["points"])
        elif meta.get("grade"):
            tests[cell.id] = (cell.source, float(meta["points"]))
        elif meta.get("solution"):
            solutions[cell.id] = cell.source
    if sorted(tests) != sorted(TEST + name for name in solutions):
        raise ValueError(
            f"{path.name}: expected one test cell {TEST}NAME for each solution cell NAME, got "
            f"solutions {sorted(solutions)} and tests {sorted(tests)}"
        )
    tasks = {}
    for name, solution in solutions.items():
        source, points = tests[TEST + name]
        tasks[name] = Task(name, solution, *split_hidden(source), points)
    return Exercise(path.parent.name, tuple(setup), tasks, manual)


class Runner:
    """Runs the cells of one task at a time, as a notebook that holds this task only would."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._ready: dict[str, Any] = {"__name__": "__main__"}
        for name, source in exercise.setup:
            _execute(name, source, self._ready)

    def run(
        self, task: Task, answer: str, *parts: str, replace: dict[str, Any] | None = None
    ) -> str:
        """Run the set-up, an answer in place of the solution, then parts of the test cell.

        Parameters
        ----------
        task : Task
            The task.
        answer : str
            Source that stands in the solution cell.
        *parts : str
            ``task.visible``, ``task.hidden`` or both.
        replace : dict, optional
            Names to define after the answer, instead of the answer's own.

        Returns
        -------
        str
            What was printed. An exception passes through.
        """
        namespace = dict(self._ready)
        with captured() as printed:
            _execute(task.name, answer, namespace)
            namespace.update(replace or {})
            for part in parts:
                _execute(TEST + task.name, part, namespace)
        return printed.getvalue()

    def names(self, task: Task, answer: str) -> dict[str, Any]:
        """Return what an answer defines, on top of the set-up."""
        namespace = dict(self._ready)
        with captured():
            _execute(task.name, answer, namespace)
        return namespace


def _execute(name: str, source: str, namespace: dict[str, Any]) -> None:
    filename = f"<cell {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), namespace)


@contextlib.contextmanager
def captured() -> Iterator[io.StringIO]:
    """Collect what is printed to either stream, and keep warnings out of sight."""
    printed = io.StringIO()
    with (
        warnings.catch_warnings(record=True),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        yield printed
