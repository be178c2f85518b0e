"""Judges film reviews of one sentence: a linear baseline, readouts, and pretraining before them.

The full-size version of sections 11.11 and 11.12: SST-2 (or sentence_polarity), sentences alone,
without the labels of their phrases. Beside logistic regression on words and pairs of words stand
a mean of word vectors, a recurrent network that reads both ways with an attention readout, and one
that reads one way three times: from nothing, after it was a language model of the training
sentences, and after it was one of whole film reviews first (every third of Pang and Lee's 2,000;
the file movie_reviews.zip of NLTK's corpora, below the data root or where --reviews says; it holds
none of the test sentences). Without that file the third is left out. Sizes and rates were looked
at on the validation part at seed 0; the epoch of every run is chosen there. The test sentences are
asked once for each seed.

    python benchmarks/sentiment.py [--data sst2] [--seeds 3] [--every 3] [--small] [--write]

A run that was stopped goes on where it was: --work holds what is done.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import platform
import re
import statistics
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from _shared import kept, publish, threads_prefix
from torch.nn import functional as F

from rnn_utils import datasets, device, language_model, metrics, training
from rnn_utils import text_classification as tc
from rnn_utils.sequences import Vocabulary

PAGE = Path(__file__).resolve().with_suffix(".md")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
REVIEWS_SHA256 = "a41211ae685019137410268134db6a1a14428c89b671eb83056151a878539008"
END = "<end>"  # between sentences, for the language models
SIZE = 128  # E = H of the network that is pretrained
NEGATIONS = {"not", "n't", "no", "never", "nothing", "neither", "nor", "hardly", "without"}
KINDS: dict[str, Callable[[list[str]], bool]] = {
    "negation": lambda words: bool(NEGATIONS & set(words)),
    "but": lambda words: bool({"but", "though", "although", "yet"} & set(words)),
    "to 10 words": lambda words: len(words) <= 10,
    "over 25 words": lambda words: len(words) > 25,
}


class Work:
    """The data as numbers, and what has been done so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.place = options, device.pick()
        data = datasets.load(options.data)
        self.words = {
            part: [text.split() for text in getattr(data, part).inputs]
            for part in ("train", "valid", "test")
        }
        self.targets = {part: getattr(data, part).targets for part in self.words}
        if options.small:
            self.words = {part: texts[:400] for part, texts in self.words.items()}
            self.targets = {part: targets[:400] for part, targets in self.targets.items()}
        self.reviews = read_reviews(options.reviews, options.every)
        counts = Counter(word for text in self.words["train"] for word in text)
        known = sorted(word for word, count in counts.items() if count > 1)
        more = Counter(word for line in self.reviews for word in line)
        extra = sorted(word for word, count in more.items() if count >= 10 and counts[word] < 2)
        self.vocabularies = {
            "train": Vocabulary([END, *known]),
            "reviews": Vocabulary([END, *known, *extra]),
        }
        self.folder = options.work / f"{options.data}{'-small' if options.small else ''}"
        self.folder.mkdir(parents=True, exist_ok=True)

    def batches(self, part: str, vocabulary: Vocabulary, seed: int | None) -> tc.TextBatches:
        """Return the batches of one part."""
        texts = [vocabulary.encode(words) for words in self.words[part]]
        return tc.TextBatches(texts, self.targets[part], 50 if seed is not None else 200, seed)

    def predict(self, model: torch.nn.Module, part: str, vocabulary: Vocabulary) -> list[int]:
        """Return the class of each sentence, in the order of the data set."""
        data = self.batches(part, vocabulary, None)
        data.targets = torch.arange(len(data.texts))  # to put them back in order
        found = torch.zeros(len(data.texts), dtype=torch.long)
        model.eval()
        with torch.no_grad():
            for tokens, lengths, numbers in data:
                found[numbers] = model(tokens.to(self.place), lengths).argmax(1).cpu()
        answer: list[int] = found.tolist()
        return answer

    def accuracy(self, predicted: list[int], part: str) -> float:
        """Return the share that is right."""
        return metrics.accuracy(torch.tensor(predicted), self.targets[part])


def read_reviews(path: Path | None, every: int) -> list[list[str]]:
    """Return the lines of every n-th review as words, cut as the sentences are ("do n't")."""
    if path is None or not path.exists():
        return []
    if hashlib.sha256(path.read_bytes()).hexdigest() != REVIEWS_SHA256:
        raise SystemExit(f"{path}: expected the sum {REVIEWS_SHA256}, got another")
    with zipfile.ZipFile(path) as file:
        names = sorted(name for name in file.namelist() if name.endswith(".txt"))[::every]
        texts = [file.read(name).decode("latin-1") for name in names]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    joined = re.sub(r"n't\b", " n't", "\n".join(lines))
    joined = re.sub(r"(?<=\w)('(?:s|re|ve|ll|d|m))\b", r" \1", joined)
    return [line.split() for line in joined.splitlines()]


def learn(
    work: Work,
    name: str,
    model: tc.TextClassifier,
    vocabulary: Vocabulary,
    seed: int,
    epochs: int,
    groups: Any,
) -> training.History:
    """Train with `fit`, and keep the epoch with the best validation accuracy."""

    def measure(trained: torch.nn.Module) -> dict[str, float]:
        return {"right": work.accuracy(work.predict(trained, "valid", vocabulary), "valid")}

    return training.fit(
        model,
        work.batches("train", vocabulary, seed),
        loss=training.supervised(F.cross_entropy),
        optimizer=torch.optim.Adam(groups),
        measure=measure,
        settings=training.Settings(
            epochs=1 if work.options.small else epochs, monitor="max right", progress=False
        ),
        checkpoint=work.folder / f"{name}.pt",
        resume=True,
    )


def scratch(work: Work, name: str, seed: int, epochs: int, rate: float, **shape: Any) -> Any:
    """Train a classifier from nothing; return it and its vocabulary."""
    vocabulary = work.vocabularies["train"]
    model = tc.TextClassifier(len(vocabulary), classes=2, dropout=0.5, **shape).to(work.place)
    learn(work, name, model, vocabulary, seed, epochs, [{"params": model.parameters(), "lr": rate}])
    return model, vocabulary


def pretrained(work: Work, source: str) -> tuple[language_model.LanguageModel, Vocabulary]:
    """Return a language model of the training sentences, which may have read reviews before."""
    vocabulary = work.vocabularies[source]
    device.seed_everything(0)
    model = language_model.LanguageModel(
        len(vocabulary), SIZE, SIZE, "lstm", dropout=0.3, tied=True
    ).to(work.place)

    def stream(texts: list[list[str]], size: int) -> Any:
        words = [word for text in texts for word in [*text, END]]
        return language_model.streams(vocabulary.encode(words), size, 35)

    stages = [("sentences", work.words["train"], 4, 3e-3)]
    if source == "reviews":
        stages = [("reviews", work.reviews, 1, 3e-3), ("sentences", work.words["train"], 1, 2e-3)]
    for stage, texts, epochs, rate in stages:
        history = training.fit(
            model,
            stream(texts, 32),
            loss=language_model.next_token_loss,
            optimizer=torch.optim.Adam(model.parameters(), lr=rate),
            valid=stream(work.words["valid"], 8),
            settings=training.Settings(
                epochs=1 if work.options.small else epochs, carry=True, progress=False
            ),
            checkpoint=work.folder / f"lm-{source}-{stage}.pt",
            resume=True,
        )
        print(f"  language model, {source}, {stage}: {min(history['valid']):.3f} nats", flush=True)
    return model, vocabulary


def tuned(work: Work, name: str, seed: int, source: str, rate: float) -> Any:
    """Fine-tune a language model: the head first, each epoch one group more, then all."""
    model, vocabulary = pretrained(work, source)
    device.seed_everything(seed)
    reader = tc.from_language_model(model, 2, "attention", dropout=0.5).to(work.place)
    last = len(tc.layer_groups(reader))
    for depth in range(1, last + 1):
        groups = tc.unfreeze(reader, depth, rate=rate)
        epochs = 4 if depth == last else 1
        learn(work, f"{name}-{depth}", reader, vocabulary, seed, epochs, groups)
    return reader, vocabulary


SAME = {"embedding": SIZE, "hidden": SIZE, "cell": "lstm", "bidirectional": False}
RUNS: dict[str, Callable[[Work, str, int], Any]] = {
    "mean of word vectors": lambda w, n, s: scratch(
        w, n, s, 12, 4e-3, embedding=SIZE, hidden=1, cell=None, readout="mean"
    ),
    "GRU both ways, attention": lambda w, n, s: scratch(
        w, n, s, 6, 3e-3, embedding=SIZE, hidden=64, cell="gru", readout="attention"
    ),
    "LSTM one way, attention": lambda w, n, s: scratch(
        w, n, s, 6, 3e-3, readout="attention", **SAME
    ),
    "the same, a language model of the training sentences first": lambda w, n, s: tuned(
        w, n, s, "train", 4e-3
    ),
    "the same, a language model of reviews first": lambda w, n, s: tuned(w, n, s, "reviews", 4e-3),
}


def linear(work: Work) -> dict[str, Any]:
    """Fit logistic regression on words and pairs of words; choose C on the validation part."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    began = time.process_time()
    table = TfidfVectorizer(analyzer=bag)
    train = table.fit_transform(work.words["train"])
    truth = {part: targets.numpy() for part, targets in work.targets.items()}
    best: dict[str, Any] = {"valid": 0.0}
    for c in (0.3, 1, 3, 10, 30, 100):
        model = LogisticRegression(C=c, max_iter=2000).fit(train, truth["train"])
        share = model.score(table.transform(work.words["valid"]), truth["valid"])
        if share > best["valid"]:
            test = model.predict(table.transform(work.words["test"])).tolist()
            best = {"valid": share, "test": work.accuracy(test, "test"), "predicted": test, "C": c}
    best["minutes"] = (time.process_time() - began) / 60
    return best


def bag(words: list[str]) -> list[str]:
    """Return the words and the pairs of neighbours."""
    return [*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))]


def kinds_wrong(work: Work, predictions: list[list[int]]) -> list[float]:
    """Return the share that is wrong, in all sentences of each kind, over the seeds."""
    truth = work.targets["test"]
    shares = []
    for belongs in KINDS.values():
        chosen = torch.tensor([belongs(words) for words in work.words["test"]])
        wrong = [1 - metrics.accuracy(torch.tensor(p), truth, chosen) for p in predictions]
        shares.append(statistics.mean(wrong))
    return shares


def run(work: Work, name: str, seed: int, number: int) -> dict[str, Any]:
    """Train and judge one model, and return what is kept of it."""
    began = time.process_time()
    device.seed_everything(seed)
    model, vocabulary = RUNS[name](work, f"{number}-{seed}", seed)
    valid = work.accuracy(work.predict(model, "valid", vocabulary), "valid")
    predicted = work.predict(model, "test", vocabulary)
    found = {"valid": valid, "test": work.accuracy(predicted, "test"), "predicted": predicted}
    found["minutes"] = (time.process_time() - began) / 60
    return found


def table(work: Work, results: dict[str, list[dict[str, Any]]]) -> str:
    """Return the page."""
    import numpy as np
    import sklearn

    options, rows, total = work.options, [], 0.0
    for name, found in results.items():
        tests = [result["test"] for result in found]
        spread = f"{statistics.stdev(tests):.3f}" if tests[1:] else ""
        valid = statistics.mean(result["valid"] for result in found)
        wrong = kinds_wrong(work, [result["predicted"] for result in found])
        total += sum(result["minutes"] for result in found)
        cells = [f"{valid:.3f}", f"{statistics.mean(tests):.3f}", spread]
        seeds = ", ".join(f"{share:.3f}" for share in tests)
        rows.append(
            f"| {' | '.join([name, *cells, seeds, *(f'{share:.3f}' for share in wrong)])} |"
        )
    asked = len(work.targets["test"])
    seeds_are = f"Seeds 0 to {options.seeds - 1}" if options.seeds > 1 else "Seed 0"
    counts = [sum(map(belongs, work.words["test"])) for belongs in KINDS.values()]
    small = f" --every {options.every}{' --small' if options.small else ''}"
    lines = [
        f"# Chapter 11 on film reviews: {options.data}",
        "",
        f"`{threads_prefix()}python benchmarks/sentiment.py "
        f"--data {options.data} --seeds {options.seeds}{small} --write`",
        "",
        f"{len(work.targets['train']):,} sentences to learn from, {len(work.targets['valid']):,} "
        f"to choose by, {asked:,} to be tested on; no label of a phrase is used. {seeds_are}; "
        f"a language model is pretrained once, at seed 0, and fine-tuned "
        f"with each seed. {device.describe()} under {platform.system()}, {total:.0f} CPU minutes; "
        f"NumPy {np.__version__}, scikit-learn {sklearn.__version__}.",
        "",
        "| model | validation accuracy | test accuracy, mean | standard deviation | each seed | "
        + " | ".join(f"wrong: {kind}" for kind in KINDS)
        + " |",
        "|---|---:|---:|---:|---|" + "---:|" * len(KINDS),
        *rows,
        "",
        f"The standard error that comes from {asked:,} test sentences is about "
        f"{(0.8 * 0.2 / asked) ** 0.5:.3f}, the same sentences for every model. Of them "
        + ", ".join(f'{n} are of the kind "{kind}"' for n, kind in zip(counts, KINDS, strict=True))
        + ". Logistic regression reads words and pairs of words, weighted by tf-idf, with C = "
        f"{results['logistic regression, words and pairs'][0]['C']:g}.",
    ]
    if work.reviews:
        words = sum(map(len, work.reviews))
        lines += [
            "",
            f"The reviews are {words:,} words without labels: one of every {options.every} of Pang "
            f"and Lee's 2,000, in `movie_reviews.zip` of NLTK's corpora, SHA-256 "
            f"`{REVIEWS_SHA256[:12]}...`.",
        ]
    means = {name: statistics.mean(r["test"] for r in found) for name, found in results.items()}
    first = means["LSTM one way, attention"]
    gains = [
        f'"{name}": {100 * (mean - first):+.1f} points'
        for name, mean in means.items()
        if name.startswith("the same")
    ]
    lines += ["", f"Against the LSTM one way from nothing, on the test part: {'; '.join(gains)}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table, and write it where asked."""
    root = os.environ.get("RNN_UTILS_DATA")
    reviews = Path(root) / "movie_reviews" / "movie_reviews.zip" if root else None
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="sst2", choices=["sst2", "sentence_polarity"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--reviews", type=Path, default=reviews, help="movie_reviews.zip")
    parser.add_argument("--every", type=int, default=3, help="read every n-th review")
    parser.add_argument("--work", type=Path, default=CACHE / "rnn-utils-benchmarks" / "sentiment")
    parser.add_argument("--small", action="store_true", help="400 sentences, one epoch each")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    warnings.filterwarnings("ignore", message="dropout option adds dropout")
    work = Work(options)
    counted = kept(work.folder / "linear.json", partial(linear, work))
    results = {"logistic regression, words and pairs": [counted]}
    print(counted["test"], flush=True)
    chosen = {name: number for number, name in enumerate(RUNS)}
    if not work.reviews:
        chosen = {name: number for name, number in chosen.items() if "reviews" not in name}
        print("the last row is left out, for the reviews are not there")
    for seed in range(options.seeds):
        for name, number in chosen.items():
            file = work.folder / f"{number}-{seed}.json"
            found = kept(file, partial(run, work, name, seed, number))
            results.setdefault(name, []).append(found)
            shown = {key: round(found[key], 4) for key in ("valid", "test", "minutes")}
            print(f"{name}, seed {seed}: {shown}", flush=True)
    publish(table(work, results), PAGE, options.write)


if __name__ == "__main__":
    main()
