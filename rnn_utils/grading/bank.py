"""Turns the bank of right and wrong answers into the table that names a learner's mistake."""

from __future__ import annotations

import ast
import json
import math
import re
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from rnn_utils import checks
from rnn_utils.grading.exercise import Exercise, Runner, Task

MESSAGE_END = re.compile(r"See section \d+\.\d+\.$")
CLEARLY = 10  # two outcomes count as different only well beyond the check's own tolerance


class BankError(ValueError):
    """A bank that cannot be turned into a table, with the file and the reason."""


@dataclass(frozen=True)
class Answer:
    """One file of the bank."""

    name: str
    source: str
    right: bool
    message: str


def answers(course: Path, slug: str, task: str) -> list[Answer]:
    """Read the right and the wrong answers to one task, in order of their names.

    Raises
    ------
    BankError
        If a file is neither right nor wrong, or a wrong one has no message or no section.
    """
    found = []
    for path in sorted((course / "tests" / "submissions" / slug / task).glob("*.py")):
        kind, _, name = path.stem.partition("_")
        if kind not in ("right", "wrong") or not name:
            raise BankError(f"{path}: expected right_STYLE.py or wrong_MISTAKE.py")
        source = path.read_text("utf-8")
        message = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
        if kind == "wrong" and not MESSAGE_END.search(message):
            raise BankError(f"{path}: the docstring must be the message, ending: See section 2.3.")
        found.append(Answer(name, source, kind == "right", message))
    return found


def record(runner: Runner, task: Task, source: str) -> checks.Recorded:
    """Run one answer through the visible check and return what it gave."""
    with checks.recording() as recorded:
        runner.run(task, source, task.visible)
    if len(recorded) != 1:
        raise BankError(f"{task.name}: expected one checks.examine, got {len(recorded)}")
    expected = f"{runner.exercise.slug}/{task.name}"
    if recorded[0].task != expected:
        raise BankError(f"checks.examine: expected {expected!r}, got {recorded[0].task!r}")
    return recorded[0]


def table(course: Path, exercise: Exercise) -> dict[str, Any]:
    """Return the table of an exercise, for each task with a visible check of outcomes.

    Raises
    ------
    BankError
        If a right answer differs from the reference, a wrong answer does not, or two wrong
        answers cannot be told apart.
    """
    runner = Runner(exercise)
    return {
        task.name: _entry(runner, task, answers(course, exercise.slug, task.name))
        for task in exercise.tasks.values()
        if task.has_bank
    }


def _entry(runner: Runner, task: Task, bank: list[Answer]) -> dict[str, Any]:
    where = f"{runner.exercise.slug}/{task.name}"
    reference = record(runner, task, task.solution)
    right = [outcome.stored() for outcome in reference.outcomes]
    rows: dict[str, list[checks.Outcome]] = {}
    for answer in bank:
        outcomes = record(runner, task, answer.source).outcomes
        if answer.right:
            _expect_right(f"{where}/right_{answer.name}", reference, outcomes)
        else:
            if _equal(outcomes, right, reference.tolerance * CLEARLY):
                raise BankError(
                    f"{where}/wrong_{answer.name}: right in every visible case; add a case that "
                    "shows the mistake"
                )
            rows[answer.name] = outcomes
    stored = {name: [o.stored() for o in outcomes] for name, outcomes in rows.items()}
    for one, other in combinations(rows, 2):
        if _equal(rows[one], stored[other], reference.tolerance * CLEARLY):
            raise BankError(
                f"{where}: wrong_{one} and wrong_{other} give the same outcomes; add a case that "
                "tells them apart, or drop one"
            )
    messages = {answer.name: answer.message for answer in bank}
    return {
        "cases": list(reference.cases),
        "right": right,
        "mistakes": [
            {
                "name": name,
                "message": messages[name],
                "outcomes": [
                    None if outcome.equals(expected, reference.tolerance) else outcome.stored()
                    for outcome, expected in zip(outcomes, right, strict=True)
                ],
            }
            for name, outcomes in rows.items()
        ],
    }


def _equal(outcomes: list[checks.Outcome], stored: list[dict[str, Any]], tolerance: float) -> bool:
    return all(o.equals(s, tolerance) for o, s in zip(outcomes, stored, strict=True))


def _expect_right(where: str, reference: checks.Recorded, outcomes: list[checks.Outcome]) -> None:
    pairs = zip(reference.cases, outcomes, reference.outcomes, strict=True)
    for case, outcome, expected in pairs:
        if not outcome.equals(expected.stored(), reference.tolerance):
            raise BankError(
                f"{where}: in the case {case!r} it gives {outcome.raises or outcome.stored()}, "
                f"the reference {expected.raises or expected.stored()}"
            )


def text(entries: dict[str, Any]) -> str:
    """Return a table as JSON with one outcome list a line, so that a diff can be read."""
    tasks = []
    for name, entry in entries.items():
        mistakes = ",\n".join(f"   {_line(mistake)}" for mistake in entry["mistakes"])
        tasks.append(
            f' {json.dumps(name)}: {{\n  "cases": {_line(entry["cases"])},\n'
            f'  "right": {_line(entry["right"])},\n  "mistakes": [\n{mistakes}\n  ]\n }}'
        )
    return "{\n" + ",\n".join(tasks) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def agrees(old: Any, new: Any) -> bool:
    """Say whether two tables are equal up to the last digits, which differ between machines."""
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(agrees(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(agrees, old, new))
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=1e-6, abs_tol=1e-7)
    return type(old) is type(new) and bool(old == new)
