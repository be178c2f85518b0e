"""Grades the same submissions with plain nbgrader and with `make grade`, one after the other.

Plain nbgrader is what an instructor would use instead: its own steps, its own kernel, one
submission after the other, OMP_NUM_THREADS left alone. Both runs start as commands, so that their
start counts. The gradebooks are compared: both have to give the same points.

    python benchmarks/grade_speed.py [--plain 8] [--ours 60] [--many 200] [--write]
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path(__file__).resolve().with_suffix(".md")
PLAIN = """
from pathlib import Path
c = get_config()
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "rnn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.ClearMarkScheme.enforce_metadata = False  # as the course's own configuration has it
c.Execute.timeout = 300
"""


@dataclass(frozen=True)
class Case:
    """Submissions of one kind."""

    name: str
    slug: str
    trained: bool  # whether the task that trains a network is answered
    target: float  # times as many a minute


CASES = (
    Case("functions only", "01_sequences", False, 8.0),
    Case("bound by training", "04_training", True, 1.8),
)


def answered(slug: str, trained: bool) -> nbformat.NotebookNode:
    """Return the release with the reference's answers, perhaps without the training task."""
    notebook = nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", as_version=4)
    source = nbformat.read(ROOT / "solutions" / slug / f"{slug}.ipynb", as_version=4)
    answers = {cell.id: cell.source for cell in source.cells}
    solutions = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"
    ]
    for cell in solutions if trained else solutions[:-1]:
        cell.source = answers[cell.id]
    return notebook


def course(root: Path, slug: str, count: int, trained: bool, *, plain: bool) -> None:
    """Make a course folder with an exercise in its gradebook and submissions of it."""
    root.mkdir()
    for folder in ("solutions", "exercises"):
        shutil.copytree(ROOT / folder / slug, root / folder / slug)
    if plain:
        (root / "nbgrader_config.py").write_text(PLAIN)
    else:
        shutil.copy(ROOT / "nbgrader_config.py", root)
    command(root, "nbgrader", "generate_assignment", slug, "--force")
    notebook = answered(slug, trained)
    for number in range(count):
        path = root / "submitted" / f"learner{number:03}" / slug / f"{slug}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def command(root: Path, *words: str) -> float:
    """Run a module as a command in a course folder and return its wall time."""
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # alembic
    environment = os.environ | {"HOME": str(root), "PATH": tools, "PYTHONWARNINGS": "ignore"}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return time.perf_counter() - began


def scores(root: Path, slug: str) -> set[float]:
    """Return the scores that the gradebook holds: one, where all submissions are equal."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "rnn") as gradebook:
        return {submission.score for submission in gradebook.assignment_submissions(slug)}


class Memory(threading.Thread):
    """Looks at the memory of each descendant process, shared pages divided, and keeps the peaks."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peaks: dict[str, int] = {}
        self.running = True

    def run(self) -> None:
        """Look twice a second."""
        while self.running:
            sums: dict[str, list[int]] = {}
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    kind = next(k for k in ("grading.learner", "grading.grade") if k in line)
                    if line.startswith("bwrap"):
                        continue
                    rollup = (folder / "smaps_rollup").read_text()
                    pss = int(rollup.split("Pss:")[1].split()[0])
                except (OSError, StopIteration, IndexError, UnicodeDecodeError):
                    continue
                sums.setdefault(kind, []).append(pss)
            for kind, found in sums.items():
                self.peaks[kind] = max(self.peaks.get(kind, 0), sum(found))
            time.sleep(0.5)


def measure(case: Case, plain: int, ours: int, folder: Path) -> list[str]:
    """Grade with both and return a row of the table."""
    one, two = folder / f"{case.slug}-plain", folder / f"{case.slug}-ours"
    course(one, case.slug, plain, case.trained, plain=True)
    course(two, case.slug, ours, case.trained, plain=False)
    slow = command(one, "nbgrader", "autograde", case.slug)
    watch = Memory()
    watch.start()
    fast = command(two, "rnn_utils.grading.grade", case.slug)
    watch.running = False
    watch.join()
    reached, expected = scores(two, case.slug), scores(one, case.slug)
    if reached != expected or len(expected) != 1:
        raise SystemExit(f"{case.slug}: {reached} points, and {expected} in plain nbgrader")
    rates = 60 * plain / slow, 60 * ours / fast
    with (two / "graded" / case.slug / "times.csv").open() as file:
        rows = list(csv.DictReader(file))
    sums: dict[str, float] = {}
    for row in rows:
        sums[row["learner"]] = sums.get(row["learner"], 0.0) + float(row["seconds"] or 0)
    cores = os.cpu_count() or 1
    learners = watch.peaks.get("grading.learner", 0) / 1024 / cores
    graders = watch.peaks.get("grading.grade", 0) / 1024 / (cores + 1)
    ratio = rates[1] / rates[0]
    print(case.name, f"{rates[0]:.1f} and {rates[1]:.1f} a minute, {ratio:.1f} times", flush=True)
    return [
        case.name,
        case.slug,
        f"{plain} in {slow:.0f} s",
        f"{ours} in {fast:.0f} s",
        f"{rates[0]:.1f}",
        f"{rates[1]:.1f}",
        f"**{ratio:.1f}** (at least {case.target:g})",
        f"{statistics.median(sums.values()):.2f}",
        f"{learners:.0f} + {graders:.0f}",
    ]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--plain", type=int, default=8, help="submissions for plain nbgrader")
    parser.add_argument("--ours", type=int, default=60, help="submissions of functions for ours")
    parser.add_argument("--many", type=int, default=200, help="submissions of 01 at once")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="grade-speed-") as made:
        folder = Path(made)
        rows = [
            measure(case, options.plain, options.plain if case.trained else options.ours, folder)
            for case in CASES
        ]
        many = folder / "many"
        course(many, "01_sequences", options.many, trained=False, plain=False)
        seconds = command(many, "rnn_utils.grading.grade", "01_sequences")
    print(f"{options.many} submissions of 01: {seconds:.0f} s")
    import torch

    heads = (
        "submissions | exercise | plain nbgrader | `make grade` | plain, a minute | ours, a minute "
        "| times as many | s of cells, median | MiB a worker"
    )
    lines = [
        "# Grading: plain nbgrader and `make grade`",
        "",
        "The same submissions, the same machine, one run after the other; the start of either "
        "command counts. All gave the same points in both. *MiB a worker* is the peak of a "
        "learner's process with the warm one that it comes from, and of a process that judges, "
        "shared pages divided by those that share them. The 01 here has its six functions "
        "answered and not the network, which alone takes 15 CPU seconds to train.",
        "",
        f"| {heads} |",
        "|" + "---|" * 4 + "---:|" * 5,
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        f"{options.many} submissions of 01, functions answered: **{seconds:.0f} s** "
        "(at most 180 s).",
        "",
        f"Made by `python benchmarks/grade_speed.py --plain {options.plain} --ours "
        f"{options.ours} --many {options.many} --write` with Python {platform.python_version()}, "
        f"torch {torch.__version__}, on {os.cpu_count()} {platform.machine()} cores under "
        f"{platform.system()}; load before the run {load:.1f}.",
    ]
    print("\n".join(lines))
    if options.write:
        PAGE.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
