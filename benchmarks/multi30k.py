"""Translates the captions of Multi30k from English to German: chapter 13 at full size.

Training saves its state after each epoch below the work folder and goes on from there when the
script is run again; the translations are kept there, too. Without an accelerator it uses the
CPU: some 10 minutes of one core that has nothing else to do. `--small` goes the whole way with
few pairs in a minute.

    python benchmarks/multi30k.py [--epochs 5] [--seed 0] [--work FOLDER] [--small] [--write]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _shared import kept, publish

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "benchmarks" / "multi30k.md"
WORK = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "rnn_utils" / "multi30k"
SHOWN = 8  # translations in the table
PENALTIES = (0.0, 0.6, 1.2)  # length penalties tried on the validation part


@dataclass(frozen=True)
class Plan:
    """What is trained, and for how long."""

    merges: int = 2000  # of each language
    embedding: int = 256
    hidden: int = 256
    cell: str = "gru"
    layers: int = 1
    attention: bool = True
    dropout: float = 0.25
    label_smoothing: float = 0.1
    epochs: int = 5
    batch: int = 64
    rate: float = 2e-3  # the highest; it rises over the first `warm` steps, then falls to 0
    warm: int = 300
    precision: str = "bfloat16"  # of the products in training; "full" on a processor without it
    width: int = 5
    seed: int = 0


def train(plan: Plan, pairs: Any, work: Path) -> tuple[Any, Any]:
    """Return the translator and its history, from the checkpoint where there is one."""
    import torch

    from rnn_utils import device, training
    from rnn_utils.translation import BPE, Translator, pair_batches, translation_loss

    begun = time.process_time()
    source = BPE.learn(pairs.train.sources, plan.merges, punctuation=True)
    target = BPE.learn(pairs.train.targets, plan.merges, punctuation=True)
    print(f"{source}, {target}: {time.process_time() - begun:.1f} s", flush=True)
    device.seed_everything(plan.seed)
    model = Translator(
        source,
        target,
        plan.embedding,
        plan.hidden,
        plan.cell,
        plan.layers,
        dropout=plan.dropout,
        attention=plan.attention,
        tied=plan.attention and plan.embedding == plan.hidden,
    ).to(device.pick())
    batches = pair_batches(pairs.train, source, target, plan.batch, shuffle=True)
    steps = len(batches) * plan.epochs

    def rate(step: int) -> float:
        return min((step + 1) / plan.warm, max(steps - step, 1) / (steps - plan.warm))

    smoothed = translation_loss(plan.label_smoothing)

    def loss(model: Any, batch: Any) -> Any:
        # training.Settings knows mixed precision on accelerators only
        half = model.training and plan.precision == "bfloat16"
        with torch.autocast(batch.source.device.type, torch.bfloat16, enabled=half):
            return smoothed(model, batch)

    def measure(model: Any) -> dict[str, float]:
        first = pairs.valid[:200]
        bleu = score(model.translate(first.sources), first.targets)
        print(
            f"{time.strftime('%H:%M:%S')} BLEU of {len(first)} for validation: {bleu:.1f}",
            flush=True,
        )
        return {"bleu": bleu}

    optimizer = torch.optim.Adam(model.parameters(), lr=plan.rate, betas=(0.9, 0.98))
    history = training.fit(
        model,
        batches,
        loss=loss,
        optimizer=optimizer,
        scheduler=torch.optim.lr_scheduler.LambdaLR(optimizer, rate),
        valid=pair_batches(pairs.valid, source, target, plan.batch),
        measure=measure,
        settings=training.Settings(
            epochs=plan.epochs, clip=1.0, schedule="step", seed=plan.seed, progress=False
        ),
        checkpoint=work / "model.pt",
        resume=True,
    )
    for row in history.rows:
        print(" ".join(f"{name} {value:.4g}" for name, value in row.items()), flush=True)
    return model, history


def score(hypotheses: list[str], references: Any) -> float:
    """Return the corpus BLEU over the tokens of 13a."""
    from rnn_utils import metrics
    from rnn_utils.translation import tokenize_13a

    return metrics.bleu(
        hypotheses, [[text] for text in references], tokenize=tokenize_13a, smoothing="exp"
    )


def other_score(hypotheses: list[str], references: Any) -> str:
    """Return sacreBLEU's own figure, where it is installed."""
    try:
        import sacrebleu
    except ImportError:
        return "not installed"
    return f"{sacrebleu.corpus_bleu(hypotheses, [list(references)]).score:.2f}"


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table in Markdown."""
    rule = "|---|" + "---:|" * (len(heads) - 1)
    return [f"| {' | '.join(heads)} |", rule, *(f"| {' | '.join(row)} |" for row in rows), ""]


def report(plan: Plan, pairs: Any, work: Path, command: str) -> str:
    """Train, translate, and return the page."""
    from rnn_utils import device
    from rnn_utils.translation import by_length, by_rarity, tokenize_13a

    work.mkdir(parents=True, exist_ok=True)
    model, history = train(plan, pairs, work)
    test, valid = pairs.test, pairs.valid
    greedy = kept(work / "greedy.json", lambda: model.translate(test.sources))
    print("greedy", score(greedy, test.targets), flush=True)
    tried = kept(
        work / "penalties.json",
        lambda: [
            [penalty, score(model.translate(valid.sources[:300], plan.width, penalty),
                            valid.targets[:300])]
            for penalty in PENALTIES
        ],
    )  # fmt: skip
    penalty = max(tried, key=lambda pair: pair[1])[0]
    print("length penalties on 300 validation pairs:", tried, flush=True)
    beam = kept(work / "beam.json", lambda: model.translate(test.sources, plan.width, penalty))
    best = history.rows[(history.best_epoch or 1) - 1]
    minutes = sum(history["seconds"]) / 60
    weights = sum(parameter.numel() for parameter in model.parameters())
    counts = Counter(word for text in pairs.train.targets for word in tokenize_13a(text))
    ratio = [
        sum(len(tokenize_13a(text)) for text in texts)
        / sum(len(tokenize_13a(text)) for text in test.targets)
        for texts in (greedy, beam)
    ]
    rows = [
        [name, f"{score(texts, test.targets):.2f}", other_score(texts, test.targets), f"{r:.3f}"]
        for name, texts, r in (
            ("greedy", greedy, ratio[0]),
            (f"beam of {plan.width}, length penalty {penalty:g}", beam, ratio[1]),
        )
    ]
    lines = [
        "# Chapter 13: Multi30k, English to German",
        "",
        f"`{command}`",
        "",
        f"{len(pairs.train):,} pairs to learn from, {len(valid):,} to choose by, and the "
        f"{len(test):,} of the test set of 2016, in upper and lower case as they are written. "
        f"{device.describe()}; {platform.system()}. Training took {minutes:.0f} minutes by the "
        "clock, on a machine that had other work to do.",
        "",
        f"The model: pieces of {plan.merges:,} merges for each language; a {plan.cell.upper()} "
        f"encoder of {plan.layers} layer(s), {plan.hidden // 2} features in each direction; a "
        f"decoder of {plan.hidden} with attention ({weights:,} weights, the table of German "
        f"pieces tied to the last layer). Dropout {plan.dropout:g}, label smoothing "
        f"{plan.label_smoothing:g}, Adam at up to {plan.rate:g}, {plan.batch} pairs a step, "
        f"{plan.epochs} epochs, {plan.precision} products while training; epoch "
        f"{history.best_epoch} was the best on the validation part, "
        f"with {best['valid']:.3f} nats per piece. Seed {plan.seed}.",
        "",
        "BLEU is counted over the tokens of 13a, cased, by `metrics.bleu` and, for comparison, "
        "by sacreBLEU. The length penalty was chosen on 300 validation pairs: "
        + ", ".join(f"{value:g} gave {bleu:.2f}" for value, bleu in tried)
        + ".",
        "",
        *table(["search", "BLEU", "sacreBLEU", "length, of the references' = 1"], rows),
        f"By the length of the source, in words, with the beam of {plan.width}:",
        "",
        *table(
            ["words", "sentences", "BLEU, greedy", "BLEU, beam"],
            [
                [a.name, str(a.count), *(f"{x.score:.1f}" if x.count else "" for x in (a, b))]
                for a, b in zip(
                    by_length(test.sources, greedy, test.targets),
                    by_length(test.sources, beam, test.targets),
                    strict=True,
                )
            ],
        ),
        "By how often a German word stands in the training text: the share of the references' "
        "words that the beam's translation of the same sentence holds, too.",
        "",
        *table(
            ["times in training", "words", "found"],
            [
                [row.name, f"{row.count:,}", f"{row.score:.3f}" if row.count else ""]
                for row in by_rarity(beam, test.targets, counts)
            ],
        ),
        f"The first {SHOWN} sentences of the test set, with the beam:",
        "",
        *(
            f"- {source}\n  - *reference:* {target}\n  - *translation:* {found}"
            for (source, target), found in zip(test[:SHOWN], beam, strict=False)
        ),
        "",
        f"| epoch | {' | '.join(str(int(n)) for n in history['epoch'])} |",
        "|---|" + "---:|" * len(history),
        f"| training, smoothed | {' | '.join(f'{x:.3f}' for x in history['train'])} |",
        f"| validation, nats per piece | {' | '.join(f'{x:.3f}' for x in history['valid'])} |",
        "| BLEU of the first 200 for validation, greedy | "
        + f"{' | '.join(f'{x:.1f}' for x in history['bleu'])} |",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the page, and write it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    defaults = Plan()
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--hidden", type=int, default=defaults.hidden)
    parser.add_argument("--embedding", type=int, default=defaults.embedding)
    parser.add_argument("--merges", type=int, default=defaults.merges)
    parser.add_argument("--layers", type=int, default=defaults.layers)
    parser.add_argument("--cell", choices=("gru", "lstm"), default=defaults.cell)
    parser.add_argument("--dropout", type=float, default=defaults.dropout)
    parser.add_argument("--rate", type=float, default=defaults.rate)
    parser.add_argument("--precision", choices=("bfloat16", "full"), default=defaults.precision)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--work", type=Path, default=WORK, help="checkpoint and translations")
    parser.add_argument("--small", action="store_true", help="few pairs, two epochs, a minute")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = vars(parser.parse_args())
    work, small, write = (options.pop(name) for name in ("work", "small", "write"))

    from rnn_utils import datasets

    pairs = datasets.load("multi30k", source="en", target="de")
    if small:
        options |= {"epochs": 2, "hidden": 64, "embedding": 64, "merges": 1000}
        pairs = datasets.Pairs(pairs.name, pairs.train[:2000], pairs.valid[:100], pairs.test[:100])
        work = work.with_name(work.name + "-small")
        options["seed"] = 0
    plan = Plan(**options, warm=30) if small else Plan(**options)
    changed = [
        f" --{name} {value}"
        for name, value in options.items()
        if not small and value != getattr(defaults, name)
    ]
    command = f"python benchmarks/multi30k.py{''.join(changed)}{' --small' * small} --write"
    publish(report(plan, pairs, work, command), PAGE, write)


if __name__ == "__main__":
    main()
