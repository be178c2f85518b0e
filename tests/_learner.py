"""What the tests of grading share: a warm sandbox for all of them, and notebooks of a few cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from rnn_utils.grading import sandbox

ROOT = Path(__file__).resolve().parent.parent
REASON = sandbox.available()
NEEDS_SANDBOX = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@cache
def nursery(sandboxed: bool = REASON is None, **limits: float) -> sandbox.Nursery:
    """Return a nursery that is closed when the tests end; one for each set of limits."""
    return sandbox.Nursery(sandbox.Limits(**limits), sandboxed=sandboxed)


def notebook(*cells: tuple[str, str]) -> nbformat.NotebookNode:
    """Return a notebook of cells (kind, source): `code`, `setup`, `solution` or a test's name."""
    made = []
    for number, (kind, source) in enumerate(cells):
        cell = new_code_cell(source, id=f"{kind}-{number}" if kind[:4] != "test" else kind)
        if kind != "code":
            test = kind.startswith("test")
            cell.metadata["nbgrader"] = {
                "grade": test,
                "solution": kind == "solution",
                "locked": kind != "solution",
                "grade_id": cell.id,
                "schema_version": 3,
                "task": False,
            } | ({"points": 1} if test else {})
        made.append(cell)
    return new_notebook(cells=made)


def source(slug: str) -> nbformat.NotebookNode:
    """Return an exercise's source notebook, reference answers and hidden tests in it."""
    return nbformat.read(ROOT / "solutions" / slug / f"{slug}.ipynb", as_version=4)


def said(outputs: list[dict] | None) -> str:
    """Return all the text of a cell's outputs."""
    parts = [
        o.get("text")
        or "\n".join(o.get("traceback", []))
        or o.get("data", {}).get("text/plain", "")
        for o in outputs or []
    ]
    return "\n".join(part.rstrip("\n") for part in parts)
