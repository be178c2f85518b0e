"""Grades submissions that wait on 1, 2, 4 and 8 Dask workers, and times a call through Dask.

Each submission has one cell that sleeps, and one check that calls what it defines. So the cores
stay free, and what is measured is whether learners wait for each other, for the scheduler or for
the processes that judge. The clock runs from one outcome to another in the middle of the run, when
all workers are warm and none has run out of submissions.

    python benchmarks/grade_scaling.py [--workers 1 2 4 8] [--rounds 10] [--write]
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

PAGE = Path(__file__).resolve().with_suffix(".md")
TARGET = 0.9  # of linear
SLEEP = 2.0  # seconds that the cell of a submission takes
WARM = 3  # submissions per worker before the clock starts
CALLS = 500  # of the function whose calls are timed
ANSWER = f"import time\ntime.sleep({SLEEP:g})\n\ndef following(x):\n    return x + 1"
CHECK = "assert following(1) == 2"
TIMED = f"""import time
for x in range({CALLS}):
    begun = time.perf_counter()
    following(x)
    print(time.perf_counter() - begun)
"""


def submission(answer: str, check: str) -> Any:
    """Return a notebook of one answer and one check."""
    from nbformat import v4

    cells = []
    for name, source in (("answer", answer), ("check", check)):
        test = name == "check"
        marks = {"grade_id": name, "grade": test, "solution": not test, "locked": test}
        marks |= {"points": 1, "schema_version": 3, "task": False}
        cells.append(v4.new_code_cell(source, metadata={"nbgrader": marks}))
    return v4.new_notebook(cells=cells)


def host(workers: int, channel: Connection) -> None:
    """Run a cluster with one thread per worker until the other side is done with it."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        channel.send(cluster.scheduler_address)
        with contextlib.suppress(EOFError):
            channel.recv()


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Start a cluster in a process of its own, since slots are forked here; give its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=host, args=(workers, theirs))
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join()


def grade(workers: int, rounds: int) -> float:
    """Return the seconds that `rounds` submissions per worker take on a warm cluster."""
    from rnn_utils.grading import sandbox, slots

    notebook = submission(ANSWER, CHECK)
    jobs = [slots.Job(str(number), notebook) for number in range((WARM + rounds + 1) * workers)]
    times = []
    with cluster(workers) as address:
        work = slots.Work(sandbox.Limits(), scheduler=address)
        for job, outcome in slots.judged(jobs, workers, work):
            times.append(time.perf_counter())
            if outcome.judged is None or outcome.judged.passed != {"check": True}:
                raise SystemExit(f"submission {job.student} did not pass: {outcome}")
    return times[(WARM + rounds) * workers - 1] - times[WARM * workers - 1]


def call(scheduler: str | None) -> float:
    """Return the median milliseconds of a call of a learner's function."""
    from rnn_utils.grading import sandbox, slots

    job = slots.Job("", submission("def following(x):\n    return x + 1", TIMED))
    work = slots.Work(sandbox.Limits(), scheduler=scheduler)
    ((_, outcome),) = slots.judged([job], 1, work)
    if outcome.judged is None:
        raise SystemExit(f"the calls were not timed: {outcome.failed}")
    printed = outcome.judged.outputs[1][0]["text"]
    return 1000 * statistics.median(map(float, printed.split()))


def processor() -> str:
    """Return the name of the processor, where the system tells it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--rounds", type=int, default=10, help="submissions per worker")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    rows, shares, first = [], [], 0.0
    for workers in options.workers:
        seconds = grade(workers, options.rounds)
        rate = options.rounds / seconds  # of one worker
        first = first or rate
        shares.append(rate / first)
        count = options.rounds * workers
        rows.append(
            f"| {workers} | {count} | {seconds:.1f} | {60 * rate * workers:.0f} | "
            f"{seconds / options.rounds - SLEEP:.2f} | {shares[-1]:.2f} |"
        )
        print(rows[-1], flush=True)
    with cluster(1) as address:
        there = call(address)
    here = call(None)

    import distributed
    import torch

    command = "python benchmarks/grade_scaling.py"
    if options.workers != parser.get_default("workers"):
        command += " --workers " + " ".join(map(str, options.workers))
    if options.rounds != parser.get_default("rounds"):
        command += f" --rounds {options.rounds}"
    kept = min(shares) >= TARGET
    lines = [
        "# Grading on more Dask workers",
        "",
        f"`{command} --write`",
        "",
        f"Submissions with one cell that sleeps {SLEEP:g} s and one check, {options.rounds} per "
        f"worker after {WARM} to warm up, through sandbox, scheduler and judge. Workers "
        "with one thread each, scheduler and judging on one machine. The overhead is what a "
        f"submission takes beyond its sleep. {processor()}, {os.cpu_count()} cores, "
        f"{platform.system()}; Python {platform.python_version()}, torch {torch.__version__}, "
        f"distributed {distributed.__version__}.",
        "",
        "| workers | submissions | s | per minute | overhead, s | of linear |",
        "|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        f"At least {TARGET:g} of linear is asked: it is "
        + ("kept in every row." if kept else "not kept in every row."),
        "",
        f"A call of a learner's function takes {there:.1f} ms through the scheduler and {here:.2f} "
        f"ms on the grader's own machine (medians of {CALLS}).",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
