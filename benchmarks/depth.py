"""Labels the characters of source code with deep and shallow readers of equal size.

The data, the labels and the training loop are the cells of chapter 7; here they run longer, with
more seeds, and over depth, directions and residual paths. Each run is stored as soon as it is done,
so an interrupted script goes on where it stopped.

    python benchmarks/depth.py [--seeds 3] [--updates 600] [--write]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any

from _shared import chapter_cells, machine, publish, read_json, write_json

os.environ["MPLBACKEND"] = "Agg"  # the set-up cell imports matplotlib; nothing is shown

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "benchmarks" / "depth.md"
CELLS = ("setup", "cheat-data", "cheat-train", "cheat-windows", "real-label", "real-data")
PARAMETERS = 24_000
READERS = [  # layers, both ways, residual
    (1, False, False),
    (2, False, False),
    (4, False, False),
    (4, False, True),
    (1, True, False),
    (2, True, False),
    (4, True, False),
    (2, True, True),
    (4, True, True),
]


def chapter() -> dict[str, Any]:
    """Run the cells of the chapter and return the names that they leave."""
    sources = chapter_cells("07_deep")
    space: dict[str, Any] = {"__name__": "chapter"}
    exec(compile("\n".join(sources[name] for name in CELLS), "07_deep", "exec"), space)
    return space


def make_reader(layers: int, both: bool, residual: bool) -> tuple[Any, int, int]:
    """Return a reader of about the wanted size, its H and its number of parameters."""
    from torch import Tensor, nn

    class Reader(nn.Module):
        def __init__(self, hidden: int) -> None:
            super().__init__()
            width = hidden * (1 + both)
            self.embedding = nn.Embedding(128, 16)
            self.layers = nn.ModuleList(
                nn.LSTM(16 if not depth else width, hidden, batch_first=True, bidirectional=both)
                for depth in range(layers)
            )
            self.path = nn.Linear(16, width, bias=False) if residual else None
            self.head = nn.Linear(width, 7)

        def forward(self, ids: Tensor) -> Tensor:
            x = self.embedding(ids)
            for depth, layer in enumerate(self.layers):
                read, _ = layer(x)
                if self.path is not None:
                    read = read + (x if depth else self.path(x))
                x = read
            return self.head(x)

    def size(hidden: int) -> int:
        return sum(weight.numel() for weight in Reader(hidden).parameters())

    hidden = min(range(8, 96), key=lambda hidden: abs(size(hidden) - PARAMETERS))
    return Reader(hidden), hidden, size(hidden)


def run(space: dict[str, Any], reader: tuple[int, bool, bool], seed: int, updates: int) -> Any:
    """Train one reader and return its figures."""
    import torch

    torch.manual_seed(seed)
    model, hidden, parameters = make_reader(*reader)
    torch.manual_seed(seed)
    for layer in model.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    windows_of = space["windows_of"]
    seen = windows_of(space["learning"], updates * 32, 48, seed)
    began = time.process_time()
    space["fit"](model, [(w[..., 0], w[..., 1]) for w in seen.split(32)])
    seconds = time.process_time() - began
    tests = windows_of(space["held_out"], 2000, 48, 9)
    with torch.no_grad():
        right = (model(tests[..., 0]).argmax(-1) == tests[..., 1]).float()
    return {
        "hidden": hidden,
        "parameters": parameters,
        "right": right.mean().item(),
        "start": right[:, :8].mean().item(),
        "end": right[:, -8:].mean().item(),
        "seconds": seconds,
    }


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=600)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    space = chapter()

    import torch

    done_file = ROOT / "build" / f"depth-{options.updates}-{torch.__version__}.json"
    done = read_json(done_file)
    rows = []
    for reader in READERS:
        results = []
        for seed in range(options.seeds):
            key = f"{reader} {seed}"
            if key not in done:
                done[key] = run(space, reader, seed, options.updates)
                write_json(done_file, done)
                print(key, done[key], flush=True)
            results.append(done[key])
        layers, both, residual = reader
        mean = {name: statistics.mean(r[name] for r in results) for name in results[0]}
        spread = statistics.stdev(r["right"] for r in results) if len(results) > 1 else 0.0
        rows.append(
            f"| {layers} | {'both' if both else 'one'} | {'yes' if residual else 'no'} | "
            f"{mean['hidden']:.0f} | {mean['parameters']:,.0f} | {mean['right']:.3f} | "
            f"{spread:.3f} | {mean['start']:.3f} | {mean['end']:.3f} | {mean['seconds']:.0f} |"
        )
    lines = [
        "# Depth, directions and residual paths on source code",
        "",
        f"`python benchmarks/depth.py --seeds {options.seeds} --updates {options.updates} --write`",
        "",
        "Share of right labels among the characters of 2,000 held-out windows of 48 characters "
        f"(section 7.11), all readers with about {PARAMETERS:,} parameters, {options.updates} "
        f"updates of 32 windows, seeds 0 to {options.seeds - 1}. Means over the seeds; the spread "
        "is their standard deviation; start and end are the first and the last eight characters "
        "of a window; seconds are CPU time of one training run. One thread of "
        f"{machine()}.",
        "",
        "| layers | ways | residual | H | parameters | right | spread | start | end | seconds |",
        "|---:|---|---|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
