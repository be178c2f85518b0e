"""Finds files of data sets in the data root, in the cache, or by a download; checks them all."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path


class DataError(RuntimeError):
    """A file of a data set can not be had, or its bytes are not the right ones."""


@dataclass(frozen=True)
class File:
    """A file of a data set, and where it can be downloaded.

    Parameters
    ----------
    path : str
        Where it lies in the data root and in the cache: ``<data set>/<file>``.
    urls : tuple of str
        Where it is published, tried in order.
    sha256 : str
        The hash of the right bytes, in hexadecimal.
    size : int
        Bytes.
    """

    path: str
    urls: tuple[str, ...]
    sha256: str
    size: int


def data_root() -> Path | None:
    """Return the folder that RNN_UTILS_DATA names, if it names one.

    Raises
    ------
    DataError
        If it is not a folder.
    """
    named = os.environ.get("RNN_UTILS_DATA")
    if not named:
        return None
    root = Path(named).expanduser()
    if not root.is_dir():
        raise DataError(f"RNN_UTILS_DATA names {root}, which is not a folder")
    return root


def cache_folder() -> Path:
    """Return the folder for downloads: RNN_UTILS_CACHE, or the platform's place for caches."""
    named = os.environ.get("RNN_UTILS_CACHE")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "rnn_utils"


def read(file: File) -> bytes:
    """Return the bytes of a file, the right ones."""
    return find(file).read_bytes()


def find(file: File) -> Path:
    """Return where a file lies, downloaded first if need be, its bytes checked."""
    for folder in (data_root(), cache_folder()):
        if folder is not None and (path := folder / file.path).is_file():
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if found == file.sha256:
                return path
            raise DataError(f"{path}: expected SHA-256 {file.sha256}, found {found}")
    raise DataError(f"{file.path} is neither in RNN_UTILS_DATA nor in the cache")
