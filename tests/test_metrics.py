"""Are the metrics the field's own figures?"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from rnn_utils import metrics

DRAWS = 5
SEQEVAL = json.loads((Path(__file__).parent / "fixtures" / "seqeval.json").read_text("utf-8"))


@pytest.fixture(params=range(DRAWS))
def draw(request):
    return np.random.default_rng(request.param)


def classes_of(draw, shape=(4, 7), classes=5):
    return (
        draw.integers(0, classes, shape),
        draw.integers(0, classes, shape),
        draw.random(shape) < 0.6,
    )


def values_of(draw, shape=(4, 7)):
    return draw.normal(size=shape), draw.normal(size=shape), draw.random(shape) < 0.6


def test_is_accuracy_that_of_scikit_learn(draw):
    """Is accuracy scikit-learn's, with and without a mask, for arrays and tensors?"""
    sklearn = pytest.importorskip("sklearn.metrics")
    guess, truth, counts = classes_of(draw)
    expected = sklearn.accuracy_score(truth.ravel(), guess.ravel())
    masked = sklearn.accuracy_score(truth[counts], guess[counts])
    assert metrics.accuracy(guess, truth) == pytest.approx(expected, abs=1e-12)
    assert metrics.accuracy(
        torch.tensor(guess), torch.tensor(truth), torch.tensor(counts)
    ) == pytest.approx(masked, abs=1e-12)


def test_is_confusion_that_of_scikit_learn(draw):
    """Are rows the truth and columns the guess, as in scikit-learn, under a mask too?"""
    sklearn = pytest.importorskip("sklearn.metrics")
    guess, truth, counts = classes_of(draw)
    labels = range(5)
    np.testing.assert_array_equal(
        metrics.confusion(guess, truth, 5),
        sklearn.confusion_matrix(truth.ravel(), guess.ravel(), labels=labels),
    )
    np.testing.assert_array_equal(
        metrics.confusion(guess, truth, 5, counts),
        sklearn.confusion_matrix(truth[counts], guess[counts], labels=labels),
    )


def test_is_the_trace_of_confusion_the_accuracy(draw):
    """Does the diagonal of the confusion matrix hold the right answers?"""
    guess, truth, counts = classes_of(draw)
    table = metrics.confusion(guess, truth, 5, counts)
    assert np.trace(table) / table.sum() == pytest.approx(metrics.accuracy(guess, truth, counts))


def test_are_the_errors_those_of_scikit_learn(draw):
    """Are the absolute and the squared error scikit-learn's, masked too?"""
    sklearn = pytest.importorskip("sklearn.metrics")
    guess, truth, counts = values_of(draw)
    for ours, theirs in (
        (metrics.mean_absolute_error, sklearn.mean_absolute_error),
        (metrics.mean_squared_error, sklearn.mean_squared_error),
    ):
        assert ours(guess, truth) == pytest.approx(theirs(truth, guess), abs=1e-12)
        assert ours(guess, truth, counts) == pytest.approx(
            theirs(truth[counts], guess[counts]), abs=1e-12
        )


def test_are_the_errors_those_of_torch(draw):
    """Are the errors torch's losses, for tensors that need gradients too?"""
    guess, truth, _ = values_of(draw)
    guess, truth = torch.tensor(guess, requires_grad=True), torch.tensor(truth)
    squared = torch.nn.functional.mse_loss(guess, truth).item()
    absolute = torch.nn.functional.l1_loss(guess, truth).item()
    assert metrics.mean_squared_error(guess, truth) == pytest.approx(squared, abs=1e-12)
    assert metrics.mean_absolute_error(guess, truth) == pytest.approx(absolute, abs=1e-12)


def test_is_perplexity_the_exponential_of_torchs_cross_entropy(draw):
    """Does perplexity take what torch's cross entropy returns?"""
    logits = torch.tensor(draw.normal(size=(20, 6)))
    truth = torch.tensor(draw.integers(0, 6, 20))
    nats = torch.nn.functional.cross_entropy(logits, truth).item()
    chances = torch.softmax(logits, 1)[torch.arange(20), truth]
    assert metrics.perplexity(nats) == pytest.approx(
        float(chances.log().neg().mean().exp()), rel=1e-12
    )


@pytest.mark.parametrize("choices", [1, 2, 27, 10_000])
def test_is_the_perplexity_of_a_fair_draw_the_number_of_choices(choices):
    """Is the perplexity of V equal chances V, and are its bits log2 V?"""
    nats = math.log(choices)
    assert metrics.perplexity(nats) == pytest.approx(choices, rel=1e-12)
    assert metrics.bits_per_character(nats) == pytest.approx(math.log2(choices), rel=1e-12)


def test_is_perplexity_infinite_where_a_symbol_was_impossible():
    """Does one impossible symbol make perplexity infinite, and a huge mean not overflow?"""
    assert metrics.perplexity(math.inf) == math.inf
    assert metrics.perplexity(1e6) == math.inf


def test_is_mase_one_for_the_naive_forecast_of_its_own_history(draw):
    """Is MASE 1 for the seasonal naive forecast judged on the history that scales it?"""
    history = draw.normal(size=60).cumsum()
    for period in (1, 4, 12):
        score = metrics.mase(history[:-period], history[period:], history, period)
        assert score == pytest.approx(1.0, abs=1e-12)


def test_is_mase_the_ratio_of_two_scikit_learn_errors(draw):
    """Is MASE the error over the naive error of the history, under a mask too?"""
    sklearn = pytest.importorskip("sklearn.metrics")
    history = draw.normal(size=60).cumsum()
    guess, truth, counts = values_of(draw)
    scale = sklearn.mean_absolute_error(history[7:], history[:-7])
    expected = sklearn.mean_absolute_error(truth[counts], guess[counts]) / scale
    assert metrics.mase(guess, truth, history, 7, counts) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: metrics.accuracy([0.1], [1]), TypeError, "predicted: expected integers"),
        (lambda: metrics.accuracy([1], [1.0]), TypeError, "target: expected integers"),
        (lambda: metrics.accuracy([1, 2], [1]), ValueError, "predicted: expected the shape"),
        (lambda: metrics.accuracy([1], [1], [1]), TypeError, "mask: expected booleans"),
        (lambda: metrics.accuracy([1], [1], [True, True]), ValueError, "mask: expected the shape"),
        (lambda: metrics.accuracy([1], [1], [False]), ValueError, "at least one position"),
        (lambda: metrics.confusion([3], [1], 3), ValueError, "predicted: .* K = 3, got 3"),
        (lambda: metrics.confusion([1], [-1], 3), ValueError, "target: .* K = 3, got -1"),
        (lambda: metrics.perplexity(-0.1), ValueError, "mean_nats"),
        (lambda: metrics.bits_per_character(math.nan), ValueError, "mean_nats"),
        (lambda: metrics.mean_absolute_error([1.0], [[1.0]]), ValueError, "predicted"),
        (lambda: metrics.mean_squared_error([], []), ValueError, "at least one position"),
        (lambda: metrics.mase([1.0], [1.0], [[1.0, 2.0]]), ValueError, r"history: .*\(T,\)"),
        (lambda: metrics.mase([1.0], [1.0], [1.0, 2.0], 2), ValueError, "period: .* T = 2, got 2"),
        (lambda: metrics.mase([1.0], [1.0], [3.0, 3.0]), ValueError, "repeats exactly"),
    ],
)
def test_does_an_error_name_the_argument(call, error, message):
    """Does a wrong argument raise an error that names it and says what came?"""
    with pytest.raises(error, match=message):
        call()


# Whole answers


CORPORA = {
    "two references": (
        ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."],
        [
            ["The dog bit the man.", "The dog had bit the man."],
            ["It was not unexpected.", "No one was surprised."],
            ["The man bit him first.", "The man had bitten the dog."],
        ],
    ),
    "clipped": (["the the the the the the the"], [["the cat is on the mat"]]),
    "shorter": (["the cat is on", "a dog"], [["the cat is on the mat"], ["a dog ran away"]]),
    "longer": (["the cat is on the old mat of the house"], [["the cat is on the mat"]]),
    "as close": (["a b c d e"], [["a b c d e f g", "a b c"]]),
    "equal": (["a b c d e", "f g h i"], [["a b c d e"], ["f g h i"]]),
    "nothing in common": (["a b c d e"], [["v w x y z"]]),
    "too short for 4-grams": (["a b c"], [["a b c"]]),
    "no 4-gram matches": (["a b c x d e f"], [["a b c y d e f"]]),
    "one is empty": (["", "a b c d e"], [["q"], ["a b c d e"]]),
    "all are empty": ([""], [["a b"]]),
}


def sacre(hypotheses, references, smoothing):
    sacrebleu = pytest.importorskip("sacrebleu")
    # sacreBLEU wants one stream per reference, filled with None
    most = max(map(len, references))
    streams = [[r[j] if j < len(r) else None for r in references] for j in range(most)]
    options = {"tokenize": "none", "smooth_method": smoothing, "force": True}
    return sacrebleu.corpus_bleu(hypotheses, streams, **options).score


@pytest.mark.parametrize("smoothing", ["none", "exp", "floor"])
@pytest.mark.parametrize("corpus", CORPORA)
def test_is_bleu_that_of_sacrebleu_on_sentences(corpus, smoothing):
    hypotheses, references = CORPORA[corpus]
    expected = sacre(hypotheses, references, smoothing)
    assert metrics.bleu(hypotheses, references, smoothing=smoothing) == pytest.approx(
        expected, abs=1e-10
    )


@pytest.mark.parametrize("smoothing", ["none", "exp", "floor"])
@pytest.mark.parametrize("size", [1, 3, 20])
def test_is_bleu_that_of_sacrebleu_on_random_corpora(draw, smoothing, size):
    """Is it equal with one to four references each, for strings and for tokens?"""

    def sentence(longest=12):
        return " ".join(draw.choice(list("abcd"), draw.integers(1, longest)))

    hypotheses = [sentence() for _ in range(size)]
    references = [[sentence() for _ in range(draw.integers(1, 5))] for _ in range(size)]
    expected = sacre(hypotheses, references, smoothing)
    ours = metrics.bleu(hypotheses, references, smoothing=smoothing)
    assert ours == pytest.approx(expected, abs=1e-10)
    tokens = metrics.bleu(
        [tuple(map(ord, h.split())) for h in hypotheses],
        [[list(map(ord, r.split())) for r in choices] for choices in references],
        smoothing=smoothing,
    )
    assert tokens == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_is_bleu_of_another_order_that_of_sacrebleu(order):
    sacrebleu = pytest.importorskip("sacrebleu.metrics")
    hypotheses, references = CORPORA["longer"]
    theirs = sacrebleu.BLEU(
        tokenize="none", smooth_method="exp", max_ngram_order=order, force=True
    ).corpus_score(hypotheses, [[r[0] for r in references]])
    ours = metrics.bleu(hypotheses, references, max_order=order, smoothing="exp")
    assert ours == pytest.approx(theirs.score, abs=1e-10)


def test_is_a_known_bleu_what_paper_and_pencil_give():
    """Papineni's example: of seven times "the", only two are counted; 2/7 for unigrams."""
    clipped = metrics.bleu(*CORPORA["clipped"], max_order=1)
    assert clipped == pytest.approx(100 * 2 / 7)
    short = metrics.bleu(["a b c d"], [["a b c d e f"]])
    assert short == pytest.approx(100 * math.exp(1 - 6 / 4)), "all match: what is left is BP"


def test_does_bleu_cut_strings_as_it_is_told():
    ours = metrics.bleu(["abcde"], [["abcdf"]], tokenize=list)
    assert ours == pytest.approx(metrics.bleu(["a b c d e"], [["a b c d f"]]))
    assert ours == pytest.approx(100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** (1 / 4))


def test_is_exact_match_all_or_nothing():
    assert metrics.exact_match(["2021-03-04", "2021-03-05"], ["2021-03-04", "2021-03-06"]) == 0.5
    assert metrics.exact_match([(1, 2), [3]], [[1, 2], (3,)]) == 1.0
    assert metrics.exact_match([[1, 2]], [[1, 2, 3]]) == 0.0
    assert metrics.exact_match(["ab"], [["a", "b"]]) == 0.0


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        ("bleu", (["a b"], ["a b"]), TypeError, r"one string at place 0; .*\[\[r\] for r in"),
        ("bleu", ([["a"]], [["a", "b"]]), TypeError, "sequences of tokens, as the .*got str"),
        ("bleu", (["a"], [[["a"]]]), TypeError, "expected strings, as the hypothesis is, got list"),
        ("bleu", ([[1]], [[1, 2]]), TypeError, "expected sequences of tokens.*got int"),
        ("bleu", (["a"], [[]]), ValueError, "at least one for each hypothesis, none at 0"),
        ("bleu", (["a"], [["a"], ["b"]]), ValueError, "N = 1, as many as hypotheses, got 2"),
        ("bleu", ([], []), ValueError, "at least one, got none"),
        ("bleu", ("a", [["a"]]), TypeError, "hypotheses: .* got a single string"),
        ("bleu", (["a"], [["a"]], 0), ValueError, "max_order: expected a number above 0"),
        ("bleu", (["a"], [["a"]], 4, "exponential"), ValueError, "smoothing: expected one of"),
        ("exact_match", (["a"], []), ValueError, "N = 1, as many as hypotheses, got 0"),
        ("exact_match", ("ab", "ab"), TypeError, "hypotheses: .* got a single string"),
    ],
)
def test_does_a_wrong_answer_list_say_what_is_wrong(function, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(metrics, function)(*arguments)


def test_is_span_f1_that_of_seqeval():
    """Is it seqeval's on random tags, together and for each kind, no span at all included?"""
    names = SEQEVAL["tags"]
    assert len(SEQEVAL["cases"]) == 300
    for case in SEQEVAL["cases"]:
        guess, truth = (
            [[names[int(number)] for number in row.split()] for row in case[side]]
            for side in ("predicted", "target")
        )
        score = metrics.span_f1(guess, truth)
        micro = [score.precision, score.recall, score.f1]
        np.testing.assert_allclose(micro, case["micro"], rtol=0, atol=1e-12)
        kinds = {
            kind: [one.precision, one.recall, one.f1, one.target]
            for kind, one in score.kinds.items()
        }
        assert list(kinds) == list(case["kinds"])
        for kind, expected in case["kinds"].items():
            np.testing.assert_allclose(kinds[kind], expected, rtol=0, atol=1e-12)


def test_is_half_a_span_wrong_twice():
    truth = ["B-x", "I-x", "O", "B-y"]
    score = metrics.span_f1([["B-x", "O", "O", "B-y"]], [truth])
    assert (score.right, score.predicted, score.target) == (1, 2, 2)
    assert score.f1 == score.precision == score.recall == 0.5
    assert score.kinds["x"].f1 == 0.0
    assert score.kinds["y"].f1 == 1.0
    assert metrics.accuracy(np.array([0, 1, 1, 2]), np.array([0, 3, 1, 2])) == 0.75


@pytest.mark.parametrize(
    ("predicted", "target", "error", "message"),
    [
        ("B-x", [["B-x"]], TypeError, "predicted: "),
        ([["B-x"]], "B-x", TypeError, "target: "),
        ([["O"]], [["O"], ["O"]], ValueError, "predicted: expected N = 2"),
        ([["O", "O"]], [["O"]], ValueError, "predicted: expected 1 tags at place 0"),
        ([["x"]], [["O"]], ValueError, "got 'x'"),
        ([["O"]], [["E-x"]], ValueError, "got 'E-x'"),
    ],
)
def test_does_a_wrong_list_of_tags_say_what_is_wrong(predicted, target, error, message):
    with pytest.raises(error, match=message):
        metrics.span_f1(predicted, target)
