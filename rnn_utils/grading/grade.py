"""Grades many submissions at once, goes on where it was killed, and says what became of each.

`python -m rnn_utils.grading.grade 05_lstm` judges what is in submitted/ in parallel, and writes the
marks to nbgrader's gradebook. Its work is kept in graded/05_lstm/, beside report.csv and times.csv.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import shutil
import socket
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rnn_utils.checks import SEED_VARIABLE
from rnn_utils.grading import collect, notice, sandbox, slots
from rnn_utils.grading.exercise import TEST
from rnn_utils.grading.gradebook import Course, GradeError, Held
from rnn_utils.grading.journal import Entry, Journal, digest, put
from rnn_utils.grading.judge import Judged, cell_name, is_test
from rnn_utils.grading.recover import Finding, shown
from rnn_utils.grading.slots import Job, Outcome, Work

NAME_BYTES = 128  # what the gradebook takes
PATTERN = set("*?[]")  # with these, nbgrader would take other learners' notebooks as well
SLOWEST = 5  # submissions that the summary names
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a spreadsheet's formula starts


@dataclass
class Tally:
    """What a run did, by learner."""

    graded: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a second grader off this assignment; the system opens the lock when we die.

    Raises
    ------
    GradeError
        If another one is at it; the message says which.
    """
    import fcntl

    with path.open("a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            who = file.read().strip() or "another process"
            raise GradeError(f"{path.parent.name} is being graded already, by {who}") from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()} since {_now()}\n")
        file.flush()
        yield


def _now() -> str:
    return datetime.now().strftime("%Y-%m-%d %H:%M:%S")


def _package() -> str:
    """Return a digest of what the package gives to cells, and of what judges them."""
    root = Path(str(resources.files("rnn_utils")))
    judging = {"judge.py", "learner.py", "standin.py", "wire.py"}
    total = sha256()
    for path in sorted([*root.rglob("*.py"), *(root / "diagnoses").glob("*.json")]):
        if path.parent.name != "grading" or path.name in judging:
            total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


class Grader:
    """One run of the command over one assignment.

    Parameters
    ----------
    course : Course
        The assignment.
    work : Work
        How submissions are run.
    """

    def __init__(self, course: Course, work: Work) -> None:
        self.course, self.work = course, work
        self.journal = Journal(course.folder)
        self.tally = Tally()
        self.odd: list[tuple[str, Finding]] = []  # of what is not graded at all
        self.folders = self._learners()
        seed = os.environ.get(SEED_VARIABLE, "")
        self.settings = digest(_package(), asdict(work.limits), work.gpu, seed)
        self.held: dict[str, Held] = {}

    def _learners(self) -> dict[str, tuple[Path, list[Finding]]]:
        """Return the folder of each learner who handed something in; note the odd ones."""
        if not self.course.submitted.is_dir():
            raise GradeError(
                f"{self.course.submitted}: expected the learners' folders, found nothing"
            )
        found = {}
        for name, (folder, findings) in collect.learners(
            self.course.submitted, self.course.assignment
        ).items():
            if folder is not None and folder.parent.is_symlink():
                why = "The learner's folder is a link to another one."
                findings = [*findings, Finding(name, why, "It was not graded.")]
            elif folder is not None and (len(name.encode()) > NAME_BYTES or set(name) & PATTERN):
                why = f"The folder's name has more than {NAME_BYTES} bytes, or one of *?[]."
                done = "It was not graded; please give the folder a plain name."
                findings = [*findings, Finding(name[:60], why, done)]
            elif folder is not None and name not in self.course.excluded:
                found[name] = folder, findings
                continue
            self.odd += [(name, finding) for finding in findings]
        self.odd += collect.misplaced(
            self.course.submitted, self.course.release.name, self.course.assignment
        )
        return found

    # --- what is to be done ----------------------------------------------------------------------

    def again(self, students: list[str], tasks: list[str]) -> None:
        """Note in the journal that tasks, or all of it, are to be judged again.

        What is noted survives a kill: the next run does what this one did not.
        """
        for student in students:
            entry = self.journal.read(student)
            if not tasks:
                self.journal.forget(student)
            elif entry is not None:
                entry.again = sorted({*entry.again, *tasks})
                self.journal.save(student, entry)

    def jobs(self, students: list[str]) -> Iterator[Job]:
        """Prepare one submission after the other; give those that have to be judged."""
        for student in students:
            try:
                job = self._prepare(student)
            except Exception as error:
                self._fail(student, f"it could not be prepared: {type(error).__name__}: {error}")
                continue
            if job is not None:
                yield job

    def _prepare(self, student: str) -> Job | None:
        folder, findings = self.folders[student]
        staged = self.course.staged(student)
        room = self.work.limits.files
        findings = findings + collect.stage(folder, self.course.release, staged.parent, room)
        unreadable = not staged.is_file()
        if unreadable:
            shutil.copyfile(self.course.release, staged)
            nothing = "Nothing of the submission could be graded."
            done = "It stands in the gradebook with 0 points; its files are as they were."
            findings = [*findings, Finding(staged.name, nothing, done)]
        notebook = self.course.sanitised(student)
        files, _ = collect.beside(staged.parent)
        uses, done = "uses what no answer needs", "read it before you rely on its marks."
        findings += [
            Finding(
                staged.name,
                f"The cell {cell} {uses}: {what}.",
                f"It was graded like any other; {done}",
            )
            for cell, what in notice.notes(notebook)
        ]
        findings += [
            Finding(shown(name), f"The file {uses}: {what}.", f"The cells find it; {done}")
            for name, what in notice.of_files({} if unreadable else files)
        ]
        cells = {
            cell_name(cell, index): digest(cell.cell_type, cell.source, cell.metadata)
            for index, cell in enumerate(notebook.cells)
        }
        cells |= {f"./{name}": sha256(p.read_bytes()).hexdigest() for name, p in files.items()}
        told = [asdict(finding) for finding in findings]
        key = digest(list(cells.items()), self.settings, told if unreadable else None)
        entry = self.journal.read(student)
        fresh = Entry(key, cells, findings=told)
        if unreadable and (entry is None or entry.judged is None or entry.key != key):
            self._judged(student, fresh, _refused(notebook, findings))
            return None
        if entry is None or entry.judged is None:
            return Job(student, notebook, files=files, extra=fresh)
        if unreadable:
            entry.again = []
        if entry.again and _same_but(entry.cells, cells, entry.again):
            before = Judged(**entry.judged)
            tests = [c for c in self.course.tests if c not in entry.again]
            fresh.judged, fresh.again = entry.judged, entry.again
            earlier = _outputs(notebook, before, tests)
            return Job(student, notebook, entry.again, earlier, files, fresh)
        if entry.again or entry.key != key:
            return Job(student, notebook, files=files, extra=fresh)
        entry.findings = told
        if entry.written == self._stamp(student, entry) and self._holds(student, entry):
            self.tally.skipped.append(student)
        else:
            self._write(student, entry)
        return None

    def _stamp(self, student: str, entry: Entry) -> str:
        """Return a digest of all that the marks of a submission are made of."""
        folder = self.course.staged(student).parent
        files = {
            path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file()
        }
        return digest(entry.key, entry.judged, files, entry.findings)

    def _holds(self, student: str, entry: Entry) -> bool:
        """Say whether the gradebook holds what the journal says that it was given."""
        held = self.held.get(student)
        return (
            held is not None
            and held.marks == entry.marks
            and _late(held) == entry.late
            and self.course.autograded(student).is_file()
        )

    # --- what has been done ----------------------------------------------------------------------

    def take(self, job: Job, outcome: Outcome) -> None:
        """Note an outcome in the journal, then in the gradebook."""
        entry: Entry = job.extra
        if outcome.judged is None:
            entry.failed = outcome.failed
            self.journal.save(job.student, entry)
            self._fail(job.student, outcome.failed)
            return
        judged = outcome.judged
        if job.tasks is not None and entry.judged is not None:
            judged = _merged(judged, Judged(**entry.judged), job.tasks)
        self._judged(job.student, entry, judged)

    def _judged(self, student: str, entry: Entry, judged: Judged) -> None:
        entry.judged, entry.again = asdict(judged), []
        self.journal.save(student, entry)
        self._write(student, entry)

    def _write(self, student: str, entry: Entry) -> None:
        assert entry.judged is not None
        try:
            held = self.course.write(student, Judged(**entry.judged))
        except Exception as error:
            self._fail(student, f"its marks could not be written: {error}")
            return
        entry.marks, entry.late, entry.failed = held.marks, _late(held), ""
        entry.written = self._stamp(student, entry)
        self.journal.save(student, entry)
        self.tally.graded.append(student)
        if any(_timed_out(output) for cell in entry.judged["outputs"] for output in cell or []):
            self.tally.late.append(student)

    def _fail(self, student: str, reason: str) -> None:
        self.tally.failed[student] = reason

    # --- the run ---------------------------------------------------------------------------------

    def run(self, students: list[str], size: int) -> None:
        """Grade some learners' submissions, in a number of slots."""
        self.held = self.course.held()
        tqdm.monitor_interval = 0  # no threads here: slots are forked
        with tqdm(total=len(students), desc=self.course.assignment, unit="notebook") as bar:

            def show() -> None:
                done = len(self.tally.graded) + len(self.tally.skipped) + len(self.tally.failed)
                if self.tally.failed:
                    bar.set_postfix(failed=len(self.tally.failed), refresh=False)
                bar.update(done - bar.n)

            def prepared() -> Iterator[Job]:
                for job in self.jobs(students):
                    show()
                    yield job

            for job, outcome in slots.judged(prepared(), size, self.work):
                self.take(job, outcome)
                show()
            show()

    def report(self) -> int:
        """Write report.csv and times.csv for all learners; return the report's lines."""
        lines: list[tuple[Any, ...]] = [(name, *_words(finding)) for name, finding in self.odd]
        times: list[tuple[Any, ...]] = []
        for student in self.folders:
            entry = self.journal.read(student)
            reason = self.tally.failed.get(student)
            if reason is None and entry is not None:
                reason = entry.failed
            if entry is not None:
                lines += [(student, *_words(Finding(**finding))) for finding in entry.findings]
            if reason:
                done = "It was not graded; run the same command again."
                lines.append((student, self.course.name + ".ipynb", reason, done))
            if entry is None or entry.judged is None:
                continue
            judged = Judged(**entry.judged)
            done = "The rest was graded."
            lines += [(student, f"{self.course.name}.ipynb", p, done) for p in judged.problems]
            if entry.late:
                lines.append((student, "timestamp.txt", *entry.late))
            times += _times(student, entry, judged)
        for student in self.gone():
            found = f"Nothing of this learner is in {self.course.submitted.name}/ any more."
            lines.append((student, "", found, "The earlier marks stay in the gradebook."))
        put(self.course.folder / "report.csv", _csv(("learner", "file", "found", "done"), lines))
        head = ("learner", "task", "seconds", "points")
        put(self.course.folder / "times.csv", _csv(head, times))
        return len(lines)

    def gone(self) -> list[str]:
        """Return who has marks of work that was handed in and is not there any more."""
        known = {*self.folders, *(name for name, _ in self.odd), *self.course.excluded}
        return sorted(name for name in self.held if unicodedata.normalize("NFC", name) not in known)

    def summary(self, seconds: float) -> str:
        """Return what this run did, in a few lines."""
        lines, tally = self.report(), self.tally
        spent = {
            student: sum(entry.judged["seconds"].values())
            for student in tally.graded
            if (entry := self.journal.read(student)) and entry.judged
        }
        slowest = sorted(spent, key=spent.__getitem__, reverse=True)[:SLOWEST]
        text = [
            f"{self.course.assignment}: graded {len(tally.graded)}, failed {len(tally.failed)}, "
            f"timed out {len(tally.late)}, as they were {len(tally.skipped)}, in {_span(seconds)}"
        ]
        if slowest:
            text.append("slowest: " + ", ".join(f"{s} {spent[s]:.1f} s" for s in slowest))
        unread = [s for s in self.folders if (e := self.journal.read(s)) and _is_refused(e)]
        text += [f"nothing to be read, 0 points: {', '.join(unread)}"] if unread else []
        left_out = dict.fromkeys(finding.file for _, finding in self.odd)
        text += [f"not graded: {', '.join(left_out)}"] if left_out else []
        if not self.folders:
            text.append(
                f"no learner has a folder {self.course.submitted}/LEARNER/{self.course.assignment}"
            )
        if gone := self.gone():
            text.append(f"marks of earlier work, now gone: {', '.join(gone)}")
        text += [f"failed: {student}: {reason}" for student, reason in tally.failed.items()]
        text += [f"timed out: {', '.join(tally.late)}"] if tally.late else []
        text.append(f"{self.course.folder / 'report.csv'}: {lines} lines; times.csv beside it")
        return "\n".join(text) + "\n"


def _same_but(before: dict[str, str], now: dict[str, str], tasks: list[str]) -> bool:
    """Say whether two notebooks have the same cells in the same order, but for some sources."""
    return list(before) == list(now) and all(
        before[cell] == now[cell] for cell in now if cell not in tasks
    )


def _outputs(notebook: Any, judged: Judged, tests: list[str]) -> dict[str, Any]:
    named = {cell_name(cell, index): index for index, cell in enumerate(notebook.cells)}
    return {test: judged.outputs[named[test]] or [] for test in tests if test in named}


def _merged(new: Judged, old: Judged, tasks: list[str]) -> Judged:
    """Return a judgement of some tasks, the others' times and problems as they were."""
    kept = [cell for cell in old.passed if cell not in tasks]
    problems = [p for p in old.problems if p.split(":")[0] in kept]
    seconds = new.seconds | {cell: old.seconds[cell] for cell in kept if cell in old.seconds}
    return Judged(new.outputs, seconds, new.passed, new.problems + problems)


def _refused(notebook: Any, findings: list[Finding]) -> Judged:
    """Return the judgement of a submission that cannot be read: no points, and the reason.

    It is one in the gradebook like any other, so formgrader lists it, feedback tells the learner
    what was wrong with the file, and a mark that a person gives counts.
    """
    words = " ".join(f"{finding.found} {finding.done}" for finding in findings)
    error = {
        "output_type": "error",
        "ename": "Unreadable",
        "evalue": words,
        "traceback": [f"What was handed in could not be read. {words}"],
    }
    outputs: list[list[dict[str, Any]] | None] = []
    passed = {}
    for index, cell in enumerate(notebook.cells):
        test = is_test(cell)
        outputs.append(None if cell.cell_type != "code" else [dict(error)] if test else [])
        if test:
            passed[cell_name(cell, index)] = False
    return Judged(outputs, {}, passed, [])


def _is_refused(entry: Entry) -> bool:
    """Say whether nothing could be read, so that nothing was run."""
    return entry.judged is not None and not entry.judged["seconds"]


def _timed_out(output: dict[str, Any]) -> bool:
    return output.get("ename") == "Stopped" and "too long" in output.get("evalue", "")


def _late(held: Held) -> list[str]:
    """Return how late a submission came and what it cost, or nothing."""
    if not held.late:
        return []
    cost = f"{held.penalty:g} points were taken off" if held.penalty else "No points were taken off"
    return [f"It came {_span(held.late)} late.", f"{cost}."]


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 s"


def _words(finding: Finding) -> tuple[str, str, str]:
    return finding.file, finding.found, finding.done


def _times(student: str, entry: Entry, judged: Judged) -> list[tuple[Any, ...]]:
    """Return a row for each cell that gives points, and one for the notebook."""
    rows: list[tuple[Any, ...]] = []
    for cell, points in entry.marks.items():
        task = cell.removeprefix(TEST)
        seconds = judged.seconds.get(cell, 0.0)
        if task != cell:  # the answer's own cell
            seconds += judged.seconds.get(task, 0.0)
        rows.append((student, task, f"{seconds:.3f}", "" if points is None else f"{points:g}"))
    total = sum(points or 0 for points in entry.marks.values())
    return [*rows, (student, "all", f"{sum(judged.seconds.values()):.3f}", f"{total:g}")]


def _csv(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return a table as CSV; what a spreadsheet would take for a formula gets a quote first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell).startswith(FORMULA) else cell for cell in row])
    return text.getvalue()


# --- the command ---------------------------------------------------------------------------------


def _positive(kind: type[int] | type[float]) -> Any:
    def read(text: str) -> float:
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
        return value

    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rnn_utils.grading.grade",
        description="Grade the submissions of one assignment, many at once.",
    )
    add = parser.add_argument
    add("assignment", help="such as 05_lstm")
    add("--course", type=Path, default=Path(), help="the folder of nbgrader_config.py")
    add("--student", action="append", default=[], help="grade this learner only; may be repeated")
    add(
        "--task",
        action="append",
        default=[],
        help="judge this task again, keep the outcomes of the others; may be repeated",
    )
    add("--force", action="store_true", help="judge again what is judged already")
    add("--workers", type=_positive(int), help="submissions at once; as many as cores unless given")
    add("--threads", type=_positive(int), help="threads of each; cores / workers unless given")
    add("--no-sandbox", action="store_true", help="run learners' code without bubblewrap, as you")
    add("--gpu", action="store_true", help="show the accelerator, to one submission at a time")
    add("--scheduler", help="run learners' code on this Dask cluster, such as tcp://10.0.0.1:8786")
    limits = parser.add_argument_group("limits of one submission")
    for limit in fields(sandbox.Limits):
        kind = float if limit.name.endswith("seconds") else int
        option = "--" + limit.name.replace("_", "-")
        what = {"memory": "bytes", "files": "bytes", "output": "characters of a cell"}
        note = f"{what.get(limit.name, '')} ({limit.default:,} unless given)".strip()
        limits.add_argument(option, type=_positive(kind), default=limit.default, help=note)
    return parser


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def grade(options: argparse.Namespace) -> int:
    """Grade as the options say, and return the exit status."""
    if os.name != "posix":
        raise GradeError("grading needs Linux or macOS; on Windows, use WSL")
    if not re.fullmatch(r"[\w.-]+", options.assignment) or options.assignment.strip(".") == "":
        raise GradeError(f"assignment: expected a name such as 05_lstm, got {options.assignment!r}")
    reason = None if options.no_sandbox or options.scheduler else sandbox.available()
    if reason is not None:
        raise GradeError(reason)
    course = Course(options.course.resolve(), options.assignment)
    tasks = []
    for task in options.task:
        name = task if task in course.tests else TEST + task
        if name not in course.tests:
            known = ", ".join(test.removeprefix(TEST) for test in course.tests)
            raise GradeError(f"--task: expected one of {known}; got {task!r}")
        tasks.append(name)
    course.folder.mkdir(parents=True, exist_ok=True)
    with locked(course.folder / "lock"):
        limits = sandbox.Limits(
            **{limit.name: getattr(options, limit.name) for limit in fields(sandbox.Limits)}
        )
        if options.gpu:
            if (options.workers or 1) > 1:
                raise GradeError(
                    "--workers: expected 1 with --gpu, which one submission at a time has; "
                    f"got {options.workers}"
                )
            size = 1
        elif options.scheduler:
            size = min(options.workers or 10**6, slots.cluster_size(options.scheduler))
        else:
            size = options.workers or _cores()
        threads = options.threads or (1 if options.scheduler else max(1, _cores() // size))
        work = Work(limits, threads, not options.no_sandbox, options.gpu, options.scheduler)
        grader = Grader(course, work)
        for student in options.student:
            if student not in grader.folders:
                raise GradeError(
                    f"--student: expected a learner with work in {course.submitted}, "
                    f"got {student!r}"
                )
        students = list(dict.fromkeys(options.student)) or list(grader.folders)
        if options.force or tasks:
            grader.again(students, [] if options.force else tasks)
        began = time.monotonic()
        try:
            grader.run(students, size)
        except KeyboardInterrupt:
            sys.stderr.write("stopped; the same command goes on from here\n")
            return 1
        finally:
            sys.stdout.write(grader.summary(time.monotonic() - began))
    return 1 if grader.tally.failed else 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command: 0 if all is graded, 1 if something is not, 2 if it was not begun."""
    options = _parser().parse_args(arguments)
    try:
        return grade(options)
    except GradeError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
