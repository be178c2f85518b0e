"""What is done and what is not: a file per submission, whole or absent, so no kill loses work."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass
class Entry:
    """What is known of one submission.

    Parameters
    ----------
    key : str
        Digest of all that decides the outcome; with another key the submission is judged again.
    cells : dict
        Digest of each cell as it was judged, by its id, and of each file beside the notebook.
    judged : dict
        Outputs, seconds, passed and problems, as the judge gave them; None before that.
    findings : list of dict
        What was wrong with the files that were handed in, and what was done.
    again : list of str
        Test cells to be judged anew, the rest of `judged` staying as it is.
    written : str
        Digest of what the gradebook was given; None where it does not hold these results.
    marks : dict
        The automatic score of each cell in the gradebook.
    late : list of str
        How late it came and what that cost, in words; empty where it came in time.
    failed : str
        Why it could not be judged; empty where it could.
    """

    key: str
    cells: dict[str, str] = field(default_factory=dict)
    judged: dict[str, Any] | None = None
    findings: list[dict[str, str]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    written: str | None = None
    marks: dict[str, float | None] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    failed: str = ""


def digest(*parts: Any) -> str:
    """Return the SHA-256 of some plain values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def put(path: Path, text: str) -> None:
    """Write a file so that after a kill, or a power cut, it is the old one or the new one."""
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    with suppress(OSError):  # where a folder cannot be opened, as on Windows
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Journal:
    """The entries of one assignment, each in a file that is named after the learner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, student: str) -> Path:
        """Return where a learner's entry is."""
        return self.folder / f"{student}.json"

    def read(self, student: str) -> Entry | None:
        """Return a learner's entry; None where there is none, or its file is torn."""
        try:
            stored = json.loads(self.path(student).read_text("utf-8"))
            entry = stored["entry"]
            if stored["digest"] != digest(entry) or set(entry) != {f.name for f in fields(Entry)}:
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Entry(**entry)

    def save(self, student: str, entry: Entry) -> None:
        """Write a learner's entry."""
        # to JSON and back, so that the digest is of what will be read
        stored = json.loads(json.dumps(asdict(entry)))
        text = json.dumps({"digest": digest(stored), "entry": stored}, ensure_ascii=True)
        put(self.path(student), text + "\n")

    def forget(self, student: str) -> None:
        """Take a learner's entry away."""
        self.path(student).unlink(missing_ok=True)
