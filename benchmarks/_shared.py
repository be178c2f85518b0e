"""What the scripts share: results that are kept, a chapter's cells, and the phrases of a page.

A script is started by its path and so finds this file beside it: `from _shared import machine`.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, an empty dictionary if there is no file."""
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        message = f"{path}: expected JSON, got a damaged file ({error}); move it away to start anew"
        raise SystemExit(message) from error


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file; a script that is killed meanwhile leaves the old one as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def kept(path: Path, make: Callable[[], Any]) -> Any:
    """Return what a JSON file holds, or make it and keep it there."""
    if not path.exists():
        write_json(path, make())
    return read_json(path)


def chapter_cells(slug: str) -> dict[str, str]:
    """Return the sources of a chapter's code cells by their ids."""
    cells = json.loads((ROOT / "book" / f"{slug}.ipynb").read_text("utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}


def mean_deviation(values: Sequence[float], digits: int = 3) -> str:
    """Return "mean ± standard deviation"; one value stands alone."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def machine() -> str:
    """Return such as "an x86_64 machine under Linux; Python 3.11.9, torch 2.13.0"."""
    import torch  # here, so that `--help` need not wait for it

    return (
        f"an {platform.machine()} machine under {platform.system()}; "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )


def threads_prefix() -> str:
    """Return what stands before the command on a page: "OMP_NUM_THREADS=1 ", or nothing."""
    threads = os.environ.get("OMP_NUM_THREADS")
    return f"OMP_NUM_THREADS={threads} " if threads else ""


def publish(text: str, page: Path, write: bool) -> None:
    """Print a page, and write it where asked."""
    print(text)
    if write:
        page.write_text(text, "utf-8")
