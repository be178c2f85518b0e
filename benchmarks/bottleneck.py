"""Measures exact match against length, with and without attention.

The task is to write a random string of eight letters backwards. One network of each kind is trained
on all lengths from 4 to 24 at once and asked, running free, for new strings of each length. "fixed"
hands on the encoder's last state and nothing else (chapter 8); "attention" looks back at all states
of the encoder (chapter 9). Cell, sizes, data, updates and schedule are the same for both.

    python benchmarks/bottleneck.py [--runs fixed:32 fixed:64 fixed:128 attention:32 attention:64]
                                    [--seeds 3] [--updates 2000] [--write]

What has been run is kept in build/bottleneck.json and not run again.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _shared import machine, mean_deviation, publish, read_json, write_json
from torch import nn

from rnn_utils import attention, decoding, seq2seq, sequences

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "benchmarks" / "bottleneck.md"
KEPT = ROOT / "build" / "bottleneck.json"

LETTERS = sequences.Vocabulary([*"abcdefgh", "<start>", "<end>"], unknown=None)
START, END = LETTERS.encode(["<start>", "<end>"]).tolist()
SHORTEST, LONGEST, ASKED = 4, 24, (4, 8, 12, 16, 20, 24)
EMBEDDING, BATCH, RATE, QUESTIONS = 16, 64, 5e-3, 500


def fixed(size: int) -> seq2seq.Seq2Seq:
    """Make a network whose decoder starts from the encoder's last state and sees nothing else."""
    V = len(LETTERS)
    encoder = seq2seq.Encoder(V, EMBEDDING, size, cell="lstm")
    return seq2seq.Seq2Seq(encoder, seq2seq.Decoder(V, EMBEDDING, size, cell="lstm"))


def with_attention(size: int) -> seq2seq.Seq2Seq:
    """Make the same network with a decoder that attends to every state of the encoder."""
    V = len(LETTERS)
    encoder = seq2seq.Encoder(V, EMBEDDING, size, cell="lstm")
    return seq2seq.Seq2Seq(encoder, attention.AttentionDecoder(V, EMBEDDING, size, cell="lstm"))


MODELS = {"fixed": fixed, "attention": with_attention}
RUNS = ["fixed:32", "fixed:64", "fixed:128", "attention:32", "attention:64"]


def draw(
    count: int, lengths: tuple[int, int], rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return sources (B, T), their lengths (B,) and targets (B, T + 1), padded with 0."""
    steps = torch.from_numpy(rng.integers(lengths[0], lengths[1] + 1, size=count))
    words = [torch.from_numpy(rng.integers(1, 9, size=n)) for n in steps.tolist()]
    source, _ = sequences.pad(words)
    end = torch.tensor([END])
    target, _ = sequences.pad([torch.cat([word.flip(0), end]) for word in words])
    return source, steps, target


def run(name: str, size: int, seed: int, updates: int) -> dict[str, Any]:
    """Train one network and return its share of exact answers at each length."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = MODELS[name](size)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=updates)
    began, loss = time.process_time(), torch.tensor(0.0)
    for _ in range(updates):
        source, steps, target = draw(BATCH, (SHORTEST, LONGEST), rng)
        logits = model(source, seq2seq.shift(target, START), steps)
        loss = seq2seq.masked_cross_entropy(logits, target, lengths=steps + 1)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    model.eval()
    shares = {}
    for length in ASKED:
        source, steps, target = draw(QUESTIONS, (length, length), np.random.default_rng(1000))
        with torch.no_grad():
            state = model.encode(source, steps)
        answers = decoding.greedy(model.step, state, START, END, LONGEST + 2)
        right = [
            list(answer.tokens) == row[:-1].tolist()
            for answer, row in zip(answers, target, strict=True)
        ]
        shares[str(length)] = sum(right) / QUESTIONS
    return {
        "shares": shares,
        "loss": loss.item(),
        "numbers": sum(weight.numel() for weight in model.parameters()),
        "seconds": round(time.process_time() - began, 1),
    }


def table(kept: dict[str, Any], pairs: list[str], seeds: int) -> list[str]:
    """Return one row for each model and size: mean and standard deviation over the seeds."""
    lines = [
        "| model | H | learned numbers | " + " | ".join(f"T = {n}" for n in ASKED) + " |",
        "|---|---:|---:|" + "---:|" * len(ASKED),
    ]
    for pair in pairs:
        name, size = pair.split(":")
        runs = [kept[f"{pair}:{seed}"] for seed in range(seeds)]
        cells = [mean_deviation([one["shares"][str(n)] for one in runs]) for n in ASKED]
        lines.append(f"| {name} | {size} | {runs[0]['numbers']:,} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Run what is missing, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", nargs="+", default=RUNS, help="model:state size")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    every = read_json(KEPT)
    kept = every.setdefault(str(options.updates), {})
    keys = [f"{pair}:{seed}" for seed in range(options.seeds) for pair in options.runs]
    for key in keys:
        if key not in kept:
            name, size, seed = key.split(":")
            kept[key] = run(name, int(size), int(seed), options.updates)
            write_json(KEPT, every)
            print(key, kept[key], flush=True)
    minutes = sum(kept[key]["seconds"] for key in keys) / 60
    command = (
        f"python benchmarks/bottleneck.py --runs {' '.join(options.runs)} "
        f"--seeds {options.seeds} --updates {options.updates} --write"
    )
    lines = [
        "# The bottleneck: exact match against length, with and without attention",
        "",
        f"`{command}`",
        "",
        f"Random strings of 8 letters, to be written backwards. Trained on lengths {SHORTEST} to "
        f"{LONGEST} at once: {options.updates:,} updates of Adam on {BATCH} fresh strings each, "
        f"rate {RATE} in one cycle, LSTM cells, embeddings of {EMBEDDING}. Asked, greedily, for "
        f"{QUESTIONS} new strings of each length T: the share that came out right from the first "
        f"letter to the end symbol, mean ± standard deviation over seeds 0 to {options.seeds - 1}.",
        "",
        *table(kept, options.runs, options.seeds),
        "",
        f"The standard error that comes from {QUESTIONS} strings is at most "
        f"{(0.25 / QUESTIONS) ** 0.5:.3f}. One thread, {minutes:.0f} "
        f"minutes of CPU time on {machine()}, NumPy {np.__version__}.",
    ]
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
