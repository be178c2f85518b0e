"""Finds files of data sets in the data root, in the cache, or by a download; checks them all."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from tqdm import tqdm

from rnn_utils.datasets._lock import only_one

_ATTEMPTS = 5  # times that one address may break off before we give it up
_CHUNK = 1 << 16  # bytes
_PATIENCE = 30.0  # seconds without a byte


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


def locate(file: File) -> Path | None:
    """Return where a file lies already, its bytes checked, or None: what is wrong is not here.

    Raises
    ------
    DataError
        If the data root holds a file of that name with other bytes: whoever set it up should know.
    """
    root = data_root()
    if root is not None and (path := root / file.path).is_file():
        found = _sha256(path)
        if found != file.sha256:
            raise DataError(
                f"{path} in the data root (RNN_UTILS_DATA) is another file than expected:\n"
                f"  expected SHA-256 {file.sha256}\n     found SHA-256 {found}\n"
                "Put the right file there, or remove this one."
            )
        return path
    path = cache_folder() / file.path
    return path if path.is_file() and _sha256(path) == file.sha256 else None


def find(file: File) -> Path:
    """Return where a file lies, downloaded first if need be, its bytes checked.

    Raises
    ------
    DataError
        If the data root holds other bytes, or the download fails.
    """
    if here := locate(file):
        return here
    path = cache_folder() / file.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with only_one(path):
            # Whoever had the lock before us may have put it there.
            if here := locate(file):
                return here
            path.unlink(missing_ok=True)  # wrong bytes
            _download(file, path)
    except OSError as error:
        raise DataError(
            f"{file.path} can not be kept in {path.parent}: {error.strerror or error}. "
            "Make room there, or name another folder with RNN_UTILS_CACHE."
        ) from error
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Failed(Exception):
    """An address did not give the right bytes; the message says why."""


def _download(file: File, path: Path) -> None:
    """Put the right bytes at `path`, or leave only what a later call can go on from."""
    part = path.with_name(path.name + ".part")
    mirror = os.environ.get("RNN_UTILS_MIRROR")
    urls = (f"{mirror.rstrip('/')}/{quote(file.path)}",) if mirror else file.urls
    failures = []
    for url in urls:
        try:
            _receive(url, file, part)
        except _Failed as error:
            failures.append(f"  {url}: {error}")
        else:
            part.replace(path)
            return
    raise DataError(
        f"{file.path} could not be downloaded:\n" + "\n".join(failures) + "\n"
        f"Try again later, put the file into {path.parent} by hand, or set RNN_UTILS_DATA to a "
        f"folder that holds {file.path}."
    )


def _receive(url: str, file: File, part: Path) -> None:
    """Fill `part` with the right bytes, going on where an earlier call stopped."""
    inherited = part.exists()  # bytes that this call did not see coming
    for _ in range(_ATTEMPTS):
        have = part.stat().st_size if part.exists() else 0
        if have < file.size:
            _append(url, file, part, have)
        got = part.stat().st_size
        if got < file.size:
            if got <= have:
                break
            continue
        found = _sha256(part)
        if found == file.sha256:
            return
        part.unlink()
        if not inherited:
            raise _Failed(f"wrong bytes: expected SHA-256 {file.sha256}, found {found}")
        inherited = False
    raise _Failed(f"the connection broke after {got:,} of {file.size:,} bytes")


def _append(url: str, file: File, part: Path, have: int) -> None:
    """Add to `part` what the server sends, until it stops."""
    response, start = _open(url, have)
    with response:
        length = response.headers.get("Content-Length")
        if length and length.isdigit() and start + int(length) != file.size:
            raise _Failed(f"expected {file.size:,} bytes, the server has {start + int(length):,}")
        with (
            part.open("ab" if start else "wb") as out,
            tqdm(
                desc=file.path,
                total=file.size,
                initial=start,
                unit="B",
                unit_scale=True,
                leave=False,
            ) as bar,
        ):
            while out.tell() <= file.size:
                try:
                    chunk = response.read1(_CHUNK)
                except (OSError, HTTPException):
                    return  # a broken line: the caller sees how far it came
                if not chunk:
                    return
                out.write(chunk)
                bar.update(len(chunk))
    part.unlink()
    raise _Failed(f"expected {file.size:,} bytes, the server sent more")


def _open(url: str, have: int) -> tuple[Any, int]:
    """Return the response and the byte that it starts at: `have`, or 0 if the server says so."""
    try:
        if have:
            try:
                response = urlopen(_request(url, Range=f"bytes={have}-"), timeout=_PATIENCE)
            except HTTPError as error:
                error.close()
                if error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    raise
            else:
                if response.status != HTTPStatus.PARTIAL_CONTENT:
                    return response, 0
                if response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                    return response, have
                response.close()
        return urlopen(_request(url), timeout=_PATIENCE), 0
    except HTTPError as error:
        error.close()
        raise _Failed(f"the server answers {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        reason = getattr(reason, "strerror", None) or repr(reason)
        raise _Failed(f"no answer: {reason}") from error


def _request(url: str, **headers: str) -> Request:
    return Request(url, headers={"User-Agent": "rnn-utils", **headers})
