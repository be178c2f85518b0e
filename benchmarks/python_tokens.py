"""Measures what a CRF, and what the rule of BIO alone, gain on characters of Python's source.

The reader of section 12.12 (an embedding of 24, a GRU of 40 units each way) is trained with a
softmax at each step, with a linear-chain CRF, and with a CRF that forbids what BIO forbids from the
start; each on 150 and on 390 batches of 32 lines. The first two answer with and without the
rule. Answers are judged on the lines of the test part of at most 60 characters.

    python benchmarks/python_tokens.py [--updates 150 390] [--seeds 3] [--write]

What has been run is kept in build/python_tokens.json and not run again.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _shared import machine, mean_deviation, publish, read_json, write_json

from rnn_utils import datasets, metrics, sequences, tagging, training

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "benchmarks" / "python_tokens.md"
KEPT = ROOT / "build" / "python_tokens.json"

CODE = datasets.load("python_tokens", scheme="bio")
LINES = [pair for pair in CODE.train if len(pair[0]) <= 60]
ASKED = sorted((pair for pair in CODE.test if len(pair[0]) <= 60), key=lambda pair: len(pair[0]))
LETTERS = sequences.Vocabulary.from_tokens(letter for line, _ in LINES for letter in line)
TAGS = sequences.Vocabulary(CODE.tags, padding=None, unknown=None)
ALLOWED, FIRST, _ = tagging.bio_constraints(CODE.tags)
FIGURES = ("tags", "F1", "lines", "broken")


def train(kind: str, seed: int, updates: int) -> tagging.Tagger:
    """Train one tagger as section 12.12 does; the CRF has ten times the rate of the rest."""
    torch.manual_seed(seed)
    model = tagging.Tagger(len(LETTERS), 24, 40, len(TAGS), crf=kind != "softmax", cell="gru")
    own = [] if model.crf is None else list(model.crf.parameters())
    if kind == "ruled" and model.crf is not None:
        model.crf.forbid(ALLOWED, FIRST)
    others = [weight for weight in model.parameters() if not any(weight is one for one in own)]
    epochs = -(-updates * 32 // len(LINES))
    lines = LINES[: 32 * updates] if epochs == 1 else LINES
    batches = tagging.TaggedBatches(lines, LETTERS, TAGS, size=32, seed=seed)
    optimizer = torch.optim.Adam([{"params": others, "lr": 0.01}, {"params": own, "lr": 0.1}])
    total = epochs * len(batches)
    # the rate stays for two thirds of the batches and then falls to 0
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, 3 * (1 - step / total))
    )
    training.fit(
        model,
        batches,
        loss=tagging.tagging_loss,
        optimizer=optimizer,
        scheduler=scheduler,
        settings=training.Settings(epochs=epochs, schedule="step", progress=False),
    )
    return model.eval()


def judge(model: tagging.Tagger, rule: bool) -> dict[str, float]:
    """Return the four figures of the answers, with or without the rule."""
    crf = model.crf
    if rule and crf is None:
        crf = tagging.LinearChainCRF(len(TAGS))  # scores of 0: a softmax at each step
    if rule and crf is not None:
        crf.forbid(ALLOWED, FIRST)
    right, total, whole, broken = 0, 0, 0, 0
    said, true = [], []
    for tokens, lengths, _, tags in tagging.TaggedBatches(ASKED, LETTERS, TAGS, size=100):
        with torch.no_grad():
            scores = model(tokens, lengths)
        best = scores.argmax(-1) if crf is None else crf.viterbi(scores, lengths)
        for row, truth, n in zip(best, tags, lengths.tolist(), strict=True):
            y = row[:n]
            right, total = right + int((y == truth[:n]).sum()), total + n
            whole += bool((y == truth[:n]).all())
            broken += not (bool(FIRST[y[0]]) and bool(ALLOWED[y[:-1], y[1:]].all()))
            said.append(TAGS.decode(y))
            true.append(TAGS.decode(truth[:n]))
    return {
        "tags": right / total,
        "F1": metrics.span_f1(said, true).f1,
        "lines": whole / len(said),
        "broken": broken / len(said),
    }


def run(kind: str, seed: int, updates: int) -> dict[str, Any]:
    """Train one tagger and judge its answers without the rule, then with it."""
    began = time.process_time()
    model = train(kind, seed, updates)
    free = {} if kind == "ruled" else judge(model, rule=False)
    ruled = judge(model, rule=True)
    return {"free": free, "rule": ruled, "seconds": round(time.process_time() - began, 1)}


ROWS = {
    "one by one": ("softmax", "free"),
    "one by one + rule": ("softmax", "rule"),
    "CRF": ("crf", "free"),
    "CRF + rule": ("crf", "rule"),
    "CRF trained with the rule": ("ruled", "rule"),
}


def table(kept: dict[str, Any], updates: int, seeds: int) -> list[str]:
    """Return one row for each way to answer: mean and standard deviation over the seeds."""
    lines = [
        f"| after {updates:,} batches | tags right | span F1 | lines right | lines breaking BIO |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, (kind, way) in ROWS.items():
        runs = [kept[f"{kind}:{updates}:{seed}"][way] for seed in range(seeds)]
        cells = [mean_deviation([one[figure] for one in runs]) for figure in FIGURES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""]


def main() -> None:
    """Run what is missing, print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--updates", type=int, nargs="+", default=[150, 390])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    kept = read_json(KEPT)
    keys = [
        f"{kind}:{updates}:{seed}"
        for updates in options.updates
        for seed in range(options.seeds)
        for kind in ("softmax", "crf", "ruled")
    ]
    for key in keys:
        if key not in kept:
            kind, updates, seed = key.split(":")
            kept[key] = run(kind, int(seed), int(updates))
            write_json(KEPT, kept)
            print(key, kept[key], flush=True)
    minutes = sum(kept[key]["seconds"] for key in keys) / 60
    command = (
        f"python benchmarks/python_tokens.py --updates {' '.join(map(str, options.updates))} "
        f"--seeds {options.seeds} --write"
    )
    lines = [
        "# A CRF and the rule of BIO on the tokens of Python",
        "",
        f"`{command}`",
        "",
        f"Characters of {len(LINES):,} lines of Python's library, 17 BIO tags; judged on "
        f"{len(ASKED):,} lines from other modules. A GRU of 40 units each way, batches of 32 "
        "lines, Adam with the rate 0.01 (0.1 for the CRF), falling to 0 over the last third. "
        "*Rule*: what BIO forbids has the score minus infinity when answering. Mean ± standard "
        "deviation over seeds 0 to "
        f"{options.seeds - 1}.",
        "",
    ]
    for updates in options.updates:
        lines += table(kept, updates, options.seeds)
    lines.append(
        f"One thread, {minutes:.0f} minutes of CPU time on {machine()}, NumPy {np.__version__}."
    )
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
