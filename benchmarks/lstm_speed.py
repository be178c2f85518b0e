"""Times a training step of the LSTM: the readable loop, the fast path, and torch's own layer.

A training step is: forward over B sequences of T steps with D = H, the mean square of the outputs
as the loss, backward to all weights and to the inputs. The three layers have the same weights. They
take turns, round after round, so that whatever else the machine does hits all three. With one
thread the clock counts the CPU time of the process, with more it is the wall clock.

    python benchmarks/lstm_speed.py [--sizes 64 128 256 512 1024] [--threads 1 2] [--write]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # a waiting thread must not spin

import torch
from _shared import publish
from torch import nn

from rnn_utils.lstm import LSTM

PAGE = Path(__file__).resolve().with_suffix(".md")
TARGETS = {128: 3.0, 1024: 1.5}  # the fast path takes at most so many times torch's time
NAMES = ("readable", "fast", "nn.LSTM")


def step(layer: nn.Module, x: torch.Tensor) -> None:
    """Run one training step, without the update."""
    output, _ = layer(x)
    output.square().mean().backward()
    x.grad = None
    layer.zero_grad()


def measure(hidden: int, batch: int, steps: int, rounds: int, threads: int) -> list[list[float]]:
    """Return for each of the three layers the seconds of each round."""
    clock: Callable[[], float] = time.process_time if threads == 1 else time.perf_counter
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    theirs = nn.LSTM(hidden, hidden, batch_first=True)
    layers: list[nn.Module] = [LSTM(hidden, hidden), LSTM(hidden, hidden, fast=True), theirs]
    x = torch.randn(batch, steps, hidden, requires_grad=True)
    expected = theirs(x)[0]
    for layer in layers:
        layer.load_state_dict(theirs.state_dict())
        torch.testing.assert_close(layer(x)[0], expected, rtol=1e-4, atol=1e-5)
        step(layer, x)  # to warm up
    seconds: list[list[float]] = [[] for _ in layers]
    for _ in range(rounds):
        for layer, own in zip(layers, seconds, strict=True):
            begun = clock()
            step(layer, x)
            own.append(clock() - begun)
    return seconds


def processor() -> str:
    """Return the name of the processor, where the system tells it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512, 1024])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    rows, kept = [], True
    for threads in options.threads:
        for hidden in options.sizes:
            rounds = max(3, min(20, 2048 // hidden))
            seconds = measure(hidden, options.batch, options.steps, rounds, threads)
            medians = [statistics.median(own) for own in seconds]
            least = [min(own) for own in seconds]
            ratio, lowest = medians[1] / medians[2], least[1] / least[2]
            target = TARGETS.get(hidden)
            kept &= target is None or ratio <= target
            times = [f"{1000 * value:,.1f}" for value in medians]
            ratios = [f"{medians[0] / medians[2]:.2f}", f"{ratio:.2f}", f"{lowest:.2f}"]
            bound = "" if target is None else f"{target:g}"
            row = [str(threads), str(hidden), str(rounds), *times, *ratios, bound]
            rows.append("| " + " | ".join(row) + " |")
            print(rows[-1], flush=True)
    command = "python benchmarks/lstm_speed.py"
    if options.sizes != parser.get_default("sizes"):
        command += " --sizes " + " ".join(map(str, options.sizes))
    if options.threads != parser.get_default("threads"):
        command += " --threads " + " ".join(map(str, options.threads))
    for key in ("batch", "steps"):
        if getattr(options, key) != parser.get_default(key):
            command += f" --{key} {getattr(options, key)}"
    lines = [
        "# A training step of the LSTM",
        "",
        f"`{command} --write`",
        "",
        f"One layer in one direction, B = {options.batch}, T = {options.steps}, D = H, float32: "
        "forward, the mean square of the outputs, backward to all weights and to the inputs. "
        "Medians over rounds in which the three take turns, in milliseconds: CPU time with one "
        "thread, wall time with more. Ratios are to `nn.LSTM`; the last of them compares the "
        f"fastest rounds. Seed 0. {processor()}, {platform.system()}; Python "
        f"{platform.python_version()}, torch {torch.__version__}.",
        "",
        "| threads | H | rounds | readable | `fast=True` | `nn.LSTM` | readable, ratio "
        "| fast, ratio | fast, fastest | at most |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        "`fast=True` must keep the last column: "
        + ("it does in every row." if kept else "it does not in every row."),
    ]
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
