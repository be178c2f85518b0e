"""Runs one notebook: the learner's cells over there, the test cells here, with stand-ins."""

from __future__ import annotations

import builtins
import contextlib
import io
import linecache
import re
import signal
import symtable
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnn_utils import checks
from rnn_utils.grading.exercise import split_hidden
from rnn_utils.grading.recover import Unreadable, raw_bytes
from rnn_utils.grading.sandbox import Limits, Link
from rnn_utils.grading.standin import Ended, Learner, LearnerError, OutOfTime

STOPPED = "Stopped"  # the name of an error that is the limits' or the process's, not the answer's
WORDS = 20_000  # characters of what one check says of an answer
MARGIN = 10  # seconds that the grading side's own work may take beyond a learner's time


@dataclass
class Judged:
    """What became of a notebook."""

    outputs: list[list[dict[str, Any]] | None]  # of each cell; None where it has no outputs
    seconds: dict[str, float] = field(default_factory=dict)  # of each cell that was run
    passed: dict[str, bool] = field(default_factory=dict)  # of each test cell
    problems: list[str] = field(default_factory=list)  # in words to send on


def is_test(cell: Any) -> bool:
    """Say whether a cell is a locked one that gives points."""
    meta = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and meta.get("grade") and not meta.get("solution"))


def is_setup(cell: Any) -> bool:
    """Say whether a cell is a locked one that both sides run."""
    meta = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and meta.get("locked") and not is_test(cell))


def judge(
    notebook: Any,
    open_learner: Callable[[], Link],
    limits: Limits | None = None,
    *,
    tasks: frozenset[str] | None = None,
    earlier: Mapping[str, list[dict[str, Any]]] | None = None,
    files: Mapping[str, Path] | None = None,
) -> Judged:
    """Run a notebook across the boundary and return the outputs of its cells.

    Parameters
    ----------
    notebook : NotebookNode
        A submission whose locked cells are the instructor's, hidden tests included.
    open_learner : callable
        Gives the channel to a fresh learner's process.
    limits : Limits, optional
        Seconds for a cell, a test cell and the whole notebook.
    tasks : frozenset of str, optional
        The ids of the test cells to run; all of them unless given.
    earlier : mapping, optional
        The outputs of test cells that are not run, from an earlier judgement; one that is
        neither run nor here has not passed.
    files : mapping, optional
        What came beside the notebook, by its name there (`collect.beside`). The learner's process
        gets copies of these files into its work folder; here they are nothing but bytes.

    Returns
    -------
    Judged
        Outputs as nbformat has them, seconds, which test cells passed, and what went wrong.
    """
    limits = limits or Limits()
    result = Judged([None] * len(notebook.cells))
    space: dict[str, Any] = {"__name__": "__main__"}
    link = open_learner()
    learner = Learner(link)
    end = time.monotonic() + limits.notebook_seconds
    try:
        learner.deadline, _ = _deadline(limits.cell_seconds, limits, end)
        gone = _hand_over(files or {}, learner, result.problems)
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            name = cell_name(cell, index)
            began = time.monotonic()
            outputs: list[dict[str, Any]] = []
            if is_test(cell):
                if tasks is not None and name not in tasks:
                    outputs = list((earlier or {}).get(name, [_error("NotRun", "It was not run.")]))
                elif gone is not None:
                    outputs = [_stopped(f"The process of the answers has ended: {gone}.")]
                else:
                    learner.deadline, over = _deadline(limits.test_seconds, limits, end)
                    outputs, gone = _test(name, cell.source, space, learner, limits, over)
                    result.problems += [
                        f"{name}: {output['evalue']}"
                        for output in outputs
                        if output.get("ename") == STOPPED
                    ]
                result.passed[name] = not any(o["output_type"] == "error" for o in outputs)
            else:
                if is_setup(cell):
                    with contextlib.redirect_stdout(io.StringIO()):
                        execute(name, cell.source, space)
                if gone is None and cell.source.strip():
                    learner.deadline, over = _deadline(limits.cell_seconds, limits, end)
                    outputs, gone = _cell(name, cell.source, learner, over, result.problems)
            result.outputs[index] = _tidy(outputs)
            result.seconds[name] = time.monotonic() - began
    finally:
        link.close()
    return result


def cell_name(cell: Any, index: int) -> str:
    """Return a cell's grade id, or its id, or its place."""
    meta = cell.metadata.get("nbgrader", {})
    return str(meta.get("grade_id") or cell.get("id") or f"cell {index + 1}")


def _deadline(seconds: float, limits: Limits, end: float) -> tuple[float, str]:
    """Return when a cell has to be done, and in words which limit it is over then."""
    done = time.monotonic() + seconds
    if done <= end:
        return done, f"over {seconds:g} s"
    return end, f"over {limits.notebook_seconds:g} s together with the cells before it"


def _hand_over(files: Mapping[str, Path], learner: Learner, problems: list[str]) -> str | None:
    """Write files to the learner's work folder; return the reason where the process has ended."""
    for name, path in files.items():
        try:
            learner.put(name, raw_bytes(path))
        except (Unreadable, LearnerError) as error:
            problems.append(f"{name}: the cells did not see this file: {error}")
        except (OutOfTime, Ended) as error:
            why = str(error) or "it took too long"
            problems.append(f"{name}: the cells did not see this file or later ones whole: {why}")
            return str(error) or None
    return None


def _cell(
    name: str, source: str, learner: Learner, over: str, problems: list[str]
) -> tuple[list[dict[str, Any]], str | None]:
    """Run a learner's cell; return its outputs, and the reason where the process has ended."""
    try:
        return learner.run(source)[0], None
    except OutOfTime as late:
        words = f"the cell took too long, {over}, and was stopped"
        problems.append(f"{name}: {words}")
        return [_stopped(words)], str(late) or None
    except Ended as ended:
        problems.append(f"{name}: the process ended in this cell: {ended}")
        return [_stopped(f"The process ended in this cell: {ended}.")], str(ended)


def _test(
    name: str,
    source: str,
    space: Mapping[str, Any],
    learner: Learner,
    limits: Limits,
    over: str,
) -> tuple[list[dict[str, Any]], str | None]:
    """Run a test cell with stand-ins; return its outputs, and why the process ended, if it has."""
    own = dict(space)
    printed = io.StringIO()
    outputs: list[dict[str, Any]] = []
    gone: str | None = None
    try:
        with (
            contextlib.redirect_stdout(printed),
            _alarm(limits.test_seconds + MARGIN),
            _room(limits.memory),
        ):
            wanted = free_names(name, source) - own.keys() - vars(builtins).keys()
            own.update(learner.names(sorted(wanted)))
            execute(name, source, own)
    except OutOfTime as late:
        words = f"The check took too long, {over}, and was stopped."
        outputs.append(_stopped(words))
        gone = str(late) or None
    except Ended as ended:
        outputs.append(_stopped(f"The process of the answers has ended: {ended}."))
        gone = str(ended)
    except (Exception, SystemExit) as error:
        outputs.append(_failure(name, source, error))
    text = printed.getvalue()
    if len(text) > limits.output:
        text = text[: limits.output] + "\n[more output was not kept]\n"
    if text:
        outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": text})
    return outputs, gone


def execute(name: str, source: str, space: dict[str, Any]) -> None:
    """Run a trusted cell in a namespace, its lines known to tracebacks."""
    filename = f"<cell {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), space)


def free_names(name: str, source: str) -> set[str]:
    """Return the global names that a test cell reads and does not define itself."""
    module = symtable.symtable(source, f"<cell {name}>", "exec")
    read: set[str] = set()
    pending = [module]
    while pending:
        scope = pending.pop()
        read |= {
            symbol.get_name()
            for symbol in scope.get_symbols()
            if symbol.is_referenced() and (scope is module or symbol.is_global())
        }
        pending += scope.get_children()
    own = {symbol.get_name() for symbol in module.get_symbols() if _bound(symbol)}
    return read - own


def _bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _failure(name: str, source: str, error: BaseException) -> dict[str, Any]:
    """Return the output of a check that did not hold, without a line of the test."""
    if isinstance(error, checks.Failed):
        lines = str(error).split("\n")
        ename = type(error).__name__
    elif isinstance(error, LearnerError):
        ename = type(error).__name__
        at = f" at {error.learners_line}" if error.learners_line else ""
        lines = [f"Your code stopped{at}: {ename}: {error}".removesuffix(": ")]
        if ename == "NotImplementedError":
            lines = [
                "It is not written yet: put your code in place of raise NotImplementedError()."
            ]
        elif ename == STOPPED:  # the learner's own class of that name
            ename = "Exception"
    else:
        ename = type(error).__name__
        _, hidden = split_hidden(source)
        inside = [f for f in traceback.extract_tb(error.__traceback__) if f.filename[:1] == "<"]
        line = inside[0].lineno if inside else None
        secret = line is not None and bool(hidden.split("\n")[line - 1 : line] not in ([], [""]))
        lines = [f"The check could not work with what your code gave: {ename}"]
        if not secret:
            lines[0] += f": {error}"
    words = "\n".join(lines)
    if len(words) > WORDS:
        words = words[:WORDS] + "\n[more words were not kept]"
    return _error(ename, words)


def _stopped(words: str) -> dict[str, Any]:
    return _error(STOPPED, words)


def _error(name: str, words: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": words.split("\n")}


def _tidy(value: Any) -> Any:
    """Take the folders of this machine out of outputs, and what no file in UTF-8 can hold."""
    if isinstance(value, str):
        for prefix in (sys.prefix, sys.base_prefix):
            value = value.replace(prefix, "python")
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items()}
    return value


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Break off the grading side's own work, where it hangs on what a learner gave it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def late(*_: Any) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _room(size: int) -> Iterator[None]:
    """Bound the memory of the grading side's own work, where a learner's values would fill it."""
    status = Path("/proc/self/status")
    if threading.current_thread() is not threading.main_thread() or not status.exists():
        yield
        return
    import resource

    used = re.search(r"VmData:\s*(\d+) kB", status.read_text("utf-8"))
    before = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = 1024 * int(used[1]) + size if used else resource.RLIM_INFINITY
    bounds = [bound for bound in (wanted, *before) if bound != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds, default=before[0]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
