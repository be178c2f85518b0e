"""Writes nbgrader's marks as the CSV files that Canvas and Moodle import.

`python -m rnn_utils.grading.export --to canvas --roster exported_by_canvas.csv` fills the file that
the platform exported, so that every learner and every column is one that it knows. Without a
roster, the file is made from the gradebook alone.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from traitlets.config.loader import PyFileConfigLoader

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
KEYS = {  # columns by which a platform knows a learner; the names may stand in other languages
    "canvas": ("ID", "SIS User ID", "SIS Login ID", "Integration ID"),
    "moodle": ("Username", "ID number", "Email address"),
}
KEPT = ("EX", "N/A")  # excused, or not assigned to this learner: Canvas's own words
UNMARKED = "is not marked yet, counts as 0"
GRADED_SINCE = "was graded again after a person marked it; that person's mark counts"
POINTS_POSSIBLE = "Points Possible"  # Canvas's second row, the same text in every language


class ExportError(ValueError):
    """A roster or a gradebook that marks cannot be written from, with the reason."""


@dataclass(frozen=True)
class Learner:
    """A learner of the gradebook, with the points of what was handed in and graded."""

    id: str
    name: str
    known_as: frozenset[str]
    points: Mapping[str, float]


@dataclass(frozen=True)
class Marks:
    """What a gradebook holds."""

    assignments: Mapping[str, float]  # name and the most points
    learners: tuple[Learner, ...]
    notes: tuple[str, ...]  # what an instructor has to know


@dataclass
class Table:
    """A CSV file: its header, its rows, and the form that it came in."""

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    delimiter: str = ","
    mark: str = ""  # the byte order mark that some programs put first

    def column(self, name: str) -> int | None:
        """Return where a column stands, or None."""
        return self.header.index(name) if name in self.header else None

    def add(self, name: str) -> int:
        """Append an empty column and return where it stands."""
        self.header.append(name)
        for row in self.rows:
            row.append("")
        return len(self.header) - 1

    def text(self) -> str:
        """Return the file's text."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator="\n")
        writer.writerows([self.header, *self.rows])
        return self.mark + out.getvalue()


# --- what the gradebook holds ---------------------------------------------------------------------


def database(course: Path) -> tuple[str, str]:
    """Return the address of a course's gradebook and the course's name.

    Raises
    ------
    ExportError
        If there is no gradebook yet.
    """
    if not (course / "nbgrader_config.py").is_file():
        raise ExportError(f"{course}: expected a course, but there is no nbgrader_config.py")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    directory = CourseDirectory(config=config)
    url = make_url(directory.db_url)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").is_file():
        raise ExportError(f"{url.database}: no gradebook there; run: nbgrader generate_assignment")
    return str(directory.db_url), str(directory.course_id)


def marks(db_url: str, course_id: str, only: Iterable[str] = ()) -> Marks:
    """Read the marks of a gradebook.

    Parameters
    ----------
    db_url, course_id : str
        As nbgrader takes them.
    only : iterable of str
        Assignments; all that somebody handed in, unless named.

    Raises
    ------
    ExportError
        If an assignment is not in the gradebook.
    """
    names = list(only)
    notes: list[str] = []
    points: dict[str, dict[str, float]] = {}
    with Gradebook(db_url, course_id) as gradebook:
        most = {a.name: float(a.max_score) for a in gradebook.assignments}
        for name in names or sorted(most):
            if name not in most:
                raise ExportError(f"{name}: not in the gradebook, which has {', '.join(most)}")
            submissions = gradebook.assignment_submissions(name)
            if not submissions and not names:
                del most[name]
            for submission in submissions:
                late = submission.late_submission_penalty or 0.0
                held = points.setdefault(submission.student.id, {})
                held[name] = max(0.0, float(submission.score) - late)
            for (task, state), whose in _unmarked(submissions).items():
                notes.append(f"{name}: {task} of {', '.join(whose)} {state}")
        learners = tuple(
            Learner(
                student.id,
                ", ".join(n for n in (student.last_name, student.first_name) if n) or student.id,
                frozenset(
                    _same(key) for key in (student.id, student.email, student.lms_user_id) if key
                ),
                points.get(student.id, {}),
            )
            for student in sorted(gradebook.students, key=lambda s: str(s.id))
        )
    return Marks({name: most[name] for name in names or sorted(most)}, learners, tuple(notes))


def _unmarked(submissions: list[Any]) -> dict[tuple[str, str], list[str]]:
    """Return the answers that wait for a person, in which state, and whose they are."""
    found: dict[tuple[str, str], list[str]] = {}
    for submission in sorted(submissions, key=lambda s: str(s.student.id)):
        if submission.needs_manual_grade:
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    if grade.needs_manual_grade:
                        new = grade.manual_score is None
                        state = UNMARKED if new else GRADED_SINCE
                        found.setdefault((grade.name, state), []).append(submission.student.id)
    return found


def _same(key: str) -> str:
    return key.strip().casefold()


# --- the files of the platforms -------------------------------------------------------------------


def read(path: Path) -> Table:
    """Read a roster that a platform exported, with commas, semicolons or tabs.

    Raises
    ------
    ExportError
        If it is not a table in UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"{path}: expected a CSV file in UTF-8, got: {error}") from error
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, ""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise ExportError(f"{path}: expected a CSV file, got: {error}") from error
    if len(rows) < 2 or len(rows[0]) < 2:
        raise ExportError(f"{path}: expected a header and learners, got {len(rows)} lines")
    header = rows[0]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > len(header):
            raise ExportError(f"{path}: row {number}: expected {len(header)} cells, got {len(row)}")
        row.extend([""] * (len(header) - len(row)))
    return Table(header, rows[1:], delimiter, mark)


def blank(platform: str, held: Marks) -> Table:
    """Return the table of a platform for the learners of the gradebook, with no marks in it."""
    if platform == "canvas":
        table = Table(["Student", "ID", "SIS User ID", "SIS Login ID", "Section"])
        table.rows = [[f"    {POINTS_POSSIBLE}", "", "", "", ""]]
        table.rows += [[learner.name, "", "", learner.id, ""] for learner in held.learners]
    else:  # an empty address would give a row's marks to the learner above: Moodle keeps the last
        table = Table(["Username"], [[learner.id] for learner in held.learners])
    for name, most in held.assignments.items():
        column = table.add(name)
        if platform == "canvas":
            table.rows[0][column] = f"{most:.2f}"
    return table


def fill(
    table: Table,
    platform: str,
    held: Marks,
    *,
    columns: Mapping[str, str] | None = None,
    key: str | None = None,
    zero: bool = False,
) -> list[str]:
    """Put the marks into a table and return what an instructor has to know.

    Parameters
    ----------
    table : Table
        The platform's own, changed in place. A cell without a mark to put there is left as it is.
    platform : str
        ``canvas`` or ``moodle``.
    held : Marks
        The marks.
    columns : dict, optional
        The header of an assignment's column, where it is not the assignment's name.
    key : str, optional
        The only column to know learners by.
    zero : bool
        Write 0 where nothing was handed in.

    Raises
    ------
    ExportError
        If the table is not one of the platform's, or a column is not there.
    """
    known = [
        i for name in ([key] if key else KEYS[platform]) if (i := table.column(name)) is not None
    ]
    if not known:
        wanted = repr(key) if key else " or ".join(map(repr, KEYS[platform]))
        raise ExportError(f"expected a column {wanted}, got {', '.join(table.header)}")
    notes = list(held.notes)
    targets = {
        name: _target(table, platform, held, name, (columns or {}).get(name), notes)
        for name in held.assignments
    }
    owners, left_out = _owners(table, held, known)
    for learner, why in left_out:
        lost = ", ".join(f"{n} {p:.2f}" for n, p in learner.points.items() if n in targets)
        notes.append(f"{learner.id} {why}; not in the file: {lost or 'no marks'}")
    missing: dict[str, list[str]] = {}
    for number, row in enumerate(table.rows):
        if not _is_learner(row):
            continue
        owner = owners.get(number)
        cells = dict.fromkeys([row[0], *(row[i] for i in known if row[i])])
        who = owner.id if owner else " / ".join(cells)
        for name, column in targets.items():
            if row[column].strip().upper() in KEPT:
                if owner and name in owner.points:
                    notes.append(
                        f"{who}: {name} is {row[column]!r} on the platform and was left so; "
                        f"not in the file: {owner.points[name]:.2f}"
                    )
            elif owner and name in owner.points:
                row[column] = f"{owner.points[name]:.2f}"
            else:
                missing.setdefault(name, []).append(who)
                row[column] = "0.00" if zero else row[column]
    for name, learners in missing.items():
        done = "given 0" if zero else "the cell is left as it was"
        notes.append(f"{name}: nothing handed in by {', '.join(learners)}; {done}")
    return notes + _guard(table)


def _target(
    table: Table, platform: str, held: Marks, name: str, named: str | None, notes: list[str]
) -> int:
    """Return the column of an assignment; add one where the table has none."""
    if named is not None:
        column = table.column(named)
        if column is None:
            raise ExportError(f"{name}: no column {named!r}, only {', '.join(table.header)}")
    elif {"Identifier", "Grade", "Last modified (grade)"} <= set(table.header):
        if len(held.assignments) != 1:  # the grading worksheet of one Moodle assignment
            raise ExportError(
                "a grading worksheet holds one assignment; expected one with --assignment, "
                f"got {', '.join(held.assignments)}"
            )
        column = table.header.index("Grade")
    else:
        found = [i for i, title in enumerate(table.header) if _title(title) == _same(name)]
        if len(found) > 1:
            titles = ", ".join(table.header[i] for i in found)
            raise ExportError(f"{name}: several columns fit ({titles}); name one with --column")
        if not found:
            notes.append(
                f"{name}: the roster has no column for it; one was added, which "
                f"{platform.capitalize()} takes for a new assignment (--column names one it has)"
            )
        column = found[0] if found else table.add(name)
    _expect_points(table, column, held.assignments[name], name, notes)
    return column


def _title(header: str) -> str:
    """Return `01_sequences` of `01_sequences (4711)` and of `Assignment: 01_sequences (Real)`."""
    return _same(re.sub(r" \([^()]*\)$", "", header.strip()).rpartition(": ")[2])


def _expect_points(table: Table, column: int, most: float, name: str, notes: list[str]) -> None:
    """Note where a platform counts an assignment's points otherwise; fill them in where empty."""
    there = set()
    for row in table.rows:
        if POINTS_POSSIBLE in row[0]:
            row[column] = row[column].strip() or f"{most:.2f}"
            there.add(row[column])
        elif "Maximum Grade" in table.header and table.header[column] == "Grade":
            there.add(row[table.header.index("Maximum Grade")].strip())
    for text in sorted(there - {""}):
        if not NUMBER.fullmatch(text) or float(text.replace(",", ".")) != most:
            notes.append(f"{name}: {most:.2f} points in the gradebook, {text} on the platform")


def _is_learner(row: list[str]) -> bool:
    """Say whether a row is a learner's, and not Canvas's points or its remarks on columns."""
    remark = re.compile(r"\s*(Muted|Manual Posting.*)?\s*")
    return POINTS_POSSIBLE not in row[0] and not all(remark.fullmatch(cell) for cell in row)


def _owners(
    table: Table, held: Marks, known: list[int]
) -> tuple[dict[int, Learner], list[tuple[Learner, str]]]:
    """Return the learner of each row, and the learners without a row of their own."""
    rows: dict[str, set[int]] = {}
    for number, row in enumerate(table.rows):
        for column in known:
            if row[column].strip():
                rows.setdefault(_same(row[column]), set()).add(number)
    owners: dict[int, Learner] = {}
    left_out: list[tuple[Learner, str]] = []
    for learner in held.learners:
        found = set().union(*(rows.get(name, set()) for name in learner.known_as))
        if len(found) != 1:
            fits = f"fits {len(found)} rows of the roster" if found else "is not in the roster"
            left_out.append((learner, fits))
            continue
        other = owners.setdefault(found.pop(), learner)
        if other is not learner:
            left_out.append((learner, f"has the same row of the roster as {other.id}"))
    return owners, left_out


def _guard(table: Table) -> list[str]:
    """Put an apostrophe before each cell that a spreadsheet would run as a formula."""
    notes = []
    titles = list(table.header)
    for number, row in enumerate([table.header, *table.rows], start=1):
        for column, cell in enumerate(row):
            text = cell.strip()
            risky = cell[:1] in ("\t", "\r") or text[:1] in tuple("=+-@＝＋－＠")
            if risky and len(text) > 1 and not NUMBER.fullmatch(text):
                row[column] = "'" + cell
                notes.append(
                    f"row {number}, {titles[column]}: {text[:40]!r} could run as a formula; an "
                    "apostrophe was put before it"
                )
    return notes


# --- the command ----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m rnn_utils.grading.export", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--to", required=True, choices=sorted(KEYS), help="the platform")
    parser.add_argument("--roster", type=Path, help="a file that the platform exported, to fill")
    parser.add_argument(
        "--assignment", action="append", default=[], metavar="NAME", help="only this one"
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=HEADER",
        help="the roster's column of an assignment, where its title is not the assignment's name",
    )
    parser.add_argument("--key", metavar="HEADER", help="the only column to know learners by")
    parser.add_argument("--zero", action="store_true", help="write 0 where nothing was handed in")
    parser.add_argument("--course", type=Path, default=Path(), help="the course's folder")
    parser.add_argument("--out", type=Path, help="the file to write; canvas.csv or moodle.csv")
    options = parser.parse_args(arguments)
    out = options.out or options.course / f"{options.to}.csv"
    try:
        columns = dict(_pair(text) for text in options.column)
        held = marks(*database(options.course.resolve()), options.assignment)
        table = read(options.roster) if options.roster else blank(options.to, held)
        notes = fill(table, options.to, held, columns=columns, key=options.key, zero=options.zero)
    except (ExportError, FileNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    out.write_text(table.text(), "utf-8", newline="")
    sys.stderr.write("".join(f"note: {note}\n" for note in notes))
    sys.stdout.write(f"wrote {out}\n")
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, header = text.partition("=")
    if not (name and equals and header):
        raise ExportError(f"--column: expected NAME=HEADER, got {text!r}")
    return name, header


if __name__ == "__main__":
    sys.exit(main())
