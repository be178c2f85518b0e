"""Trains a character model on a million characters of Shakespeare, and lets it write.

The set is cut by position as its loader cuts it: the first 80 % to learn from, the next 10 % to
choose the epoch by, the last 10 % held back for a test that is asked once. One LSTM layer
with dropout, Adam whose rate falls to 0 along half a cosine, the state carried along 32
streams. The losses of the table are those of one stream, every character but the first counted.

The n-gram models of chapter 1 stand beside: counts of 1 to 6 characters, mixed with weights that
expectation maximisation finds on the validation text.

A run may be killed and started again: it goes on from its last epoch. With 512 units it takes
about 35 minutes on one CPU core, with `--hidden 256 --epochs 12 --dropout 0.25` about 7.

    python benchmarks/shakespeare.py [--hidden 512] [--dropout 0.4] [--epochs 20] [--seed 0]
        [--work FOLDER] [--write]
"""

from __future__ import annotations

import argparse
import platform
import time
from pathlib import Path
from typing import Any

import torch
from _shared import publish, threads_prefix
from ptb import mixture, token_nats
from torch import Tensor, nn

from rnn_utils import datasets, device, metrics, training
from rnn_utils.language_model import (
    LanguageModel,
    generate,
    nats_per_token,
    next_token_loss,
    streams,
)
from rnn_utils.sequences import Vocabulary

PAGE = Path(__file__).resolve().with_suffix(".md")
EMBEDDING = 128
STREAMS, STEPS, RATE, ORDERS = 32, 64, 2e-3, 6


def train(ids: dict[str, Tensor], size: int, options: argparse.Namespace) -> Any:
    """Train the model, or take it up where it was left; return it and its history."""
    where, epochs = device.pick(), options.epochs
    device.seed_everything(options.seed)
    model = LanguageModel(size, EMBEDDING, options.hidden, dropout=options.dropout).to(where)
    batches = streams(ids["train"].to(where), STREAMS, STEPS)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(batches))
    valid = ids["valid"].to(where)
    began = time.perf_counter()

    def measure(model: nn.Module) -> dict[str, float]:
        nats = nats_per_token(model, valid, STREAMS)
        print(f"{time.perf_counter() - began:.0f} s, {nats:.4f}", flush=True)
        return {"nats": nats}

    history = training.fit(
        model,
        batches,
        loss=next_token_loss,
        optimizer=optimizer,
        scheduler=scheduler,
        measure=measure,
        settings=training.Settings(
            epochs=epochs,
            clip=1.0,
            carry=True,
            schedule="step",
            monitor="min nats",
            progress=False,
        ),
        checkpoint=options.work
        / f"{options.hidden}_{options.dropout:g}_{epochs}_{options.seed}.pt",
        resume=True,
    )
    return model, history


def speakers(text: str) -> list[str]:
    """Return who speaks, speech by speech: a line that ends in a colon, after an empty one."""
    return [part.split("\n", 1)[0] for part in text.split("\n\n") if ":\n" in part]


def kinds(text: str) -> dict[str, list[bool]]:
    """Return for each kind of character which characters of a text are of it."""
    names = [
        "name of a speaker",
        "first letter of a word",
        "second letter",
        "third letter or later",
        "space",
        "end of a line",
        "punctuation",
    ]
    found: dict[str, list[bool]] = {name: [] for name in names}
    for line in text.splitlines(keepends=True):
        speaker, run = line.endswith(":\n"), 0
        for letter in line:
            run = run + 1 if letter.isalpha() else 0
            if letter == "\n":
                kind = "end of a line"
            elif speaker:
                kind = "name of a speaker"
            elif letter == " ":
                kind = "space"
            elif not run:
                kind = "punctuation"
            else:
                kind = names[min(run, 3)]
            for name, flags in found.items():
                flags.append(name == kind)
    return found


def main() -> None:
    """Print the table and the samples, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--dropout", type=float, default=0.4)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--work", type=Path, default=datasets.cache_folder() / "work" / "shakespeare"
    )
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    data = datasets.load("tiny_shakespeare")
    vocabulary = Vocabulary.from_tokens(
        data.train + data.valid + data.test, padding=None, unknown=None
    )
    ids = {part: vocabulary.encode(getattr(data, part)) for part in ("train", "valid", "test")}
    size = len(vocabulary)
    counted = {}
    for part in ("valid", "test"):
        weights, _, nats = mixture(ids["train"], ids["valid"], ids[part], size, ORDERS)
        counted[part] = nats
    mixed = ", ".join(f"{weight:.2f}" for weight in weights)
    heard = set(speakers(data.train))
    known = {}
    for part in ("valid", "test"):
        named = speakers(getattr(data, part))
        known[part] = sum(name in heard for name in named) / len(named)
    print("counts", mixed, counted["valid"].mean(), counted["test"].mean(), flush=True)

    model, history = train(ids, size, options)
    place = next(model.parameters()).device
    nats = {part: token_nats(model, ids[part].to(place)) for part in ("valid", "test")}
    weighs = sum(p.numel() for p in model.parameters()) / 1e6
    rows = [
        (f"counts of 1 to {ORDERS} characters, mixed", counted),
        (f"LSTM, {options.hidden} units ({weighs:.1f} million weights)", nats),
    ]
    best = history.best_epoch
    curve = ", ".join(f"{value:.3f}" for value in history["nats"])
    lines = [
        "# Characters of Shakespeare",
        "",
        f"`{threads_prefix()}python benchmarks/shakespeare.py "
        f"--hidden {options.hidden} --dropout {options.dropout:g} --epochs {options.epochs} "
        f"--seed {options.seed} --write`",
        "",
        f"{len(ids['train']):,} characters to learn from, {len(ids['valid']):,} to choose the "
        f"epoch by, {len(ids['test']):,} to test, cut by position (80, 10 and 10 %); {size} "
        f"different ones. One LSTM layer of {options.hidden} units over {EMBEDDING} features of a "
        f"character, dropout {options.dropout:g} on both, {STREAMS} streams of {STEPS} steps, Adam "
        f"from rate {RATE:g} to 0 along half a cosine. "
        f"{device.describe()} under {platform.system()}; "
        f"{sum(history['seconds']) / 60:.0f} minutes by the clock, other work running beside it.",
        "",
        "| model | validation, nats | validation, bits | test, nats | test, bits |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in rows:
        figures = []
        for part in ("valid", "test"):
            mean = float(found[part].mean())
            figures += [f"{mean:.3f}", f"{metrics.bits_per_character(mean):.3f}"]
        lines.append(f"| {name} | {' | '.join(figures)} |")
    lines += [
        "",
        "Per character, in one stream. The counts are "
        f"{ORDERS} of `sequences.NGram` with k = 0; their weights, from one character to {ORDERS}, "
        f"are {mixed}. The network's best epoch is {best} of {len(history)}; validation loss (in "
        f"{STREAMS} streams) after each: {curve}.",
        "",
        f"The validation part goes on with plays that the training part has begun: "
        f"{known['valid']:.0%} of its speeches are of someone who speaks there too, and "
        f"{known['test']:.0%} in the test part, whose plays are others. Figures elsewhere are "
        "mostly for the last 10 % of the file, which is the test column here.",
        "",
        "Where the nats go, on the validation text:",
        "",
        "| next character | share of the text | counts | LSTM |",
        "|---|---:|---:|---:|",
    ]
    after = ORDERS - 1  # the characters that the longest counts need before
    theirs, ours = torch.as_tensor(counted["valid"]), nats["valid"][after - 1 :]
    for kind, flags in kinds(data.valid).items():
        here = torch.tensor(flags[after:])
        lines.append(
            f"| {kind} | {here.double().mean():.3f} | {theirs[here].mean():.2f} "
            f"| {ours[here].mean():.2f} |"
        )
    lines += ["", "What it writes after `ROMEO:` and the end of the line, seed 0 of the draws:"]
    for title, choice in {
        "the likeliest character each time (top_k 1)": {"top_k": 1},
        "temperature 1": {},
        "temperature 0.8, top_p 0.95": {"temperature": 0.8, "top_p": 0.95},
    }.items():
        written = generate(
            model,
            vocabulary.encode("ROMEO:\n"),
            400,
            generator=torch.Generator().manual_seed(0),
            **choice,
        )
        text = "".join(vocabulary.decode(written))
        lines += ["", f"{title[0].upper()}{title[1:]}:", "", "```text", text.strip("\n"), "```"]
    publish("\n".join(line.rstrip() for line in lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
