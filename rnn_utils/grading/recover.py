"""Puts a damaged notebook back into the release's shape, and says what it did.

Nothing here runs or compiles what a learner wrote, follows a link, or changes what was sent in.
"""

from __future__ import annotations

import difflib
import itertools
import json
import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

FILE_BYTES = 100 * 2**20  # of one file that is sent in
DEEP = 30  # nesting of metadata
CELLS = 1000
SOURCES = 20 * 10**6  # characters of all cells
PARTS = 5 * 10**6  # lists and objects of one file
OUTPUT_WORTH_SAYING = 10 * 2**20  # bytes
ALIKE = 0.6  # difflib's ratio from which a cell is taken for an edited one of the release
LONG = 2000  # words of a cell beyond which its likeness is not measured
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
DEFINED = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
ASSIGNED = re.compile(r"^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
KINDS = {b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzip archive", b"%PDF": "a PDF"}
CLEAR = "It was left out. Please clear all outputs of the notebook, save it and send it again."
ASK = (
    "It was not graded. Please open the notebook in Jupyter, save it, "
    "and send the .ipynb file that Jupyter saved."
)
Json = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One thing that was odd about a submission, in sentences that can be sent on."""

    file: str
    found: str
    done: str


class Unreadable(ValueError):
    """A file that holds no notebook; the message says what it holds."""


# From bytes to cells


def read(path: Path) -> tuple[Any, list[Finding]]:
    """Read a notebook, whatever state it is in; outputs are left out, since cells run anew.

    Parameters
    ----------
    path : Path
        The file. A link is not followed.

    Returns
    -------
    tuple
        The notebook in format 4.5, or None where the file holds none, and what was found.
    """
    findings: list[Finding] = []
    try:
        raw = raw_bytes(path)
        notebook = _tidy(_parsed(_text(raw, findings), findings), findings)
        sources = sum(len(cell.source) for cell in notebook.cells)
        if sources > SOURCES:
            found = f"The cells hold {sources:,} characters; {SOURCES:,} are allowed."
            raise Unreadable(found)
    except Unreadable as error:
        return None, [Finding(shown(path.name), str(error), ASK)]
    if len(raw) - 4 * sources > OUTPUT_WORTH_SAYING:
        size = f"The file has {len(raw) / 2**20:.0f} MB, nearly all of it output."
        findings.append(Finding("", size, "The output was left out; the cells ran anew."))
    return notebook, [replace(finding, file=shown(path.name)) for finding in findings]


def raw_bytes(path: Path) -> bytes:
    """Return a plain file's content; no link is followed, and nothing too large is read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise Unreadable(f"The file cannot be opened: {reason(error)}.") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("It is not a file.")
        try:
            raw = file.read(FILE_BYTES + 1)
        except OSError as error:
            raise Unreadable(f"The file cannot be read: {reason(error)}.") from None
    if len(raw) > FILE_BYTES:
        raise Unreadable(
            f"The file has {status.st_size / 2**20:.0f} MB; {FILE_BYTES // 2**20} MB are allowed."
        )
    return raw


def reason(error: Exception) -> str:
    """Return in words why a file cannot be opened."""
    return (getattr(error, "strerror", None) or "its name is not a name of a file").lower()


def _text(raw: bytes, findings: list[Finding]) -> str:
    if not raw.strip(b"\0 \t\r\n"):
        raise Unreadable("The file is empty.")
    for start, kind in KINDS.items():
        if raw.startswith(start):
            raise Unreadable(f"The file is {kind}, not a notebook.")
    encoding: str = json.detect_encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        if not encoding.startswith("utf-8"):
            raise Unreadable(f"The file looks like {encoding.upper()} and is damaged.") from None
        encoding = "latin-1"
        text = raw.decode(encoding)
    if encoding not in ("utf-8", "utf-8-sig"):
        found = f"The file was saved as {encoding.upper()}, not as UTF-8."
        findings.append(Finding("", found, "It was read as that; look whether letters are right."))
    if "\0" in text:
        text = text.replace("\0", "")
        findings.append(Finding("", "The file held NUL bytes.", "They were taken out."))
    return text


def _parsed(text: str, findings: list[Finding]) -> Json:
    odd: list[str] = []
    if text.count("{") + text.count("[") > PARTS:
        raise Unreadable("The file has too many parts for a notebook.")
    try:
        found = json.loads(text, strict=False, parse_constant=odd.append, parse_int=_integer)
    except RecursionError:
        raise Unreadable("The file is nested too deeply for a notebook.") from None
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("{") and (
            error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip()) - 1
        ):
            raise Unreadable("The file stops in the middle: its end is missing.") from None
        if re.search(r"^<<<<<<< ", text, re.MULTILINE):
            raise Unreadable("The file holds the marks of a merge conflict of git.") from None
        raise Unreadable("The file is not a notebook: it is not JSON.") from None
    if odd:
        done = "They were read as nothing."
        findings.append(Finding("", f"The file held numbers such as {shown('NaN')}.", done))
    if not isinstance(found, dict):
        raise Unreadable("The file is not a notebook: it is JSON of another kind.")
    version = found.get("nbformat")
    if not isinstance(found.get("cells"), list):
        found = found | {"cells": _old_cells(found)}
    if version != 4:
        said = "no format version" if version is None else f"format {shown(str(version))}"
        done = "It was brought to format 4 and graded."
        findings.append(Finding("", f"The notebook says {said}; the course uses 4.", done))
    return found


def _integer(digits: str) -> int:
    return int(digits) if len(digits) < 20 else 0


def _old_cells(found: Json) -> list[Any]:
    """Return the cells of a notebook of format 2 or 3, in the form of format 4."""
    sheets = found.get("worksheets")
    if not isinstance(sheets, list):
        raise Unreadable("The file is not a notebook: it has no cells.")
    cells = []
    for sheet in sheets:
        held = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in held if isinstance(held, list) else []:
            if not isinstance(cell, dict):
                continue
            kind, source = cell.get("cell_type"), cell.get("input", cell.get("source"))
            if kind == "heading":
                level = cell.get("level")
                marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
                source = f"{marks} {_joined(source)}"
            kind = kind if kind in ("code", "raw") else "markdown"
            cells.append({"cell_type": kind, "source": source, "metadata": cell.get("metadata")})
    return cells


def _joined(source: Any) -> str:
    """Return a source as text, in whichever way JSON holds it."""
    if isinstance(source, list):
        lines = [line for line in source if isinstance(line, str)]
        apart = "" if any(line.endswith("\n") for line in lines) else "\n"
        return apart.join(lines)
    return source if isinstance(source, str) else ""


def _tidy(notebook: Json, findings: list[Finding]) -> Any:
    """Return a notebook of well-formed cells, each with its own id, without outputs."""
    cells, odd, ends, characters, kinds = [], [], [], [], []
    held_cells = notebook.get("cells")
    raw_cells = held_cells if isinstance(held_cells, list) else []
    if len(raw_cells) > CELLS:
        found = f"The notebook has {len(raw_cells)} cells; {CELLS} are allowed."
        findings.append(Finding("", found, "The later ones were left out."))
    for number, raw in enumerate(raw_cells[:CELLS], 1):
        if not isinstance(raw, dict):
            odd.append(number)
            continue
        kind, held = raw.get("cell_type"), raw.get("source", "")
        if kind not in ("code", "markdown", "raw"):
            kinds.append(number)
            kind = "code" if "outputs" in raw else "raw"
        if not isinstance(held, str) and not (
            isinstance(held, list) and all(isinstance(line, str) for line in held)
        ):
            odd.append(number)
        source = _joined(held)
        if "\r" in source:
            ends.append(number)
            source = source.replace("\r\n", "\n").replace("\r", "\n")
        plain = _plain(source).replace("\0", "")
        if plain != source:
            characters.append(number)
        cell: Json = {"cell_type": kind, "metadata": _metadata(raw.get("metadata"))}
        cell |= {"id": raw.get("id"), "source": plain}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        elif attachments := _attachments(raw.get("attachments")):
            cell["attachments"] = attachments
        cells.append(cell)
    for numbers, found, done in (
        (odd, "held something else than text.", "That was left out."),
        (kinds, "had no type that a notebook knows.", "It was taken for what it looked like."),
        (ends, "had line ends of Windows or of old Macs.", "They were turned into plain ones."),
        (characters, "held characters that no program can hold.", "They were taken out."),
    ):
        if numbers:
            findings.append(Finding("", f"{_numbered(numbers)} {found}", done))
    _give_ids(cells, set())
    metadata = _plain(notebook.get("metadata"))
    return nbformat.from_dict(  # type: ignore[no-untyped-call]
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": metadata if isinstance(metadata, dict) else {},
            "cells": cells,
        }
    )


def _numbered(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Cell {numbers[0]}"
    return f"{len(numbers)} cells ({few(map(str, numbers))})"


def _plain(value: Any, depth: int = 0) -> Any:
    """Return JSON that can be written again: no half characters, no NaN, not too deep."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        items = value.items() if depth < DEEP else ()
        return {_plain(str(key)): _plain(held, depth + 1) for key, held in items}
    if isinstance(value, list):
        return [_plain(held, depth + 1) for held in (value if depth < DEEP else ())]
    return value if isinstance(value, bool | int | float) else None


def _metadata(raw: Any) -> Json:
    """Return a cell's metadata, without what the format of notebooks does not allow."""
    metadata: Json = _plain(raw) if isinstance(raw, dict) else {}
    allowed: dict[str, type | tuple[type, ...]] = {
        "collapsed": bool,
        "deletable": bool,
        "editable": bool,
        "execution": dict,
        "format": str,
        "jupyter": dict,
        "name": str,
        "nbgrader": dict,
        "scrolled": (bool, str),
        "tags": list,
    }
    return {k: v for k, v in metadata.items() if isinstance(v, allowed.get(k, object))}


def _attachments(raw: Any) -> Json:
    held = _plain(raw) if isinstance(raw, dict) else {}
    return {
        name: {kind: text for kind, text in bundle.items() if isinstance(text, str)}
        for name, bundle in held.items()
        if isinstance(bundle, dict)
    }


def _give_ids(cells: list[Json], reserved: set[str]) -> None:
    """Give each cell that has no good id, or another's, one of its own."""
    held = {cell["id"] for cell in cells if isinstance(cell["id"], str)} | reserved
    fresh = (name for number in itertools.count() if (name := f"own-{number}") not in held)
    used = set(reserved)
    for cell in cells:
        name = cell["id"]
        if not (isinstance(name, str) and CELL_ID.fullmatch(name)) or name in used:
            cell["id"] = next(fresh)
        used.add(cell["id"])


# From cells to the release's shape


def recover(notebook: Any, release: Any) -> tuple[Any, list[Finding]]:
    """Put a notebook back into the release's shape.

    Each cell that the release marks comes back in the release's order, with the release's
    metadata and, where it is locked, its source; the learner's own cells stay after the cell that
    they followed. What is in shape already comes back as it is.

    Parameters
    ----------
    notebook : NotebookNode
        The submission.
    release : NotebookNode
        The exercise as learners got it.

    Returns
    -------
    tuple
        The notebook without outputs, and what was found.
    """
    recovery = _Recovery(notebook, release)
    return recovery.notebook(), recovery.findings


def marks_of(cell: Any) -> Json:
    """Return what nbgrader notes on a cell."""
    marks = cell["metadata"].get("nbgrader")
    return marks if isinstance(marks, dict) else {}


def text_lines(source: str) -> tuple[str, ...]:
    """Return what makes two sources the same: their lines without spaces at the end."""
    return tuple(line.rstrip() for line in source.splitlines() if line.strip())


def _without(source: str, part: str) -> str | None:
    """Return a source without the lines of another that stand in it as one block, or None."""
    lines, wanted = source.splitlines(), text_lines(part)
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    full = "\n".join(["", *text_lines(source), ""])
    found = full.find("\n".join(["", *wanted, ""]))
    if found < 0 or not wanted:
        return None
    start = full.count("\n", 0, found)
    first, last = numbers[start], numbers[start + len(wanted) - 1]
    return "\n".join(lines[:first] + lines[last + 1 :]).strip("\n")


def _indented(source: str) -> bool:
    lines = text_lines(source)
    return bool(lines) and lines[0][0] in " \t" and not lines[0].lstrip().startswith("#")


def _likeness(one: str, other: str) -> float:
    """Return how much of two sources is the same, word by word, from 0 to 1."""
    left, right = one.split(), other.split()
    if max(len(left), len(right)) > LONG:
        return 0.0
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def few(names: Iterable[str]) -> str:
    """Return names in a row, of many the first five."""
    all_names = list(names)
    return listed(all_names if len(all_names) < 7 else [*all_names[:5], "others"])


class _Recovery:
    """Finds for each cell that the release marks the submission's cell, then builds anew."""

    def __init__(self, notebook: Any, release: Any) -> None:
        self.findings: list[Finding] = []
        self.release = release
        self.tidy = _tidy(notebook, self.findings)
        self.cells: list[Any] = self.tidy.cells
        self.slots = {marks_of(c)["grade_id"]: c for c in release.cells if marks_of(c)}
        self.free = {c.id: c for c in release.cells if not marks_of(c)}
        self.place = {c.id: number for number, c in enumerate(release.cells)}
        self.answers = {name: c for name, c in self.slots.items() if marks_of(c).get("solution")}
        self.names = {name: set(DEFINED.findall(c.source)) for name, c in self.answers.items()}
        self.locked_texts = {
            text_lines(c.source) for name, c in self.slots.items() if name not in self.answers
        }
        self.free_texts = {text_lines(c.source): name for name, c in self.free.items()}
        self.defined = [set(DEFINED.findall(cell.source)) for cell in self.cells]
        self.texts = [text_lines(cell.source) for cell in self.cells]
        self.taken: dict[int, str] = {}  # number of a cell -> the slot that it belongs to
        self.chosen: dict[str, list[int]] = {}  # slot -> the cells that make it, in order
        self.how: dict[str, str] = {}
        self.dropped: set[int] = set()
        self.sources: dict[str, str] = {}  # slot -> what to write there instead of its cell
        self.said: set[str] = set()  # slots of which a finding tells already
        self._match()

    def say(self, found: str, done: str) -> None:
        self.findings.append(Finding("", found, done))

    def label(self, slot: str) -> str:
        return f"cell of task {slot}" if slot in self.answers else f"locked cell {slot}"

    # which cell is which

    def _match(self) -> None:
        self._claim("mark", lambda number: marks_of(self.cells[number]).get("grade_id"))
        self._claim("id", lambda number: self.cells[number].id)
        texts = {text_lines(c.source): name for name, c in self.slots.items()}
        self._claim("text", lambda number: texts.get(self.texts[number]))
        self._by_function()
        self._by_place()
        self._by_likeness()
        self._cut()
        self._merged()
        tasks = {slot for slot, names in self.names.items() if names}
        marks = {slot: marks_of(cell) for slot, cell in self.slots.items()}
        tasks |= {slot for slot, mark in marks.items() if mark["locked"] and mark["grade"]}
        if not tasks & set(self.chosen):
            self.said |= set(self.slots)
            self.how = dict.fromkeys(self.how, "mark")
            self.say(
                "No task of this exercise was found in the notebook.",
                "It counts as not answered; if it is the notebook of another exercise, "
                "please send the right one.",
            )
        self._tell()

    def _claim(self, how: str, claimed: Callable[[int], Any]) -> None:
        candidates: dict[str, list[int]] = {}
        for number in range(len(self.cells)):
            slot = claimed(number)
            if (
                isinstance(slot, str)
                and slot in self.slots
                and slot not in self.chosen
                and number not in self.taken
                and number not in self.dropped
                and self._fits(number, slot)
            ):
                candidates.setdefault(slot, []).append(number)
        for slot in self.slots:
            if slot in candidates:
                self._choose(slot, candidates[slot], how)

    def _fits(self, number: int, slot: str) -> bool:
        """Return whether a cell may be what it says it is, by the functions that it defines."""
        defined = self.defined[number]
        if slot not in self.answers:
            if _without(self.cells[number].source, self.slots[slot].source) is not None:
                return True
            return not any(names & defined for names in self.names.values())
        if self.texts[number] in self.locked_texts:
            return False
        own = self.names[slot]
        others = (names for name, names in self.names.items() if name != slot and names)
        return not own or bool(own & defined) or not any(names <= defined for names in others)

    def _untouched(self, number: int, slot: str) -> bool:
        return self.texts[number] in ((), text_lines(self.slots[slot].source))

    def _choose(self, slot: str, numbers: list[int], how: str) -> None:
        """Take one cell, or the parts of one, out of those that claim a slot."""
        if slot in self.answers:
            made = self._best_answer(slot, numbers)
        else:
            original = self.slots[slot].source
            made = [max(numbers, key=lambda n: _likeness(self.cells[n].source, original))]
        self.chosen[slot], self.how[slot] = made, how
        self.taken |= dict.fromkeys(made, slot)
        spare = [number for number in numbers if number not in made]
        if len(made) > 1:
            self.said.add(slot)
            self.say(f"The {self.label(slot)} was split.", "Its parts were joined and graded.")
        if spare:
            self._spare(slot, numbers, made[-1], spare)

    def _best_answer(self, slot: str, numbers: list[int]) -> list[int]:
        names = self.names[slot]
        live = [number for number in numbers if not self._untouched(number, slot)]
        if not live:
            return numbers[:1]
        whole = [number for number in live if names <= self.defined[number]]
        made = [(whole or live)[-1]]
        if not whole and names:
            parts = {name: n for n in live for name in names & self.defined[n]}  # the last of each
            if names <= set(parts):
                made = sorted(set(parts.values()))
        while (after := made[-1] + 1) in numbers and _indented(self.cells[after].source):
            made.append(after)  # a function that was cut in two
        return made

    def _spare(self, slot: str, numbers: list[int], made: int, spare: list[int]) -> None:
        """Say what becomes of the other cells that claim a slot."""
        if slot in self.answers:
            copies = {number for number in spare if self._untouched(number, slot)}
        else:
            original = self.slots[slot].source
            copies = {n for n in spare if _likeness(self.cells[n].source, original) >= ALIKE}
        self.dropped |= copies
        kept = [number for number in spare if number not in copies]
        found = f"The {self.label(slot)} stood {_times(len(numbers))}."
        if slot not in self.answers:
            done = "The release's stands there once; the copy was left out."
            if kept:
                done = "The release's stands there once; the other was kept as the learner's own."
            self.say(found, done)
            return
        order = ("first", "second", "third", "fourth", "fifth")
        graded = numbers.index(made) if made in numbers else 0
        which = order[graded] if graded < len(order) else f"number {graded + 1}"
        others = [order[numbers.index(n)] if numbers.index(n) < 5 else "later" for n in kept]
        done = f"The {which} was graded"
        done += f", the {listed(others)} left as it was." if len(others) == 1 else "."
        if len(others) > 1:
            done = f"The {which} was graded, the others left as they were."
        if copies:
            done += " An empty copy was left out."
        self.say(found, done)

    def _open(self) -> Iterator[int]:
        """Yield the cells that are nothing known yet."""
        for number, text in enumerate(self.texts):
            known = number in self.taken or number in self.dropped
            if not known and text and not self._free(number):
                yield number

    def _free(self, number: int) -> bool:
        return self.cells[number].id in self.free or self.texts[number] in self.free_texts

    def _by_function(self) -> None:
        for slot, names in self.names.items():
            if not names:
                continue
            mine = self.chosen.get(slot)
            if mine and not all(self._untouched(number, slot) for number in mine):
                continue
            found = []
            for number in self._open():
                cell = self.cells[number]
                defined = self.defined[number]
                if cell.cell_type == "code":
                    defined = defined | set(ASSIGNED.findall(cell.source))
                if names & defined and not self._untouched(number, slot):
                    found.append(number)
            code = [number for number in found if self.cells[number].cell_type == "code"]
            found = code or [n for n in found if "```" not in self.cells[n].source]
            if mine:
                self._elsewhere(slot, mine[0], [n for n in code if names <= self.defined[n]])
            elif found:
                self._choose(slot, found, "function")

    def _elsewhere(self, slot: str, mine: int, found: list[int]) -> None:
        """Take an answer that stands in another cell than the untouched one that is meant."""
        later = [number for number in self.taken if number > mine]
        if not found or mine < found[-1] < min(later, default=len(self.cells)):
            return  # a learner's own cell right after it does what it should where it is
        del self.taken[mine]
        self.dropped.add(mine)
        self.said.add(slot)
        self._choose(slot, found[-1:], "mark")
        self.say(
            f"The {self.label(slot)} was empty; another cell defines {listed(self.names[slot])}.",
            "That one was graded.",
        )

    def _by_place(self) -> None:
        """Take the text after a question for its answer."""
        order = list(self.slots)
        for slot in self.answers:
            before = order[order.index(slot) - 1] if order.index(slot) else None
            if slot in self.chosen or self.names[slot] or before not in self.chosen:
                continue
            start = self.chosen[before][-1]
            end = min((n for n in self.taken if n > start), default=len(self.cells))
            near = (n for n in self._open() if start < n < end and self._fits(n, slot))
            found = next(near, None)
            if found is not None:
                self._choose(slot, [found], "place")

    def _by_likeness(self) -> None:
        for slot, original in self.slots.items():
            if slot in self.chosen:
                continue
            likeness = {
                number: _likeness(self.cells[number].source, original.source)
                for number in self._open()
                if self._fits(number, slot)
            }
            best = max(likeness, key=lambda number: likeness[number], default=None)
            if best is not None and likeness[best] >= ALIKE:
                self._choose(slot, [best], "likeness")

    def _cut(self) -> None:
        """Join to an answer the own cell after it that begins in the middle of a function."""
        for slot, made in self.chosen.items():
            if not self.names.get(slot):
                continue
            first = len(made)
            for number in range(made[-1] + 1, len(self.cells)):
                if number in self.dropped:
                    continue
                cell = self.cells[number]
                if number in self.taken or cell.cell_type != "code" or not _indented(cell.source):
                    break
                made.append(number)
                self.taken[number] = slot
            if len(made) > first and slot not in self.said:
                self.said.add(slot)
                self.say(f"The {self.label(slot)} was split.", "Its parts were joined and graded.")

    def _merged(self) -> None:
        """Find answers and locked cells that stand in one cell with another."""
        order = list(self.slots)
        for slot in [s for s in self.slots if s not in self.chosen]:
            for other, numbers in list(self.chosen.items()):
                source = "\n".join(self.cells[number].source for number in numbers)
                if slot in self.answers and other not in self.answers:
                    rest = _without(source, self.slots[other].source)
                    names = self.names[slot]
                    near = order.index(slot) - order.index(other) == 1
                    if not rest or not (names <= set(DEFINED.findall(rest)) if names else near):
                        continue
                    self.sources[slot] = rest
                    done = "The answer was put back in a cell of its own and graded."
                elif slot in self.answers:
                    names = self.names[slot]
                    if not (names and names <= set(DEFINED.findall(source))):
                        continue
                    self._share(slot, other)
                    done = "Both were graded."
                elif other in self.answers:
                    held = self.sources.get(other, source)
                    rest = _without(held, self.slots[slot].source)
                    if not rest:
                        continue
                    self.sources[other] = rest
                    done = f"The release's {slot} was put back in a cell of its own."
                else:
                    continue
                self.said |= {slot, other}
                found = f"The {self.label(slot)} and the {self.label(other)} stood in one cell."
                self.say(found, done)
                break

    def _share(self, slot: str, other: str) -> None:
        """Let the earlier of two tasks have the cell that answers both."""
        order = list(self.slots)
        first, last = sorted((slot, other), key=order.index)
        if first == slot:
            self.chosen[first], self.how[first] = self.chosen.pop(other), self.how.pop(other)
            self.taken |= dict.fromkeys(self.chosen[first], first)
            if other in self.sources:
                self.sources[first] = self.sources[other]
        self.sources[last] = f"# The answer to this task stands in the cell of task {first}."

    # what to say of each

    def _tell(self) -> None:
        self._tell_lost()
        missing = [s for s in self.slots if s not in self.chosen and s not in self.said]
        locked = [s for s in missing if s not in self.answers]
        if locked:
            cells = "locked cells were" if len(locked) > 1 else "locked cell was"
            self.say(f"{len(locked)} {cells} missing: {few(locked)}.", "Put back.")
        for slot in missing:
            if slot in self.answers:
                self.say(f"The {self.label(slot)} was missing.", "It counts as not answered.")
        for slot, numbers in self.chosen.items():
            self._tell_changed(slot, self.cells[numbers[0]])
        moved = self._moved()
        if moved:
            cells = f"The {self.label(moved[0])} stood"
            if len(moved) > 1:
                cells = f"{len(moved)} cells ({few(moved)}) stood"
            self.say(f"{cells} in another place.", "The release's order was put back.")
        kept = {n for numbers in self.chosen.values() for n in numbers} | self.dropped
        strange = [
            shown(str(marks_of(cell).get("grade_id")))
            for number, cell in enumerate(self.cells)
            if number not in kept
            and marks_of(cell)
            and str(marks_of(cell).get("grade_id")) not in self.slots
        ]
        if strange and not set(self.slots) <= self.said:
            found = f"The release has no cell {few(strange)}."
            self.say(found, "It was kept as the learner's own cell, which is not graded.")

    def _tell_lost(self) -> None:
        """Say which cells had to be recognised without the mark that grading goes by."""
        lost, ways = [], []
        phrases = {
            "id": "their ids",
            "text": "their text",
            "function": "the functions that they define",
            "place": "their place",
            "likeness": "their likeness to the release",
        }
        for slot, how in self.how.items():
            if how == "mark":
                continue
            mark = marks_of(self.cells[self.chosen[slot][0]]).get("grade_id")
            if isinstance(mark, str) and mark in self.slots:
                self.say(
                    f"The cell marked as {shown(mark)} holds what belongs to {slot}.",
                    f"It was taken for {slot}.",
                )
                continue
            lost.append(slot)
            if phrases[how] not in ways:
                ways.append(phrases[how])
        if not lost:
            return
        tool = "Colab" if self._saved_by("colab") else "VS Code" if self._saved_by("vscode") else ""
        why = f"; {tool} saves it so" if tool else ""
        if len(lost) == 1:
            found = f"The {self.label(lost[0])} had lost the mark that grading goes by{why}."
            self.say(found, f"It was recognised by {ways[0].replace('their', 'its')}.")
            return
        found = f"{len(lost)} cells had lost the marks that grading goes by{why}."
        self.say(found, f"They were recognised by {listed(ways)} and marked again.")

    def _saved_by(self, tool: str) -> bool:
        return tool in self.tidy.metadata or any(
            tool in cell.metadata or (tool == "colab" and "colab_type" in cell.metadata)
            for cell in self.cells
        )

    def _tell_changed(self, slot: str, cell: Any) -> None:
        original = self.slots[slot]
        if slot in self.answers:
            if cell.cell_type != original.cell_type:
                found = f"The {self.label(slot)} was a {cell.cell_type} cell."
                self.say(found, f"It was graded as {original.cell_type}.")
        elif text_lines(cell.source) != text_lines(original.source) and slot not in self.said:
            self.say(f"The {self.label(slot)} had been changed.", "The release's was put back.")
        ours, theirs = marks_of(original), marks_of(cell)
        if self.how[slot] != "mark" or theirs.get("grade_id") != slot:
            return
        points = theirs.get("points")
        if points != ours.get("points"):
            found = f"The {self.label(slot)} said {shown(str(points))} points"
            self.say(f"{found} instead of {ours.get('points')}.", "The release's points count.")
        if any(theirs.get(key) != ours[key] for key in ("grade", "locked", "solution", "task")):
            found = f"What the {self.label(slot)} says about its grading had been changed."
            self.say(found, "The release's words count.")

    def _moved(self) -> list[str]:
        """Return the fewest slots that would have to move to stand in the release's order."""
        placed = [(self.chosen[s][0], s) for s in self.slots if s in self.chosen]
        best: list[list[tuple[int, str]]] = []  # the longest rising row that ends in each
        for number, slot in placed:
            before = [row for row in best if row[-1][0] < number]
            best.append([*max(before, key=len, default=[]), (number, slot)])
        stay = {slot for _, slot in max(best, key=len, default=[])}
        return [slot for _, slot in placed if slot not in stay and slot not in self.said]

    # the new notebook

    def notebook(self) -> Any:
        """Return the notebook in the release's shape."""
        after: dict[str | None, list[Json]] = {None: []}
        here: str | None = None
        heads = {numbers[0]: slot for slot, numbers in self.chosen.items()}
        for number, cell in enumerate(self.cells):
            if number in heads:
                here = heads[number]
                after.setdefault(here, [])
            elif number not in self.taken and number not in self.dropped:
                after.setdefault(here, []).append(self._own(cell))
        made: list[Json] = list(after[None])
        for slot, original in self.slots.items():
            cell = self._made(slot, original)
            if slot in after:
                made += [cell, *after[slot]]
            else:
                made.insert(self._gap(made, slot), cell)
        owned = [cell for cell in made if not marks_of(cell)]
        named: dict[str, Json] = {}  # cells that the release has and grading does not need
        for cell in owned:
            name = self.free_texts.get(text_lines(cell["source"]))
            if name is not None and (name not in named or cell["id"] == name != named[name]["id"]):
                named[name] = cell
        for name, cell in named.items():
            cell["id"] = name
        others = [cell for cell in owned if cell is not named.get(cell["id"])]
        _give_ids(others, {c.id for c in self.slots.values()} | set(named))
        metadata = dict(self.tidy.metadata)
        self._kernel(metadata)
        raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}
        recovered: Any = nbformat.from_dict(raw)  # type: ignore[no-untyped-call]
        if not nbformat.validator.isvalid(recovered):  # type: ignore[no-untyped-call]
            ours = {c.id: c.metadata for c in self.slots.values()}
            raw["metadata"] = self.release.metadata
            raw["cells"] = [cell | {"metadata": ours.get(cell["id"], {})} for cell in made]
            recovered = nbformat.from_dict(raw)  # type: ignore[no-untyped-call]
        return recovered

    def _own(self, cell: Any) -> Json:
        """Return a cell of the learner's own, or one of the release that grading does not need."""
        own: Json = dict(cell)
        own["metadata"] = {k: v for k, v in cell.metadata.items() if k != "nbgrader"}
        if cell.metadata.get("nbgrader") is not None:
            own["metadata"].pop("deletable", None)
            own["metadata"].pop("editable", None)
        return own

    def _made(self, slot: str, original: Any) -> Json:
        """Return the cell of a slot."""
        numbers = self.chosen.get(slot, [])
        cell: Json = json.loads(json.dumps(original))
        extra = self.cells[numbers[0]].metadata if numbers else {}
        cell["metadata"] = {**extra, **cell["metadata"]}
        if slot in self.answers:
            parts = [self.cells[number].source for number in numbers]
            cell["source"] = self.sources.get(slot, "\n".join(parts) if parts else original.source)
            attachments = [self.cells[n].get("attachments") for n in numbers]
            if cell["cell_type"] != "code" and any(attachments):
                cell["attachments"] = next(a for a in attachments if a)
        if cell["cell_type"] == "code":
            cell |= {"execution_count": None, "outputs": []}
        return cell

    def _gap(self, made: list[Json], slot: str) -> int:
        """Return where a missing cell goes: after the marked one before it, before what follows."""
        order = list(self.slots)
        before = {self.slots[name].id for name in order[: order.index(slot)]}
        start = max((i for i, cell in enumerate(made) if cell["id"] in before), default=-1) + 1
        place = self.place[self.slots[slot].id]
        for number in range(start, len(made)):
            if marks_of(made[number]) or self.place.get(made[number]["id"], -1) > place:
                return number
        return len(made)

    def _kernel(self, metadata: Json) -> None:
        """Let the notebook run in the release's kernel."""
        ours = self.release.metadata
        spec, language = metadata.get("kernelspec"), metadata.get("language_info")
        spec, language = (held if isinstance(held, dict) else {} for held in (spec, language))
        good = (
            spec.get("name") == ours.kernelspec.name
            and isinstance(spec.get("display_name"), str)
            and (not language or language.get("name") == ours.language_info.name)
        )
        if good:
            return
        tongue = spec.get("language") or language.get("name")
        if spec.get("name") and (tongue != "python" or language.get("name", "python") != "python"):
            name = shown(str(spec["name"]))
            self.say(f"The notebook asks for the kernel {name}.", "It was graded with Python 3.")
        metadata["kernelspec"] = dict(ours.kernelspec)
        metadata["language_info"] = dict(ours.language_info)


# From a folder to what is graded


def shown(name: str) -> str:
    """Return a name that is safe to print, and not too long."""
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name[:200])
    return safe if len(safe) <= 100 else safe[:97] + "..."
