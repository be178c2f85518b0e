"""Learners' processes on the workers of a Dask cluster, for a grader that stays here.

A worker runs a sandbox and passes bytes on; test cells, references and marks never get there. Each
message goes through the scheduler, over two of its queues, so a cluster behind a proxy will do.

Who trusts whom: the learner's process is shut in on the worker and cannot speak Dask. What it sends
arrives here as bytes, which `wire` checks like those of a local learner. Dask itself unpickles what
workers and the scheduler send, so these have to be trusted as much as this machine is.
"""

# Most functions of distributed have no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import atexit
import contextlib
import hashlib
import platform
import socket
import threading
import time
import uuid
from concurrent.futures import Future as Pending
from concurrent.futures import wait as wait_for
from functools import cache
from importlib import metadata
from multiprocessing import connection
from pathlib import Path
from typing import Any

import distributed

import rnn_utils
from rnn_utils.grading import sandbox

TICK = 1.0  # seconds between two looks at whether the other side still lives
PIECE = 0.05  # seconds that a learner may take over a message before commands are looked at again
END_SECONDS = 10.0  # how long a worker may take to end a learner
WAITING = 2  # messages of a learner that the scheduler keeps before the learner has to wait

Options = tuple[sandbox.Limits, int, bool, bool]  # limits, threads, sandboxed, gpu


class ClusterError(RuntimeError):
    """A cluster that cannot be used, with the reason and what to do."""


@cache
def about() -> dict[str, str]:
    """Return what has to be the same here and on every worker."""
    root = Path(rnn_utils.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    python = ".".join(platform.python_version_tuple()[:2])
    torch = metadata.version("torch").split("+")[0]
    code = f"{rnn_utils.__version__}, files {digest.hexdigest()[:8]}"
    return {"rnn_utils": code, "torch": torch, "Python": python}


def _differs(there: object, here: dict[str, str]) -> str:
    """Return how what a worker says of itself differs from what the grader has, or nothing."""
    if not isinstance(there, dict):
        return f"it cannot load rnn_utils ({there})"
    return "; ".join(
        f"{name} {there.get(name)}, here {ours}"
        for name, ours in here.items()
        if there.get(name) != ours
    )


def _start(client: Any, coroutine: Any) -> Pending[Any]:
    """Run a coroutine on the client's loop, and do not wait for it."""
    return asyncio.run_coroutine_threadsafe(coroutine, client.loop.asyncio_loop)


class Cluster:
    """A Dask cluster that runs learners' processes; a context manager.

    Make one per process, after a fork. Threads may share it.

    Parameters
    ----------
    scheduler : str or distributed.Client
        The scheduler's address, such as ``tcp://10.0.0.1:8786``, or a client that is connected
        already, as `dask_gateway` and `dask_jobqueue` give one; it is left open.
    seconds : float
        How long to wait for the scheduler and for the first worker.

    Raises
    ------
    ClusterError
        If there is no scheduler or no worker in time, or a worker has another version of
        `rnn_utils`, torch or Python.
    """

    def __init__(self, scheduler: str | distributed.Client, seconds: float = 60) -> None:
        self._own = isinstance(scheduler, str)
        if isinstance(scheduler, str):
            try:
                scheduler = distributed.Client(scheduler, timeout=seconds, set_as_default=False)
            except (OSError, ValueError) as error:
                raise ClusterError(f"no Dask scheduler answers at {scheduler}: {error}") from None
        elif not isinstance(scheduler, distributed.Client) or scheduler.asynchronous:
            raise TypeError(
                "scheduler: expected an address or a distributed.Client that is not asynchronous, "
                f"got {type(scheduler).__name__}"
            )
        self.client = scheduler
        self._links: set[Link] = set()
        try:
            self._check(seconds)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def slots(self) -> int:
        """How many learners the workers hold at once now: one for each of their threads."""
        return sum(self.client.nthreads().values())

    def learner(
        self,
        limits: sandbox.Limits | None = None,
        threads: int = 1,
        sandboxed: bool = True,
        gpu: bool = False,
        seconds: float = 300,
    ) -> Link:
        """Start a fresh learner's process on a worker and return the channel to it.

        The parameters are those of `sandbox.Nursery`; the worker keeps its warm process for the
        next learner with the same ones.

        Raises
        ------
        sandbox.SandboxError
            If the worker cannot have the sandbox.
        sandbox.Lost
            If the worker dies, or none is free within `seconds`.
        """
        return Link(self, (limits or sandbox.Limits(), threads, sandboxed, gpu), seconds)

    def close(self) -> None:
        """End the learners of this cluster object and the workers' idle warm processes."""
        for link in tuple(self._links):
            link.close()
        if self.client.status == "running":
            with contextlib.suppress(OSError):
                self.client.run(_forget, on_error="ignore")
        if self._own:
            self.client.close()

    def _check(self, seconds: float) -> None:
        try:
            self.client.wait_for_workers(1, timeout=seconds)
        except TimeoutError:
            raise ClusterError(f"the Dask cluster has no worker after {seconds:g} s") from None
        told = self.client.run(about, on_error="return")
        for worker, theirs in told.items():
            if differs := _differs(theirs, about()):
                raise ClusterError(
                    f"the Dask worker {worker} differs: {differs}; install the same there"
                )


class Link(sandbox.Link):
    """The byte channel to a learner's process on a worker; like `sandbox.Link`."""

    def __init__(self, cluster: Cluster, options: Options, seconds: float) -> None:
        self._cluster, self._client = cluster, cluster.client
        self._lock = threading.Lock()
        self._pending: Pending[Any] | None = None  # the next message, asked for already
        self._reason: str | None = None
        self._lost = self._closed = False
        self._worker = ""
        name = f"learner-{uuid.uuid4().hex}"
        self._down = distributed.Queue(f"{name}-down", client=self._client)
        self._up = distributed.Queue(f"{name}-up", client=self._client, maxsize=WAITING)
        self._put("start")
        # Dask starts a task again when its worker died, whatever `retries` says; see `_relay`
        self._future = self._client.submit(
            _relay, name, options, about(), key=name, pure=False, retries=0
        )
        cluster._links.add(self)
        try:
            kind, data = self._next(seconds)
        except sandbox.Late:
            self._end(f"no worker of the cluster was free within {seconds:g} s", lost=True)
            raise sandbox.Lost(self._reason) from None
        except BaseException:
            self._end("it was not started")
            raise
        if kind == "refused":
            self._end(data.decode())
            raise sandbox.SandboxError(data.decode())
        self._worker = data.decode()

    def send(self, data: bytes, seconds: float = 60) -> None:
        """Send one message; the worker gives the learner's process its time to read it."""
        self._check()
        self._put("data", data)

    def receive(self, seconds: float) -> bytes:
        """Return the next message, as `sandbox.Link.receive` does.

        Raises
        ------
        Gone, Late
            As there.
        Lost
            If the worker has died, or the scheduler does not answer.
        """
        return self._next(seconds)[1]

    def interrupt(self) -> None:
        """Interrupt what the process does, as the stop button of a notebook does."""
        if self._reason is None:
            self._put("interrupt")

    def close(self) -> None:
        """End the process, and leave nothing of it on the worker and the scheduler."""
        if self._closed:
            return
        with contextlib.suppress(sandbox.Gone, sandbox.Late, sandbox.Lost):
            if self._reason is None:
                self._put("end")
            end = time.monotonic() + END_SECONDS
            while self._reason is None:  # what it has still sent makes room for its last word
                self._next(max(0.0, end - time.monotonic()))
        self._end("it was closed")

    def _check(self) -> None:
        if self._reason is not None:
            raise (sandbox.Lost if self._lost else sandbox.Gone)(self._reason)

    def _put(self, kind: str, data: bytes = b"") -> None:
        try:
            self._down.put((kind, data))
        except OSError as error:
            self._end(f"the cluster's scheduler does not answer ({error})", lost=True)
            self._check()

    def _next(self, seconds: float) -> tuple[str, bytes]:
        end = time.monotonic() + seconds
        while True:
            self._check()
            with self._lock:
                if self._pending is None:
                    self._pending = _start(self._client, self._up.get(asynchronous=True))
                pending = self._pending
            left = end - time.monotonic()
            wait_for([pending], max(0.0, min(TICK, left)))
            if not pending.done():
                if left <= 0:
                    raise sandbox.Late
                self._look()
                continue
            with self._lock:
                if self._pending is not pending:  # another thread has it
                    continue
                self._pending = None
            try:
                kind, data = pending.result()
            except OSError as error:
                self._end(f"the cluster's scheduler does not answer ({error})", lost=True)
                continue
            if kind not in ("gone", "lost"):
                return kind, data
            self._end(data.decode(), lost=kind == "lost")

    def _look(self) -> None:
        """Find out whether the worker still runs the task; its last word may be on its way."""
        lost = self._future.done()
        if not lost and self._worker:
            try:
                running = self._client.processing().get(self._worker, ())
            except OSError as error:
                self._end(f"the cluster's scheduler does not answer ({error})", lost=True)
                return
            lost = self._future.key not in running
        pending = self._pending
        if lost and pending is not None and not wait_for([pending], TICK).done:
            reason = f"its worker {self._worker} died".replace("  ", " ")
            if self._future.status == "error":
                reason = f"its worker failed: {self._future.exception()!r}"
            self._end(reason, lost=True)

    def _end(self, reason: str, lost: bool = False) -> None:
        with self._lock:
            if self._reason is None:
                self._reason, self._lost = reason, lost
            if self._closed:
                return
            self._closed = True
            pending, self._pending = self._pending, None
        self._cluster._links.discard(self)
        _finish(self._up, pending)
        for queue in (self._down, self._up):
            _drop(queue)
        self._future.release()


def _finish(queue: Any, pending: Pending[Any] | None) -> None:
    """End a waiting `get`, so that the scheduler does not wait with it for ever."""
    if pending is None or pending.done():
        return
    with contextlib.suppress(OSError, KeyError, TimeoutError):
        queue.put(("gone", b""), timeout=TICK)
        pending.result(TICK)
    pending.cancel()


def _drop(queue: Any) -> None:
    """Take a queue off the scheduler, also where the other side died with its share in it."""
    with contextlib.suppress(OSError):
        queue.close()
        queue.close()


# --- on the worker -----------------------------------------------------------------------------

_idle: dict[Options, list[sandbox.Nursery]] = {}
_changing = threading.Lock()


def _take(options: Options) -> sandbox.Nursery:
    """Return an idle warm process for these options, and close those for others."""
    with _changing:
        nurseries = _idle.pop(options, [])
        others = [nursery for group in _idle.values() for nursery in group]
        _idle.clear()
        taken = nurseries.pop() if nurseries else None
        _idle[options] = nurseries
    for nursery in others:
        nursery.close()
    limits, threads, sandboxed, gpu = options
    return taken or sandbox.Nursery(limits, threads, sandboxed=sandboxed, gpu=gpu)


def _give_back(options: Options, nursery: sandbox.Nursery) -> None:
    with _changing:
        _idle.setdefault(options, []).append(nursery)


@atexit.register
def _forget() -> None:
    """Close the idle warm processes of this worker."""
    with _changing:
        idle = [nursery for group in _idle.values() for nursery in group]
        _idle.clear()
    for nursery in idle:
        nursery.close()


def _relay(name: str, options: Options, expected: dict[str, str]) -> None:
    """Hold one learner's process in a worker's thread and pass its messages on."""
    client, worker = distributed.get_client(), distributed.get_worker()
    down = distributed.Queue(f"{name}-down", client=client)
    up = distributed.Queue(f"{name}-up", client=client, maxsize=WAITING)

    def wanted() -> bool:
        """Say whether the grader still waits; Dask cancels the task when its client is gone."""
        task = worker.state.tasks.get(name)
        running = task is not None and task.state in ("executing", "long-running")
        return running and worker.status.name in ("running", "paused")

    def put(kind: str, data: bytes = b"") -> None:
        pending = _start(client, up.put((kind, data), asynchronous=True))
        while not wait_for([pending], TICK).done:
            if not wanted():
                with contextlib.suppress(OSError, KeyError):
                    up.get(batch=True)  # make room, so that the scheduler does not wait for ever
                pending.cancel()
                raise sandbox.Lost
        pending.result()

    try:
        # a worker that died took the first message with it: what it began is not begun again
        if down.qsize() and down.get()[0] == "start":
            if differs := _differs(about(), expected):
                put("lost", f"its worker {worker.address} differs: {differs}".encode())
            else:
                reason = _serve(client, worker, down, put, wanted, options)
                if wanted():
                    put("gone", reason.encode())
                else:  # a worker that is shut down takes the learner with it
                    put("lost", f"its worker {worker.address} was closed".encode())
    except sandbox.Lost:
        pass
    finally:
        if wanted():
            down.close()
            up.close()
        else:
            _drop(down)
            _drop(up)


def _serve(client: Any, worker: Any, down: Any, put: Any, wanted: Any, options: Options) -> str:
    """Pass messages on until the learner's process ends, and return why it did."""
    nursery = _take(options)
    try:
        link = nursery.learner()
    except (sandbox.SandboxError, OSError) as error:
        put("refused", f"on the worker {worker.address}: {error}".encode())
        return "it was not started"
    told, tell = socket.socketpair()
    pending: Pending[Any] | None = None

    def wake(_: object) -> None:
        with contextlib.suppress(OSError):  # closed: the learner's process has ended
            tell.send(b".")

    def listen() -> Pending[Any]:
        command = _start(client, down.get(asynchronous=True))
        command.add_done_callback(wake)
        return command

    try:
        put("ready", worker.address.encode())
        pending = listen()
        while wanted():
            come = connection.wait([told, link._channel], TICK)
            if told in come:
                told.recv(1)
                kind, data = pending.result()
                if kind == "end":
                    return "it was closed"
                pending = listen()
                if kind == "data":
                    link.send(data)
                else:
                    link.interrupt()
            if link._channel in come:
                seconds = PIECE
                with contextlib.suppress(sandbox.Late):
                    while True:
                        put("data", link.receive(seconds))
                        seconds = 0  # those that came with it
        return "nobody waits for it any more"
    except sandbox.Gone as gone:
        return str(gone)
    finally:
        link.close()
        _give_back(options, nursery)
        _finish(down, pending)
        told.close()
        tell.close()
