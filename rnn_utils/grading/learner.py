"""Runs in the learner's process: its cells, and calls of what they define. Holds no secret."""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import gc
import importlib
import inspect
import io
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnn_utils import checks, datasets
from rnn_utils.grading import wire

FILES = 50_000  # in the sandbox's folders: each takes memory, even an empty one
TICK = 0.05  # seconds between two looks at what the learner's processes use
DISPLAYS = 100  # figures and values that are kept of one cell
SHOWN = ("text/plain", "image/png", "image/jpeg")  # no format that a browser would run
MESSAGE = 4000  # characters of an exception's message
SET_DUMPABLE, SET_CHILD_SUBREAPER = 4, 36  # of Linux's prctl


# --- the warm process --------------------------------------------------------------------------


class Warm:
    """Forks a learner's process when it is told to, watches it, and cleans up after it."""

    def __init__(self, control: socket.socket, options: dict[str, float]) -> None:
        self.control, self.options = control, options
        self.sandboxed = bool(options["sandboxed"])
        self.child: int | None = None
        self.own = os.getpid()
        self.page = os.sysconf("SC_PAGE_SIZE")
        self.folders = [Path.cwd(), *([Path("/tmp"), Path("/dev/shm")] if self.sandboxed else [])]
        work = {*Path.cwd().iterdir()}  # caches, of which a learner may change what it likes
        self.first = self._files() - work  # where Python itself lies in /tmp, it is to be seen
        self.settings = self._settings()

    def run(self) -> None:
        """Serve until the other side closes the control channel."""
        self.control.send(b"ready")
        while True:
            ready, _, _ = select.select([self.control], [], [], TICK if self.child else None)
            if ready:
                word, descriptors, _, _ = socket.recv_fds(self.control, 64, 1)
                if not word:
                    break
                if word == b"fork" and self.child is None:
                    self._fork(descriptors[0])
                elif word == b"interrupt" and self.child is not None:
                    os.kill(self.child, signal.SIGINT)
                elif word == b"end" and self.child is not None:
                    self._end("it was closed")
                for descriptor in descriptors:
                    os.close(descriptor)
            if self.child is not None:
                self._watch()
        self._kill()

    def _fork(self, descriptor: int) -> None:
        child = os.fork()
        if child:
            self.child = child
            self.control.send(b"forked")
            return
        self.control.close()
        status = 1
        try:
            _control(SET_DUMPABLE, 1)
            os.setpgid(0, 0)
            _set_limits(self.options)
            torch.set_num_threads(int(self.options["threads"]))
            Process(socket.socket(fileno=descriptor), int(self.options["output"])).serve()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _watch(self) -> None:
        assert self.child is not None
        pid, status = os.waitpid(self.child, os.WNOHANG)
        if pid:
            if os.WIFSIGNALED(status):
                how = f"it was ended by {signal.Signals(os.WTERMSIG(status)).name}"
            else:
                how = f"it ended itself with status {os.waitstatus_to_exitcode(status)}"
            self._end(how)
            return
        memory = tasks = 0
        family = self._family()
        for found in family:
            # after the name in brackets: state is field 3, threads 20, resident pages 24
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = Path(f"/proc/{found}/stat").read_text("utf-8", "replace")
                numbers = fields.rsplit(")", 1)[1].split()
                tasks += int(numbers[17])
                memory += int(numbers[21]) * self.page
        if tasks > self.options["processes"] + 4 * self.options["threads"]:
            self._end(f"it started more than {self.options['processes']:.0f} processes or threads")
            return  # before memory is looked at closely, which takes long if there are many
        if memory > self.options["memory"]:  # what is shared between them was counted twice
            memory = sum(self._proportional(found) for found in family)
        if memory > self.options["memory"]:
            self._end(f"it used more than {self.options['memory'] / 2**20:.0f} MiB of memory")
        elif self.sandboxed and self._made() > FILES:
            self._end(f"it made more than {FILES} files")

    def _made(self) -> int:
        """Return how many files the sandbox's own folders hold."""
        status = [os.statvfs(folder) for folder in self.folders]
        return sum(one.f_files - one.f_ffree for one in status)

    def _proportional(self, pid: int) -> int:
        """Return the bytes that a process uses, its part of what it shares with others."""
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
            (line,) = (line for line in text.splitlines() if line.startswith("Pss:"))
            return 1024 * int(line.split()[1])
        except (OSError, ValueError):
            return int(self.options["memory"]) // 8  # it ends, or it hides

    def _family(self) -> list[int]:
        """Return the learner's processes: all others of the sandbox, or all that come from here."""
        if not Path("/proc/self/stat").exists():
            return [] if self.child is None else [self.child]
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
        if self.sandboxed:
            return [pid for pid in pids if pid != self.own]
        parents: dict[int, int] = {}
        for pid in pids:
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
                parents[pid] = int(fields.rsplit(")", 1)[1].split()[1])
        family = {self.own}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return sorted(family - {self.own})

    def _kill(self) -> None:
        """Kill all of the learner's processes and take their statuses."""
        for _ in range(1000):
            if self.sandboxed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(
                        -1, signal.SIGKILL
                    )  # the first process of a sandbox may: all but itself
            else:
                for pid in self._family():
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.waitpid(-1, 0)
            if not self._family():
                return

    def _end(self, how: str) -> None:
        self._kill()
        self.child = None
        self._wipe()
        self.control.send(f"ended: {how}".encode())
        if self.sandboxed and not self._clean():
            sys.exit(0)  # the other side starts a new sandbox

    def _files(self) -> set[Path]:
        return {path for folder in self.folders for path in folder.iterdir()}

    def _wipe(self) -> None:
        for path in self._files() - self.first:
            with contextlib.suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()

    def _settings(self) -> list[object]:
        """Return what a learner's process can change of this one, being of the same user."""
        if not self.sandboxed:
            return []
        limits = Path("/proc/self/limits").read_text()
        priority = os.getpriority(os.PRIO_PROCESS, 0)
        return [limits, priority, os.sched_getscheduler(0), os.sched_getaffinity(0)]

    def _clean(self) -> bool:
        """Say whether nothing of the last learner is left: no file and no setting."""
        return self._files() == self.first and self._settings() == self.settings


def _control(option: int, value: int) -> None:
    """Set a property of this process where the system is Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _set_limits(options: dict[str, float]) -> None:
    for name, value in {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": options["files"],
        "RLIMIT_DATA": 2 * options["memory"],  # of one process, also what it has not touched yet
        "RLIMIT_NOFILE": 512,
        "RLIMIT_MSGQUEUE": 0,  # a queue would outlive its learner
        "RLIMIT_CPU": options["notebook_seconds"] * options["threads"] + 60,
    }.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            limit = getattr(resource, name)
            hard = resource.getrlimit(limit)[1]
            new = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
            resource.setrlimit(limit, (new, new))


# --- the learner's process ---------------------------------------------------------------------


class Callback:
    """A function of the grading side, called from here."""

    def __init__(self, process: Process, number: int, name: str) -> None:
        self._process, self._number, self.__name__ = process, number, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function over there."""
        answer = self._process.ask(self._number, args, kwargs)
        for place, new in answer.get("changed", []):
            wire.overwrite(args[place] if isinstance(place, int) else kwargs[place], new)
        if "error" in answer:
            name, message = answer["error"]
            kind: Any = getattr(builtins, name, None)
            usual = isinstance(kind, type) and issubclass(kind, Exception)
            raise kind(message) if usual else RuntimeError(f"{name}: {message}")
        return answer["value"]


class Process:
    """Answers the grading side: runs cells, looks names up, calls functions, reads attributes."""

    def __init__(self, channel: socket.socket, output: int) -> None:
        self.channel, self.output = channel, output
        self.kept: list[Any] = []  # what the grading side has a handle of
        self.numbers: dict[int, int] = {}
        self.displays: list[dict[str, Any]] = []
        self.quiet = False  # the last line of the cell ends with a semicolon
        self.busy = False  # with the learner's code, which an interrupt may stop
        with tempfile.TemporaryFile() as file:
            self.captured = os.dup(file.fileno())
        for descriptor in (1, 2):
            os.dup2(self.captured, descriptor)
        for name in ("stdout", "stderr"):
            raw = io.FileIO(os.dup(self.captured), "w")
            stream = io.TextIOWrapper(raw, "utf-8", "replace", write_through=True)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        self.shell = _shell(self)
        self.do: dict[str, Callable[[Any], dict[str, Any]]] = {
            "file": self._file,
            "cell": self._cell,
            "names": self._names,
            "call": self._call,
            "get": self._get,
            "next": self._next,
        }

    def serve(self) -> None:
        """Answer one message after the other, until the channel closes."""
        signal.signal(signal.SIGINT, self._interrupt)
        with contextlib.suppress(EOFError):
            while True:
                message = self._receive()
                self._send(self.do[message["do"]](message))

    def _interrupt(self, *_: Any) -> None:
        if self.busy:  # between two requests there is nothing to stop
            raise KeyboardInterrupt

    def ask(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the grading side and return its answer."""
        self._send({"do": "callback", "number": number, "args": args, "kwargs": kwargs})
        while "do" in (message := self._receive()):  # that function calls one of ours
            self._send(self.do[message["do"]](message))
        return message

    # --- requests -------------------------------------------------------------------------------

    def _file(self, message: Any) -> dict[str, Any]:
        """Write a piece of a file that came beside the notebook to the work folder."""

        def write() -> None:
            path = Path(message["name"])
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with path.open("ab" if message["more"] else "wb") as file:
                    file.write(message["data"])
            except BaseException:
                with contextlib.suppress(OSError):
                    path.unlink()  # half a file would mislead the cells, and take their room
                raise
            importlib.invalidate_caches()

        return self._try(write)

    def _cell(self, message: Any) -> dict[str, Any]:
        self.displays, self.quiet = [], message["source"].rstrip().endswith(";")
        self.busy = True
        try:
            result = self.shell.run_cell(message["source"], store_history=False)
        finally:
            self.busy = False
        for error in (result.error_before_exec, result.error_in_exec):
            if error is not None and not any(d["output_type"] == "error" for d in self.displays):
                self._show_error(type(error), error, [f"{type(error).__name__}: {_words(error)}"])
        self._flush()
        return {"outputs": self.displays, "ok": bool(result.success)}

    def _names(self, message: Any) -> dict[str, Any]:
        space = self.shell.user_ns
        return {"value": {name: space[name] for name in message["names"] if name in space}}

    def _call(self, message: Any) -> dict[str, Any]:
        target, args, kwargs = message["target"], message["args"], message["kwargs"]
        before = wire.snapshot(args, kwargs, self._refer)
        with torch.set_grad_enabled(message["grad"]):
            answer = self._try(lambda: target(*_beside(target, args), **kwargs))
        return answer | {"changed": wire.changes(before, args, kwargs, self._refer)}

    def _get(self, message: Any) -> dict[str, Any]:
        return self._try(lambda: getattr(message["target"], message["name"]))

    def _next(self, message: Any) -> dict[str, Any]:
        def step() -> Any:
            target = message["target"]
            if not hasattr(type(target), "__next__"):
                target = iter(target)
                return (True, target)  # an iterator to ask from now on
            try:
                return (False, next(target))
            except StopIteration:
                return None

        return self._try(step)

    def _try(self, action: Callable[[], Any]) -> dict[str, Any]:
        """Return what an action gives, or the error that it stops with, and what it printed."""
        shown, self.displays = self.displays, []  # those of a call that this one is part of
        busy = self.busy
        try:
            self.busy = True
            answer = {"value": action()}
            self.busy = busy
            wire.dumps(answer, self._refer)
        except BaseException as error:
            self.busy = busy
            name = type(error).__name__
            answer = {"error": {"name": name, "message": _words(error), "line": _line(error)}}
        self._flush()
        answer["printed"] = "".join(o["text"] for o in self.displays if "text" in o)
        self.displays = shown
        return answer

    # --- what is shown --------------------------------------------------------------------------

    def _flush(self) -> None:
        """Move what was written to either stream since the last time to the displays."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        size = os.fstat(self.captured).st_size
        if size:
            text = os.pread(self.captured, min(size, self.output), 0).decode("utf-8", "replace")
            if size > self.output:
                text += f"\n[{size - self.output} more bytes were not kept]\n"
            self.displays.append({"output_type": "stream", "name": "stdout", "text": text})
            os.ftruncate(self.captured, 0)
            os.lseek(self.captured, 0, os.SEEK_SET)

    def show(self, data: dict[str, Any], count: int | None = None) -> None:
        """Keep a figure or a value that a cell displays."""
        self._flush()
        if len(self.displays) >= DISPLAYS:
            return
        safe = {kind: str(value) for kind, value in data.items() if kind in SHOWN}
        if any(len(value) > 8 * self.output for value in safe.values()):
            safe = {"text/plain": "[a display that was too large to keep]"}
        if safe:
            output: dict[str, Any] = {"output_type": "display_data", "data": safe, "metadata": {}}
            if count is not None:
                output |= {"output_type": "execute_result", "execution_count": count}
            self.displays.append(output)

    def _show_error(self, kind: Any, value: Any, lines: list[str]) -> None:
        self._flush()
        self.displays.append(
            {
                "output_type": "error",
                "ename": str(getattr(kind, "__name__", kind)),
                "evalue": _words(value),
                "traceback": [str(line)[: self.output] for line in lines][-60:],
            }
        )

    # --- the channel ----------------------------------------------------------------------------

    def _send(self, message: dict[str, Any]) -> None:
        try:
            data = wire.dumps(message, self._refer)
        except wire.WireError as error:
            words = {"name": "WireError", "message": str(error), "line": ""}
            data = wire.dumps({"error": words, "printed": "", "changed": []})
        self.channel.sendall(struct.pack(">Q", len(data)) + data)

    def _receive(self) -> Any:
        (size,) = struct.unpack(">Q", self._read(8))
        return wire.loads(self._read(size), self._resolve)

    def _read(self, size: int) -> bytes:
        buffer = bytearray()
        while len(buffer) < size:
            piece = self.channel.recv(min(size - len(buffer), 2**20))
            if not piece:
                raise EOFError
            buffer += piece
        return bytes(buffer)

    def _refer(self, value: Any) -> dict[str, Any]:
        """Keep a value that is no plain data on this side and describe it."""
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.kept)
            self.kept.append(value)
        described: dict[str, Any] = {"kept": self.numbers[id(value)], "type": type(value).__name__}
        if isinstance(value, torch.nn.Module):
            described["kind"] = "model"
        elif callable(value):
            described |= {"kind": "function", "parameters": _parameters(value)}
            described["name"] = str(getattr(value, "__name__", type(value).__name__))
        return described

    def _resolve(self, described: dict[str, Any], _: Any = None) -> Any:
        if "kept" in described:  # with its plain value, where it is a container
            return self.kept[described["kept"]]
        if "callback" in described:
            return Callback(self, described["callback"], described["name"])
        if "pairs" in described:
            return datasets.PairList(*described["pairs"])
        generator = np.random.Generator(
            getattr(np.random, described["generator"]["bit_generator"])()
        )
        generator.bit_generator.state = described["generator"]
        return generator


def _beside(target: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a model's arguments where its weights are, which over there seem on the CPU."""
    weight = next(target.parameters(), None) if isinstance(target, torch.nn.Module) else None
    if weight is None or weight.device.type == "cpu":
        return args
    return tuple(arg.to(weight.device) if type(arg) is torch.Tensor else arg for arg in args)


def _words(error: Any) -> str:
    try:
        return str(error)[:MESSAGE]
    except BaseException:
        return "no message"


def _line(error: BaseException) -> str:
    try:
        return checks.learners_line(error)
    except BaseException:
        return ""


def _parameters(function: Any) -> list[list[str | int]]:
    """Return the names and kinds of a function's parameters."""
    try:
        found = inspect.signature(function).parameters.values()
        return [[p.name, int(p.kind)] for p in found]
    except Exception:
        return []


def _shell(process: Process) -> Any:
    """Return an IPython shell that hands its displays and errors to the process."""
    from IPython import version_info
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        def publish(self, data: Any, *_: Any, **__: Any) -> None:
            process.show(data)

    class Hook(DisplayHook):
        def __call__(self, result: Any = None) -> None:
            own: Any = self  # untyped in IPython
            if result is not None and not process.quiet:
                data, _ = own.compute_format_data(result)
                process.show(data, self.prompt_count)

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.xmode = "Context"
    config.InteractiveShell.colors = "nocolor" if version_info >= (9,) else "NoColor"
    main = types.ModuleType("__main__")
    shell: Any = InteractiveShell.instance(config=config, user_module=main)
    sys.modules["__main__"] = main
    packages = ("site-packages", "dist-packages")
    places = [place for place, path in enumerate(sys.path) if Path(path).name in packages]
    sys.path.insert(min(places, default=0), "")  # after Python's own modules, as in Jupyter
    publisher: Any = Publisher
    hook: Any = Hook
    shell.display_pub = publisher(parent=shell)
    shell.displayhook = hook(parent=shell, shell=shell)
    shell.display_trap.hook = shell.displayhook
    shell._showtraceback = process._show_error
    shell.enable_gui = lambda *_, **__: None  # there is no screen
    with contextlib.suppress(Exception):
        shell.enable_matplotlib("inline")
    return shell


def main(arguments: list[str]) -> None:
    """Start the warm process: load what every learner needs, then serve."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which the first process of a sandbox ignores
    # what a learner puts into the work folder is never a module of this process
    sys.path[:] = [path for path in sys.path if path not in ("", str(Path.cwd()))]
    _control(SET_DUMPABLE, 0)  # a child cannot look into this process
    _control(SET_CHILD_SUBREAPER, 1)  # what a child leaves behind comes to this process
    control = socket.socket(fileno=int(arguments[0]))
    options = {key: float(value) for key, value in (a.split("=") for a in arguments[1:])}
    import IPython.core.interactiveshell
    import matplotlib.pyplot
    import matplotlib_inline.backend_inline

    from rnn_utils import attention, metrics, plotting, sequences, training

    del IPython, matplotlib, matplotlib_inline, attention, metrics, plotting, sequences, training
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # what is loaded now stays shared with every fork
    os.environ.pop("PYTHONPATH", None)
    Warm(control, options).run()


if __name__ == "__main__":
    main(sys.argv[1:])
