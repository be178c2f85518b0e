"""Compares six networks at equal parameter counts on four tasks, for section 6.11 and claim C35.

Every network has one recurrent layer and a linear head, with the width that brings its number of
parameters nearest to the task's. Every cell gets the same number of updates, the same batches and
the same search for its learning rate: three rates (four for the names, where the lowest of three
was the best for some), two seeds that are used for nothing else, the best mean on validation data.
Then it is trained anew with other seeds and judged on test data. Each keeps its state at the start
as its chapter advises: an orthogonal matrix for the RNN, a gate bias of 1 towards keeping for the
others; the fitted LSTM writes as little as it forgets, with -1 at its input gate (section 5.11).
Runs that are done are kept in build/cells.json, so that a stopped script goes on where it was.

    python benchmarks/cells.py [--seeds 6] [--tasks adding order text names] [--write]
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from _shared import machine, publish, read_json, write_json
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_utils import datasets, gru, sequences
from rnn_utils.rnn import count_parameters

PAGE = Path(__file__).resolve().with_suffix(".md")
KEPT = PAGE.parent.parent / "build" / "cells.json"
RATES = (3e-3, 1e-2, 3e-2)
TUNING = (100, 101)  # seeds for the search of the rate, used for nothing else
BATCH, CLIP = 32, 1.0

BLOCKS = {
    "RNN": 1,
    "LSTM": 4,
    "LSTM, fitted": 4,
    "GRU": 3,
    "GRU (Cho)": 3,
    "MGU": 2,
}  # blocks of H rows
ORDER = tuple(BLOCKS)


@dataclass(frozen=True)
class Task:
    """One task: how it is drawn, how large the networks are, what is measured."""

    parameters: int  # what every network should have
    updates: int
    features: int  # D, what the cell reads
    outputs: int  # K, what the head gives
    unit: str  # of the score; lower is better in all of them
    title: str
    rates: tuple[float, ...] = RATES


TASKS = {
    "adding": Task(3500, 500, 2, 1, "squared error / variance", "adding, T = 50"),
    "order": Task(3500, 400, 8, 4, "cross entropy / ln 4", "temporal order, T = 50"),
    "text": Task(16000, 400, 16, 0, "bits per character", "Python source, T = 50"),
    "names": Task(4500, 500, 16, 10, "nats per name", "surnames, 10 languages", (1e-3, *RATES)),
}


def width(cell: str, task: Task, fixed: int) -> int:
    """Return the H whose number of parameters lies nearest: the root of a quadratic, rounded."""
    g, d, k = BLOCKS[cell], task.features, task.outputs
    # g H^2 + (g (D + 2) + K) H + K + fixed - P = 0
    b, c = g * (d + 2) + k, k + fixed - task.parameters
    return round((-b + math.sqrt(b * b - 4 * g * c)) / (2 * g))


def layer(cell: str, features: int, hidden: int) -> nn.Module:
    """Make the recurrent layer with the start that its chapter advises."""
    make: dict[str, Callable[[], nn.Module]] = {
        "RNN": lambda: nn.RNN(features, hidden, batch_first=True),
        "LSTM": lambda: nn.LSTM(features, hidden, batch_first=True),
        "LSTM, fitted": lambda: nn.LSTM(features, hidden, batch_first=True),
        "GRU": lambda: gru.GRU(features, hidden, fast=True),  # equal to nn.GRU, and quicker
        "GRU (Cho)": lambda: gru.GRU(features, hidden, reset_after=False, fast=True),
        "MGU": lambda: gru.MGU(features, hidden, fast=True),
    }
    made = make[cell]()
    # the block that decides about the old state, and the sign of its bias that keeps it
    start = {"RNN": {}, "MGU": {0: -1.0}, "LSTM, fitted": {0: -1.0, 1: 1.0}}.get(cell, {1: 1.0})
    for block, value in start.items():
        rows = slice(block * hidden, (block + 1) * hidden)
        made.bias_ih_l0.data[rows], made.bias_hh_l0.data[rows] = value, 0.0
    if cell == "RNN":
        nn.init.orthogonal_(made.weight_hh_l0)
    return made


class Network(nn.Module):
    """An optional embedding, one recurrent layer, a linear head."""

    def __init__(self, cell: str, task: Task, hidden: int, vocabulary: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, task.features) if vocabulary else None
        self.layer = layer(cell, task.features, hidden)
        self.head = nn.Linear(hidden, task.outputs)

    def forward(self, x: Tensor, last: Tensor | None = None) -> Tensor:
        """Return (B, K) at each example's step `last`, or (B, T, K) at all steps."""
        states, _ = self.layer(x if self.embed is None else self.embed(x))  # (B, T, H)
        if last is not None:
            states = states[torch.arange(len(states)), last]
        result: Tensor = self.head(states)
        return result


class Problem:
    """A task with its data: batches to learn from, and the score of a network."""

    def __init__(self, name: str) -> None:
        self.name, self.task, self.vocabulary = name, TASKS[name], 0
        if name in ("adding", "order"):
            kind = "adding" if name == "adding" else "temporal_order"
            parts = [
                datasets.load(kind, n=n, length=50, seed=s)
                for n, s in ((BATCH * self.task.updates, 1), (1000, 2), (2000, 3))
            ]
            self.parts = []
            for part in parts:
                x = part.inputs if name == "adding" else sequences.one_hot(part.inputs, 8)
                last = torch.full((len(x),), x.shape[1] - 1)
                self.parts.append((x.float(), part.targets, last))
        elif name == "names":
            data = datasets.load("surnames")
            letters = sequences.Vocabulary.from_tokens(
                (letter for word in data.train.inputs for letter in word),
                padding="<pad>",
                unknown="<unk>",
            )
            self.vocabulary = len(letters)
            self.parts = []
            for part in (data.train, data.valid, data.test):
                x, lengths = sequences.pad([letters.encode(word) for word in part.inputs])
                self.parts.append((x.long(), torch.as_tensor(part.targets), lengths - 1))
        else:
            data = datasets.load("python_stdlib")
            signs = sequences.Vocabulary.from_tokens(data.train, unknown="<unk>")
            self.vocabulary = len(signs)
            self.task = Task(**{**vars(self.task), "outputs": self.vocabulary})
            self.text = [signs.encode(part) for part in (data.train, data.valid, data.test)]
        self.fixed = self.vocabulary * self.task.features  # what all networks share

    def batch(self, draw: torch.Generator) -> tuple[Tensor, Tensor, Tensor | None]:
        """Draw a batch to learn from."""
        if self.name == "text":
            at = torch.randint(0, len(self.text[0]) - 51, (BATCH, 1), generator=draw)
            piece = self.text[0][at + torch.arange(51)]  # (B, 51)
            return piece[:, :-1], piece[:, 1:], None
        x, y, last = self.parts[0]
        chosen = torch.randint(0, len(x), (BATCH,), generator=draw)
        return x[chosen], y[chosen], last[chosen]

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the score of a batch, which is also what training makes smaller."""
        if self.name == "adding":  # the variance of the sum of two uniform numbers is 1 / 6
            return 6 * F.mse_loss(output[:, 0], targets)
        loss = F.cross_entropy(output.flatten(0, -2), targets.flatten())
        return loss / {"order": math.log(4), "text": math.log(2), "names": 1.0}[self.name]

    def score(self, model: nn.Module, part: int) -> float:
        """Return the score on validation (1) or test data (2)."""
        with torch.no_grad():
            if self.name == "text":
                piece = self.text[part][: 100 * 401].view(100, 401)
                return self.loss(model(piece[:, :-1]), piece[:, 1:]).item()
            x, y, last = self.parts[part]
            return self.loss(model(x, last), y).item()


def train(problem: Problem, cell: str, rate: float, seed: int) -> dict[str, float]:
    """Train one network; return its scores and the processor seconds."""
    torch.manual_seed(seed)
    hidden = width(cell, problem.task, problem.fixed)
    model = Network(cell, problem.task, hidden, problem.vocabulary)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    draw = torch.Generator().manual_seed(seed)  # the same batches for every cell
    began = time.process_time()
    for _ in range(problem.task.updates):
        x, y, last = problem.batch(draw)
        loss = problem.loss(model(x, last), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
    seconds = time.process_time() - began
    scores = {"valid": problem.score(model, 1), "test": problem.score(model, 2)}
    return scores | {"seconds": seconds, "hidden": hidden, "count": count_parameters(model)}


def runs(names: Iterable[str], cells: Iterable[str], seeds: int) -> dict[str, dict[str, float]]:
    """Do, or take from the file, every run of the search and of the comparison."""
    kept = read_json(KEPT)

    def done(problem: Problem, cell: str, rate: float, seed: int) -> dict[str, float]:
        key = (
            f"{problem.name}|{problem.task.updates}|{problem.task.parameters}|{cell}|{rate}|{seed}"
        )
        if key not in kept:
            kept[key] = train(problem, cell, rate, seed)
            write_json(KEPT, kept)
            print(f"{key}: {kept[key]['test']:.3f}, {kept[key]['seconds']:.0f} s", flush=True)
        return kept[key]

    results: dict[str, dict[str, float]] = {}
    for name in names:
        problem = Problem(name)
        for cell in cells:
            search = {
                rate: statistics.mean(done(problem, cell, rate, seed)["valid"] for seed in TUNING)
                for rate in problem.task.rates
            }
            best = min(search, key=lambda rate: search[rate])
            final = [done(problem, cell, best, seed) for seed in range(seeds)]
            results[f"{name}|{cell}"] = {
                "rate": best,
                "hidden": final[0]["hidden"],
                "count": final[0]["count"],
                "scores": [run["test"] for run in final],
                "seconds": sum(run["seconds"] for run in final) / seeds,
            }
    return results


def interval(values: list[float]) -> tuple[float, float]:
    """Return the mean and the half-width of its 95 % interval by Student's t."""
    spread = statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values), float(stats.t.ppf(0.975, len(values) - 1)) * spread


def page(results: dict[str, dict[str, float]], seeds: int, names: list[str]) -> str:
    """Write the tables."""
    lines = [
        "# Five cells, six starts, at equal parameter counts",
        "",
        f"`python benchmarks/cells.py --seeds {seeds} --write`",
        "",
        f"Batches of {BATCH}, Adam, the norm of the gradient clipped at {CLIP}. The learning rate "
        f"of each cell is the best of the rates named below by the "
        f"mean validation score over the seeds {TUNING[0]} and {TUNING[1]}; then seeds 0 to "
        f"{seeds - 1}, judged on test data. Lower is better everywhere. After the mean, half of "
        "its 95 % interval by Student's t over the seeds: it holds for new starts and batches, on "
        "the same test data. Seconds of the processor for one training. One thread on the CPU of "
        f"{machine()}, NumPy {np.__version__}.",
        "",
    ]
    for name in names:
        task = TASKS[name]
        lines += [
            f"## {task.title}",
            "",
            f"{task.updates} updates, about {task.parameters:,} parameters, rates "
            f"{', '.join(f'{rate:g}' for rate in task.rates)}. Score: {task.unit}.",
            "",
            "| cell | H | parameters | rate | score | each seed | less the GRU's | seconds |",
            "|---|---:|---:|---:|---:|---|---:|---:|",
        ]
        reference = results[f"{name}|GRU"]["scores"]
        cells = [cell for cell in ORDER if f"{name}|{cell}" in results]
        for cell in cells:
            row = results[f"{name}|{cell}"]
            mean, half = interval(row["scores"])
            pairs = [one - other for one, other in zip(row["scores"], reference, strict=True)]
            away, give = interval(pairs)
            paired = "" if cell == "GRU" else f"{away:+.3f} ± {give:.3f}"
            each = " ".join(f"{score:.3f}" for score in row["scores"])
            lines.append(
                f"| {cell} | {row['hidden']:.0f} | {row['count']:,.0f} | {row['rate']:g} | "
                f"{mean:.3f} ± {half:.3f} | {each} | {paired} | {row['seconds']:.1f} |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = runs(options.tasks, ORDER, options.seeds)
    publish(page(results, options.seeds, options.tasks), PAGE, options.write)


if __name__ == "__main__":
    main()
