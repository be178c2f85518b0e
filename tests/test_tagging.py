"""Is the chain what counting every sequence says, and does padding count for nothing?"""

from __future__ import annotations

import functools
import itertools
import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from rnn_utils.gru import GRU
from rnn_utils.sequences import Vocabulary
from rnn_utils.tagging import (
    LinearChainCRF,
    TaggedBatch,
    TaggedBatches,
    Tagger,
    bio_constraints,
    predicted_tags,
    spans,
    tagging_loss,
)
from rnn_utils.training import Settings, evaluate, fit

SEQEVAL = json.loads((Path(__file__).parent / "fixtures" / "seqeval.json").read_text("utf-8"))
BIO = ("O", "B-x", "I-x", "B-y", "I-y")
SIZES = [(tags, steps, seed) for tags in (2, 3, 4) for steps in (1, 2, 5) for seed in (0, 1)]
assert_same = functools.partial(torch.testing.assert_close, rtol=0, atol=1e-12)


@pytest.fixture(autouse=True)
def _float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def a_chain(tags, seed=0, forbidden=False):
    """Return a CRF with random weights; with `forbidden`, tag 1 may follow 0 alone, and so on."""
    torch.manual_seed(seed)
    crf = LinearChainCRF(tags)
    for weight in crf.parameters():
        nn.init.normal_(weight)
    if forbidden:
        allowed = torch.ones(tags, tags, dtype=torch.bool)
        allowed[1:, 1] = False
        start = torch.arange(tags) != 1
        crf.forbid(allowed, start, torch.arange(tags) != tags - 1)
    return crf


def every(crf, emissions):
    """Return all sequences of one example (N, T) and their scores, term by term."""
    paths = list(itertools.product(range(crf.tags), repeat=len(emissions)))
    scores = []
    for path in paths:
        total = crf.start[path[0]] + crf.end[path[-1]]
        fine = bool(crf.allowed_start[path[0]] & crf.allowed_end[path[-1]])
        for t, tag in enumerate(path):
            total = total + emissions[t, tag]
            if t:
                total = total + crf.transitions[path[t - 1], tag]
                fine &= bool(crf.allowed[path[t - 1], tag])
        scores.append(total if fine else total * 0 - math.inf)
    return torch.tensor(paths), torch.stack(scores)


# The chain


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize(("tags", "steps", "seed"), SIZES)
def test_is_the_chain_what_all_sequences_together_say(tags, steps, seed, forbidden):
    """Are log Z, score, marginals and the best sequence those of the enumeration?"""
    crf = a_chain(tags, seed, forbidden and steps > 1)
    emissions = 2 * torch.randn(1, steps, tags)
    paths, scores = every(crf, emissions[0])
    log_z = torch.logsumexp(scores, 0)
    assert_same(crf.log_partition(emissions)[0], log_z)
    assert_same(crf.score(emissions.expand(len(paths), -1, -1), paths), scores)
    shares = (scores - log_z).exp()  # (N,)
    expected = torch.zeros(steps, tags)
    for path, share in zip(paths, shares, strict=True):
        expected[torch.arange(steps), path] += share.detach()
    assert_same(crf.marginals(emissions)[0].detach(), expected)
    assert crf.viterbi(emissions)[0].tolist() == paths[scores.argmax()].tolist()
    # and the probabilities of all sequences sum to 1
    assert_same(shares.sum(), torch.tensor(1.0))


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize(("tags", "steps", "seed"), SIZES)
def test_is_the_likelihood_and_its_gradient_that_of_the_enumeration(tags, steps, seed, forbidden):
    crf = a_chain(tags, seed, forbidden and steps > 1)
    emissions = torch.randn(1, steps, tags, requires_grad=True)
    paths, scores = every(crf, emissions[0])
    path = int(torch.isfinite(scores).nonzero()[-1])
    expected = (torch.logsumexp(scores, 0) - scores[path]) / steps
    ours = crf.nll(emissions, paths[path : path + 1])
    assert_same(ours, expected)
    wanted = [emissions, *crf.parameters()]
    theirs = torch.autograd.grad(expected, wanted, allow_unused=True, materialize_grads=True)
    for got, grad in zip(torch.autograd.grad(ours, wanted), theirs, strict=True):
        assert_same(got, grad)


def test_are_the_marginals_the_derivative_of_log_z():
    for forbidden in (False, True):
        crf = a_chain(4, 3, forbidden)
        emissions = torch.randn(5, 7, 4, requires_grad=True)
        lengths = torch.tensor([7, 3, 2, 5, 4])
        (slope,) = torch.autograd.grad(crf.log_partition(emissions, lengths).sum(), emissions)
        marginals = crf.marginals(emissions, lengths)
        assert_same(marginals, slope)
        live = torch.arange(7) < lengths[:, None]
        assert_same(marginals.sum(2), live.double())


@pytest.mark.parametrize("garbage", [0.0, 1e6, math.inf, math.nan])
def test_does_padding_count_for_nothing(garbage):
    """Is each example in a batch what it is alone, whatever stands on its padding?"""
    crf = a_chain(3, 4, forbidden=True)
    lengths = torch.tensor([4, 1, 6, 2])
    emissions = torch.randn(4, 6, 3)
    tags = crf.viterbi(emissions, lengths)
    emissions[torch.arange(6) >= lengths[:, None]] = garbage
    emissions.requires_grad_()
    labels = tags.masked_fill(torch.arange(6) >= lengths[:, None], 99)
    nats = 0.0
    for row, length in enumerate(lengths.tolist()):
        one, path = emissions[row : row + 1, :length], tags[row : row + 1, :length]
        assert_same(crf.log_partition(emissions, lengths)[row], crf.log_partition(one)[0])
        assert_same(crf.score(emissions, labels, lengths)[row], crf.score(one, path)[0])
        assert_same(crf.marginals(emissions, lengths)[row, :length], crf.marginals(one)[0])
        assert (
            crf.viterbi(emissions, lengths)[row, :length].tolist() == crf.viterbi(one)[0].tolist()
        )
        nats += crf.nll(one, path) * length
    assert not crf.viterbi(emissions, lengths)[torch.arange(6) >= lengths[:, None]].any()
    assert not crf.marginals(emissions, lengths)[torch.arange(6) >= lengths[:, None]].any()
    loss = crf.nll(emissions, labels, lengths)
    assert_same(loss, nats / lengths.sum())
    (slope, *others) = torch.autograd.grad(loss, [emissions, *crf.parameters()])
    assert not slope[torch.arange(6) >= lengths[:, None]].any()
    assert all(torch.isfinite(grad).all() for grad in (slope, *others))


def test_is_what_is_forbidden_impossible_and_free_of_nan():
    """Even where the network is sure of it, and where a tag cannot be reached at all?"""
    crf = a_chain(5, 1).forbid(*bio_constraints(BIO))
    emissions = torch.zeros(2, 4, 5)
    emissions[..., 2] = 500.0  # I-x everywhere, and nothing else
    emissions.requires_grad_()
    lengths = torch.tensor([4, 1])
    marginals = crf.marginals(emissions, lengths)
    assert marginals[:, 0, 2].tolist() == [0.0, 0.0]
    assert marginals[:, 0, 4].tolist() == [0.0, 0.0]
    assert_same(marginals[0].sum(1), torch.ones(4))
    assert crf.viterbi(emissions, lengths)[0].tolist() == [1, 2, 2, 2]
    tags = torch.zeros(2, 4, dtype=torch.long)
    grads = torch.autograd.grad(crf.nll(emissions, tags, lengths), [emissions, *crf.parameters()])
    assert all(torch.isfinite(grad).all() for grad in grads)
    assert not grads[1][~crf.allowed].any()
    assert not grads[2][~crf.allowed_start].any()
    forbidden = torch.tensor([[0, 2, 0, 0], [0, 0, 0, 0]])
    assert crf.score(emissions, forbidden, lengths)[0] == -math.inf
    with pytest.raises(ValueError, match="got a forbidden one in example 0"):
        crf.nll(emissions, forbidden, lengths)


def test_is_a_length_without_any_allowed_sequence_told_and_free_of_nan():
    crf = a_chain(2).forbid(
        torch.tensor([[False, True], [False, False]]),  # only 0 1, so only of length 2
        torch.tensor([True, False]),
        torch.tensor([False, True]),
    )
    emissions = torch.randn(2, 3, 2, requires_grad=True)
    lengths = torch.tensor([3, 2])
    log_z = crf.log_partition(emissions, lengths)
    assert log_z[0] == -math.inf
    assert torch.isfinite(log_z[1])
    marginals = crf.marginals(emissions, lengths)
    assert not marginals[0].any()
    assert_same(marginals[1], torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    grads = torch.autograd.grad(log_z[1] + marginals.sum(), [emissions, *crf.parameters()])
    assert all(torch.isfinite(grad).all() for grad in grads)
    with pytest.raises(ValueError, match="got none in example 0"):
        crf.viterbi(emissions, lengths)
    # and everything may be allowed again
    crf.forbid(torch.ones(2, 2, dtype=torch.bool))
    assert "forbidden=0" in repr(crf)
    assert torch.isfinite(crf.log_partition(emissions, lengths)).all()


@pytest.mark.parametrize("seed", range(20))
def test_does_the_way_back_begin_at_the_own_end(seed):
    """Is the best sequence of a short example among long ones what it is alone?"""
    crf = a_chain(4, seed)
    emissions, lengths = torch.randn(5, 6, 4), [6, 2, 1, 5, 3]
    for row, length in enumerate(lengths):
        alone = crf.viterbi(emissions[row : row + 1, :length])[0].tolist()
        assert crf.viterbi(emissions, lengths)[row].tolist() == alone + [0] * (6 - length)


def test_does_the_lowest_number_win_a_tie():
    crf = LinearChainCRF(4)
    for steps in (1, 2, 7):
        assert not crf.viterbi(torch.zeros(3, steps, 4)).any()
    emissions = torch.zeros(1, 3, 4)
    emissions[0, 1, 2:] = 1.0
    assert crf.viterbi(emissions).tolist() == [[0, 2, 0]]


def test_is_a_long_chain_of_large_scores_no_overflow():
    crf = a_chain(3)
    emissions = torch.randn(1, 400, 3) * 300
    assert torch.isfinite(crf.log_partition(emissions)).all()
    assert torch.isfinite(crf.log_partition(emissions.float().double() - 1e5)).all()
    path = crf.viterbi(emissions)
    assert 0 <= crf.nll(emissions, path).item() < 0.1


def test_without_transitions_is_the_chain_a_softmax_at_each_step():
    crf = LinearChainCRF(4)
    emissions = torch.randn(2, 5, 4)
    tags = torch.randint(4, (2, 5))
    expected = nn.functional.cross_entropy(emissions.flatten(0, 1), tags.flatten())
    assert_same(crf.nll(emissions, tags), expected)
    assert_same(crf.marginals(emissions), emissions.softmax(2))
    assert torch.equal(crf.viterbi(emissions), emissions.argmax(2))


def test_do_the_constraints_travel_with_the_weights():
    crf = a_chain(5).forbid(*bio_constraints(BIO))
    other = LinearChainCRF(5)
    other.load_state_dict(crf.state_dict())
    assert torch.equal(other.allowed, crf.allowed)
    assert "forbidden=8" in repr(other)


# BIO


def test_do_the_constraints_allow_what_needs_no_repair():
    """Is a sequence allowed exactly where every I- goes on with a span of its kind?"""
    allowed, start, end = bio_constraints(BIO)
    assert end.all()
    crf = LinearChainCRF(5).forbid(allowed, start, end)
    for path in itertools.product(range(5), repeat=3):
        tags = [BIO[tag] for tag in path]
        begun = {first for _, first, _ in spans(tags)}
        fine = all(tag[0] == "B" for place, tag in enumerate(tags) if place in begun)
        score = crf.score(torch.zeros(1, 3, 5), torch.tensor([path]))
        assert bool(torch.isfinite(score)) == fine, tags


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O O", []),
        ("B-x I-x O", [("x", 0, 2)]),
        ("B-x B-x", [("x", 0, 1), ("x", 1, 2)]),
        ("I-x I-x", [("x", 0, 2)]),
        ("O I-x", [("x", 1, 2)]),
        ("B-x I-y I-y", [("x", 0, 1), ("y", 1, 3)]),
        ("I-x B-x I-x", [("x", 0, 1), ("x", 1, 3)]),
        ("B-creative-work I-creative-work", [("creative-work", 0, 2)]),
    ],
)
def test_are_spans_read_by_the_rule_of_conll(tags, expected):
    assert spans(tags.split()) == expected


def test_are_spans_those_of_seqeval():
    names = SEQEVAL["tags"]
    for case in SEQEVAL["cases"]:
        for row, expected in zip(case["predicted"], case["spans"], strict=True):
            assert spans([names[int(n)] for n in row.split()]) == [tuple(s) for s in expected]


# The tagger


def a_batch():
    """Return tokens (4, 6), lengths, characters (4, 6, 5) and tags, padded with 0."""
    lengths = torch.tensor([3, 6, 1, 5])
    live = torch.arange(6) < lengths[:, None]
    tokens = torch.randint(1, 11, (4, 6)) * live
    sizes = torch.randint(1, 6, (4, 6))
    characters = torch.randint(1, 9, (4, 6, 5)) * (torch.arange(5) < sizes[..., None])
    return TaggedBatch(tokens, lengths, characters * live[..., None], torch.randint(3, (4, 6)))


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", GRU])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("crf", [False, True])
@pytest.mark.parametrize("spelled", [False, True])
def test_does_the_tagger_read_a_batch_as_each_example_alone(cell, layers, crf, spelled):
    """Also with characters and more of their padding, and whatever stands behind the end?"""
    model = Tagger(
        11, 5, 4, 3, characters=9 if spelled else None, crf=crf, cell=cell, num_layers=layers
    )
    tokens, lengths, characters, tags = a_batch()
    wider = nn.functional.pad(characters, (0, 3)) if spelled else None
    junk = tokens.masked_fill(torch.arange(6) >= lengths[:, None], 10)
    if wider is not None:
        wider[torch.arange(6) >= lengths[:, None]] = 8
    emissions = model(junk, lengths, wider)
    predicted = model.predict(junk, lengths, wider)
    nats = 0.0
    for row, length in enumerate(lengths.tolist()):
        place = (slice(row, row + 1), slice(0, length))
        spelling = characters[place] if spelled else None
        assert_same(emissions[place], model(tokens[place], None, spelling))
        assert torch.equal(predicted[place], model.predict(tokens[place], None, spelling))
        nats += model.loss(tokens[place], [length], spelling, tags[place]) * length
        assert not predicted[row, length:].any()
    mean, count = tagging_loss(model, (junk, lengths, wider, tags))
    assert count == 15
    assert_same(mean, nats / 15)


def test_does_the_tagger_see_both_sides_and_the_letters():
    model = Tagger(11, 5, 4, 3, characters=9)
    tokens, lengths, characters, _ = a_batch()
    base = model(tokens, lengths, characters)
    for place in (0, 5):
        other = tokens.clone()
        other[1, place] = other[1, place] % 10 + 1
        assert (model(other, lengths, characters)[1] != base[1]).any(dim=1).all()
    other = characters.clone()
    other[1, 2, 0] = other[1, 2, 0] % 8 + 1
    assert (model(tokens, lengths, other)[1] != base[1]).any(dim=1).all()


def test_does_word_dropout_put_the_unknown_word_in_and_only_in_training():
    model = Tagger(11, 5, 4, 3, characters=9, word_dropout=1.0)
    tokens, lengths, characters, _ = a_batch()
    live = torch.arange(6) < lengths[:, None]
    hidden = model(tokens, lengths, characters)
    model.eval()
    assert_same(model(torch.ones_like(tokens), lengths, characters)[live], hidden[live])
    assert (model(tokens, lengths, characters)[live] != hidden[live]).any()


@pytest.mark.parametrize("crf", [False, True])
def test_does_the_tagger_learn_what_its_characters_and_neighbours_say(crf):
    """Does fit run on its batches, and are its tags then the true ones, in order?"""
    torch.set_default_dtype(torch.float32)
    data = []
    generator = torch.Generator().manual_seed(0)
    for _ in range(60):
        digits = torch.randint(0, 10, (int(torch.randint(1, 7, (1,), generator=generator)),))
        tokens = [f"w{digit}{'ab'[int(digit) % 2]}" for digit in digits]
        # a tag goes on where two words with the same ending stand side by side
        labels = [
            f"{'I' if place and tokens[place - 1][-1] == token[-1] else 'B'}-{token[-1]}"
            for place, token in enumerate(tokens)
        ]
        data.append((tokens, labels))
    words = Vocabulary.from_tokens((t for ts, _ in data for t in ts), size=6)
    letters = Vocabulary.from_tokens("".join(t for ts, _ in data for t in ts))
    tags = Vocabulary(("B-a", "I-a", "B-b", "I-b"), padding=None, unknown=None)
    batches = TaggedBatches(data, words, tags, letters, size=16, seed=1)
    assert len(batches) == len(list(batches)) == 4
    torch.manual_seed(0)
    model = Tagger(len(words), 8, 12, 4, characters=len(letters), crf=crf, word_dropout=0.2)
    if model.crf is not None:
        model.crf.forbid(*bio_constraints(tags.symbols))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    held = TaggedBatches(data, words, tags, letters, size=100)
    before = evaluate(model, held, tagging_loss)
    fit(
        model,
        batches,
        loss=tagging_loss,
        optimizer=optimizer,
        settings=Settings(epochs=15, progress=False),
    )
    assert evaluate(model, held, tagging_loss) < before / 5
    assert model.training
    found = predicted_tags(model, held, tags)
    assert model.training
    assert predicted_tags(model.eval(), held, tags) == found
    assert not model.training
    assert [len(row) for row in found] == [len(labels) for _, labels in data]
    pairs = [
        pair
        for row, (_, labels) in zip(found, data, strict=True)
        for pair in zip(row, labels, strict=True)
    ]
    assert sum(said == true for said, true in pairs) > 0.95 * len(pairs)


def test_does_dropout_stand_before_the_layers_and_before_the_head():
    model, seen = Tagger(11, 5, 4, 3, dropout=0.5), []
    model.dropout.register_forward_hook(lambda _, x, y: seen.append((x[0].shape[2], y)))
    tokens, lengths, *_ = a_batch()
    emissions = model(tokens, lengths)
    assert [features for features, _ in seen] == [5, 8]
    assert_same(emissions, model.head(seen[1][1]))
    assert (seen[0][1] == 0).any()
    # and what is predicted knows no dropout
    best = [model.predict(tokens, lengths).tolist() for _ in range(5)]
    assert best == [best[0]] * 5
    assert model.training


def test_do_the_batches_hold_each_sequence_once_with_its_letters():
    data = [(["aa", "b"], ["O", "B-x"]), (["longword"], ["O"]), (["b", "b", "Aa"], ["O"] * 3)]
    words = Vocabulary(("aa", "b"))
    letters = Vocabulary("abdgjlnorw")
    tags = Vocabulary(("O", "B-x"), padding=None, unknown=None)
    kept = TaggedBatches(data, words, tags, letters, size=2, longest=5, normalise=str.lower)
    first, second = list(kept)
    assert first.tokens.tolist() == [[2, 3], [1, 0]]
    assert first.lengths.tolist() == [2, 1]
    assert first.tags.tolist() == [[0, 1], [0, 0]]
    assert first.characters.shape == (2, 2, 5)
    # the middle of a long word is cut out: lon + rd
    assert "".join(letters.decode(first.characters[1, 0])) == "lonrd"
    assert second.tokens.tolist() == [[3, 3, 2]]  # "Aa" is looked up as "aa"
    assert second.characters[0, 2].tolist() == [1, 2]  # and spelled with its unknown capital
    plain = TaggedBatches(data, words, tags, size=2)
    assert next(iter(plain)).characters is None
    shuffled = TaggedBatches(data, words, tags, size=1, seed=0)
    orders = {tuple(int(batch.lengths) for batch in shuffled) for _ in range(12)}
    assert len(orders) > 1
    assert all(sorted(order) == [1, 2, 3] for order in orders)
    again = TaggedBatches(data, words, tags, size=1, seed=0)
    again.load_state_dict(shuffled.state_dict())
    for ours, theirs in zip(again, shuffled, strict=True):
        assert torch.equal(ours.tokens, theirs.tokens)


# Errors

CHAIN = LinearChainCRF(3)
E, Y = torch.zeros(2, 4, 3), torch.zeros(2, 4, dtype=torch.long)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: LinearChainCRF(0), ValueError, "tags: "),
        (lambda: CHAIN.score(E[0], Y), ValueError, r"emissions: expected shape \(B, T, K\)"),
        (lambda: CHAIN.viterbi(E[:, :0]), ValueError, "emissions: expected T above 0"),
        (lambda: CHAIN.score(E, Y[:, :3]), ValueError, "tags: "),
        (lambda: CHAIN.score(E, Y.double()), TypeError, "tags: expected a tensor of integers"),
        (lambda: CHAIN.nll(E, Y + 3), ValueError, "tags: expected numbers in 0 .. K - 1"),
        (lambda: CHAIN.nll(E, Y - 1), ValueError, "tags: expected numbers in 0 .. K - 1"),
        (lambda: CHAIN.log_partition(E, [5, 1]), ValueError, "lengths: "),
        (lambda: CHAIN.marginals(E, [0, 1]), ValueError, "lengths: "),
        (lambda: CHAIN.viterbi(E, [1.0, 2.0]), TypeError, "lengths: "),
        (lambda: CHAIN.forbid(torch.ones(3, 3)), TypeError, "allowed: expected booleans"),
        (lambda: CHAIN.forbid(torch.ones(2, 3) > 0), ValueError, "allowed: "),
        (lambda: CHAIN.forbid(torch.ones(3, 3) > 0, torch.ones(2) > 0), ValueError, "start: "),
        (lambda: spans("B-x"), TypeError, "tags: "),
        (lambda: spans(["O", "S-x"]), ValueError, "got 'S-x' at place 1"),
        (lambda: spans(["B-"]), ValueError, "got 'B-'"),
        (lambda: bio_constraints(["O", "X"]), ValueError, "got 'X'"),
        (lambda: Tagger(9, 4, 4, 0), ValueError, "tags: "),
        (lambda: Tagger(9, 4, 4, 3, word_dropout=2), ValueError, "word_dropout: "),
        (lambda: Tagger(9, 4, 4, 3, characters=0), ValueError, "characters: "),
        (lambda: Tagger(9, 4, 4, 3, cell="x"), ValueError, "cell: "),
        (lambda: Tagger(9, 4, 4, 3, characters=5)(Y), ValueError, "characters: .* got None"),
        (
            lambda: Tagger(9, 4, 4, 3)(Y, None, Y[..., None]),
            ValueError,
            "characters: expected None",
        ),
        (lambda: Tagger(9, 4, 4, 3, characters=5)(Y, None, Y), ValueError, "characters: "),
        (
            lambda: Tagger(9, 4, 4, 3, characters=5)(Y, None, Y[..., None]),
            ValueError,
            "characters: expected at least one in each token",
        ),
        (
            lambda: TaggedBatches([(["a"], [])], Vocabulary("a"), Vocabulary("O")),
            ValueError,
            "data: expected as many tags as tokens.* at place 0",
        ),
        (
            lambda: TaggedBatches([([], [])], Vocabulary("a"), Vocabulary("O")),
            ValueError,
            "at least one",
        ),
    ],
)
def test_does_an_error_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
