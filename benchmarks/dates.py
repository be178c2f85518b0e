"""Runs the dates of chapter 8 with more seeds.

The cells of the chapter are run as they stand, for more seeds; nothing is written out again here.

    python benchmarks/dates.py [--seeds 5] [--write]
"""

from __future__ import annotations

import argparse
import os
import statistics
from pathlib import Path
from typing import Any

from _shared import chapter_cells, machine, publish

os.environ["MPLBACKEND"] = "Agg"  # the set-up cell imports matplotlib; nothing is shown

PAGE = Path(__file__).resolve().with_suffix(".md")
CELLS = (
    "setup",
    "failure-lengths",
    "batches-collate",
    "forcing-update",
    "dates-nearest",
    "dates-rule",
    "dates-encode",
    "dates-measure",
    "dates-train",
)
KINDS = ("year", "month", "day", "digits only", "short source", "long source")


def run() -> tuple[dict[str, Any], Any]:
    """Run the chapter's cells; return the names that they leave, and the cell on mistakes."""
    import torch

    torch.set_num_threads(1)
    sources = chapter_cells("08_seq2seq")
    space: dict[str, Any] = {"__name__": "chapter"}
    exec(compile("\n".join(sources[name] for name in CELLS), "08_seq2seq", "exec"), space)
    return space, compile(sources["dates-errors"], "dates-errors", "exec")


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    space, mistakes = run()
    rows = [
        ("nearest training source", "", "", f"{space['looked_up']:.3f}", *[""] * len(KINDS)),
        ("rule written by hand", "", "", f"{space['ruled']:.3f}", *[""] * len(KINDS)),
    ]
    shares = []
    for seed in range(options.seeds):
        model, _ = space["learn_dates"](seed)
        forced, free, share = space["judge"](model, space["test"])
        shares.append(share)
        name = f"encoder and decoder, seed {seed}"
        space["readers"] = [model]
        exec(mistakes, space)
        wrong = [f"{space['rates'][kind]:.3f}" for kind in KINDS]
        rows.append((name, f"{forced:.4f}", f"{free:.4f}", f"{share:.3f}", *wrong))
        print(rows[-1], flush=True)
    lines = [
        "# Chapter 8: dates, with more seeds",
        "",
        f"`python benchmarks/dates.py --seeds {options.seeds} --write`",
        "",
        f"{len(space['dates'].train):,} dates to learn from, {len(space['dates'].test)} to be "
        f"tested on, as in section 8.11. One thread, on the CPU of {machine()}, "
        f"NumPy {space['np'].__version__}.",
        "",
        "| model | nats, teacher-forced | nats, running free | exact match | wrong: "
        + " | ".join(KINDS)
        + " |",
        "|---|---:|---:|---:|" + "---:|" * len(KINDS),
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        f"The network's mean over the seeds is {statistics.mean(shares):.3f}, their standard "
        f"deviation {statistics.stdev(shares):.3f}. The nearest source was asked for the first "
        "100 test dates.",
    ]
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
