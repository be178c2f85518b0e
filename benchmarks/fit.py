"""Measures what `fit` costs per step beside the bare loop that it replaces.

Both loops do the same work on the same batches: forward, loss, backward, clipping by norm and
an Adam step, and the bare one also adds up its loss with `.item()`, as bare loops do. They take
turns, one epoch each, many times; the figure is the median of the ratios of CPU time of
neighbours, so that a busy machine disturbs both alike.

    python benchmarks/fit.py [--repeats 61]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_utils import device
from rnn_utils.training import Settings, fit, supervised


class Reader(nn.Module):
    """A recurrent classifier that reads out its last state."""

    def __init__(self, features: int, hidden: int, classes: int = 10) -> None:
        super().__init__()
        self.rnn = nn.RNN(features, hidden, batch_first=True)
        self.head = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (B, K) of sequences (B, T, D)."""
        output, _ = self.rnn(x)
        logits: Tensor = self.head(output[:, -1])
        return logits


def bare(model: nn.Module, data: tuple[Tensor, Tensor], batch_size: int) -> float:
    """Train for one epoch with nothing but what an epoch needs."""
    optimizer = torch.optim.Adam(model.parameters())
    inputs, targets = data
    total = 0.0
    model.train()
    for index in torch.randperm(len(inputs)).split(batch_size):
        logits = model(inputs[index])
        loss = F.cross_entropy(logits, targets[index])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(index)
    return total / len(inputs)


def library(progress: bool) -> Callable[[nn.Module, tuple[Tensor, Tensor], int], float]:
    """Return the same epoch by way of `fit`."""

    def run(model: nn.Module, data: tuple[Tensor, Tensor], batch_size: int) -> float:
        optimizer = torch.optim.Adam(model.parameters())
        settings = Settings(epochs=1, batch_size=batch_size, clip=1.0, progress=progress)
        loss = supervised(F.cross_entropy)
        return fit(model, data, loss=loss, optimizer=optimizer, settings=settings)["train"][0]

    return run


def seconds(run: Callable[..., float], *arguments: object) -> float:
    """Return the CPU time of one epoch (wall time on an accelerator, which waits at the end)."""
    where = device.pick()
    clock = time.process_time if where.type == "cpu" else time.perf_counter
    if where.type == "cuda":
        torch.cuda.synchronize()
    began = clock()
    run(*arguments)
    if where.type == "cuda":
        torch.cuda.synchronize()
    return clock() - began


def main() -> None:
    """Print one row per model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=61)
    options = parser.parse_args()
    where = device.pick()
    torch.set_num_threads(1)  # threads that wait for one another would count as work
    print(f"{device.describe()}; {options.repeats} repeats; median of neighbours' ratios")
    print(f"{'model':<28}{'bare ms/step':>14}{'fit':>9}{'fit + bar':>11}")
    for features, hidden, steps, batch_size in [
        (8, 8, 4, 8),  # so small that Python's own work is what is measured
        (8, 64, 8, 32),  # the digits of chapter 4
        (28, 128, 28, 64),  # MNIST row by row
        (64, 512, 32, 32),
    ]:
        batches = max(20, min(80, 1_200_000 // (hidden * steps * batch_size)))
        device.seed_everything(0)
        data = (
            torch.randn(batches * batch_size, steps, features, device=where),
            torch.randint(0, 10, (batches * batch_size,), device=where),
        )
        model = Reader(features, hidden).to(where)
        quiet, barred = library(progress=False), library(progress=True)
        for run in (bare, quiet):  # warm up
            run(model, data, batch_size)
        times: list[tuple[float, float, float]] = []
        for turn in range(options.repeats):
            order = [0, 1, 2] if turn % 2 else [2, 1, 0]
            took = [0.0, 0.0, 0.0]
            for which in order:
                took[which] = seconds((bare, quiet, barred)[which], model, data, batch_size)
            times.append((took[0], took[1], took[2]))
        base = statistics.median(t[0] for t in times) / batches * 1000
        plain, shown = (statistics.median(t[i] / t[0] - 1 for t in times) for i in (1, 2))
        name = f"D={features} H={hidden} T={steps} B={batch_size}"
        print(f"{name:<28}{base:>14.3f}{plain:>+9.1%}{shown:>+11.1%}")


if __name__ == "__main__":
    main()
