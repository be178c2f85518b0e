"""Do the searches find what an enumeration of everything finds, and lose nothing on the way?"""

from __future__ import annotations

import itertools
import math
from collections import namedtuple

import pytest
import torch

from rnn_utils.decoding import (
    Hypothesis,
    beam_search,
    exhaustive,
    greedy,
    length_score,
    reorder,
    sample,
    truncate,
)

START, END = 0, 1


class Table:
    """A model with a table: the log-probabilities after every beginning, drawn by a hash of it.

    Its state is the number of the example and the beginning so far, in a nest of tensors, so a
    search that mixes up rows asks for the wrong line.
    """

    def __init__(self, vocabulary: int, seed: int, holes: float = 0.0, sharp: float = 2.0) -> None:
        self.vocabulary, self.seed, self.holes, self.sharp = vocabulary, seed, holes, sharp
        self.rows_asked: list[int] = []

    def start(self, batch: int) -> dict:
        return {
            "example": torch.arange(batch),
            "past": [(torch.zeros(batch, dtype=torch.long),), None, "a word"],
        }

    def line(self, example: int, code: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(hash((self.seed, example, code)) % 2**62)
        logits = torch.randn(self.vocabulary, generator=generator, dtype=torch.float64)
        closed = torch.rand(self.vocabulary, generator=generator) < self.holes
        if closed.all():
            closed[END] = False
        return torch.log_softmax((self.sharp * logits).masked_fill(closed, -math.inf), dim=0)

    def step(self, tokens, state):
        self.rows_asked.append(len(tokens))
        (code,) = state["past"][0]
        code = code * (self.vocabulary + 1) + tokens + 1
        lines = [
            self.line(e, c) for e, c in zip(state["example"].tolist(), code.tolist(), strict=True)
        ]
        state = {"example": state["example"], "past": [(code,), None, "a word"]}
        return torch.stack(lines), state

    def log_probability(self, example: int, tokens) -> float:
        """Return the log-probability of a sequence, one line of the table after the other."""
        code, total = START + 1, 0.0
        for token in tokens:
            total += float(self.line(example, code)[token])
            code = code * (self.vocabulary + 1) + token + 1
        return total


def everything(model: Table, example: int, max_length: int, alpha: float) -> list[Hypothesis]:
    """Write down every sequence with itertools, without a search."""
    others = [token for token in range(model.vocabulary) if token != END]
    listed = [
        (tokens, n + 1, True)
        for n in range(max_length)
        for tokens in itertools.product(others, repeat=n)
    ]
    listed += [
        (tokens, max_length, False) for tokens in itertools.product(others, repeat=max_length)
    ]
    found = []
    for tokens, length, finished in listed:
        total = model.log_probability(example, (*tokens, END) if finished else tokens)
        if total > -math.inf:
            score = total / ((5 + length) / 6) ** alpha
            found.append(Hypothesis(tokens, total, score, finished))
    return sorted(found, key=lambda h: (not h.finished, -h.score))


def assert_same(ours: list[Hypothesis], expected: list[Hypothesis]) -> None:
    assert [(h.tokens, h.finished) for h in ours] == [(h.tokens, h.finished) for h in expected]
    for a, b in zip(ours, expected, strict=True):
        assert a.log_probability == pytest.approx(b.log_probability, abs=1e-12)
        assert a.score == pytest.approx(b.score, abs=1e-12)


CASES = [
    (vocabulary, length, alpha, holes)
    for vocabulary, length in ((2, 5), (3, 4), (4, 3), (5, 2), (3, 1))
    for alpha in (0.0, 0.7, 2.0)
    for holes in (0.0, 0.4)
]


@pytest.mark.parametrize(("vocabulary", "length", "alpha", "holes"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_is_the_enumeration_complete_and_a_wide_beam_equal_to_it(
    vocabulary, length, alpha, holes, seed
):
    """Do they list every possible sequence of three examples at once, with its probability?"""
    model = Table(vocabulary, seed, holes)
    expected = [everything(model, example, length, alpha) for example in range(3)]
    width = vocabulary**length
    for found in (
        exhaustive(model.step, model.start(3), START, END, length, alpha),
        beam_search(model.step, model.start(3), START, END, width, length, alpha),
    ):
        assert len(found) == 3
        for ours, theirs in zip(found, expected, strict=True):
            assert_same(ours, theirs)


def plain_beam(model, example, width, max_length, alpha):
    """Search without stopping early, over tuples, one example: what the fast one must equal."""
    live, found = [((), 0.0)], []
    for _ in range(max_length):
        grown = []
        for tokens, _total in live:
            for token in range(model.vocabulary):
                total = model.log_probability(example, (*tokens, token))
                grown.append(((*tokens, token), total))
        grown = [pair for pair in grown if pair[1] > -math.inf]
        grown.sort(key=lambda pair: -pair[1])
        live = []
        for tokens, total in grown[:width]:
            if tokens[-1] == END:
                score = total / ((5 + len(tokens)) / 6) ** alpha
                found.append(Hypothesis(tokens[:-1], total, score, True))
            else:
                live.append((tokens, total))
    for tokens, total in live:
        found.append(Hypothesis(tokens, total, total / ((5 + len(tokens)) / 6) ** alpha, False))
    return sorted(found, key=lambda h: (not h.finished, -h.score))


@pytest.mark.parametrize("width", [1, 2, 3, 7])
@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.5])
@pytest.mark.parametrize("holes", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_is_a_narrow_beam_the_one_that_keeps_every_finished_hypothesis(width, alpha, holes, seed):
    """Does stopping early, batching and reordering change nothing of the first `width`?"""
    model = Table(5, seed, holes)
    found = beam_search(model.step, model.start(4), START, END, width, 6, alpha)
    for example, ours in enumerate(found):
        expected = plain_beam(model, example, width, 6, alpha)[:width]
        finished = [h for h in expected if h.finished]
        assert_same([h for h in ours if h.finished], finished)
        assert [h.finished for h in ours] == sorted((h.finished for h in ours), reverse=True)
        if len(finished) == len(expected):
            assert len(ours) == len(expected)


@pytest.mark.parametrize("seed", range(20))
def test_is_a_beam_of_width_one_the_greedy_search(seed):
    model = Table(6, seed, holes=0.2)
    beams = beam_search(model.step, model.start(5), START, END, 1, 8)
    walks = greedy(model.step, model.start(5), START, END, 8)
    for (ours,), theirs in zip(beams, walks, strict=True):
        assert_same([ours], [theirs])


@pytest.mark.parametrize("seed", range(10))
def test_does_greedy_take_the_likeliest_token_each_time(seed):
    model = Table(4, seed)
    for example, found in enumerate(greedy(model.step, model.start(3), START, END, 6)):
        tokens, code = [], START + 1
        while len(tokens) < 6 and END not in tokens:
            tokens.append(int(model.line(example, code).argmax()))
            code = code * 5 + tokens[-1] + 1
        assert found.finished == (tokens[-1] == END)
        assert found.length == len(tokens)
        assert list(found.tokens) == [token for token in tokens if token != END]
        assert found.log_probability == pytest.approx(
            model.log_probability(example, tokens), abs=1e-12
        )
        assert found.score == found.log_probability


def test_can_a_beam_find_what_greedy_misses():
    """0.6 * 0.5 = 0.3 is less than 0.4 * 1: does a beam of two see it, one of one not?"""
    lines = {
        (START,): {2: 0.6, 3: 0.4},
        (START, 2): {END: 0.5, 2: 0.25, 3: 0.25},
        (START, 3): {END: 1.0},
    }

    def step(tokens, state):
        state = torch.cat([state, tokens.unsqueeze(1)], dim=1)
        logs = torch.full((len(tokens), 4), -math.inf)
        for row, past in enumerate(state.tolist()):
            for token, p in lines.get(tuple(past), {END: 1.0}).items():
                logs[row, token] = math.log(p)
        return logs, state

    empty = torch.zeros(1, 0, dtype=torch.long)
    (best,) = greedy(step, empty, START, END, 5)
    assert best.tokens == (2,)
    assert math.exp(best.log_probability) == pytest.approx(0.3)
    found = beam_search(step, empty, START, END, 2, 5)[0]
    assert [h.tokens for h in found] == [(3,), (2,)]
    assert math.exp(found[0].log_probability) == pytest.approx(0.4)


def test_does_a_length_penalty_prefer_longer_sequences():
    """Half a chance to stop at each step: alpha 0 takes the shortest, a large one the longest."""
    half = torch.log(torch.tensor([[0.0, 0.4, 0.6]]))

    def step(tokens, state):
        return half.expand(len(tokens), 3), state

    def best(alpha):
        return beam_search(step, None, START, END, 30, 6, alpha)[0][0].length

    lengths = [best(alpha) for alpha in (0.0, 1.0, 3.0, 10.0)]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (1, 6)


@pytest.mark.parametrize(("length", "alpha"), [(1, 0.0), (1, 2.0), (7, 1.0), (13, 0.5)])
def test_is_the_score_that_of_wu_and_others(length, alpha):
    expected = -3.0 / ((5 + length) ** alpha / (5 + 1) ** alpha)
    assert length_score(-3.0, length, alpha) == pytest.approx(expected, abs=1e-12)


def test_does_a_search_stop_when_nothing_can_change():
    model = Table(3, seed=0)
    model.line = lambda example, code: torch.log(torch.tensor([0.01, 0.98, 0.01]).double())
    beam_search(model.step, model.start(1), START, END, 1, 50)
    assert len(model.rows_asked) == 1
    model.rows_asked.clear()
    found = beam_search(model.step, model.start(1), START, END, 3, 50)[0]
    assert [h.tokens for h in found] == [(), (0,), (2,)]
    assert len(model.rows_asked) <= 3
    model.rows_asked.clear()
    greedy(model.step, model.start(1), START, END, 50)
    assert len(model.rows_asked) == 1


def test_does_the_model_see_only_live_rows_together():
    """Are the beams of all examples one batch?"""
    model = Table(8, seed=1)
    beam_search(model.step, model.start(4), START, END, 3, 5)
    assert model.rows_asked[0] == 4
    assert max(model.rows_asked) <= 4 * 3
    assert len(model.rows_asked) <= 5


def test_is_a_sequence_without_an_end_cut_off_and_ranked_behind():
    never = torch.log(torch.tensor([[0.5, 0.0, 0.5]]))
    found = beam_search(lambda y, s: (never.expand(len(y), 3), s), None, START, END, 3, 4)[0]
    assert [h.finished for h in found] == [False] * 3
    assert all(len(h.tokens) == h.length == 4 for h in found)
    rarely = torch.log(torch.tensor([[0.98, 0.01, 0.01]]))
    for search in (
        lambda s: beam_search(s, None, START, END, 100, 3),
        lambda s: exhaustive(s, None, START, END, 3),
    ):
        found = search(lambda y, s: (rarely.expand(len(y), 3), s))[0]
        assert found[0].finished
        assert found[0].log_probability < found[-1].log_probability or not found[-1].finished
        ends = [h.finished for h in found]
        assert ends == sorted(ends, reverse=True)
        assert sum(math.exp(h.log_probability) for h in found) == pytest.approx(1.0)


def test_is_an_example_without_any_sequence_an_error():
    nothing = torch.full((1, 3), -math.inf)

    def step(tokens, state):
        return nothing.expand(len(tokens), 3), state

    for search in (
        lambda: greedy(step, None, START, END, 3),
        lambda: sample(step, None, START, END, 3),
        lambda: beam_search(step, None, START, END, 2, 3),
        lambda: exhaustive(step, None, START, END, 3),
    ):
        with pytest.raises(ValueError, match=r"step: expected a .* above 0, got none"):
            search()


def test_does_a_dead_end_leave_the_other_beginnings():
    """After token 2 nothing is possible; does the beam go on with token 0?"""
    first = torch.log(torch.tensor([0.3, 0.0, 0.7]))
    dead, alive = torch.full((3,), -math.inf), torch.log(torch.tensor([0.0, 1.0, 0.0]))

    def step(tokens, state):
        state = state + 1
        rows = [
            first if n == 1 else dead if token == 2 else alive
            for token, n in zip(tokens.tolist(), state.tolist(), strict=True)
        ]
        return torch.stack(rows), state

    found = beam_search(step, torch.zeros(1), START, END, 2, 5)
    assert [[h.tokens for h in hypotheses] for hypotheses in found] == [[(0,)]]


# Samples


def test_do_samples_follow_the_model():
    """Do 20,000 draws of a whole sequence agree with the exact probabilities, sequence by one?"""
    model = Table(3, seed=4, sharp=1.0)
    rows = torch.zeros(20_000, dtype=torch.long)
    lines: dict = {}
    original = model.line

    def cached(example, code):
        return lines.setdefault((example, code), original(example, code))

    model.line = cached
    drawn = sample(
        model.step,
        reorder(model.start(1), rows),
        START,
        END,
        3,
        generator=torch.Generator().manual_seed(0),
    )
    counts: dict = {}
    for hypothesis in drawn:
        counts[hypothesis.tokens] = counts.get(hypothesis.tokens, 0) + 1
    for expected in everything(model, 0, 3, 0.0):
        p = math.exp(expected.log_probability)
        spread = math.sqrt(p * (1 - p) / 20_000)
        assert counts.get(expected.tokens, 0) / 20_000 == pytest.approx(p, abs=5 * spread + 1e-9)
    for hypothesis in drawn[:50]:
        tokens = (*hypothesis.tokens, END) if hypothesis.finished else hypothesis.tokens
        assert hypothesis.log_probability == pytest.approx(
            model.log_probability(0, tokens), abs=1e-12
        )


def test_does_temperature_bend_the_distribution_as_the_equation_says():
    p = torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)

    def shares(temperature):
        drawn = sample(
            lambda y, s: (p.log().expand(len(y), 3), s),
            torch.zeros(30_000, 1),
            START,
            END,
            1,
            temperature,
            torch.Generator().manual_seed(1),
        )
        tokens = torch.tensor([END if h.finished else h.tokens[0] for h in drawn])
        assert drawn[0].log_probability == pytest.approx(math.log(p[tokens[0]]))
        return tokens.bincount(minlength=3) / len(drawn)

    for temperature in (0.5, 1.0, 3.0):
        expected = p ** (1 / temperature)
        torch.testing.assert_close(
            shares(temperature).double(), expected / expected.sum(), rtol=0, atol=0.015
        )
    assert shares(0.001).tolist() == [1.0, 0.0, 0.0]


def test_does_a_generator_decide_the_samples():
    model = Table(5, seed=2)

    def draw(seed):
        generator = torch.Generator().manual_seed(seed)
        return sample(model.step, model.start(6), START, END, 5, 1.0, generator)

    before = torch.get_rng_state()
    assert draw(0) == draw(0)
    assert draw(0) != draw(1)
    assert torch.equal(torch.get_rng_state(), before)


# The state, and the first token


def test_are_rows_reordered_in_any_nest():
    Pair = namedtuple("Pair", "h c")
    a, b = torch.arange(6).reshape(3, 2), torch.arange(3)
    nest = {"a": a, "pair": Pair(b, [a, None]), "n": 3, "t": (b,)}
    index = torch.tensor([2, 2, 0, 1])
    got = reorder(nest, index)
    assert torch.equal(got["a"], a[index])
    assert isinstance(got["pair"], Pair)
    assert torch.equal(got["pair"].h, b[index])
    assert torch.equal(got["pair"].c[0], a[index])
    assert got["pair"].c[1] is None
    assert got["n"] == 3
    assert torch.equal(got["t"][0], b[index])


def test_may_each_example_have_its_own_first_token():
    model = Table(4, seed=3)
    starts = torch.tensor([0, 2, 3])
    together = beam_search(model.step, model.start(3), starts, END, 3, 4)
    for row in range(3):
        state = reorder(model.start(3), torch.tensor([row]))
        assert beam_search(model.step, state, int(starts[row]), END, 3, 4) == [together[row]]
        assert greedy(model.step, state, int(starts[row]), END, 4) == [
            greedy(model.step, model.start(3), starts, END, 4)[row]
        ]


def test_does_a_search_build_no_graph():
    weight = torch.zeros(1, 3, requires_grad=True)
    kept = []

    def step(tokens, state):
        kept.append(torch.log_softmax(weight.expand(len(tokens), 3), dim=1))
        return kept[-1], state

    greedy(step, None, START, END, 2)
    beam_search(step, None, START, END, 2, 2)
    exhaustive(step, None, START, END, 2)
    assert not any(logs.requires_grad for logs in kept)


@pytest.mark.parametrize(
    ("logs", "message"),
    [
        (torch.randn(2, 3).abs() + 1, "log-probabilities, at most 0, as log_softmax returns"),
        (torch.tensor([[0.0, math.nan, -1.0]]).expand(2, 3), "at most 0, .* got NaN"),
        (torch.zeros(2, 1, 3), r"log_probabilities of step: expected shape \(B, V\) with B = 2"),
        (torch.zeros(3, 3), r"expected shape \(B, V\) with B = 2, got \(3, 3\)"),
    ],
)
def test_are_other_numbers_than_log_probabilities_refused(logs, message):
    for search in (
        lambda s: greedy(s, torch.zeros(2), START, END, 3),
        lambda s: beam_search(s, torch.zeros(2), START, END, 2, 3),
    ):
        with pytest.raises(ValueError, match=message):
            search(lambda tokens, state: (logs, state))


def test_may_a_batch_be_empty():
    state = torch.zeros(0, 2)

    def step(tokens, state):
        return torch.zeros(len(tokens), 3).log_softmax(dim=1), state

    assert greedy(step, state, START, END, 3) == []
    assert sample(step, state, START, END, 3) == []
    assert beam_search(step, state, START, END, 2, 3) == []
    assert exhaustive(step, state, START, END, 3) == []


def test_is_a_state_without_the_batch_in_front_refused():
    state = (torch.zeros(2, 3, 4), torch.zeros(1, 2, 4))
    for search in (
        lambda: greedy(lambda y, s: (y, s), state, START, END, 3),
        lambda: beam_search(lambda y, s: (y, s), state, START, END, 2, 3),
        lambda: exhaustive(lambda y, s: (y, s), state, START, END, 3),
    ):
        with pytest.raises(ValueError, match=r"batch axis first, of size B = 2, got shape \(1, 2"):
            search()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"width": 0}, "width"),
        ({"max_length": 0}, "max_length"),
        ({"length_penalty": -1.0}, "length_penalty"),
    ],
)
def test_are_senseless_options_refused(options, name):
    model = Table(3, seed=0)
    with pytest.raises(ValueError, match=f"{name}: expected a number"):
        beam_search(
            model.step, model.start(1), START, END, **{"width": 2, "max_length": 2, **options}
        )
    if name != "width":
        options = {"max_length": 2, **options}
        with pytest.raises(ValueError, match=f"{name}: expected a number"):
            exhaustive(model.step, model.start(1), START, END, **options)
    with pytest.raises(ValueError, match="temperature: expected a number above 0"):
        sample(model.step, model.start(1), START, END, 2, 0.0)


# Only the likeliest tokens


def kept_by_brute_force(chances, top_k, top_p):
    """Return the tokens that stay: of all subsets the smallest one that does, the likeliest."""
    left = list(range(len(chances)))
    if top_k is not None:
        left = sorted(left, key=lambda v: (-chances[v], v))[:top_k]
    if top_p is None:
        return set(left)
    total = math.fsum(chances[v] for v in left)
    for count in range(1, len(left) + 1):
        subsets = itertools.combinations(left, count)
        best = max(subsets, key=lambda s: (math.fsum(chances[v] for v in s), [-v for v in s]))
        if math.fsum(chances[v] for v in best) >= top_p * total - 1e-12:
            return set(best)
    return set(left)


@pytest.mark.parametrize("top_k", [None, 1, 2, 4, 6, 100])
@pytest.mark.parametrize("top_p", [None, 1e-9, 0.3, 0.75, 0.9, 0.999, 1.0])
def test_are_the_tokens_that_stay_those_of_all_subsets(top_k, top_p):
    """Exactly k, the smallest nucleus, both together; and is what is left a distribution?"""
    generator = torch.Generator().manual_seed(0)
    logs = (2 * torch.randn(20, 6, generator=generator, dtype=torch.float64)).log_softmax(dim=1)
    cut = truncate(logs, top_k, top_p)
    assert cut.shape == logs.shape
    torch.testing.assert_close(cut.exp().sum(dim=1), torch.ones(20, dtype=torch.float64))
    for row, given in zip(cut, logs, strict=True):
        chances = given.exp().tolist()
        stay = kept_by_brute_force(chances, top_k, top_p)
        assert set(torch.where(row > -math.inf)[0].tolist()) == stay
        total = math.fsum(chances[v] for v in stay)
        for v in stay:
            assert float(row[v]) == pytest.approx(math.log(chances[v] / total), abs=1e-12)


def test_do_equals_stay_in_the_order_of_their_numbers():
    """Exactly k of them, and no more of them than the nucleus needs?"""
    even = torch.full((1, 8), 1 / 8).log()
    for k in range(1, 9):
        assert (truncate(even, top_k=k) > -math.inf).tolist() == [[v < k for v in range(8)]]
    for p, count in [(0.125, 1), (0.25, 2), (0.26, 3), (0.5, 4), (0.875, 7), (0.876, 8), (1, 8)]:
        assert (truncate(even, top_p=p) > -math.inf).sum() == count
    logs = torch.tensor([[0.2, 0.3, 0.2, 0.3]]).log()
    assert (truncate(logs, top_k=3) > -math.inf).tolist() == [[True, True, False, True]]


def test_is_a_sum_that_reaches_p_but_for_rounding_enough():
    """0.1 + 0.2 + 0.7 in any order: is 0.9 reached by two tokens, in both precisions?"""
    for dtype in (torch.float32, torch.float64):
        for order in itertools.permutations([0.1, 0.2, 0.7]):
            cut = truncate(torch.tensor([order], dtype=dtype).log(), top_p=0.9)
            assert (cut > -math.inf).sum() == 2
            assert cut.dtype == dtype


def test_does_p_of_one_keep_every_token_however_unlikely():
    """Even where the others sum to 1 already, as floats do; and what had nothing gets nothing?"""
    logs = torch.tensor([[0.0, -60.0, -math.inf, -90.0]], dtype=torch.float64)
    assert_same_rows(truncate(logs, top_p=1.0), logs)
    assert_same_rows(truncate(logs, top_k=4), logs)
    assert_same_rows(truncate(logs), logs)
    expected = torch.tensor([[0.0, -60.0, -math.inf, -math.inf]], dtype=torch.float64)
    assert_same_rows(truncate(logs, top_k=2), expected)


def assert_same_rows(ours, expected):
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)


def test_are_rows_cut_on_their_own():
    logs = torch.tensor([[0.9, 0.05, 0.05], [0.4, 0.3, 0.3]], dtype=torch.float64).log()
    kept = truncate(logs, top_p=0.6) > -math.inf
    assert kept.tolist() == [[True, False, False], [True, True, False]]


@pytest.mark.parametrize("cut", [{"top_k": 2}, {"top_p": 0.7}, {"top_k": 3, "top_p": 0.9}])
def test_does_a_sample_stay_within_what_was_left(cut):
    """Are the draws those of the tempered, cut distribution, and is the score the model's own?"""
    model = Table(5, 3)
    rows = 6000
    state = reorder(model.start(1), torch.zeros(rows, dtype=torch.long))
    found = sample(
        model.step,
        state,
        START,
        END,
        1,
        temperature=1.7,
        generator=torch.Generator().manual_seed(0),
        **cut,
    )
    line = model.line(0, START + 1)
    chance = truncate((line / 1.7).log_softmax(dim=0).unsqueeze(0), **cut)[0].exp()
    tokens = torch.tensor([END if h.finished else h.tokens[0] for h in found])
    counts = torch.bincount(tokens, minlength=5) / rows
    assert (counts[chance == 0] == 0).all()
    assert (chance == 0).any()
    assert ((counts - chance).abs() <= 5 * (chance * (1 - chance) / rows).sqrt()).all()
    for token, h in zip(tokens[:50].tolist(), found, strict=False):
        assert h.log_probability == pytest.approx(float(line[token]), abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"top_k": 0}, ValueError, "top_k: .* above 0, got 0"),
        ({"top_k": 2.0}, TypeError, r"top_k: expected a whole number above 0, got 2\.0"),
        ({"top_k": True}, TypeError, "top_k: expected a whole number above 0, got True"),
        ({"top_p": 0.0}, ValueError, "top_p: .* above 0"),
        ({"top_p": 1.1}, ValueError, r"top_p: expected a share from 0 to 1, got 1\.1"),
        ({"top_p": "x"}, TypeError, "top_p: expected a share"),
    ],
)
def test_does_a_cut_that_makes_no_sense_name_itself(arguments, error, words):
    logs = torch.zeros(1, 4).log_softmax(dim=1)
    with pytest.raises(error, match=words):
        truncate(logs, **arguments)
    with pytest.raises(error, match=words):
        sample(Table(3, 0).step, Table(3, 0).start(1), START, END, 2, **arguments)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (torch.zeros(4), r"log_probabilities: expected shape \(B, V\), got \(4,\)"),
        (torch.zeros(2, 4), "log_probabilities: .* sum to 1, .* got a sum of 4"),
        (torch.full((1, 4), -math.inf), "log_probabilities: .* sum to 1, .* got a sum of 0"),
        (torch.full((1, 4), math.nan), "log_probabilities: .* sum to 1, .* got a sum of nan"),
    ],
)
def test_are_rows_that_are_no_distribution_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        truncate(rows, top_k=2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_is_a_nucleus_in_half_precision_that_of_single_precision(dtype):
    torch.manual_seed(0)
    shares = torch.tensor([[0.125, 0.5, 0.125, 0.25]])
    for top_p, kept in ((0.48, [1]), (0.74, [1, 3]), (0.76, [0, 1, 3]), (0.99, [0, 1, 2, 3])):
        cut = truncate(shares.log().to(dtype), top_p=top_p)
        assert cut.dtype == dtype
        assert cut.isfinite().nonzero()[:, 1].tolist() == kept
    logs = (2 * torch.randn(100, 200)).log_softmax(dim=1).to(dtype)
    cut = truncate(logs, top_p=0.9)
    shares = logs.float().exp().masked_fill(cut.isinf(), 0).sum(dim=1)
    assert ((shares >= 0.89) & (shares <= 0.97)).all()


@pytest.mark.parametrize("top_p", [1e-3, 1e-9])
def test_does_the_smallest_nucleus_hold_the_likeliest_token(top_p):
    logs = torch.tensor([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]).log()
    assert truncate(logs, top_p=top_p).exp().tolist() == [[0, 1, 0], [0, 0, 1]]
