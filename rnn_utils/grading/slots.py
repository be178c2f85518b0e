"""Judges many submissions at once: each slot is a process, and one that dies is replaced."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing import connection
from pathlib import Path
from typing import Any

import nbformat
import torch  # here, so that each slot is forked with it

from rnn_utils.grading import judge, sandbox

TRIES = 2  # for a submission whose slot dies
SLACK = 120  # seconds beyond a notebook's limit, after which a slot counts as dead
END_SECONDS = 10  # for a slot to put its sandbox away
LOST = "its sandbox was closed"  # by a kill, say; a second time it counts as the learner's doing
FORK: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


@dataclass(frozen=True)
class Work:
    """How each slot runs submissions."""

    limits: sandbox.Limits
    threads: int = 1
    sandboxed: bool = True
    gpu: bool = False
    scheduler: str | None = None  # of a Dask cluster that runs the learners' processes


@dataclass
class Job:
    """A submission to be judged, and what is handed on with it."""

    student: str
    notebook: Any
    tasks: list[str] | None = None  # test cells to run; all of them where None
    earlier: dict[str, Any] = field(default_factory=dict)  # outputs of the other test cells
    files: dict[str, Path] = field(default_factory=dict)  # that came beside the notebook
    extra: Any = None
    tries: int = 0

    def message(self) -> bytes:
        """Return what a slot has to know, as bytes."""
        wanted = {"notebook": self.notebook, "tasks": self.tasks, "earlier": self.earlier}
        files = {name: str(path) for name, path in self.files.items()}
        return json.dumps(wanted | {"files": files}).encode()


@dataclass(frozen=True)
class Outcome:
    """What a slot gave: the judgement, or why there is none."""

    judged: judge.Judged | None = None
    failed: str = ""

    @property
    def lost(self) -> bool:
        """Whether the sandbox was lost, which need not be the learner's doing."""
        return self.judged is not None and any(LOST in problem for problem in self.judged.problems)


class _Slot:
    """One process and the submission that it is at."""

    def __init__(self, work: Work, number: int = 0, size: int = 1) -> None:
        self.work, self.number = work, number
        self.job: Job | None = None
        self.since = 0.0
        self.connection, theirs = FORK.Pipe()
        self.process = FORK.Process(
            target=serve,
            args=(theirs, work, _cores(number, size, work), os.getpid()),
            daemon=True,
        )
        self.process.start()
        theirs.close()

    def give(self, job: Job) -> None:
        self.job, self.since = job, time.monotonic()
        job.tries += 1
        with contextlib.suppress(OSError):  # a dead slot is noticed by `outcome`
            self.connection.send_bytes(job.message())

    def outcome(self) -> Outcome | None:
        """Return the outcome if there is one; that of a dead slot has no judgement."""
        try:
            if self.connection.poll():
                answer = json.loads(self.connection.recv_bytes())
                if "failed" in answer:
                    return Outcome(failed=answer["failed"])
                return Outcome(judge.Judged(**answer))
        except (OSError, EOFError):
            self.process.join(END_SECONDS)
            self.process.kill()
            self.process.join()
        if time.monotonic() - self.since > self.work.limits.notebook_seconds + SLACK:
            self.end(0)
            return Outcome(failed="the process that judged it did not come to an end")
        if self.process.exitcode is None:
            return None
        code = self.process.exitcode
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return Outcome(failed=f"the process that judged it {how}")

    def end(self, seconds: float = END_SECONDS) -> None:
        """Let the process put its sandbox away, or kill it."""
        with contextlib.suppress(OSError):
            self.connection.send_bytes(b"")
        self.connection.close()
        self.process.join(seconds)
        self.process.kill()
        self.process.join()


def judged(jobs: Iterable[Job], size: int, work: Work) -> Iterator[tuple[Job, Outcome]]:
    """Judge submissions in a number of slots, and give each outcome as it comes.

    Parameters
    ----------
    jobs : iterable of Job
        Taken when needed, so that preparing them overlaps with judging.
    size : int
        The number of slots.
    work : Work
        How each slot runs submissions.
    """
    source, ready = iter(jobs), deque[Job]()
    slots: list[_Slot] = []

    def following() -> Job | None:
        return ready.popleft() if ready else next(source, None)

    try:
        while True:
            while sum(slot.job is not None for slot in slots) < size and (job := following()):
                idle = [slot for slot in slots if slot.job is None]
                if not idle:
                    taken = {slot.number for slot in slots}
                    slots.append(_Slot(work, min({*range(size)} - taken), size))
                (idle or slots)[-1].give(job)
            busy = [slot for slot in slots if slot.job is not None]
            if not busy:
                return
            arrived = connection.wait([slot.connection for slot in busy], timeout=0)
            if not arrived and not ready and (job := next(source, None)):
                ready.append(job)  # while the slots are busy
                continue
            if not arrived:
                connection.wait([slot.connection for slot in busy], timeout=1)
            for slot in busy:
                outcome, done = slot.outcome(), slot.job
                if outcome is None or done is None:
                    continue
                slot.job = None
                if slot.process.exitcode is not None:
                    slots.remove(slot)
                    slot.end(0)
                if done.tries < TRIES and (outcome.failed or outcome.lost):
                    ready.append(done)
                    continue
                if slot in slots and (job := following()):
                    slot.give(job)  # before its marks are written
                yield done, outcome
    finally:
        for slot in slots:
            slot.end(0 if slot.job else END_SECONDS)


def _cores(number: int, size: int, work: Work) -> set[int]:
    """Return the cores of a slot's own, so that a busy learner slows no neighbour.

    There are none where learners run elsewhere, or where the cores do not go round.
    """
    if work.scheduler or not hasattr(os, "sched_getaffinity"):
        return set()
    cores = sorted(os.sched_getaffinity(0))
    if size * work.threads > len(cores):
        return set()
    return {*cores[number * work.threads : (number + 1) * work.threads]}


def serve(channel: Any, work: Work, cores: set[int], parent: int) -> None:
    """Judge what comes over a channel, until an empty message comes or the parent is gone."""
    if cores:
        os.sched_setaffinity(0, cores)  # its sandbox inherits them and cannot leave them
    os.setsid()  # Ctrl-C is for the main process
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    torch.set_num_threads(work.threads)
    warnings.simplefilter("ignore")  # the bar is on stderr
    with _learners(work) as open_learner:
        while True:
            message = channel.recv_bytes()
            if not message:
                return
            answer = _judge(json.loads(message), open_learner, work)
            channel.send_bytes(json.dumps(answer).encode())


def _judge(wanted: dict[str, Any], open_learner: Any, work: Work) -> dict[str, Any]:
    tasks = wanted["tasks"]
    try:
        result = judge.judge(
            nbformat.from_dict(wanted["notebook"]),  # type: ignore[no-untyped-call]
            open_learner,
            work.limits,
            tasks=None if tasks is None else frozenset(tasks),
            earlier=wanted["earlier"],
            files={name: Path(path) for name, path in wanted["files"].items()},
        )
    except sandbox.Lost as lost:
        return {"failed": str(lost)}
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {"failed": f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"}
    return asdict(result)


@contextlib.contextmanager
def _learners(work: Work) -> Iterator[Callable[[], sandbox.Link]]:
    """Give the function that opens a learner's process, here or on the cluster."""
    if work.scheduler is None:
        with sandbox.Nursery(
            work.limits, work.threads, sandboxed=work.sandboxed, gpu=work.gpu
        ) as nursery:
            yield nursery.learner
    else:
        from rnn_utils.grading.cluster import Cluster

        with Cluster(work.scheduler) as cluster:
            yield lambda: cluster.learner(
                work.limits, work.threads, sandboxed=work.sandboxed, gpu=work.gpu
            )


def _die_with(parent: int) -> None:
    """End this process when the one that started it is gone, even if it was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def cluster_size(scheduler: str) -> int:
    """Return how many submissions a cluster takes at once.

    Asked in a process of its own: Dask's threads must not be there when slots are forked.
    """
    with FORK.Pool(1) as pool:
        return int(pool.apply(_cluster_size, (scheduler,)))


def _cluster_size(scheduler: str) -> int:
    from rnn_utils.grading.cluster import Cluster

    with Cluster(scheduler) as cluster:
        return cluster.slots
