"""Lets one process at a time make a file; the others wait."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock of `path`, which lies beside it for as long as it is held.

    The lock belongs to the operating system: when its holder dies, it is free, whatever lies in
    the folder.
    """
    lock = path.with_name(path.name + ".lock")
    told = False
    while True:
        with lock.open("ab") as file:
            while not _try_lock(file.fileno()):
                if not told:
                    tqdm.write(f"waiting for another process to get {path.name}", file=sys.stderr)
                    told = True
                time.sleep(0.1)
            # Its last holder may have removed it between our opening and our locking.
            if not _is_at(lock, file.fileno()):
                continue
            try:
                yield
            finally:
                with contextlib.suppress(OSError):  # Windows keeps files that are open
                    lock.unlink()
            return


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
