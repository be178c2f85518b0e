"""Trains the reader of section 5.12 for longer, and looks for cells that follow the source.

The cells of the chapter are run as they stand, with more units and more updates; the text is read
again from the start where it ends. Nothing is written out again here.

    python benchmarks/source_cells.py [--hidden 128] [--updates 2400] [--write]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path
from typing import Any

from _shared import chapter_cells, publish

os.environ["MPLBACKEND"] = "Agg"  # the set-up cell imports matplotlib; nothing is shown

PAGE = Path(__file__).resolve().with_suffix(".md")
CELLS = (
    "setup",
    "inside-data",
    "inside-model",
    "inside-train",
    "inside-valid",
    "inside-truth",
    "inside-truth-marks",
    "inside-truth-check",
    "inside-measure",
    "inside-table",
)


def replaced(source: str, old: str, new: str) -> str:
    """Replace what has to stand in the chapter exactly once."""
    if source.count(old) != 1:
        raise SystemExit(f"chapter 5: expected {old!r} once in the cells, got {source.count(old)}")
    return source.replace(old, new)


def run(hidden: int, updates: int) -> dict[str, Any]:
    """Run the chapter's cells with other sizes and return the names that they leave."""
    import torch

    torch.set_num_threads(1)
    sources = chapter_cells("05_lstm")
    code = "\n".join(sources[name] for name in CELLS)
    code = replaced(code, "seed, hidden=64)", f"seed, hidden={hidden})")
    code = replaced(code, "seed, updates=600)", f"seed, updates={updates})")
    once = "sequences.stream_batches(train_ids, 16, 100)"
    again = "again for _ in itertools.count() for again in "
    code = replaced(code, once, f"({again}{once})")
    space: dict[str, Any] = {"__name__": "chapter"}
    exec(compile(code, "05_lstm", "exec"), space)
    return space


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--updates", type=int, default=2400)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    begun = time.process_time()
    space = run(options.hidden, options.updates)
    minutes = (time.process_time() - begun) / 60

    import torch

    kinds, strength = space["KINDS"], space["strength"]
    nats = ", ".join(f"{space['held_nats'](reader):.2f}" for reader in space["readers"])
    lines = [
        "# Chapter 5: cells of a reader trained for longer",
        "",
        f"`OMP_NUM_THREADS=1 python benchmarks/source_cells.py --hidden {options.hidden} "
        f"--updates {options.updates} --write`",
        "",
        f"Section 5.12 with {options.hidden} units and {options.updates:,} updates, seeds 0 and 1; "
        f"held-out loss {nats} nats per character. The entries: the size of the correlation of the "
        "best cell with the property, chosen on the odd streams and measured on the even ones. "
        f"Python {platform.python_version()} (its standard library is the text), torch "
        f"{torch.__version__}, cpu ({platform.machine()}), 1 thread under {platform.system()}; "
        f"about {minutes:.0f} min of CPU time.",
        "",
        "| network | " + " | ".join(kinds) + " |",
        "|---|" + "---:|" * len(kinds),
    ]
    for name, runs in strength.items():
        for seed, values in enumerate(runs):
            entries = " | ".join(f"{value:.2f}" for value in values)
            lines.append(f"| {name}, seed {seed} | {entries} |")
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
