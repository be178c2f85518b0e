"""Figures that say how good a prediction is: for classes, text, whole answers, real values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnn_utils._errors import expect_as_many, expect_one_of, expect_positive

__all__ = [
    "SpanScore",
    "accuracy",
    "bits_per_character",
    "bleu",
    "confusion",
    "exact_match",
    "mase",
    "mean_absolute_error",
    "mean_squared_error",
    "perplexity",
    "span_f1",
    "spans",
]


def accuracy(predicted: Any, target: Any, mask: Any = None) -> float:
    r"""Return the share of positions where the predicted class is the true one.

    .. math:: \frac{1}{\sum_i m_i} \sum_i m_i\, [\hat y_i = y_i]

    Parameters
    ----------
    predicted : array or tensor of integers, any shape
        Class numbers, not logits: take ``logits.argmax(-1)`` first.
    target : array or tensor of integers, the same shape
        True class numbers.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts; all count when it is left out.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    TypeError
        If `predicted` or `target` does not hold integers, or `mask` no booleans.
    ValueError
        If the shapes differ, or no position counts.

    References
    ----------
    Equal to ``sklearn.metrics.accuracy_score``.

    Chapter: 01_sequences
    """
    guess, truth = _classes(predicted, target, mask)
    # mean of [ŷ_i = y_i] over the positions that count
    return float(np.mean(guess == truth))


def confusion(predicted: Any, target: Any, classes: int, mask: Any = None) -> NDArray[np.int64]:
    r"""Count how often each true class was taken for each class.

    .. math:: C_{jk} = \sum_i m_i\, [y_i = j]\, [\hat y_i = k]

    Parameters
    ----------
    predicted, target : array or tensor of integers, the same shape
        Predicted and true class numbers.
    classes : int
        Number of classes K.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts.

    Returns
    -------
    array (K, K) of int64
        Rows are true classes, columns predicted ones.

    Raises
    ------
    TypeError
        If `predicted` or `target` does not hold integers, or `mask` no booleans.
    ValueError
        If the shapes differ, no position counts, or a class number is not in 0 .. K - 1.

    References
    ----------
    Equal to ``sklearn.metrics.confusion_matrix``.

    Chapter: 01_sequences
    """
    guess, truth = _classes(predicted, target, mask)
    for name, numbers in (("predicted", guess), ("target", truth)):
        if numbers.min() < 0 or numbers.max() >= classes:
            raise ValueError(
                f"{name}: expected class numbers in 0 .. K - 1 with K = {classes}, "
                f"got {numbers.min()} .. {numbers.max()}"
            )
    # C[j, k] counts the pairs (truth j, guess k); j K + k numbers the pairs
    pairs = np.bincount(truth * classes + guess, minlength=classes * classes)
    return pairs.reshape(classes, classes).astype(np.int64)  # (K, K)


def perplexity(mean_nats: float) -> float:
    r"""Turn a mean negative log likelihood into the number of equally likely choices.

    .. math:: \exp\Bigl(-\frac1N \sum_{i=1}^N \log p_i\Bigr)

    Parameters
    ----------
    mean_nats : float
        Mean of :math:`-\log p` per symbol, in nats: what torch's cross entropy returns.

    Returns
    -------
    float
        At least 1; infinite where a symbol was given probability 0.

    Raises
    ------
    ValueError
        If `mean_nats` is negative or not a number.

    References
    ----------
    Jelinek, Mercer, Bahl and Baker (1977), "Perplexity: a measure of the difficulty of
    speech recognition tasks".

    Chapter: 01_sequences
    """
    nats = _nats(mean_nats)
    try:
        # PP = exp(mean nats)
        return math.exp(nats)
    except OverflowError:
        return math.inf


def bits_per_character(mean_nats: float) -> float:
    r"""Turn a mean negative log likelihood in nats into bits.

    .. math:: \frac{1}{\log 2} \cdot \Bigl(-\frac1N \sum_{i=1}^N \log p_i\Bigr)

    Parameters
    ----------
    mean_nats : float
        Mean of :math:`-\log p` per character, in nats.

    Returns
    -------
    float
        Bits per character: what an ideal compressor would need.

    Raises
    ------
    ValueError
        If `mean_nats` is negative or not a number.

    References
    ----------
    Shannon (1951), "Prediction and entropy of printed English".

    Chapter: 01_sequences
    """
    # bits = nats / log 2
    return _nats(mean_nats) / math.log(2)


def mean_absolute_error(predicted: Any, target: Any, mask: Any = None) -> float:
    r"""Return the mean distance between prediction and truth, in the unit of the series.

    .. math:: \frac{1}{\sum_i m_i} \sum_i m_i\, |x_i - \hat x_i|

    Parameters
    ----------
    predicted, target : array or tensor, the same shape
        Real values.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts.

    Returns
    -------
    float
        In the unit of the values.

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If the shapes differ, or no position counts.

    References
    ----------
    Equal to ``sklearn.metrics.mean_absolute_error``.

    Chapter: 01_sequences
    """
    guess, truth = _values(predicted, target, mask)
    # mean of |x_i - x̂_i|
    return float(np.mean(np.abs(truth - guess)))


def mean_squared_error(predicted: Any, target: Any, mask: Any = None) -> float:
    r"""Return the mean squared distance between prediction and truth.

    .. math:: \frac{1}{\sum_i m_i} \sum_i m_i\, (x_i - \hat x_i)^2

    Parameters
    ----------
    predicted, target : array or tensor, the same shape
        Real values.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts.

    Returns
    -------
    float
        In the unit of the values, squared.

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If the shapes differ, or no position counts.

    References
    ----------
    Equal to ``sklearn.metrics.mean_squared_error``.

    Chapter: 01_sequences
    """
    guess, truth = _values(predicted, target, mask)
    # mean of (x_i - x̂_i)²
    return float(np.mean((truth - guess) ** 2))


def mase(predicted: Any, target: Any, history: Any, period: int = 1, mask: Any = None) -> float:
    r"""Return the absolute error in units of the seasonal naive forecast's own error.

    .. math::
        \frac{\frac{1}{\sum_i m_i} \sum_i m_i\, |x_i - \hat x_i|}
             {\frac{1}{N - s} \sum_{t=s+1}^{N} |x^{\mathrm{train}}_t - x^{\mathrm{train}}_{t-s}|}

    Parameters
    ----------
    predicted, target : array or tensor, the same shape
        Real values.
    history : array or tensor (T,)
        The training part of the series, which gives the scale.
    period : int
        Season s in steps; 1 scales by persistence.
    mask : array or tensor of booleans, the same shape as `target`, optional
        True where a position counts.

    Returns
    -------
    float
        Without unit; below 1 is better than the naive forecast was in training.

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If the shapes differ, `history` is not one series longer than `period`, or it repeats
        exactly with that period, so that the scale is 0.

    References
    ----------
    Hyndman and Koehler (2006), "Another look at measures of forecast accuracy".

    Chapter: 01_sequences
    """
    past = _array(history).astype(np.float64)
    if past.ndim != 1:
        raise ValueError(f"history: expected shape (T,), got {past.shape}")
    if not 1 <= period < len(past):
        raise ValueError(
            f"period: expected a season in 1 .. T - 1 with T = {len(past)}, got {period}"
        )
    # scale = mean over t of |x_t - x_{t-s}| in the training part
    scale = float(np.mean(np.abs(past[period:] - past[:-period])))
    if scale == 0.0:
        raise ValueError(
            f"history: expected a series that changes over {period} steps, "
            "got one that repeats exactly"
        )
    # MASE = MAE / scale
    return mean_absolute_error(predicted, target, mask) / scale


def exact_match(hypotheses: Sequence[Any], references: Sequence[Any]) -> float:
    r"""Return the share of hypotheses that equal their reference, all of it.

    .. math:: \frac{1}{N} \sum_{i=1}^N [\hat y^{(i)} = y^{(i)}]

    Parameters
    ----------
    hypotheses, references : sequences of N strings, or of N sequences of tokens
        What the model said, and what was right.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    TypeError
        If one of them is a single string.
    ValueError
        If they are not equally many, or there is none.

    References
    ----------
    Chapter: 08_seq2seq
    """
    expect_as_many(hypotheses=hypotheses, references=references)
    # [ŷ = y]: a string equals a string, tokens in a list equal those in a tuple
    right = [
        bool(guess == truth)
        if isinstance(guess, str) or isinstance(truth, str)
        else list(guess) == list(truth)
        for guess, truth in zip(hypotheses, references, strict=True)
    ]
    # their mean
    return sum(right) / len(right)


def bleu(
    hypotheses: Sequence[Any],
    references: Sequence[Sequence[Any]],
    max_order: int = 4,
    smoothing: str = "none",
    tokenize: Callable[[str], Sequence[Any]] = str.split,
) -> float:
    r"""Return the corpus BLEU: how many n-grams of the hypotheses their references hold too.

    .. math::
        \mathrm{BLEU} = 100 \, \mathrm{BP}\, \exp\Bigl(\frac1K \sum_{n=1}^{K} \log p_n\Bigr),
        \qquad \mathrm{BP} = \min\bigl(1, e^{1 - r/c}\bigr)

    .. math::
        p_n = \frac{\sum_i \sum_{g} \min\bigl(\mathrm{count}_i(g),
              \max_j \mathrm{count}_{ij}(g)\bigr)}{\sum_i \sum_{g} \mathrm{count}_i(g)}

    The sums run over all hypotheses i and the n-grams g of each, the maximum over its references
    j: what a hypothesis says more often than any reference counts only as often as there. c is
    the length of all hypotheses together; r adds up, for each, the length of that reference
    which is closest, the shorter of two as close.

    Parameters
    ----------
    hypotheses : sequence of N strings, or of N sequences of tokens
        What the model said.
    references : sequence of N sequences of strings, or of sequences of tokens
        For each hypothesis a list of references, even if it is only one.
    max_order : int
        K, the longest n-grams.
    smoothing : {"none", "exp", "floor"}
        What stands in for an order without a match, which brings the score to 0: nothing, half
        a match for the first such order, a quarter for the second and so on, or 0.1 matches.
    tokenize : callable
        Cuts a string into tokens; at white space unless told.

    Returns
    -------
    float
        From 0 to 100.

    Raises
    ------
    TypeError
        If a reference stands where a list of references is expected, or tokens meet a string.
    ValueError
        If there are not as many lists of references as hypotheses, no hypothesis, or no
        reference for one of them; if `smoothing` is another word, or `max_order` is below 1.

    References
    ----------
    Papineni, Roukos, Ward and Zhu (2002), "BLEU: a method for automatic evaluation of machine
    translation", ACL. Post (2018), "A call for clarity in reporting BLEU scores", WMT: equal to
    his ``sacrebleu.corpus_bleu`` with ``tokenize="none"``.

    Chapter: 08_seq2seq
    """
    expect_positive("max_order", max_order)
    expect_one_of("smoothing", smoothing, ("none", "exp", "floor"))
    expect_as_many(hypotheses=hypotheses, references=references)
    matches, totals = [0] * max_order, [0] * max_order
    said = asked = 0
    for number, (hypothesis, choices) in enumerate(zip(hypotheses, references, strict=True)):
        guess, truths = _token_lists(number, hypothesis, choices, tokenize)
        said += len(guess)
        # r: the closest length, the shorter of two as close
        asked += min((abs(len(truth) - len(guess)), len(truth)) for truth in truths)[1]
        for n in range(1, max_order + 1):
            counts = _ngrams(guess, n)
            most: Counter[tuple[Any, ...]] = Counter()
            for truth in truths:
                most |= _ngrams(truth, n)  # the maximum over j
            # the sum over g of min(count_i(g), max_j count_ij(g))
            matches[n - 1] += (counts & most).total()
            totals[n - 1] += counts.total()
    if not any(matches) or not all(totals):
        return 0.0
    logs, halves = 0.0, 1
    for match, total in zip(matches, totals, strict=True):
        share = match / total
        if match == 0 and smoothing == "none":
            return 0.0
        if match == 0 and smoothing == "exp":
            halves *= 2
            share = 1 / (halves * total)
        elif match == 0:
            share = 0.1 / total
        logs += math.log(share)
    # BP = min(1, exp(1 - r / c))
    penalty = min(1.0, math.exp(1 - asked / said))
    # BLEU = 100 BP exp(mean of log p_n)
    return 100 * penalty * math.exp(logs / max_order)


def _ngrams(tokens: Sequence[Any], n: int) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _token_lists(
    number: int,
    hypothesis: Any,
    choices: Any,
    tokenize: Callable[[str], Sequence[Any]],
) -> tuple[Sequence[Any], list[Sequence[Any]]]:
    """Return the tokens of a hypothesis and of each of its references."""
    if isinstance(choices, str):
        raise TypeError(
            f"references: expected a list of references for each hypothesis, "
            f"got one string at place {number}; with one reference each, pass [[r] for r in ...]"
        )
    if not len(choices):
        raise ValueError(f"references: expected at least one for each hypothesis, none at {number}")
    as_string = isinstance(hypothesis, str)
    for choice in choices:
        if isinstance(choice, str) != as_string or not hasattr(choice, "__len__"):
            expected = "strings" if as_string else "sequences of tokens"
            raise TypeError(
                f"references: expected {expected}, as the hypothesis is, "
                f"got {type(choice).__name__} at place {number}; each hypothesis has a list of them"
            )
    if not as_string:
        return hypothesis, list(choices)
    return tokenize(hypothesis), [tokenize(choice) for choice in choices]


def spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Read the spans off the BIO tags of one sequence, by the rule of the CoNLL evaluation.

    A span of kind k begins at B-k, and also at an I-k that goes on with nothing: after O, after
    another kind, or as the first tag. It ends before the next tag that is not I-k.

    Parameters
    ----------
    tags : sequence of T str
        ``"O"``, ``"B-kind"`` and ``"I-kind"``.

    Returns
    -------
    list of (kind, first, stop)
        In order; ``tokens[first:stop]`` are the span's.

    Raises
    ------
    TypeError
        If `tags` is a single string.
    ValueError
        If a tag is neither O nor begins with B- or I-.

    References
    ----------
    Ramshaw, L. A., Marcus, M. P. (1995). Text chunking using transformation-based learning.
    Workshop on Very Large Corpora, 82-94. The rule for a lone I- is that of Sang, E. F. T. K.,
    De Meulder, F. (2003). Introduction to the CoNLL-2003 shared task. CoNLL, 142-147.

    Chapter: 12_tagging
    """
    if isinstance(tags, str):
        raise TypeError("tags: expected a sequence of tags, got a single string")
    found: list[tuple[str, int, int]] = []
    kind, first = None, 0
    for place, tag in enumerate([*tags, "O"]):
        if tag != "O" and (tag[:2] not in ("B-", "I-") or len(tag) < 3):
            raise ValueError(f"tags: expected O, B-kind or I-kind, got {tag!r} at place {place}")
        if kind is not None and tag != f"I-{kind}":
            found.append((kind, first, place))
            kind = None
        if tag != "O" and kind is None:
            kind, first = tag[2:], place
    return found


@dataclass(frozen=True)
class SpanScore:
    """What `span_f1` counted, and the three shares.

    References
    ----------
    Chapter: 12_tagging
    """

    precision: float  # right spans among those predicted; 0 where none was
    recall: float  # right spans among the true ones; 0 where there is none
    f1: float  # the harmonic mean of the two; 0 where both are 0
    right: int
    predicted: int
    target: int
    kinds: dict[str, SpanScore] = field(default_factory=dict)  # each kind alone, in their order


def span_f1(predicted: Sequence[Sequence[str]], target: Sequence[Sequence[str]]) -> SpanScore:
    r"""Compare spans: one is right where its kind, its first and its last token are.

    .. math:: P = \frac{|\hat S \cap S|}{|\hat S|}, \qquad R = \frac{|\hat S \cap S|}{|S|},
              \qquad F_1 = \frac{2 P R}{P + R}

    over the spans of all sequences together (the micro average). A span that is half right is
    wrong twice: one too many and one missing.

    Parameters
    ----------
    predicted, target : sequence of sequences of str
        The BIO tags of each sequence, as `spans` reads them.

    Returns
    -------
    SpanScore
        With `kinds`, the same for each kind of span that occurs on either side.

    Raises
    ------
    TypeError
        If one of them is a single string.
    ValueError
        If they hold another number of sequences or none, two sequences another number of tags,
        or a tag is neither O nor begins with B- or I-.

    References
    ----------
    Sang, E. F. T. K., De Meulder, F. (2003). Introduction to the CoNLL-2003 shared task:
    language-independent named entity recognition. CoNLL, 142-147. Equal to seqeval's
    ``precision_recall_fscore_support`` in its default mode.

    Chapter: 12_tagging
    """
    expect_as_many(target=target, predicted=predicted)
    said: Counter[str] = Counter()
    true: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for number, (guess, truth) in enumerate(zip(predicted, target, strict=True)):
        if len(guess) != len(truth):
            raise ValueError(
                f"predicted: expected {len(truth)} tags at place {number}, as many as target, "
                f"got {len(guess)}"
            )
        ours, theirs = set(spans(guess)), set(spans(truth))
        said.update(kind for kind, _, _ in ours)
        true.update(kind for kind, _, _ in theirs)
        # the spans in both sets
        right.update(kind for kind, _, _ in ours & theirs)
    kinds = {k: _span_score(right[k], said[k], true[k]) for k in sorted(said | true)}
    return _span_score(right.total(), said.total(), true.total(), kinds)


def _span_score(
    right: int, said: int, true: int, kinds: dict[str, SpanScore] | None = None
) -> SpanScore:
    # P = right / said, R = right / true
    precision = right / said if said else 0.0
    recall = right / true if true else 0.0
    # F1 = 2 P R / (P + R)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return SpanScore(precision, recall, f1, right, said, true, kinds or {})


def _array(values: Any) -> NDArray[Any]:
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().numpy()
    return np.asarray(values)


def _nats(mean_nats: float) -> float:
    nats = float(mean_nats)
    if not nats >= 0:
        raise ValueError(f"mean_nats: expected a mean of -log p, at least 0, got {nats}")
    return nats


def _counted(
    guess: NDArray[Any], truth: NDArray[Any], mask: Any
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the two flat arrays at the positions that count."""
    if guess.shape != truth.shape:
        raise ValueError(
            f"predicted: expected the shape of target, {truth.shape}, got {guess.shape}"
        )
    if mask is not None:
        counts = _array(mask)
        if counts.dtype != np.bool_:
            raise TypeError(f"mask: expected booleans, got {counts.dtype}")
        if counts.shape != truth.shape:
            raise ValueError(
                f"mask: expected the shape of target, {truth.shape}, got {counts.shape}"
            )
        guess, truth = guess[counts], truth[counts]
    if truth.size == 0:
        raise ValueError("target: expected at least one position that counts, got none")
    return guess.reshape(-1), truth.reshape(-1)


def _classes(predicted: Any, target: Any, mask: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    guess, truth = _array(predicted), _array(target)
    for name, numbers in (("predicted", guess), ("target", truth)):
        if numbers.size and not np.issubdtype(numbers.dtype, np.integer):
            raise TypeError(
                f"{name}: expected integers (class numbers, not logits), got {numbers.dtype}"
            )
    guess, truth = _counted(guess, truth, mask)
    return guess.astype(np.int64), truth.astype(np.int64)


def _values(
    predicted: Any, target: Any, mask: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    guess, truth = _counted(_array(predicted), _array(target), mask)
    return guess.astype(np.float64), truth.astype(np.float64)
