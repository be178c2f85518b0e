"""Tags parts of speech (UD English EWT) and names (WNUT 2017), for section 12.13.

Both data sets come from the data root or the download, as everywhere; no vectors from elsewhere
are used. Each network reads both ways over words (lower case, a share of them dropped in training)
and, where the table says so, over their characters. The sizes, rates and numbers of epochs were set
beforehand, but for what a task says in `tuned`. The epoch is chosen on the validation part; the
test part is read by the network of that epoch.

Runs that are done are kept in the working folder, and a run that was stopped goes on after its
last whole epoch. On one CPU core a seed takes about four minutes for the parts of speech and a
quarter of an hour for the names.

    python benchmarks/tagging.py [--tasks pos names] [--seeds 3] [--work FOLDER] [--write]
    python benchmarks/tagging.py --small      (one seed, one epoch: does it run?)
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _shared import kept, mean_deviation, publish

from rnn_utils import datasets, device
from rnn_utils.metrics import span_f1, spans
from rnn_utils.sequences import Vocabulary
from rnn_utils.tagging import (
    TaggedBatches,
    Tagger,
    bio_constraints,
    predicted_tags,
    tagging_loss,
)
from rnn_utils.training import Settings, fit

PAGE = Path(__file__).resolve().with_suffix(".md")
Sentences = Sequence[tuple[Sequence[str], Sequence[str]]]


@dataclass(frozen=True)
class Model:
    """One row of a table."""

    name: str
    characters: bool = True
    crf: bool = False
    constraints: bool = False


@dataclass(frozen=True)
class Task:
    """What is trained, and how; set beforehand, but for what `tuned` says."""

    title: str
    data: str
    models: dict[str, Model]
    epochs: int
    size: int  # sentences in a batch
    rate: float  # Adam's at the start; it falls to a tenth in a straight line
    embedding: int
    hidden: int
    dropout: float
    word_dropout: float
    tuned: str = "nothing tuned"


TASKS = {
    "pos": Task(
        "Parts of speech: UD English EWT",
        "ud_ewt",
        {
            "words": Model("words", characters=False),
            "spelled": Model("words and characters"),
            "chain": Model("words and characters, CRF", crf=True),
        },
        epochs=5,
        size=32,
        rate=2e-3,
        embedding=100,
        hidden=128,
        dropout=0.3,
        word_dropout=0.1,
    ),
    "names": Task(
        "Names: WNUT 2017",
        "wnut17",
        {
            "alone": Model("each tag alone"),
            "chain": Model("CRF", crf=True),
            "bio": Model("CRF, BIO constraints", crf=True, constraints=True),
        },
        epochs=40,
        size=16,
        rate=2e-3,
        embedding=50,
        hidden=64,
        dropout=0.3,
        word_dropout=0.2,
        tuned="epochs and dropout chosen on validation data after 12 epochs at dropout 0.5 had "
        "reached 0.09 there, and the test part read with both settings",
    ),
}


def by_length(sentences: Sentences) -> list[int]:
    """Return the places of the sentences, short ones first: little is padded then."""
    return sorted(range(len(sentences)), key=lambda place: len(sentences[place][0]))


class Tables:
    """The vocabularies of a task, made from its training part alone."""

    def __init__(self, train: Sentences, tags: Iterable[str]) -> None:
        tokens = [token for sentence, _ in train for token in sentence]
        self.words = Vocabulary.from_tokens((token.lower() for token in tokens), min_count=2)
        self.letters = Vocabulary.from_tokens("".join(tokens), min_count=5)
        self.tags = Vocabulary(tags, padding=None, unknown=None)

    def batches(
        self, sentences: Sentences, model: Model, size: int, seed: int | None = None
    ) -> TaggedBatches:
        """Return the sentences as batches; shuffled with a seed."""
        letters = self.letters if model.characters else None
        return TaggedBatches(
            sentences, self.words, self.tags, letters, size=size, seed=seed, normalise=str.lower
        )

    def answers(self, tagger: Tagger, model: Model, sentences: Sentences) -> list[list[str]]:
        """Return the tags that the network gives each sentence, in the order of the sentences."""
        order = by_length(sentences)
        said = predicted_tags(
            tagger, self.batches([sentences[place] for place in order], model, 64), self.tags
        )
        back = dict(zip(order, said, strict=True))
        return [back[place] for place in range(len(sentences))]


def share(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the share of the pairs whose two are equal."""
    hits = [first == second for first, second in pairs]
    return sum(hits) / len(hits) if hits else 0.0


def flat(said: Sequence[Sequence[str]], sentences: Sentences) -> list[tuple[str, str, str]]:
    """Return (word, said, true) of every word."""
    return [
        triple
        for row, (tokens, tags) in zip(said, sentences, strict=True)
        for triple in zip(tokens, row, tags, strict=True)
    ]


def judged_pos(said: list[list[str]], sentences: Sentences, known: set[str]) -> dict[str, Any]:
    """Return the shares that are right, and the errors by kind."""
    words = flat(said, sentences)
    kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for word, guess, truth in words:
        if guess != truth:
            kinds[truth, guess][word] += 1
    frequent = sorted(kinds.items(), key=lambda item: (-item[1].total(), item[0]))
    return {
        "accuracy": share((guess, truth) for _, guess, truth in words),
        "seen": share((g, t) for w, g, t in words if w.lower() in known),
        "unseen": share((g, t) for w, g, t in words if w.lower() not in known),
        "sentences": share(
            (" ".join(row), " ".join(tags)) for row, (_, tags) in zip(said, sentences, strict=True)
        ),
        "errors": sum(counts.total() for counts in kinds.values()),
        "kinds": [
            [truth, guess, counts.total(), [word for word, _ in counts.most_common(4)]]
            for (truth, guess), counts in frequent[:12]
        ],
    }


def judged_names(said: list[list[str]], sentences: Sentences, known: set[str]) -> dict[str, Any]:
    """Return the figures of the spans, and the errors by kind."""
    truth = [list(tags) for _, tags in sentences]
    score = span_f1(said, truth)
    lone = 0
    kinds: Counter[str] = Counter()
    examples: dict[str, list[str]] = defaultdict(list)
    new = [0, 0]  # true spans whose words are no span of the training part: right, all
    old = [0, 0]

    def note(kind: str, example: str) -> None:
        kinds[kind] += 1
        examples[kind].append(example)

    for row, (tokens, tags) in zip(said, sentences, strict=True):
        ours, theirs = spans(row), spans(tags)
        lone += sum(row[first][0] == "I" for _, first, _ in ours)
        for kind, first, stop in theirs:
            text = " ".join(tokens[first:stop])
            tally = old if text.lower() in known else new
            tally[0] += (kind, first, stop) in ours
            tally[1] += 1
            if (kind, first, stop) in ours:
                continue
            same = [other for other, a, b in ours if (a, b) == (first, stop)]
            touching = [(other, a, b) for other, a, b in ours if a < stop and first < b]
            if same:
                note("borders right, kind wrong", f"{text} ({kind}, said {same[0]})")
            elif any(other == kind for other, _, _ in touching):
                _, a, b = next(span for span in touching if span[0] == kind)
                note("kind right, borders wrong", f"{text} (said: {' '.join(tokens[a:b])})")
            elif touching:
                other, a, b = touching[0]
                note("both wrong", f"{text} ({kind}; said {other}: {' '.join(tokens[a:b])})")
            else:
                note("missed altogether", f"{text} ({kind})")
        for kind, first, stop in ours:
            if all(b <= first or stop <= a for _, a, b in theirs):
                note("said where there is none", f"{' '.join(tokens[first:stop])} (said {kind})")
    return {
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "words": share((guess, true) for _, guess, true in flat(said, sentences)),
        "lone": lone,
        "predicted": score.predicted,
        "by_kind": {k: [s.precision, s.recall, s.f1, s.target] for k, s in score.kinds.items()},
        "seen": old,
        "unseen": new,
        "kinds": [[kind, count, examples[kind][:: max(1, count // 3)][:3]] for kind, count in
                  kinds.most_common()],
    }  # fmt: skip


def known_of(name: str, train: Sentences) -> set[str]:
    """Return what a network has seen: the words, or for names the texts of the spans."""
    if name == "pos":
        return {token.lower() for tokens, _ in train for token in tokens}
    return {
        " ".join(tokens[first:stop]).lower()
        for tokens, tags in train
        for _, first, stop in spans(tags)
    }


def frequent_tags(train: Sentences, sentences: Sentences) -> list[list[str]]:
    """Tag each word as it was tagged most often; a new one as the words that were seen once."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for word, tag in ((w, t) for tokens, tags in train for w, t in zip(tokens, tags, strict=True)):
        counts[word.lower()][tag] += 1
    once: Counter[str] = Counter()
    for tags in counts.values():
        if tags.total() == 1:
            once.update(tags)
    (other, _), *_ = once.most_common(1)
    best = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
    return [[best.get(word.lower(), other) for word in tokens] for tokens, _ in sentences]


def looked_up(train: Sentences, sentences: Sentences) -> list[list[str]]:
    """Find the spans of the training part again, the longest first, with their most usual kind."""
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for tokens, tags in train:
        for kind, first, stop in spans(tags):
            counts[tuple(token.lower() for token in tokens[first:stop])][kind] += 1
    longest = max(map(len, counts))
    said = []
    for tokens, _ in sentences:
        words = tuple(token.lower() for token in tokens)
        row, place = ["O"] * len(words), 0
        while place < len(words):
            for size in range(min(longest, len(words) - place), 0, -1):
                kinds = counts.get(words[place : place + size])
                if kinds:
                    kind = kinds.most_common(1)[0][0]
                    row[place : place + size] = [f"B-{kind}"] + [f"I-{kind}"] * (size - 1)
                    place += size
                    break
            else:
                place += 1
        said.append(row)
    return said


def train_one(
    task: Task, name: str, key: str, seed: int, data: Any, work: Path, epochs: int
) -> dict[str, Any]:
    """Train one network, or go on with it, and judge it."""
    model, tables = task.models[key], Tables(data.train, data.tags)
    device.seed_everything(seed)
    tagger = Tagger(
        len(tables.words),
        task.embedding,
        task.hidden,
        len(tables.tags),
        characters=len(tables.letters) if model.characters else None,
        crf=model.crf,
        character_embedding=25,
        character_hidden=32,
        dropout=task.dropout,
        word_dropout=task.word_dropout,
    ).to(device.pick())
    if tagger.crf is not None and model.constraints:
        tagger.crf.forbid(*bio_constraints(tables.tags.symbols))
    optimizer = torch.optim.Adam(tagger.parameters(), lr=task.rate)
    fall = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, epochs)
    clock = [time.process_time()]

    def measure(trained: Any) -> dict[str, float]:
        said = tables.answers(trained, model, data.valid)
        truth = [list(tags) for _, tags in data.valid]
        score = share((g, t) for _, g, t in flat(said, data.valid))
        if name == "names":
            score = span_f1(said, truth).f1
        spent, clock[0] = time.process_time() - clock[0], time.process_time()
        print(f"{name} {key} seed {seed}: validation {score:.4f}, {spent:.0f} CPU s", flush=True)
        return {"score": score, "cpu": spent}

    history = fit(
        tagger,
        tables.batches(data.train, model, task.size, seed),
        loss=tagging_loss,
        optimizer=optimizer,
        scheduler=fall,
        measure=measure,
        settings=Settings(epochs=epochs, clip=5.0, monitor="max score", progress=False),
        checkpoint=work / f"{name}_{key}_{seed}_{epochs}.pt",
        resume=True,
    )
    judge = judged_pos if name == "pos" else judged_names
    result = judge(tables.answers(tagger, model, data.test), data.test, known_of(name, data.train))
    result |= {
        "valid": history["score"],
        "best_epoch": history.best_epoch,
        "cpu": sum(history["cpu"]),
        "parameters": sum(weight.numel() for weight in tagger.parameters()),
    }
    return result


def page_pos(task: Task, data: Any, results: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the lines on the parts of speech."""
    base = judged_pos(frequent_tags(data.train, data.test), data.test, known_of("pos", data.train))
    figures = ("accuracy", "seen", "unseen", "sentences")
    lines = [
        "| model | parameters | validation | test | words seen in training | words never seen | "
        "whole sentences |",
        "|---|---:|---:|---:|---:|---:|---:|",
        "| most frequent tag of the word |  |  | "
        + " | ".join(f"{base[name]:.3f}" for name in figures)
        + " |",
    ]
    for key, model in task.models.items():
        runs = results[key]
        cells = [mean_deviation([run[name] for run in runs]) for name in figures]
        best = mean_deviation([max(run["valid"]) for run in runs])
        lines.append(
            f"| {model.name} | {runs[0]['parameters']:,} | {best} | " + " | ".join(cells) + " |"
        )
    first = results["spelled"][0]
    lines += [
        "",
        f"The twelve most frequent errors of words and characters, seed 0, of {first['errors']:,} "
        "in all:",
        "",
        "| true | said | errors | share | most often |",
        "|---|---|---:|---:|---|",
        *(
            f"| {truth} | {guess} | {count} | {count / first['errors']:.2f} | "
            f"{', '.join(f'`{word}`' for word in words)} |"
            for truth, guess, count, words in first["kinds"]
        ),
    ]
    return lines


def page_names(task: Task, data: Any, results: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the lines on the names."""
    base = judged_names(looked_up(data.train, data.test), data.test, known_of("names", data.train))
    figures = ("precision", "recall", "f1", "words")
    lines = [
        "| model | validation F1 | test precision | test recall | test F1 | words right | "
        "I- without a beginning |",
        "|---|---:|---:|---:|---:|---:|---:|",
        "| names of the training part, looked up |  | "
        + " | ".join(f"{base[name]:.3f}" for name in figures)
        + " | 0 |",
    ]
    for key, model in task.models.items():
        runs = results[key]
        best = mean_deviation([max(run["valid"]) for run in runs])
        cells = [mean_deviation([run[name] for run in runs]) for name in figures]
        lone = statistics.mean(run["lone"] for run in runs)
        lines.append(f"| {model.name} | {best} | " + " | ".join(cells) + f" | {lone:.1f} |")
    lines += ["", "Test F1 of each kind, mean over the seeds:", ""]
    kinds = sorted(results["bio"][0]["by_kind"])
    lines += [
        "| model | " + " | ".join(kinds) + " |",
        "|---|" + "---:|" * len(kinds),
        "| true names | " + " | ".join(str(base["by_kind"][k][3]) for k in kinds) + " |",
    ]
    for key, model in task.models.items():
        means = [
            statistics.mean(run["by_kind"].get(k, [0, 0, 0])[2] for run in results[key])
            for k in kinds
        ]
        lines.append(f"| {model.name} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    first = results["bio"][0]
    (old, olds), (new, news) = first["seen"], first["unseen"]
    lines += [
        "",
        f"Of the {olds} true names of the test part that are names in the training part, too, the "
        f"CRF with constraints (seed 0) finds {old}; of the {news} others {new}. Its errors:",
        "",
        "| error | count | such as |",
        "|---|---:|---|",
        *(
            f"| {kind} | {count} | {'; '.join(f'`{text}`' for text in texts)} |"
            for kind, count, texts in first["kinds"]
        ),
    ]
    return lines


def main() -> None:
    """Train what is asked for, print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="one seed, one epoch")
    parser.add_argument("--work", type=Path, help="where runs are kept, below the cache otherwise")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    if options.write and (options.small or set(options.tasks) != set(TASKS)):
        raise SystemExit("--write: the page holds all tasks with all epochs")
    if device.pick().type == "cpu":
        torch.set_num_threads(1)
    work = options.work or datasets.cache_folder() / "runs" / "tagging"
    work.mkdir(parents=True, exist_ok=True)
    seeds = 1 if options.small else options.seeds
    over = f"Mean and standard deviation over seeds 0 to {seeds - 1}."
    if seeds == 1:
        over = "Seed 0 alone, so nothing is known of the spread between seeds."
    lines = [
        "# Chapter 12: parts of speech and names",
        "",
        f"`python benchmarks/tagging.py --seeds {seeds} --write`",
        "",
    ]
    spent = 0.0
    for name in options.tasks:
        task = TASKS[name]
        data: Any = datasets.load(task.data)
        epochs = 1 if options.small else task.epochs
        results: dict[str, list[dict[str, Any]]] = {key: [] for key in task.models}
        for seed in range(seeds):  # a whole row of models first
            for key, runs in results.items():
                run = partial(train_one, task, name, key, seed, data, work, epochs)
                runs.append(kept(work / f"{name}_{key}_{seed}_{epochs}.json", run))
        spent += sum(run["cpu"] for runs in results.values() for run in runs)
        minutes = sum(run["cpu"] for runs in results.values() for run in runs) / 60
        words = [sum(len(tokens) for tokens, _ in part) for part in (data.train, data.test)]
        lines += [
            f"## {task.title}",
            "",
            f"{len(data.train):,} sentences ({words[0]:,} words) to learn from, {len(data.test):,} "
            f"({words[1]:,}) to be tested on, {len(data.tags)} tags. An LSTM of {task.hidden} "
            f"units in each direction over words of {task.embedding} features and an LSTM of 32 "
            f"over characters of 25; dropout {task.dropout}, word dropout {task.word_dropout}; "
            f"Adam at {task.rate}, falling; batches of {task.size}; {epochs} epochs, the best of "
            f"them on validation data; {task.tuned}. {over} {minutes:.0f} CPU minutes.",
            "",
            *(page_pos if name == "pos" else page_names)(task, data, results),
            "",
        ]
    lines += [
        f"{spent / 60:.0f} CPU minutes in all; {device.describe()}, {platform.system()}, "
        f"NumPy {np.__version__}.",
    ]
    text = "\n".join(lines) + "\n"
    publish(text, PAGE, options.write)


if __name__ == "__main__":
    main()
