"""What the tests know of the book: its chapters, their cells, displays and figures."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
EXERCISES = sorted(path.stem for path in (ROOT / "solutions").glob("*/[0-9][0-9]_*.ipynb"))
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
TAG = re.compile(r"\\tag\{([^}]*)\}")


@cache
def cells(path: Path) -> list[Any]:
    """Return the cells of a notebook."""
    return list(nbformat.read(path, as_version=4).cells)


def chapter(slug: str) -> list[Any]:
    """Return the cells of a chapter."""
    return cells(ROOT / "book" / f"{slug}.ipynb")


def prose(slug: str) -> str:
    """Return a chapter's text without its code."""
    return "\n\n".join(cell.source for cell in chapter(slug) if cell.cell_type == "markdown")


def code(slug: str) -> list[str]:
    """Return the sources of a chapter's code cells."""
    return [cell.source for cell in chapter(slug) if cell.cell_type == "code"]


def displays(slug: str) -> list[str]:
    """Return the displays of a chapter, in reading order."""
    return DISPLAY.findall(prose(slug))


def equations(slug: str) -> list[str]:
    """Return the numbers of a chapter's displays, in reading order."""
    return [number for display in displays(slug) for number in TAG.findall(display)]
