"""Trains the network of chapter 4 on MNIST read row by row, and prints its test accuracy.

The full-size version of section 4.16: 28 steps of 28 pixels, recurrent layers of 128 and then 64
units, `fit` with Adam, a cosine schedule and clipping at norm 1. The epoch is chosen by the
validation loss; the test digits are asked once for each seed. Softmax regression on all pixels,
trained the same way, stands beside it. The set comes from the data root or the download.

    python benchmarks/mnist_rows.py [--seeds 3] [--epochs 6] [--write]
"""

from __future__ import annotations

import argparse
import itertools
import platform
import statistics
import time
from pathlib import Path

import torch
from _shared import publish, threads_prefix
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_utils import datasets, device, metrics, training

PAGE = Path(__file__).resolve().with_suffix(".md")
WIDTHS = (128, 64)


class Rows(nn.Module):
    """Recurrent layers one above the other, and a head on the last state of the last."""

    def __init__(self, features: int, widths: tuple[int, ...], classes: int) -> None:
        super().__init__()
        sizes = itertools.pairwise([features, *widths])
        self.layers = nn.ModuleList(nn.RNN(a, b, batch_first=True) for a, b in sizes)
        for layer in self.layers:
            nn.init.orthogonal_(layer.weight_hh_l0)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (B, K) of sequences (B, T, D)."""
        for layer in self.layers:
            x, _ = layer(x)  # (B, T, H)
        logits: Tensor = self.head(x[:, -1])
        return logits


def accuracy(model: nn.Module, inputs: Tensor, targets: Tensor) -> float:
    """Return the share of examples that the model gets right."""
    model.eval()
    with torch.no_grad():
        return metrics.accuracy(model(inputs).argmax(1), targets)


def run(
    model: nn.Module, data: datasets.Labelled, epochs: int, seed: int
) -> tuple[float, float, float]:
    """Train; return validation loss and test accuracy of the best epoch, and the seconds."""
    where = device.pick()
    model.to(where)
    train, valid, test = (
        (split.inputs.to(where), split.targets.to(where))
        for split in (data.train, data.valid, data.test)
    )
    settings = training.Settings(
        epochs=epochs, batch_size=64, clip=1.0, schedule="step", seed=seed, progress=False
    )
    steps = -(-len(train[0]) // settings.batch_size) * epochs
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    began = time.perf_counter()
    history = training.fit(
        model,
        train,
        valid=valid,
        loss=training.supervised(F.cross_entropy),
        optimizer=optimizer,
        scheduler=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps),
        settings=settings,
    )
    took = time.perf_counter() - began
    return min(history["valid"]), accuracy(model, *test), took


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    data = datasets.load("mnist_rows")
    features, classes = data.train.inputs.shape[-1], len(data.classes)
    pixels = data.train.inputs[0].numel()
    rows, recurrent = [], []
    for name in ("softmax regression", f"recurrent, {WIDTHS[0]} then {WIDTHS[1]} units"):
        for seed in range(options.seeds):
            device.seed_everything(seed)
            model: nn.Module = Rows(features, WIDTHS, classes)
            if name == "softmax regression":
                model = nn.Sequential(nn.Flatten(), nn.Linear(pixels, classes))
            loss, share, took = run(model, data, options.epochs, seed)
            rows.append(f"| {name} | {seed} | {loss:.4f} | {share:.4f} |")
            print(f"{rows[-1]} {took:.0f} s", flush=True)
            if isinstance(model, Rows):
                recurrent.append(share)
    mean = statistics.mean(recurrent)
    error = (mean * (1 - mean) / len(data.test)) ** 0.5
    spread = (
        f", their standard deviation {statistics.stdev(recurrent):.4f}" if recurrent[1:] else ""
    )
    lines = [
        "# Chapter 4 on MNIST, row by row",
        "",
        f"`{threads_prefix()}python benchmarks/mnist_rows.py "
        f"--seeds {options.seeds} --epochs {options.epochs} --write`",
        "",
        f"{len(data.train):,} digits to learn from, {len(data.valid):,} to choose the epoch by, "
        f"the {len(data.test):,} official test digits. {options.epochs} epochs, seeds 0 to "
        f"{options.seeds - 1}. {device.describe()} under {platform.system()}.",
        "",
        "| model | seed | validation loss (nats) | test accuracy |",
        "|---|---:|---:|---:|",
        *rows,
        "",
        f"The recurrent network's mean test accuracy over the seeds is {mean:.4f}{spread}. The "
        f"standard error that comes from {len(data.test):,} test digits is {error:.4f}.",
    ]
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
