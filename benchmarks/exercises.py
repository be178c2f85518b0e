"""Runs the reference of each exercise's measured tasks on many seeds, as grading would.

A measured task is one whose test cell trains and compares with a threshold. Its test cell is run
whole, hidden part included, with `seed=0` in it and the grading seed replaced by each seed in
turn. What is printed: in how many runs every threshold was reached, the lowest and the median
value, and the CPU time of a run, data and measuring included.

    python benchmarks/exercises.py [02_rnn ...] [--seeds 20] [--processes 2] [--write]

With names, `--write` replaces the rows of these exercises and keeps those of the others.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import re
import statistics
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "benchmarks" / "exercises.md"
LINE = re.compile(
    r"^(?P<what>.+): (?P<value>\S+), needed (?P<side>at least|at most) (?P<bar>[^\s:]+)"
)


@dataclass(frozen=True)
class Run:
    """One seed of one task: what was measured, against what, and the CPU seconds it took."""

    slug: str
    task: str
    measured: list[tuple[str, float, str, float]]
    passed: bool
    seconds: float


def measure(slug: str, task: str, seed: int) -> Run:
    """Run a task's reference and its whole test cell with one seed."""
    import torch

    from rnn_utils import checks
    from rnn_utils.grading.exercise import Runner, read
    from rnn_utils.grading.release import source

    torch.set_num_threads(1)
    os.environ[checks.SEED_VARIABLE] = str(seed)
    exercise = read(source(ROOT, slug))
    cell = exercise.tasks[task]
    if "seed=0" not in cell.visible:
        raise SystemExit(f"{slug}/{task}: the test cell trains with no `seed=0` to replace")
    runner = Runner(exercise)
    parts = (cell.visible.replace("seed=0", f"seed={seed}"), cell.hidden)
    start = time.process_time()
    try:
        printed, passed = runner.run(cell, cell.solution, *parts), True
    except checks.Failed as error:
        printed, passed = str(error), False
    seconds = time.process_time() - start
    found = [LINE.match(line) for line in printed.split("\n")]
    measured = [
        (m["what"], float(m["value"]), m["side"], float(m["bar"].rstrip("."))) for m in found if m
    ]
    return Run(slug, task, measured, passed, seconds)


def tasks(slugs: list[str]) -> list[tuple[str, str]]:
    """Return the measured tasks: those whose check names no mistakes but measures."""
    from rnn_utils.grading.exercise import read
    from rnn_utils.grading.release import slugs as every
    from rnn_utils.grading.release import source

    return [
        (slug, task.name)
        for slug in slugs or every(ROOT)
        for task in read(source(ROOT, slug)).tasks.values()
        if not task.has_bank
    ]


def table(runs: list[Run]) -> str:
    """Return what was measured, a row for each threshold."""
    lines = [
        "| task | measured | threshold | reached | worst | median | CPU s, median | CPU s, most |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    grouped: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        grouped[run.slug, run.task].append(run)
    for (slug, task), found in grouped.items():
        seconds = [run.seconds for run in found]
        values: dict[tuple[str, str, float], list[float]] = defaultdict(list)
        for run in found:
            for what, value, side, bar in run.measured:
                values[what, side, bar].append(value)
        for (what, side, bar), measured in values.items():
            worst = min(measured) if side == "at least" else max(measured)
            reached = sum(v >= bar if side == "at least" else v <= bar for v in measured)
            lines.append(
                f"| {slug} `{task}` | {what} | {side} {bar:g} | {reached} of {len(found)} "
                f"| {worst:.4g} | {statistics.median(measured):.4g} "
                f"| {statistics.median(seconds):.1f} | {max(seconds):.1f} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Run, print and perhaps keep the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("slugs", nargs="*", help="exercises; all unless named")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep it in benchmarks/exercises.md")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    jobs = [
        (slug, task, seed) for slug, task in tasks(options.slugs) for seed in range(options.seeds)
    ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, mp_context=context) as pool:
        runs = list(pool.map(measure, *zip(*jobs, strict=True)))
    shown = table(runs)
    print(shown)
    failed = [run for run in runs if not run.passed]
    if options.write:
        shown = with_rows_of_others(shown, PAGE.read_text("utf-8")) if options.slugs else shown
        PAGE.write_text(page(shown, options.seeds, options.processes), "utf-8")
    if failed:
        raise SystemExit(f"{len(failed)} of {len(runs)} runs missed a threshold")


def with_rows_of_others(shown: str, before: str) -> str:
    """Return the table with the rows that the page has of exercises that did not run."""
    head, rule, *rows = shown.split("\n")
    ran = {row.split()[1] for row in rows}
    others = [row for row in re.findall(r"^\| \d\d_.*$", before, re.M) if row.split()[1] not in ran]
    return "\n".join([head, rule, *sorted([*rows, *others], key=lambda row: row.split()[1])])


def page(shown: str, seeds: int, processes: int) -> str:
    """Return the page that keeps a table, with the command and the machine that made it."""
    import torch

    from rnn_utils import device

    return (
        "# Thresholds of the exercises\n\n"
        "The reference of each measured task, trained and judged as grading does it, on "
        f"{seeds} seeds.\n\n{shown}\n\n"
        "Made by `python benchmarks/exercises.py "
        f"--seeds {seeds} --processes {processes} --write`, "
        "some exercises at a time, with "
        f"Python {platform.python_version()} and torch {torch.__version__}, "
        f"on {os.cpu_count()} {platform.machine()} cores under {platform.system()}, "
        f"one thread a run; device: {device.pick()}.\n"
    )


if __name__ == "__main__":
    main()
