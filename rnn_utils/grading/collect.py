"""Finds what each learner handed in, and copies it to where it is graded; follows no link."""

from __future__ import annotations

import contextlib
import os
import shutil
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from rnn_utils.grading.recover import (
    CLEAR,
    FILE_BYTES,
    Finding,
    Unreadable,
    few,
    listed,
    marks_of,
    raw_bytes,
    read,
    reason,
    recover,
    shown,
    text_lines,
)

ALL_BYTES = 500 * 2**20  # of all files of one submission
FILES = 1000
NOTEBOOKS = 20  # each is read and put in shape, to find the one with the answers
TIME = 100  # characters of a time
FOLDERS_DEEP = 10
LEFT_OUT = "It was left out; the cells do not see it."
SECRET = "submission_secret.txt"  # nbgrader's, which it needs to release the feedback
OWN = ("timestamp.txt", SECRET)
IGNORED = {".ipynb_checkpoints", "__pycache__", "__MACOSX", ".DS_Store", "Thumbs.db", ".git"}


def learners(submitted: Path, slug: str) -> dict[str, tuple[Path | None, list[Finding]]]:
    """Return each learner's folder of one assignment, and what was odd about it.

    Parameters
    ----------
    submitted : Path
        The folder with one folder for each learner.
    slug : str
        The assignment.

    Returns
    -------
    dict
        For each learner the folder to stage, or None where its name cannot be used. Names that
        differ in spaces around them, or in how Unicode writes their letters, are one learner's.
    """
    folders: dict[str, list[Path]] = {}
    odd: dict[str, tuple[Path | None, list[Finding]]] = {}
    for path in sorted(submitted.iterdir()):
        folder = path / slug
        if path.name in IGNORED or path.name.startswith(".") or not _is_there(folder):
            continue
        name = unicodedata.normalize("NFC", path.name).strip()
        if not _good_name(name):
            found = f"The folder's name, {shown(path.name)}, is not the name of a learner."
            done = "It was not graded; please give the folder a plain name."
            odd[shown(path.name)] = None, [Finding(shown(path.name), found, done)]
        else:
            folders.setdefault(name, []).append(folder)
    found_folders: dict[str, tuple[Path | None, list[Finding]]] = {}
    for name, several in folders.items():
        several.sort(key=_when)
        findings = []
        if len(several) > 1:
            names = listed(f"'{shown(path.parent.name)}'" for path in several)
            found = f"The learner has {len(several)} submissions, in the folders {names}."
            done = f"The latest, in '{shown(several[-1].parent.name)}', was graded."
            findings.append(Finding(shown(several[-1].parent.name), found, done))
        found_folders[name] = several[-1], findings
    return found_folders | odd


def misplaced(submitted: Path, notebook: str, slug: str) -> list[tuple[str, Finding]]:
    """Return the notebooks that lie where no learner's work is looked for, and whose they may be.

    Parameters
    ----------
    submitted : Path
        The folder with one folder for each learner.
    notebook : str
        The file's name as learners got it.
    slug : str
        The assignment.
    """
    found = []
    for path in sorted([*submitted.glob("*"), *submitted.glob("*/*"), *submitted.glob("*/*/*")]):
        parts = path.relative_to(submitted).parts
        loose = len(parts) == 1 and path.suffix == ".ipynb"
        if IGNORED & set(parts):
            continue
        if (loose or path.name == notebook) and path.is_file() and slug not in parts[1:-1]:
            what = "The notebook lies where none is looked for."
            done = f"It was not graded; please put it into {shown(parts[0])}/{slug}/."
            if loose or parts[0] == slug:
                done = f"It was not graded; please put it into LEARNER/{slug}/."
            found.append((shown(parts[0]), Finding(shown("/".join(parts)), what, done)))
    return found


def _is_there(folder: Path) -> bool:
    try:
        folder.lstat()
    except OSError:
        return False
    return True


def _when(folder: Path) -> tuple[float, str]:
    """Return when a folder was sent in: as its timestamp.txt says, or its newest file."""
    files, _ = _walk(folder)
    text = _timestamp(folder)[0]
    if text:
        with contextlib.suppress(ValueError, OverflowError, OSError):
            return _utc(text).replace(tzinfo=UTC).timestamp(), folder.parent.name
    return max((path.lstat().st_mtime for path in files), default=0.0), folder.parent.name


def _utc(text: str) -> datetime:
    from nbgrader.utils import parse_utc  # here: learners who check their work may not have it

    time: datetime = parse_utc(text)
    return time


def stage(folder: Path, release_path: Path, into: Path, room: int = ALL_BYTES) -> list[Finding]:
    """Write what is graded of one submission to a folder of its own.

    That is one notebook under the release's name, in the release's shape, a timestamp.txt that can
    be read, and the learner's other plain files: those that lie in the notebook's folder lie beside
    it here too. Where no notebook can be read, none is written.

    Parameters
    ----------
    folder : Path
        What was sent in, submitted/STUDENT/ASSIGNMENT. It stays as it is.
    release_path : Path
        The notebook that learners got.
    into : Path
        The folder to write; what stands there is removed first.
    room : int
        Bytes that the other files may have together, if that is less than `ALL_BYTES`.

    Returns
    -------
    list of Finding
        What was odd, and what was done. Nothing where all was in order.

    Raises
    ------
    ValueError
        If one of the two folders holds the other.
    """
    ours, theirs = into.resolve(), folder.resolve()
    if ours == theirs or ours in theirs.parents or theirs in ours.parents:
        raise ValueError(f"into: expected a folder apart from {folder}, got {into}")
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    release: Any = nbformat.read(release_path, as_version=4)  # type: ignore[no-untyped-call]
    files, findings = _walk(folder)
    notebooks = [path for path in files if ".ipynb" in path.name.lower()]
    found, notebook, home = _picked(folder, notebooks, release, release_path.name)
    findings += found
    if notebook is not None:
        nbformat.write(notebook, into / release_path.name)  # type: ignore[no-untyped-call]
    text, found = _timestamp(folder)
    findings += found
    if text:
        (into / "timestamp.txt").write_text(text + "\n", "utf-8")
    came, others = [], _others(folder, files, min(room, ALL_BYTES), findings, home)
    secret = {SECRET: folder / SECRET} if folder / SECRET in files else {}
    for name, path in (others | secret).items():
        try:
            raw = raw_bytes(path)
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(raw)
            if name != SECRET:
                came.append(shown(name))
        except Unreadable as error:
            findings.append(Finding(shown(name), str(error), LEFT_OUT))
        except OSError as error:
            found_text = f"The file cannot be copied: {reason(error)}."
            findings.append(Finding(shown(name), found_text, LEFT_OUT))
    if came and notebook is not None:
        came.sort()
        found_text = f"Beside the notebook came {few(came)}."
        findings.append(Finding(came[0], found_text, "The cells find it there, as at home."))
    return findings


def beside(folder: Path) -> tuple[dict[str, Path], list[Finding]]:
    """Return the files beside a notebook that its cells see, by their names, and what is left out.

    Parameters
    ----------
    folder : Path
        The notebook's folder. No link in it is followed; other notebooks are left where they are.
    """
    files, findings = _walk(folder)
    return _others(folder, files, ALL_BYTES, findings, folder), findings


def _others(
    folder: Path, files: list[Path], room: int, findings: list[Finding], home: Path
) -> dict[str, Path]:
    """Return the files that are no notebooks, as many as there is room for.

    Their names are as the notebook's folder, `home`, sees them; those of files that do not lie in
    it are as `folder` sees them.
    """
    others: dict[str, Path] = {}
    left = room
    for path in sorted(files, key=lambda path: home not in path.parents):
        sent = path.relative_to(folder)
        inside = path.relative_to(home) if home in path.parents else sent
        book = any(".ipynb" in part.lower() for part in inside.parts)
        if book or {sent.parts[0], inside.parts[0]} & {*OWN}:
            continue
        size = path.lstat().st_size
        if str(inside) in others:
            found = "A file of this name lies beside the notebook."
        elif size > left:
            found = f"All files together have more than {room / 2**20:.3g} MB."
        else:
            left -= size
            others[str(inside)] = path
            continue
        findings.append(Finding(shown(str(sent)), found, LEFT_OUT))
    return others


def _walk(folder: Path) -> tuple[list[Path], list[Finding]]:
    """Return the plain files below a folder, and what else is there."""
    files: list[Path] = []
    findings: list[Finding] = []

    def say(path: Path, found: str, done: str = LEFT_OUT) -> None:
        findings.append(Finding(shown(str(path.relative_to(folder))), found, done))

    for place in (folder.parent, folder):
        if place.is_symlink():
            return [], [
                Finding(
                    shown(place.name), "The folder is a link.", "It was not followed, not graded."
                )
            ]
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            say(here, f"The folder cannot be read: {reason(error)}.")
            continue
        for entry in entries:
            path = here / entry.name
            if entry.name in IGNORED or entry.name.startswith("._"):
                continue
            if not _good_name(entry.name):
                say(path, "The name holds what no name of a file should hold.")
            elif entry.is_symlink():
                say(path, "It is a link, not a file.", "It was not followed; send the file itself.")
            elif entry.is_dir(follow_symlinks=False):
                if ".ipynb" in entry.name.lower() or entry.name == "timestamp.txt":
                    say(path, "It is a folder where a file should be.", "It was looked into.")
                if len(path.relative_to(folder).parts) > FOLDERS_DEEP:
                    say(path, f"It lies more than {FOLDERS_DEEP} folders deep.")
                else:
                    waiting.append(path)
            elif not entry.is_file(follow_symlinks=False):
                say(path, "It is not a plain file, but a pipe, a socket or a device.")
            elif entry.stat(follow_symlinks=False).st_size > FILE_BYTES:
                size = entry.stat(follow_symlinks=False).st_size / 2**20
                found = f"The file has {size:.0f} MB; {FILE_BYTES // 2**20} MB are allowed."
                book = ".ipynb" in entry.name.lower()
                say(path, found, CLEAR if book else LEFT_OUT)
            elif len(files) >= FILES:
                say(
                    path,
                    f"There are more than {FILES} files.",
                    "This one and later ones were left out; the cells do not see them.",
                )
                return files, findings
            else:
                files.append(path)
    return files, findings


def _good_name(name: str) -> bool:
    """Return whether a name is plain text that can stand in a report and in a path."""
    return (
        name not in ("", ".", "..")
        and name.isprintable()
        and not set(name) & set("/\\")
        and len(name.encode("utf-8", "replace")) <= 255
    )


def _timestamp(folder: Path) -> tuple[str | None, list[Finding]]:
    """Return what timestamp.txt says, where it is a time."""
    path = folder / "timestamp.txt"
    if folder.is_symlink() or path.is_symlink() or not path.is_file():
        return None, []
    try:
        text = raw_bytes(path).decode("utf-8-sig").strip()
        if len(text) > TIME:
            raise ValueError
        if text:
            _utc(text)
    except (Unreadable, ValueError, OverflowError, TypeError):
        found = "The time of the submission cannot be read."
        return None, [Finding("timestamp.txt", found, "It counts as sent in on time.")]
    return text, []


def _picked(
    folder: Path, paths: list[Path], release: Any, name: str
) -> tuple[list[Finding], Any, Path]:
    """Return how the notebook was found that is the submission, it in shape, and its folder."""
    if not paths:
        found = "No notebook was found in the submission."
        return [Finding(name, found, f"It was not graded. Please send {name}.")], None, folder
    tried = []
    first = sorted(paths, key=lambda path: (path.name != name, len(path.parts)))
    for path in first[:NOTEBOOKS]:
        inside = str(path.relative_to(folder))
        notebook, findings = read(path)
        answered = -1
        if notebook is not None:
            notebook, more = recover(notebook, release)
            findings += more
            answered = _answered(notebook, release)
        named = inside == name
        label = shown(inside)
        findings = [replace(finding, file=label) for finding in findings]
        rank = (notebook is not None, answered > 0, named, answered, -len(path.parts))
        tried.append((rank, label, notebook, findings, answered, path.parent))
    best = max(tried, key=lambda one: one[0])
    _, label, notebook, findings, answered, home = best
    others = [one for one in tried if one is not best]
    if notebook is None:
        return [finding for one in tried for finding in one[3]], None, folder
    for other in others:
        if other[2] is None:
            findings += [replace(f, done=f"{label} was graded instead.") for f in other[3]]
        elif other[4] > 0:
            found = f"{label} and {other[1]} could both be the submission."
            why = "it has the right name" if label == name else "it holds more answers"
            done = f"{label} was graded, because {why}; the other was left as it was."
            findings.append(Finding(other[1], found, done))
        else:
            found = "A notebook without answers to this exercise lay beside the submission."
            findings.append(Finding(other[1], found, "It was left out."))
    if len(paths) > NOTEBOOKS:
        found = f"There are {len(paths)} notebooks; {NOTEBOOKS} were looked at."
        findings.append(Finding(label, found, f"{label} was graded."))
    if label != name:
        found = f"The notebook is called {label}, not {name}."
        findings.insert(0, Finding(label, found, f"It was graded as {name}."))
    return findings, notebook, home


def _answered(notebook: Any, release: Any) -> int:
    """Return how many answers of a notebook in shape differ from the release's empty ones."""
    empty = {c.id: text_lines(c.source) for c in release.cells if marks_of(c).get("solution")}
    return sum(
        cell.id in empty and text_lines(cell.source) not in ((), empty[cell.id])
        for cell in notebook.cells
    )
