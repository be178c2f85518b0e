"""Trains the word models of Zaremba et al. (2014) on the Penn Treebank, and counts beside them.

The small model (2 layers of 200 units, no dropout) and the medium one (2 of 650, dropout 0.5) with
the paper's settings: 20 streams, 20 and 35 steps, 13 and 39 epochs, every weight started uniform,
plain SGD whose rate falls from some epoch on, the gradient clipped. The paper adds the loss up
over the steps of a window and steps at rate 1 with clip 5; here the loss is the mean over the T
steps, so the rate is T and the clip 5 / T, which makes the very same update. The epoch is chosen
by the validation text; the test text is asked once, in one stream, its state carried from the
first token to the last, every token but the first counted.

The n-gram models of chapter 1 stand beside: counts of one, two and three words, mixed with weights
that expectation maximisation finds on the validation text.

A run may be killed and started again: it goes on from its last epoch. The small model takes about
an hour on one CPU core; the medium one wants a GPU, and is run where there is one.

    python benchmarks/ptb.py [--sizes small medium] [--seed 0] [--work FOLDER] [--write]
"""

from __future__ import annotations

import argparse
import itertools
import platform
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _shared import publish, threads_prefix
from torch import Tensor, nn

from rnn_utils import datasets, device, metrics, training
from rnn_utils.language_model import LanguageModel, nats_per_token, next_token_loss, streams
from rnn_utils.sequences import NGram, Vocabulary

PAGE = Path(__file__).resolve().with_suffix(".md")


@dataclass(frozen=True)
class Recipe:
    """The settings of one model, as the paper gives them."""

    hidden: int  # units of a layer, and features of a word
    dropout: float
    steps: int  # T, of a window
    epochs: int
    constant: int  # epochs at the first rate
    decay: float  # the rate is divided by it after each epoch from there on
    bound: float  # every weight starts uniform in +- bound
    published: float  # perplexity on the test text


RECIPES = {
    "small": Recipe(200, 0.0, 20, 13, 4, 2.0, 0.1, 114.5),
    "medium": Recipe(650, 0.5, 35, 39, 6, 1.2, 0.05, 82.7),
}
STREAMS, CLIP = 20, 5.0


def words(text: str) -> list[str]:
    """Return the words of a part; the end of a sentence is a word too."""
    return text.replace("\n", " <eos> ").split()


def mixture(train: Any, valid: Any, test: Any, size: int, orders: int) -> tuple[Any, Any, Any]:
    """Return weights, and -log p of each token of `test` under the orders alone and mixed.

    The weights are those that make `valid` likeliest; the first orders - 1 tokens are left out.
    """
    models = [NGram(n, size, k=0.0).fit(train) for n in range(1, orders + 1)]

    def chances(ids: Any) -> Any:
        # (n, N): p(x | c) of each order at the same positions
        return np.exp(-np.stack([model.nats(ids)[orders - model.order :] for model in models]))

    held, weights = chances(valid), np.full(orders, 1 / orders)
    for _ in range(100):
        shares = weights[:, None] * held
        weights = (shares / shares.sum(axis=0)).mean(axis=1)  # EM: each order's share of the credit
    asked = chances(test)
    with np.errstate(divide="ignore"):
        return weights, -np.log(asked), -np.log(weights @ asked)


def token_nats(model: nn.Module, ids: Tensor) -> Tensor:
    """Return -log p of every token but the first, in one stream."""
    model.eval()
    state, nats = None, []
    with torch.no_grad():
        for inputs, targets in streams(ids, 1, 100):
            logits, state = model(inputs, state)
            nats.append(nn.functional.cross_entropy(logits[0], targets[0], reduction="none"))
    return torch.cat(nats).double().cpu()


def train(name: str, ids: dict[str, Tensor], size: int, seed: int, work: Path) -> Any:
    """Train one model, or take it up where it was left; return it and its history."""
    recipe, where = RECIPES[name], device.pick()
    device.seed_everything(seed)
    model = LanguageModel(
        size, recipe.hidden, recipe.hidden, num_layers=2, dropout=recipe.dropout
    ).to(where)
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -recipe.bound, recipe.bound)
    # the sum over T steps at rate 1 and clip 5, written for the mean over T steps
    optimizer = torch.optim.SGD(model.parameters(), lr=float(recipe.steps))
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda epoch: recipe.decay ** -max(epoch + 1 - recipe.constant, 0)
    )
    valid = ids["valid"].to(where)
    began = time.perf_counter()

    def measure(model: nn.Module) -> dict[str, float]:
        nats = nats_per_token(model, valid, 10)
        print(
            f"{name}: {time.perf_counter() - began:.0f} s, {metrics.perplexity(nats):.1f}",
            flush=True,
        )
        return {"nats": nats}

    history = training.fit(
        model,
        streams(ids["train"].to(where), STREAMS, recipe.steps),
        loss=next_token_loss,
        optimizer=optimizer,
        scheduler=scheduler,
        measure=measure,
        settings=training.Settings(
            epochs=recipe.epochs,
            clip=CLIP / recipe.steps,
            carry=True,
            monitor="min nats",
            progress=False,
        ),
        checkpoint=work / f"{name}_{seed}.pt",
        resume=True,
    )
    return model, history


def kinds(train_ids: Tensor, vocabulary: Vocabulary) -> dict[str, Tensor]:
    """Return for each kind of word which numbers are of it."""
    counts = Counter(train_ids.tolist())
    often = torch.tensor([counts[number] for number in range(len(vocabulary))])
    special = {word: int(vocabulary.encode([word])) for word in ("<eos>", "<unk>", "N")}
    plain = torch.ones(len(vocabulary), dtype=torch.bool)
    found = {}
    for word, kind in [
        ("<eos>", "the end of a sentence"),
        ("<unk>", "`<unk>`, any rare word"),
        ("N", "`N`, any number"),
    ]:
        found[kind] = torch.zeros_like(plain)
        found[kind][special[word]] = True
        plain[special[word]] = False
    edges = [10**9, 10_000, 1_000, 100, 10, 0]
    for high, low in itertools.pairwise(edges):
        label = f"seen {low:,} times or more" if high == 10**9 else f"{low:,} to {high - 1:,} times"
        found[label] = plain & (often >= low) & (often < high)
    return found


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    on_gpu = device.pick().type != "cpu"
    parser.add_argument(
        "--sizes", nargs="+", choices=RECIPES, default=list(RECIPES) if on_gpu else ["small"]
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=datasets.cache_folder() / "work" / "ptb")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    data = datasets.load("ptb")
    parts = {part: words(getattr(data, part)) for part in ("train", "valid", "test")}
    vocabulary = Vocabulary.from_tokens(parts["train"], padding=None, unknown=None)
    ids = {part: vocabulary.encode(tokens) for part, tokens in parts.items()}
    size = len(vocabulary)

    weights, alone, mixed = mixture(ids["train"], ids["valid"], ids["test"], size, 3)
    never = float(np.mean(np.isinf(alone[2])))
    table = [
        ("uniform", "", float(size), ""),
        ("counts of single words", "", metrics.perplexity(float(alone[0].mean())), ""),
        (
            "counts of 1, 2, 3 words, mixed " + ", ".join(f"{w:.2f}" for w in weights),
            "",
            metrics.perplexity(float(mixed.mean())),
            "",
        ),
    ]
    print(*table, sep="\n", flush=True)
    spent, where_nats, notes = [], {"counts": mixed}, []
    for name in options.sizes:
        model, history = train(name, ids, size, options.seed, options.work)
        place = next(model.parameters()).device
        valid = nats_per_token(model, ids["valid"].to(place))
        nats = token_nats(model, ids["test"].to(place))
        assert abs(float(nats.mean()) - nats_per_token(model, ids["test"].to(place))) < 1e-4
        weighs = sum(p.numel() for p in model.parameters()) / 1e6
        recipe = RECIPES[name]
        table.append(
            (
                f"{name} LSTM, 2 x {recipe.hidden} ({weighs:.1f} million weights)",
                f"{metrics.perplexity(valid):.1f}",
                metrics.perplexity(float(nats.mean())),
                f"{recipe.published}",
            )
        )
        where_nats[name] = nats[1:].numpy()  # the mixture needs two words before
        spent.append(f"{name} {sum(history['seconds']) / 60:.0f} minutes")
        best = history.best_epoch
        curve = ", ".join(f"{metrics.perplexity(nats):.1f}" for nats in history["nats"])
        notes.append(
            f"The {name} model's best epoch is {best} of {len(history)}; perplexity on the "
            f"validation text (in 10 streams) after each: {curve}."
        )
    groups = kinds(ids["train"], vocabulary)
    asked = ids["test"][2:]
    lines = [
        "# Words of the Penn Treebank",
        "",
        f"`{threads_prefix()}python benchmarks/ptb.py --sizes "
        f"{' '.join(options.sizes)} --seed {options.seed} --write`",
        "",
        f"{len(ids['train']):,} words to learn from, {len(ids['valid']):,} to choose the epoch by, "
        f"{len(ids['test']):,} to test, of a vocabulary of {size:,}; the end of a sentence is a "
        "word, and rare words stand as `<unk>` in the set itself. Settings of Zaremba et al. "
        "(2014); the test text in one stream, the state carried through, every word but the first "
        f"counted. {device.describe()} under {platform.system()}; by the clock, other work running "
        f"beside it: {', '.join(spent)}.",
        "",
        "| model | validation perplexity | test perplexity | published, test |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {valid} | {test:,.1f} | {known} |" for name, valid, test, known in table),
        "",
        "The mixed counts are three of `sequences.NGram` with k = 0, weighted by expectation "
        f"maximisation on the validation text; of three words alone, {never:.0%} of the test "
        "positions have probability 0.",
        *(part for note in notes for part in ("", note)),
        "",
        "Where the nats go, on the test text:",
        "",
        "| next word | share of the text | " + " | ".join(where_nats) + " |",
        "|---|---:|" + "---:|" * len(where_nats),
    ]
    for kind, numbers in groups.items():
        here = numbers[asked].numpy()
        means = " | ".join(f"{nats[here].mean():.2f}" for nats in where_nats.values())
        lines.append(f"| {kind} | {here.mean():.3f} | {means} |")
    lines.append(
        "| all | 1.000 | " + " | ".join(f"{nats.mean():.2f}" for nats in where_nats.values()) + " |"
    )
    publish("\n".join(lines) + "\n", PAGE, options.write)


if __name__ == "__main__":
    main()
