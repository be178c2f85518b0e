"""Keeps a learner's process away from everything: bubblewrap, a warm process in it, limits."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import rnn_utils

MIB = 2**20
PACKAGE, WORK = "/sandbox/package", "/sandbox/work"  # where the sandbox shows them
LARGEST = 272 * MIB  # bytes of one message, a little above what `wire` packs into one
START_SECONDS, NOTICE_SECONDS, END_SECONDS = 120, 0.5, 30
INSTALL = "apt install bubblewrap, dnf install bubblewrap"
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # as Linux's audit numbers them
# numbers of the system's calls on these machines, one above the other
FORBIDDEN = {  # they keep memory or notes where no limit and no wiping reaches, or take cores
    "x86_64": (29, 64, 68, 203, 248, 249, 250, 251, 298, 314, 319, 321, 323, 425, 447),
    "aarch64": (194, 190, 186, 122, 217, 218, 219, 30, 241, 274, 279, 280, 282, 425, 447),
}  # shared memory and queues, cores to run on, keys, ranks at disks, performance counters, ranks
# at processors, files in memory, bpf, faults, io_uring
IDLE = {  # chmod, chown, utime, setxattr: where root grades, it owns /dev/null in there too
    "x86_64": (90, 91, 268, 452, 92, 93, 94, 260, 132, 235, 261, 280, 188, 189, 190, 463, 469),
    "aarch64": (52, 53, 452, 54, 55, 88, 5, 6, 7, 463, 469),
}


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    memory: int = 4096 * MIB  # bytes, all its processes together
    processes: int = 64  # processes and threads beyond those of the libraries
    files: int = 512 * MIB  # bytes in its work folder
    output: int = MIB  # characters of output that are kept of one cell
    cell_seconds: float = 120  # one cell of the learner's
    test_seconds: float = 300  # one test cell: it may train a model
    notebook_seconds: float = 1800  # all of them


class SandboxError(RuntimeError):
    """A sandbox that cannot be had here, with the reason and what to do."""


class Gone(Exception):
    """The learner's process has ended; the message says why."""


class Late(Exception):
    """The learner's process did not answer in time."""


class Lost(BaseException):
    """The machine of the learner's process is gone, by no fault of the learner's."""


def available() -> str | None:
    """Return None where bubblewrap works, else why it does not and how to get it."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        if sys.platform != "linux":
            return f"bubblewrap needs Linux, this is {sys.platform}; use --no-sandbox to do without"
        return f"bubblewrap is not installed ({INSTALL}); use --no-sandbox to do without"
    if (machine := platform.machine()) not in MACHINES:
        known = " and ".join(MACHINES)
        return f"the sandbox is made for {known}, this is {machine}; use --no-sandbox to do without"
    with _filter() as rules:
        tried = subprocess.run(
            [*_bubblewrap(bwrap, Limits(), rules.fileno(), gpu=False), "/bin/true"],
            capture_output=True,
            text=True,
            pass_fds=[rules.fileno()],
        )
    if tried.returncode == 0:
        return None
    said = tried.stderr.strip().split("\n")[-1]
    return f"bubblewrap does not work on this kernel ({said}); use --no-sandbox to do without"


def _filter() -> IO[bytes]:
    """Return a file with a seccomp program that keeps some calls from the system.

    The forbidden ones do not exist; the idle ones, where root grades, do nothing and succeed.
    """
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    refused, nothing, allowed = 0x00050000 | errno.ENOSYS, 0x00050000, 0x7FFF0000
    machine = platform.machine()
    rows = [(load, 0, 0, 4), (equal, 1, 0, MACHINES[machine]), (give, 0, 0, refused)]
    rows += [(load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (give, 0, 0, refused)]
    for number in FORBIDDEN[machine]:
        rows += [(equal, 0, 1, number), (give, 0, 0, refused)]
    for number in IDLE[machine] if os.geteuid() == 0 else ():
        rows += [(equal, 0, 1, number), (give, 0, 0, nothing)]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(b"".join(struct.pack("=HBBI", *row) for row in [*rows, (give, 0, 0, allowed)]))
    file.seek(0)
    return file


def _bubblewrap(
    bwrap: str, limits: Limits, rules: int, gpu: bool, data: str | None = None
) -> list[str]:
    """Return the command that starts a program in the sandbox, without the program.

    It sees the system's libraries, this Python and the package, all read-only, and three folders
    of its own in memory. No network, no other process, no home, no environment.
    """
    command = [bwrap, "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    command += ["--hostname", "learner", "--cap-drop", "ALL", "--as-pid-1", "--die-with-parent"]
    command += ["--new-session", "--clearenv", "--seccomp", str(rules)]
    if (
        "--disable-userns"
        in subprocess.run([bwrap, "--help"], capture_output=True, text=True).stdout
    ):
        command.append("--disable-userns")
    for folder in (WORK, "/tmp"):
        command += ["--size", str(limits.files), "--tmpfs", folder]
    for folder in ("/usr", "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        command += ["--ro-bind-try", folder, folder]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            command += ["--ro-bind", name, name]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not prefix.startswith("/usr/") or prefix.startswith("/usr/local/"):
            command += ["--ro-bind", prefix, prefix]
    command += ["--ro-bind", str(Path(rnn_utils.__file__).parent), f"{PACKAGE}/rnn_utils"]
    if data:
        command += ["--ro-bind-try", data, data]
    command += ["--proc", "/proc", "--dev", "/dev"]
    if gpu:
        for device in (*sorted(Path("/dev").glob("nvidia*")), Path("/dev/dri"), Path("/dev/kfd")):
            command += ["--dev-bind-try", str(device), str(device)]
        command += ["--ro-bind-try", "/sys", "/sys"]
    command += ["--size", str(limits.files), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    # where root grades, the switches in /proc could be turned from in here
    command += ["--remount-ro", "/proc"]
    return [*command, "--remount-ro", "/", "--chdir", WORK]


def _environment(threads: int, data: str | None, package: str, home: str) -> dict[str, str]:
    """Return all the environment that a learner's process sees."""
    count = str(threads)
    return {
        "HOME": home,
        "IPYTHONDIR": f"{home}/.ipython",
        "LANG": "C.UTF-8",
        "MKL_NUM_THREADS": count,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "OMP_NUM_THREADS": count,
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": package,
    } | ({"RNN_UTILS_DATA": data} if data else {})


class Nursery:
    """A warm process with torch and the package in it, which forks one learner after the other.

    Inside bubblewrap it is the first process, so that the kernel protects it from the learner's.
    When a learner is done, whatever still runs beside it is killed and its files are wiped.

    Parameters
    ----------
    limits : Limits
        What each submission may use.
    threads : int
        The threads of torch and NumPy in the learner's process.
    sandboxed : bool
        Whether bubblewrap is used; without it the learner's process runs as you do.
    gpu : bool
        Whether the sandbox shows the machine's accelerators.

    Raises
    ------
    SandboxError
        If the sandbox cannot be had, or the warm process does not start.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        threads: int = 1,
        *,
        sandboxed: bool = True,
        gpu: bool = False,
    ) -> None:
        if os.name != "posix":
            raise SandboxError("grading needs Linux or macOS: it forks processes")
        self.limits = limits or Limits()
        self.threads, self.sandboxed, self.gpu = threads, sandboxed, gpu
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._link: Link | None = None
        self._folder: str | None = None
        self._errors: IO[bytes] | None = None

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def learner(self) -> Link:
        """Fork a fresh learner's process and return the channel to it; the last one is ended."""
        if self._link is not None:
            self._link.close()
        for attempt in range(2):
            if self._process is None or self._process.poll() is not None:
                self._start()
            assert self._control is not None
            ours, theirs = socket.socketpair()
            try:
                socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
                answer = self._answer(START_SECONDS)
            except (OSError, SandboxError):
                ours.close()
                self.close()
                if attempt:
                    raise
                continue
            finally:
                theirs.close()
            if answer != "forked":
                ours.close()
                raise SandboxError(f"the warm process answered {answer!r}")
            self._link = Link(ours, self)
            return self._link
        raise AssertionError

    def close(self) -> None:
        """End the warm process and everything in its sandbox."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _start(self) -> None:
        self.close()
        data = os.environ.get("RNN_UTILS_DATA")
        command, home, package = [], WORK, PACKAGE
        rules = None
        if self.sandboxed:
            reason = available()
            if reason is not None:
                raise SandboxError(reason)
            rules = _filter()
            bwrap = shutil.which("bwrap") or "bwrap"
            command = _bubblewrap(bwrap, self.limits, rules.fileno(), self.gpu, data)
        else:
            self._folder = home = tempfile.mkdtemp(prefix="learner-")
            package = str(Path(rnn_utils.__file__).parent.parent)
        environment = _environment(self.threads, data, package, home)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for name, value in environment.items() if self.sandboxed else ():
            command += ["--setenv", name, value]
        command += [str(Path(sys.executable).absolute()), "-m", "rnn_utils.grading.learner"]
        command.append(str(theirs.fileno()))
        command += [f"{key}={value}" for key, value in asdict(self.limits).items()]
        command += [f"threads={self.threads}", f"sandboxed={int(self.sandboxed)}"]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            pass_fds=[file.fileno() for file in (theirs, rules) if file is not None],
            env=environment,
            cwd="/" if self.sandboxed else home,
            start_new_session=True,
        )
        theirs.close()
        if rules is not None:
            rules.close()
        self._control = ours
        try:
            answer = self._answer(START_SECONDS)
        except SandboxError:
            answer = ""
        if answer != "ready":
            self._errors.seek(0)
            said = self._errors.read()[-2000:].decode("utf-8", "replace").strip()
            self.close()
            raise SandboxError(f"the warm process did not start: {said or 'no reason given'}")

    def _answer(self, seconds: float) -> str:
        assert self._control is not None
        self._control.settimeout(seconds)
        try:
            message = self._control.recv(4096)
        except TimeoutError:
            message = b""
        if not message:
            raise SandboxError("the warm process has ended")
        return message.decode("utf-8", "replace")

    def _tell(self, word: bytes) -> None:
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.settimeout(END_SECONDS)
                self._control.send(word)

    def _ended(self) -> str:
        """Return why the learner's process has ended, and be ready for the next one."""
        assert self._control is not None
        if not select.select([self._control], [], [], NOTICE_SECONDS)[0]:
            self._tell(b"end")  # it has closed its channel and lives on
        try:
            return self._answer(END_SECONDS).removeprefix("ended: ")
        except (SandboxError, OSError):
            self.close()
            return "its sandbox was closed"


class Link:
    """The byte channel to one learner's process."""

    def __init__(self, channel: socket.socket, nursery: Nursery) -> None:
        self._channel, self._nursery = channel, nursery
        self._reason: str | None = None
        self._come = bytearray()

    def send(self, data: bytes, seconds: float = 60) -> None:
        """Send one message.

        Raises
        ------
        Gone
            If the process has ended, or does not take the message within `seconds`.
        """
        self._check()
        self._channel.settimeout(seconds)
        try:
            self._channel.sendall(struct.pack(">Q", len(data)) + data)
        except TimeoutError:
            self.close()
            raise Gone(f"it did not read what it was sent within {seconds:g} s") from None
        except OSError:
            self._over()

    def receive(self, seconds: float) -> bytes:
        """Return the next message.

        Raises
        ------
        Gone
            If the process has ended, or sends a message that is too long.
        Late
            If none has come after `seconds`; what has come of it is kept for the next call.
        """
        self._check()
        end = time.monotonic() + seconds
        self._fill(8, end)
        (size,) = struct.unpack_from(">Q", self._come)
        if size > LARGEST:
            self.close()
            raise Gone(f"it sent a message of {size} bytes; {LARGEST} are allowed")
        self._fill(8 + size, end)
        message = bytes(self._come[8 : 8 + size])
        del self._come[: 8 + size]
        return message

    def interrupt(self) -> None:
        """Interrupt what the process does, as the stop button of a notebook does."""
        if self._reason is None:
            self._nursery._tell(b"interrupt")

    def close(self) -> None:
        """End the process and everything that it started."""
        if self._reason is None:
            self._nursery._tell(b"end")
            self._finish()

    def _fill(self, size: int, end: float) -> None:
        while len(self._come) < size:
            left = end - time.monotonic()
            if left <= 0:
                raise Late
            self._channel.settimeout(left)
            try:
                piece = self._channel.recv(MIB)
            except TimeoutError:
                raise Late from None
            except OSError:
                piece = b""
            if not piece:
                self._over()
            self._come += piece

    def _check(self) -> None:
        if self._reason is not None:
            raise Gone(self._reason)

    def _over(self) -> None:
        if self._reason is None:
            self._finish()
        raise Gone(self._reason)

    def _finish(self) -> None:
        self._reason = self._nursery._ended()
        self._channel.close()
        if self._nursery._link is self:
            self._nursery._link = None
