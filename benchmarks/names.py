"""Runs the training and the baselines of chapter 2 on the larger set of names.

The cells of the chapter are run as they stand, with `load("names")` in place of
`load("surnames")` and more seeds; nothing is written out again here. The set comes from the data
root or the download, as everywhere.

    python benchmarks/names.py [--seeds 5] [--write]
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from pathlib import Path
from typing import Any

from _shared import chapter_cells, machine, publish

os.environ["MPLBACKEND"] = "Agg"  # the set-up cell imports matplotlib; nothing is shown

PAGE = Path(__file__).resolve().with_suffix(".md")
CELLS = (
    "setup",
    "train-data",
    "train-model",
    "train-loop",
    "train-run",
    "baseline-bag",
    "baseline-bag-train",
    "baseline-pairs",
)


def replaced(source: str, old: str, new: str) -> str:
    """Replace what has to stand in the chapter exactly once."""
    if source.count(old) != 1:
        raise SystemExit(f"chapter 2: expected {old!r} once in the cells, got {source.count(old)}")
    return source.replace(old, new)


def run(seeds: int) -> dict[str, Any]:
    """Run the chapter's cells on the larger set and return the names that they leave."""
    import torch

    torch.set_num_threads(1)
    sources = chapter_cells("02_rnn")
    code = "\n".join(sources[name] for name in CELLS)
    code = replaced(code, 'data = datasets.load("surnames")', 'data = datasets.load("names")')
    code = replaced(code, "for seed in range(3):", f"for seed in range({seeds}):")
    space: dict[str, Any] = {"__name__": "chapter"}
    exec(compile(code, "02_rnn", "exec"), space)
    with torch.no_grad():
        held, right = space["held"], space["share_right"]
        space["ours"] = [right(reader(held[0], held[1]), held[2]) for reader in space["readers"]]
    return space


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    space = run(options.seeds)
    data, ours, asked = space["data"], space["ours"], len(space["names"])
    rows = [*space["scores"].items(), ("pairs of letters", space["pairs"])]
    rows += [(f"recurrent network, seed {seed}", share) for seed, share in enumerate(ours)]
    mean, spread = statistics.mean(ours), statistics.stdev(ours)
    error = math.sqrt(mean * (1 - mean) / asked)
    lines = [
        "# Chapter 2 on the larger set of names",
        "",
        f"`python benchmarks/names.py --seeds {options.seeds} --write`",
        "",
        f"{len(data.train):,} names of {len(data.classes)} languages to learn from, {asked:,} held "
        f"out (the validation and the test names, as in section 2.15). Seeds 0 to "
        f"{options.seeds - 1}. One thread, on the {space['place'].type} of {machine()}, "
        f"NumPy {space['np'].__version__}.",
        "",
        "| model | right, of the names held out |",
        "|---|---:|",
        *(f"| {name} | {share:.3f} |" for name, share in rows),
        "",
        f"The network's mean over the seeds is {mean:.3f}, their standard deviation {spread:.3f}. "
        f"The standard error that comes from {asked:,} names is {error:.3f}, the same names for "
        "every model.",
    ]
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
