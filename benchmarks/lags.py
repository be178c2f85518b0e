"""Trains RNN, LSTM and GRU to carry something over a lag, and tables who learns which.

The full version of section 5.11: copy, temporal order and adding at several lengths, one layer of
32 units, fresh batches of 32, Adam, the gradient clipped at norm 1. A run stops when the mean loss
of 50 updates falls below 0.03 of a blind guess, or after 1,000 updates. Each finished run is kept
in `build/lags.json`, so that a stopped script goes on where it was.

    python benchmarks/lags.py [--seeds 3] [--updates 1000] [--write]
"""

from __future__ import annotations

import argparse
import math
import platform
import time
from pathlib import Path
from typing import Any

import torch
from _shared import publish, read_json, write_json
from torch import Tensor, nn

from rnn_utils import datasets, sequences

PAGE = Path(__file__).resolve().with_suffix(".md")
KEPT = PAGE.parent.parent / "build" / "lags.json"
TASKS = ("copy", "temporal order", "adding")
LENGTHS = (20, 50, 100, 200)
CELLS = (
    "RNN",
    "LSTM, bias 0",
    "LSTM, bias 1",
    "LSTM, bias 2",
    "LSTM, bias log T",
    "LSTM, fitted to T",
    "GRU",
)
LONGEST = ("LSTM, bias 2", "LSTM, fitted to T")  # the only ones at the last length
HIDDEN, BATCH, RATE, SOLVED = 32, 32, 1e-2, 0.03


def draw(task: str, length: int, seed: int, n: int = 32_000) -> tuple[Tensor, Tensor, int]:
    """Return inputs (N, T, D), targets (N,) and the number of outputs."""
    if task == "adding":
        examples = datasets.load("adding", n=n, length=length, seed=seed)
        return examples.inputs, examples.targets, 1
    if task == "copy":  # shown at the first step, asked for at the last
        examples = datasets.load("copy_task", n=n, lag=length - 2, symbols=4, length=1, seed=seed)
        return sequences.one_hot(examples.inputs, 6).float(), examples.targets[:, -1], 4
    examples = datasets.load("temporal_order", n=n, length=length, seed=seed)
    return sequences.one_hot(examples.inputs, 8).float(), examples.targets, 4


def make(cell: str, features: int, length: int, seed: int) -> nn.Module:
    """Return one layer; "bias b" sets the two forget biases of an LSTM to the sum b.

    "fitted to T" sets them to log T, and those of the input gate to -log T.
    """
    torch.manual_seed(seed)
    if not cell.startswith("LSTM"):
        layer: nn.Module = getattr(nn, cell)(features, HIDDEN, batch_first=True)
        return layer
    lstm = nn.LSTM(features, HIDDEN, batch_first=True)
    bias = math.log(length) if cell.endswith(" T") else float(cell[-1])
    with torch.no_grad():
        lstm.bias_ih_l0[HIDDEN : 2 * HIDDEN] = bias
        lstm.bias_hh_l0[HIDDEN : 2 * HIDDEN] = 0.0
        if cell.endswith("fitted to T"):
            lstm.bias_ih_l0[:HIDDEN] = -bias
            lstm.bias_hh_l0[:HIDDEN] = 0.0
    return lstm


def share(task: str, output: Tensor, targets: Tensor) -> Tensor:
    """Return the loss as a share of the best blind guess."""
    if task == "adding":  # the variance of the sum of two uniform numbers is 1 / 6
        return nn.functional.mse_loss(output[:, 0], targets) * 6
    return nn.functional.cross_entropy(output, targets) / math.log(4)


def run(task: str, length: int, cell: str, seed: int, updates: int) -> dict[str, Any]:
    """Train one network; return its last loss and the updates that it took."""
    begun = time.process_time()
    x, targets, outputs = draw(task, length, seed)
    layer = make(cell, x.shape[2], length, seed)
    head = nn.Linear(HIDDEN, outputs)
    parameters = [*layer.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=RATE)
    losses: list[float] = []
    while len(losses) < updates and not (len(losses) > 50 and sum(losses[-50:]) / 50 < SOLVED):
        first = BATCH * len(losses) % len(x)
        chosen = slice(first, first + BATCH)
        loss = share(task, head(layer(x[chosen])[0][:, -1]), targets[chosen])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        losses.append(loss.item())
    return {
        "run": [task, length, cell, seed, updates],
        "share": sum(losses[-50:]) / 50,
        "updates": len(losses),
        "seconds": time.process_time() - begun,
    }


def all_runs(seeds: int, updates: int) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return what is kept, and run and keep the rest."""
    done = {tuple(kept["run"]): kept for kept in read_json(KEPT)}
    wanted = [
        (task, length, cell, seed, updates)
        for length in LENGTHS
        for task in TASKS
        for cell in (LONGEST if length == LENGTHS[-1] else CELLS)
        for seed in range(seeds)
    ]
    for key in wanted:
        if key not in done:
            done[key] = run(*key)
            write_json(KEPT, list(done.values()))
            print(*key[:4], f"{done[key]['share']:.2f}", done[key]["updates"], flush=True)
    return {key: done[key] for key in wanted}


def entry(runs: list[dict[str, Any]]) -> str:
    """Return one cell of the table: the mean share, how many solved it, and after how long."""
    if not runs:
        return "not run"
    solved = sorted(run["updates"] for run in runs if run["share"] < SOLVED)
    mean = sum(run["share"] for run in runs) / len(runs)
    after = f", {solved[len(solved) // 2]}" if solved else ""
    return f"{mean:.2f} ({len(solved)}/{len(runs)}{after})"


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    runs = all_runs(options.seeds, options.updates)
    seconds = sum(kept["seconds"] for kept in runs.values())
    lines = [
        "# Chapter 5: who learns which lag",
        "",
        f"`OMP_NUM_THREADS=1 python benchmarks/lags.py --seeds {options.seeds} "
        f"--updates {options.updates} --write`",
        "",
        f"One layer of {HIDDEN} units, fresh batches of {BATCH}, Adam with rate {RATE}, clipping "
        f"at norm 1, seeds 0 to {options.seeds - 1}; a run stops below {SOLVED} of a blind guess "
        f"or after {options.updates:,} updates. The entries: the mean over the seeds of the last "
        "loss as a share of a blind guess (1 is nothing learned); in brackets how many seeds got "
        f"below {SOLVED}, and the number of updates of the middle one of them. The biases are "
        "those of the forget gate, their sum; T is the length; 'fitted to T' has log T there and "
        f"-log T at the input gate. Python {platform.python_version()}, torch {torch.__version__}, "
        f"cpu ({platform.machine()}), 1 thread under {platform.system()}; {seconds / 60:.0f} "
        "minutes of CPU time.",
    ]
    for task in TASKS:
        lines += ["", f"## {task.capitalize()}", ""]
        lines += ["| cell | " + " | ".join(f"{length} steps" for length in LENGTHS) + " |"]
        lines += ["|---|" + "---:|" * len(LENGTHS)]
        for cell in CELLS:
            entries = [
                entry(
                    [
                        runs[key]
                        for seed in range(options.seeds)
                        if (key := (task, length, cell, seed, options.updates)) in runs
                    ]
                )
                for length in LENGTHS
            ]
            lines += [f"| {cell} | " + " | ".join(entries) + " |"]
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
