"""Generates what comes from solutions/: the releases, the tables of mistakes, the kill matrix.

`python -m rnn_utils.grading.release` writes all of it; with names of exercises, only theirs;
with `--check` it writes nothing and fails where a committed file is not what it would write.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import shutil
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from rnn_utils import checks
from rnn_utils.grading import bank
from rnn_utils.grading.exercise import Exercise, Runner, Task, read

MATRIX_SEED = 20


def slugs(course: Path) -> list[str]:
    """Return the exercises that have a source, in the order of their numbers."""
    return sorted(path.stem for path in (course / "solutions").glob("*/*.ipynb"))


def source(course: Path, slug: str) -> Path:
    """Return the path of an exercise's source notebook."""
    return course / "solutions" / slug / f"{slug}.ipynb"


def releases(course: Path, names: list[str]) -> dict[str, str]:
    """Return each exercise's release as nbgrader's own generate_assignment writes it.

    Raises
    ------
    RuntimeError
        If nbgrader refuses a source notebook; the message holds its log.
    """
    config: Config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.GenerateAssignment.no_database = True
    config.GenerateAssignment.preprocessors = [
        step for step in config.GenerateAssignment.preprocessors if step is not SaveCells
    ]
    generated = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config.CourseDirectory.root = folder
        for slug in names:
            generated[slug] = _release(course, slug, config)
    return generated


def _release(course: Path, slug: str, config: Config) -> str:
    root = Path(config.CourseDirectory.root)
    ignored = shutil.ignore_patterns(".ipynb_checkpoints")
    shutil.copytree(source(course, slug).parent, root / "solutions" / slug, ignore=ignored)
    directory = CourseDirectory(config=config)
    directory.assignment_id = slug
    converter = GenerateAssignment(coursedir=directory, config=config)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    converter.log.addHandler(handler)
    try:
        converter.start()
    except NbGraderException as error:
        raise RuntimeError(f"{slug}: {error}\n{log.getvalue()}") from error
    finally:
        converter.log.removeHandler(handler)
    return (root / "exercises" / slug / f"{slug}.ipynb").read_text("utf-8")


@dataclass(frozen=True)
class Row:
    """What became of one task's bank."""

    task: Task
    right: int
    full: int
    wrong: int
    named: int
    fresh: int
    messages: dict[str, str]


def judge(course: Path, exercise: Exercise) -> list[Row]:
    """Run every answer of the bank through the whole test cell and count what happened."""
    runner = Runner(exercise)
    before = os.environ.get(checks.SEED_VARIABLE)
    os.environ[checks.SEED_VARIABLE] = str(MATRIX_SEED)
    try:
        return [
            _judge_task(runner, task, bank.answers(course, exercise.slug, task.name))
            for task in exercise.tasks.values()
            if task.has_bank
        ]
    finally:
        if before is None:
            del os.environ[checks.SEED_VARIABLE]
        else:
            os.environ[checks.SEED_VARIABLE] = before


def _judge_task(runner: Runner, task: Task, answers: list[bank.Answer]) -> Row:
    right = [answer for answer in answers if answer.right]
    wrong = [answer for answer in answers if not answer.right]
    full = sum(outcome(runner, task, a, task.visible, task.hidden) is None for a in right)
    named = sum(
        isinstance(error := outcome(runner, task, a, task.visible), checks.Mistake)
        and str(error) == a.message
        for a in wrong
    )
    with checks.recording():  # the visible check defines what the hidden one uses, judges nothing
        fresh = sum(outcome(runner, task, a, task.visible, task.hidden) is not None for a in wrong)
    messages = {answer.name: answer.message for answer in wrong}
    return Row(task, len(right), full, len(wrong), named, fresh, messages)


def outcome(runner: Runner, task: Task, answer: bank.Answer, *parts: str) -> checks.Failed | None:
    """Return what a test cell raises for an answer, or None where it takes it."""
    try:
        runner.run(task, answer.source, *parts)
    except checks.Failed as error:
        return error
    return None


def matrix(judged: dict[str, list[Row]]) -> str:
    """Return the kill matrix as a page of the book."""
    lines = [
        "# Kill matrix",
        "",
        "Each function to write in an exercise has a bank of answers: right ones in several "
        "styles, and wrong ones, each a mistake that learners make. This page is generated by "
        "`make exercises`, which runs every answer through the task's test cell.",
        "",
        "*Named* counts the wrong answers that lose their points with the message of their own "
        "mistake. *Fresh* counts those that also fail on inputs drawn anew, with the visible "
        "check left out. *Full marks* counts the right answers that pass all of it.",
        "",
        "| exercise | task | points | right | full marks | wrong | named | fresh |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    rows = [(slug, row) for slug, found in judged.items() for row in found]
    for slug, row in rows:
        lines.append(
            f"| {slug} | `{row.task.name}` | {row.task.points:g} | {row.right} | {row.full} "
            f"| {row.wrong} | {row.named} | {row.fresh} |"
        )
    lines.append(
        f"| all | {len(rows)} tasks | {sum(r.task.points for _, r in rows):g} "
        f"| {sum(r.right for _, r in rows)} | {sum(r.full for _, r in rows)} "
        f"| {sum(r.wrong for _, r in rows)} | {sum(r.named for _, r in rows)} "
        f"| {sum(r.fresh for _, r in rows)} |"
    )
    for slug, found in judged.items():
        lines += ["", f"## {slug}"]
        for row in found:
            lines += [
                "",
                f"### {slug}: `{row.task.name}`",
                "",
                "| mistake | message |",
                "|---|---|",
            ]
            for name, message in row.messages.items():
                lines.append(
                    f"| {name.replace('_', ' ')} | {message.replace('|', chr(92) + '|')} |"
                )
    return "\n".join(lines) + "\n"


class Output:
    """Writes files, or with `check` collects those that differ."""

    def __init__(self, course: Path, check: bool) -> None:
        self.course, self.check = course, check
        self.stale: list[str] = []

    def put(self, path: Path, text: str) -> None:
        """Write a file unless it holds this text."""
        if path.is_file() and path.read_text("utf-8") == text:
            return
        self.stale.append(str(path.relative_to(self.course)))
        if not self.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def generate(course: Path, names: list[str], *, check: bool) -> tuple[Output, str]:
    """Generate what belongs to some exercises, and the matrix page where these are all."""
    output = Output(course, check)
    judged = {}
    made = releases(course, names)
    for slug in names:
        exercise = read(source(course, slug))
        entries = bank.table(course, exercise)
        path = course / "rnn_utils" / "diagnoses" / f"{slug}.json"
        if not (path.is_file() and bank.agrees(json.loads(path.read_text("utf-8")), entries)):
            output.put(path, bank.text(entries))
        output.put(course / "exercises" / slug / f"{slug}.ipynb", made[slug])
        if not (check and output.stale):
            judged[slug] = judge(course, exercise)
    page = matrix(judged)
    if names == slugs(course) and not (check and output.stale):
        output.put(course / "book" / "kill_matrix.md", page)
    return output, page


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m rnn_utils.grading.release",
        description="Generate exercises/ from solutions/.",
    )
    parser.add_argument("exercises", nargs="*", help="slugs such as 02_rnn; all unless named")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    parser.add_argument("--course", type=Path, default=Path(), help="the course's folder")
    options = parser.parse_args(arguments)
    course = options.course.resolve()
    names = sorted(options.exercises) or slugs(course)
    try:
        output, page = generate(course, names, check=options.check)
    except (bank.BankError, RuntimeError, ValueError, FileNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if options.check and output.stale:
        sys.stderr.write(
            "".join(f"{path}: not what solutions/ gives\n" for path in output.stale)
            + "mend: make exercises, then look at the difference and commit it\n"
        )
        return 1
    table = [line for line in page.split("\n") if line.startswith("|")]
    sys.stdout.write("\n".join(table[: 3 + sum(1 for _ in table if "`" in _)]) + "\n")
    sys.stdout.write("".join(f"wrote {path}\n" for path in output.stale) or "nothing changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
